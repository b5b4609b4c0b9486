#!/bin/bash
# For the stories of scripts/demo and scripts/lab, to be sourced: they tell what they do and when, watch HAProxy, load it and
# count the requests that failed. A story says how it gets HAProxy's CSV (haproxy_csv) and what a user would type for that
# (haproxy_question); its deadlines are patience times as long.
export LC_ALL=C
set -E
shopt -s inherit_errexit
trap 'fail_unexpectedly $?' ERR
story_here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
began_us=${EPOCHREALTIME/./}
patience=1
answer_within=2s # or a request has failed
haproxy_question=
at_clients=() # begins each command that runs where the clients are
load_pids=()

elapsed_ms() { echo $(((${EPOCHREALTIME/./} - began_us) / 1000)); }

say() {
	local ms
	ms=$(elapsed_ms)
	printf '[%2d.%d s] %s\n' $((ms / 1000)) $((ms % 1000 / 100)) "$*"
}

# Shows a command, then runs it.
run() {
	say "\$ $*"
	"$@"
}

# The same for a flip, whose time others are told from.
flip() {
	flipped_ms=$(elapsed_ms)
	"$@"
	flip_took_ms=$(($(elapsed_ms) - flipped_ms))
}

fail() {
	trap - ERR
	say "FAILED: $*" >&2
	tail -n 5 ./*.log >&2
	exit 1
}

# fail_unexpectedly STATUS: of a command at which nobody looked. Subshells leave it to who started them.
fail_unexpectedly() { ((BASH_SUBSHELL > 0)) || fail "\"$BASH_COMMAND\" ended with status $1"; }

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
	local deadline=$((${EPOCHREALTIME/./} + $1 * patience * 1000000)) what=$2
	shift 2
	until "$@"; do
		((${EPOCHREALTIME/./} < deadline)) || fail "waited in vain until $what"
		sleep 0.05
	done
}

# What HAProxy says of the backend srvs, as lines: SERVER STATUS LAST-CHECK REQUESTS RETRIES ERRORS TIMES-DOWN.
haproxy_report() {
	haproxy_csv | awk -F, '
		/^# / { sub(/^# /, ""); for (i = 1; i <= NF; i++) column[$i] = i; next }
		$column["pxname"] == "srvs" && $column["svname"] != "BACKEND" {
			sub(/ /, ":", $column["status"]) # "UP 2/3": a check has failed
			sub(/^\* /, "", $column["check_status"]) # one is under way
			print $column["svname"], $column["status"], $column["check_status"],
				$column["stot"], $column["wretr"], $column["econ"] + $column["eresp"], $column["chkdown"]
		}'
}

haproxy_says() { [[ $'\n'$(haproxy_report) == *$'\n'"$1 $2 "* ]]; }

show_haproxy() {
	say "\$ $haproxy_question"
	{
		echo "SERVER STATUS LAST-CHECK REQUESTS RETRIES ERRORS"
		haproxy_report
	} | awk '{ printf "%-6s  %-10s  %-10s  %8s  %7s  %6s\n", $1, $2, $3, $4, $5, $6 }'
}

serves() { haproxy_report | awk -v server="$1" -v least="$2" '$1 == server && $4 > least { found = 1 } END { exit !found }'; }

times_down() { haproxy_report | awk -v server="$1" '$1 == server { print $7 }'; }

# expect_haproxy SERVER STATUS, right after a command that waits for it: HAProxy is asked once.
expect_haproxy() { haproxy_says "$1" "$2" || fail "the command came back, and HAProxy does not report $1 $2: $(haproxy_report | xargs)"; }

# The same after a flip.
expect_flipped() {
	local passed_ms
	expect_haproxy "$1" "$2"
	passed_ms=$(($(elapsed_ms) - flipped_ms))
	say "HAProxy reports $1 $2: the flip began $passed_ms ms ago, and zdrctl came back after $flip_took_ms ms"
}

# expect_was_down SERVER TIMES: HAProxy had it DOWN that often before, and more often now.
expect_was_down() {
	local times
	times=$(times_down "$1")
	((times > $2)) || fail "HAProxy has had $1 DOWN $times times, and $2 before"
}

wait_haproxy_up() {
	local server
	for server in webA webB bkpA bkpB; do
		wait_for 10 "HAProxy has checked $server" haproxy_says "$server" "UP L4OK"
	done
}

# load NAME URL PAUSE CONNECTIONS WRK-OPTION...: a request of each connection, then so many ms nothing, until it is
# interrupted; then count.lua writes the report. wrk would look for a port that is not given in /etc/services, which a bare
# Debian does not have.
load() {
	"${at_clients[@]}" wrk --threads 1 --connections "$4" --duration 4h --timeout $answer_within --script "$story_here/demo.d/count.lua" \
		"${@:5}" "$2" -- "$3" >"load-$1.txt" 2>"load-$1.log" &
	load_pids+=($!)
}

stop_load() {
	kill -INT "${load_pids[@]}"
	wait "${load_pids[@]}"
}

# count FILE...: what these runs of wrk say together.
count() {
	awk -v runs=$# '
		$1 == "requests" && $2 > 0 { found++; requests += $2; failed += $4; if ($6 > longest_ms) longest_ms = $6 }
		END {
			if (found != runs) exit 1
			printf "%d requests, %d failed, longest answer %d ms\n", requests, failed, longest_ms
		}' "$@" || fail "wrk gave no report"
}
