# From the start of a flip until HAProxy has taken the server out.
load "style.gp"
set title "From a flip until HAProxy has taken the server out"
set xlabel "milliseconds (inter 200 ms, fall 3)"
set ylabel "share of the flips"
set xrange [0:800]
set yrange [0:1]

taken(peer) = table(".series.until_down[] | select(.peer == \"" . peer . \
	"\") | (.ms | sort) as $s | range($s | length) | [$s[.], (. + 1) / ($s | length)]")

plot taken("zdr") with steps lw 3 lc rgb zdr title "zdr", \
	taken("zdr, HAProxy elsewhere") with steps lw 2 lc rgb zdr2 title "zdr, HAProxy elsewhere", \
	taken("zdrctl drain returns") with steps lw 2 dt 2 lc rgb zdr title "zdrctl drain returns", \
	taken("iptables-legacy") with steps lw 2 lc rgb legacy title "iptables-legacy", \
	taken("iptables-nft") with steps lw 2 lc rgb iptnft title "iptables-nft", \
	taken("nft map") with steps lw 2 lc rgb nft title "nft map element", \
	taken("HAProxy, drain") with steps lw 2 lc rgb haproxy title "HAProxy, drain", \
	taken("HAProxy, maint") with steps lw 2 lc rgb haproxy2 title "HAProxy, maint"
