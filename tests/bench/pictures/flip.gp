# One flip as a whole process, beside more and more other servers.
load "style.gp"
set title "One flip as a whole process (median and middle half)"
set xlabel "other servers beside the one that is flipped"
set ylabel "milliseconds"
set logscale xy
set xrange [8:100000]
set yrange [0.4:400]
set xtics ("0" 10, "100" 100, "1,000" 1000, "10,000" 10000, "65,535" 65535)

runs(peer) = table(".records[] | select(.name == \"one flip as a process\" and .entries != 5000 and .peer == \"" . peer . \
	"\") | [(if .entries == 0 then 10 else .entries end), .median, .quarter, .three_quarters]")
nobody = table(".records[] | select(.peer == \"/bin/true\" and .part == \"flip_process\") | (8, 100000) as $x | [$x, .median]")

plot runs("iptables-nft") with yerrorlines lw 2 pt 7 ps 0.5 lc rgb iptnft title "iptables-nft", \
	runs("iptables-legacy") with yerrorlines lw 2 pt 7 ps 0.5 lc rgb legacy title "iptables-legacy", \
	runs("nft map") with yerrorlines lw 2 pt 7 ps 0.5 lc rgb nft title "nft map element", \
	runs("HAProxy, socat") with yerrorlines lw 2 pt 7 ps 0.5 lc rgb haproxy title "HAProxy, by socat", \
	runs("HAProxy, least client") with yerrorlines lw 2 pt 7 ps 0.5 lc rgb haproxy2 title "HAProxy, least client", \
	runs("zdrctl, backends of 4") with yerrorlines lw 2 pt 7 ps 0.5 lc rgb zdr2 title "zdrctl, backends of 4", \
	runs("zdrctl") with yerrorlines lw 3 pt 7 ps 0.6 lc rgb zdr title "zdrctl", \
	nobody with lines lw 1 dt 2 lc rgb nothing title "/bin/true"
