# What all pictures share. gnuplot -e "results='results.json'; picture='flip.svg'" flip.gp
set terminal svg size 860,480 font "sans-serif,13" background "white"
set output picture
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set key outside right top Left reverse
set datafile separator tab

zdr = "#0b6e4f"
zdr2 = "#5aa88a"
legacy = "#c0392b"
iptnft = "#e08e45"
nft = "#7d3c98"
haproxy = "#2e6da4"
haproxy2 = "#85b5dd"
nothing = "#888888"

# The lines of the results that a jq filter gives, as a table.
table(filter) = "< jq -r '" . filter . " | @tsv' " . results
