# Loading 10,000 servers at once.
load "style.gp"
set title "10,000 servers at once (median and middle half)"
set ylabel "milliseconds"
set yrange [0:*]
set style fill solid 0.9
set xrange [-0.6:3.6]
set boxwidth 0.6
set bars small
unset key

plot table(".records[] | select(.part == \"load_servers\" and .peer != \"/bin/true\") | [.peer, .median, .quarter, .three_quarters]") \
	using 0:2:3:4:(0.6):xtic(1) with boxerrorbars lc rgb zdr2 lw 1.5
