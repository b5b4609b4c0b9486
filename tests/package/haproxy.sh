#!/bin/bash
# For the tests that run in a root, to be sourced: HAProxy with two servers, their apps, and the lines of README.md.

fail() {
	echo "FAILED: $*"
	exit 1
}

# The classic backend, whose checks are quick. The apps are of HAProxy too: each answers its name.
write_configurations() {
	cat >/etc/haproxy/haproxy.cfg <<-'END'
		global
		    stats socket /run/haproxy.sock mode 660 level admin
		defaults
		    mode http
		    timeout connect 2s
		    timeout client 10s
		    timeout server 10s
		    retries 3
		    option redispatch 1
		frontend web
		    bind 127.0.0.1:8080
		    default_backend srvs
		backend srvs
		    default-server inter 200
		    cookie SRV insert indirect nocache
		    server webA 127.0.0.1:1000 cookie A check port 2000
		    server webB 127.0.0.1:1001 cookie B check port 2001
	END
	write_app A 1000
	write_app B 1001
}

write_app() {
	cat >"/etc/haproxy/app-$1.cfg" <<-END
		defaults
		    mode http
		    timeout client 10s
		frontend app
		    bind 127.0.0.1:$2
		    http-request return status 200 content-type text/plain string "app $1"
	END
}

# haproxy_says SERVER FIELD: of "show stat"; 18 is its status, 22 and 23 the failed checks and how often it went down.
socket=/run/haproxy.sock
haproxy_says() {
	echo "show stat" | socat - "UNIX-CONNECT:$socket" | awk -F, -v server="$1" -v field="$2" '$2 == server { print $field }'
}

# until_is SERVER STATUS: within 20 seconds.
until_is() {
	local try
	for try in {1..400}; do
		[[ $(haproxy_says "$1" 18) != "$2" ]] || return 0
		sleep 0.05
	done
	fail "after $try tries HAProxy has $1 $(haproxy_says "$1" 18), not $2"
}

# One request after the other, until "end_requests", which fails where one of them did, or none was answered.
requests() {
	local try
	for ((try = 0; ; try++)); do
		[[ ! -e /tmp/stop ]] || return 0
		if curl --silent --fail --max-time 10 http://127.0.0.1:8080/ >/dev/null; then
			echo "request $try" >>/tmp/answered
		else
			echo "request $try: curl says $?" >>/tmp/failed
		fi
	done
}

begin_requests() {
	rm -f /tmp/stop /tmp/failed /tmp/answered
	requests &
	requests=$!
}

end_requests() {
	touch /tmp/stop
	wait "$requests"
	[[ ! -e /tmp/failed ]] || fail "requests failed: $(cat /tmp/failed)"
	[[ -s /tmp/answered ]] || fail "no request was made"
}

state() { zdrctl status --json | tr -d ' \n' | grep -oE '"name":"'"$1"'".*' | grep -oE '"'"$2"'":("[^"]*"|null)' | sed -n 1p; }

# What a host has before zdr comes: the user of the deploys.
add_deploy() { useradd --create-home --shell /bin/bash deploy; }

# follow_readme DIRECTORY: the lines that a reader of "Install" types, where scripts/package has left the package of that
# directory: those with "#" as root, and those with "$" as deploy, who logs in for each.
follow_readme() {
	local prompt line made prompts=
	# shellcheck disable=SC2016 # the variable is that script's
	made=$(sed -n 's,^target=$PWD/,,p' /vagrant/scripts/package | grep .)
	mkdir /tmp/clone
	ln -s "$1" "/tmp/clone/$made"
	cd /tmp/clone || return
	while read -r prompt line; do
		echo "$prompt $line"
		prompts+=$prompt
		case $prompt in
		"#") eval "$line" </dev/null || fail "'$line' exits $?" ;;
		*) runuser --login deploy --command "$line" </dev/null || fail "for deploy '$line' exits $?" ;;
		esac
	done < <(sed -n '/^## Install/,/^## [^I]/{ /^[#$] /p }' /vagrant/README.md)
	[[ $prompts == *"#$" ]] || fail "README.md has no line for the user of the deploys"
}

first_drain() { sed -n '/^## First drain/,/^## [^F]/p' /vagrant/README.md; }

# "First drain": its haproxy.cfg, its lines, and what it says that they show.
follow_first_drain() {
	local line
	first_drain | awk '/^```/ { if (++fences == 2) exit; next } fences == 1' >/etc/haproxy/haproxy.cfg
	grep -q bkpB /etc/haproxy/haproxy.cfg || fail "README.md has no haproxy.cfg: $(cat /etc/haproxy/haproxy.cfg)"
	socket=/run/haproxy/admin.sock
	while read -r line; do
		echo "+ $line"
		eval "$line" >/tmp/said 2>&1 || fail "'$line' exits $?: $(cat /tmp/said)"
		cat /tmp/said
		case $line in
		*"zdrctl doctor"*)
			grep -q "^no problems found" /tmp/said || fail "doctor finds a problem"
			! grep -q "^note:" /tmp/said || fail "doctor has a note"
			;;
		*"zdrctl drain"*) ! zdrctl drain webB 2>/dev/null || fail "the last server was drained" ;;
		*"show stat"*) first_drain | grep -qxF -e "$(cat /tmp/said)" || fail "README.md shows another answer of HAProxy's" ;;
		esac
	done < <(first_drain | sed -n 's/^# //p')
	for line in webA webB bkpA bkpB; do
		until_is "$line" UP
	done
}
