# How long a connect() takes: which share of them takes longer.
load "style.gp"
set title "connect() to a redirected port of this host: share that takes longer"
set xlabel "microseconds"
set ylabel "share"
set logscale xy
set format y "%g"
set xrange [8:200]
set yrange [0.001:1]
set xtics (10, 15, 20, 30, 50, 100, 200)

slower(peer, port) = table(".series.connect_latency[] | select(.path == \"local\" and .entries == 0 and .peer == \"" . peer . \
	"\" and .port == \"" . port . "\") | .share_and_us[] | [.[1], 1 - .[0]]")

plot slower("nothing", "ordinary") with lines lw 2 dt 2 lc rgb nothing title "nothing loaded", \
	slower("zdr", "redirected") with lines lw 3 lc rgb zdr title "zdr", \
	slower("iptables-legacy", "redirected") with lines lw 2 lc rgb legacy title "iptables-legacy", \
	slower("iptables-nft", "redirected") with lines lw 2 lc rgb iptnft title "iptables-nft", \
	slower("nft map", "redirected") with lines lw 2 lc rgb nft title "nft map"
