#!/bin/bash
# For the tests here, to be sourced: they run scripts/demo with no network, and in namespaces and a cgroup of their own, which
# show what a demo leaves and end it with the test.
repository=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
# shellcheck disable=SC2034 # the tests use it
demo=$repository/scripts/demo
# shellcheck source-path=SCRIPTDIR source=../vagrant/common.sh
source "$repository/tests/vagrant/common.sh"

fail() {
	echo "FAILED: $*"
	exit 1
}

# in_namespaces TEST: runs it again there, with the argument "inside".
in_namespaces() {
	needs root cmake haproxy nginx wrk socat curl xmllint bpftool ip unshare setpriv
	own_cgroup zdr-demo-test
	at_end remove_cgroup
	mkdir "$cgroup"
	export cgroup cgroup_root=${cgroup%/*}
	run in_cgroup setpriv --pdeathsig KILL unshare --mount --propagation private --net --pid --mount-proc --fork \
		--kill-child bash "$1" inside </dev/null
}

# Inside: only the test's cgroup is seen, and what is written is gone with the test.
hide_the_rest() {
	mount -t tmpfs -o mode=755 demo /run
	mount --bind "$cgroup" "$cgroup_root"
	mkdir /run/tmp
	export TMPDIR=/run/tmp
}
