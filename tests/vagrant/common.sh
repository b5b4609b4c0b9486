#!/bin/bash
# For the tests here, to be sourced.

# needs TOOL...: without one of them, or root where that is among them, the test is skipped (77), or fails where
# ZDR_TEST_STRICT=1.
needs() {
	local tool missing=
	PATH=$PATH:/usr/sbin:/sbin
	for tool in "$@"; do
		if [[ $tool == root ]]; then
			((EUID == 0)) || missing="this is not root"
		elif ! command -v "$tool" >/dev/null; then
			missing="there is no $tool here; scripts/install-deps installs it"
		fi
	done
	[[ -n $missing ]] || return 0
	echo "skipped: $missing"
	[[ ${ZDR_TEST_STRICT-} == 1 ]] && exit 1
	exit 77
}

# cache_of SUITE: roots of each release have a directory of their own: those of Debian 13 are where scripts/compat has one.
cache_of() {
	[[ $1 == bookworm ]] || export ZDR_VAGRANT_CACHE=${ZDR_COMPAT_CACHE-/var/cache/zdr-compat}
}

# at_end FUNCTION: it is called when this script ends, by a signal too, and then nothing that "run" started lives.
at_end() {
	at_end_function=$1
	trap end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

end() {
	set +e # whatever fails, the rest goes all the same
	trap '' INT TERM HUP
	jobs -pr | xargs --no-run-if-empty kill -KILL
	wait
	"$at_end_function"
}

# run COMMAND...: in the background, since bash heeds a signal only when what runs in the foreground has ended.
run() {
	"$@" &
	wait $!
}

# own_cgroup NAME: a cgroup of this test for "in_cgroup". "remove_cgroup" is for the end; those of runs that were killed
# are removed here.
own_cgroup() {
	local root one
	root=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	[[ -n $root ]] || { echo "no cgroup v2 is mounted here" && exit 1; }
	cgroup=$root/$1-$$
	for one in "$root/$1"-*; do
		[[ ! -d $one ]] || kill -0 "${one##*-}" 2>/dev/null || find "$one" -depth -type d -exec rmdir {} +
	done
}

# A cgroup goes when the last of its processes is gone, which is a moment after their deaths.
remove_cgroup() {
	local try
	for try in {1..100}; do
		[[ -d $cgroup ]] && ! find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || return 0
		sleep 0.05
	done
	echo "$cgroup could not be removed after $try tries"
}

in_cgroup() {
	echo "$BASHPID" >"$cgroup/cgroup.procs"
	exec "$@"
}
