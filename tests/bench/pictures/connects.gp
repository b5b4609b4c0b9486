# TCP connects a second, by what is loaded.
load "style.gp"
set terminal svg size 1100,420 font "sans-serif,12" background "white"
set multiplot layout 1,3 title "TCP connects a second, from one processor (median)"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9
set yrange [0:50000]
set xtics rotate by -40
set key inside top right
set bmargin 6

rates(path, entries) = table(sprintf("[.records[] | select(.part == \"connects\" and .unit == \"1/s\" and \
	(.name | endswith(\"%s\")) and .peer != \"nothing, again\" and (.entries == %d or .peer == \"nothing\"))] | \
	group_by(.peer) | sort_by(.[0].peer | if . == \"nothing\" then \"0\" elif . == \"zdr\" then \"1\" else . end) | .[] | \
	[.[0].peer, (.[] | select(.name | contains(\"ordinary\")) | .median), \
	((.[] | select(.name | contains(\"redirected\")) | .median) // 0)]", path, entries))

set title "on this host"
plot rates("local", 0) using 2:xtic(1) lc rgb nothing title "ordinary port", "" using 3 lc rgb zdr title "redirected port"
unset key
set title "on this host, beside 1,000 other servers"
plot rates("local", 1000) using 2:xtic(1) lc rgb nothing title "ordinary port", "" using 3 lc rgb zdr title "redirected port"
set title "from another host"
plot rates("remote", 0) using 2:xtic(1) lc rgb nothing title "ordinary port", "" using 3 lc rgb zdr title "redirected port"
unset multiplot
