#!/bin/bash
# For the tests with hosts, to be sourced: in namespaces of their own HAProxy and Ansible on one host, and beside it hosts
# (see "host") with sshd, apps and zdr. What a world mounts hides the machine's own files from its processes alone.

world=/run/world

fail() {
	echo "FAILED: $*"
	tail -n 5 $world/*.log $world/*/*.log 2>/dev/null || true
	exit 1
}

# in_world BUILD SCRIPT: runs "SCRIPT inside" in a world of its own, with the programs of that build. Everything in it ends
# with this, however this ends.
in_world() {
	local repository
	repository=$(realpath "$(dirname "$2")/../..")
	own_cgroup zdr-ansible
	at_end remove_cgroup
	mkdir "$cgroup"
	export cgroup
	run in_cgroup setpriv --pdeathsig KILL unshare --mount --propagation private --net --ipc --pid --mount-proc --fork --kill-child \
		env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=$world/control TMPDIR=/run/tmp LC_ALL=C.UTF-8 cgroup="$cgroup" \
		repository="$repository" ZDR_TEST_SLOW="${ZDR_TEST_SLOW:-1}" bash -euo pipefail "$2" inside "$1" </dev/null
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
	local deadline=$((${EPOCHREALTIME/./} + $1 * ${ZDR_TEST_SLOW:-1} * 1000000)) what=$2
	shift 2
	until "$@"; do
		((${EPOCHREALTIME/./} < deadline)) || fail "waited in vain until $what"
		sleep 0.05
	done
}

# The user "deploy", who is in group zdr and may do nothing else; the programs where they are installed; a key for ssh.
prepare_world() {
	local build=$1
	mount -t tmpfs -o mode=755 world /run
	mount -t tmpfs -o mode=755 world /usr/local/bin
	mkdir -p /run/sshd /run/home $world/control
	install -d -m 1777 /run/tmp
	(cat /etc/passwd && printf "deploy:*:4321:4321::/run/home:/bin/bash\nguest:*:4323:4321::/:/bin/bash\n") >$world/passwd
	(grep -v '^zdr:' /etc/group && printf 'deploy:x:4321:\nzdr:x:4322:deploy\n') >$world/group
	mount --bind $world/passwd /etc/passwd
	mount --bind $world/group /etc/group
	cp "$build/ctl/zdrctl" "$build/loader/zdr-loader" "$repository/scripts/demo.d/app" /usr/local/bin/
	ssh-keygen -q -t ed25519 -N '' -f $world/control/key
	ssh-keygen -q -t ed25519 -N '' -f $world/host_key
	ip link set lo up
	ip link add hosts type bridge
	ip address add 10.9.0.254/24 dev hosts
	ip link set hosts up
	write_ansible_cfg
	ansible-galaxy collection install --offline "$repository/packaging/ansible/zdr/zdr" >$world/install.log 2>&1 || fail "$(cat $world/install.log)"
}

write_ansible_cfg() {
	cat >$world/control/ansible.cfg <<-END
		[defaults]
		inventory = $world/control/inventory
		collections_path = $world/control/collections
		interpreter_python = /usr/bin/python3
		private_key_file = $world/control/key
		remote_user = deploy
		nocows = true
		localhost_warning = false
		[ssh_connection]
		pipelining = true
		ssh_args = -F /dev/null -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=$world/control/known_hosts
	END
	export ANSIBLE_CONFIG=$world/control/ansible.cfg
	echo '[web]' >$world/control/inventory
}

has_namespaces() { [[ $(readlink "/proc/$1/ns/net") != "$(readlink /proc/self/ns/net)" ]]; }
listens() { bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; }

# start_host NUMBER SERVER...: 10.9.0.NUMBER, which Ansible knows as hostNUMBER.
start_host() {
	local number=$1 pid
	unshare --net --mount --propagation private bash "$repository/tests/ansible/host" "$@" >"$world/host$number.log" 2>&1 &
	pid=$!
	wait_for 5 "host$number has namespaces" has_namespaces "$pid"
	ip link add "host$number" type veth peer name eth0 netns "$pid"
	ip link set "host$number" master hosts up
	echo "10.9.0.$number $(cut -d ' ' -f 1,2 <$world/host_key.pub)" >>$world/control/known_hosts
	echo "host$number ansible_host=10.9.0.$number zdr_names='$(echo "${*:2}" | tr ' ' ,)'" >>$world/control/inventory
	wait_for 10 "host$number has sshd" listens "10.9.0.$number" 22
}

# start_haproxy HOST:SERVER...: on 127.0.0.1:8080, for the servers of each host in their order.
start_haproxy() {
	local one number ports
	declare -A ports=()
	cat >$world/haproxy.cfg <<-END
		global
		    stats socket $world/haproxy.sock mode 600 level admin
		defaults
		    mode http
		    timeout connect 2s
		    timeout client 10s
		    timeout server 10s
		    option http-server-close
		frontend web
		    bind 127.0.0.1:8080
		    default_backend srvs
		backend srvs
		    default-server inter 300ms fall 3 rise 2
	END
	for one in "$@"; do
		number=${one%%:*}
		ports[$number]=$((${ports[$number]--1} + 1))
		echo "    server ${one#*:} 10.9.0.$number:$((8000 + ports[$number])) check port $((9000 + ports[$number]))"
	done >>$world/haproxy.cfg
	haproxy -db -f $world/haproxy.cfg >$world/haproxy.log 2>&1 &
	echo $! >$world/haproxy.pid
	wait_for 5 "HAProxy listens" listens 127.0.0.1 8080
	for one in "$@"; do
		wait_for 10 "HAProxy has checked ${one#*:}" is_up "${one#*:}"
	done
}

# haproxy_says SERVER FIELD: of "show stat"; 8 is all its sessions, 18 its status, 23 how often it went down, 37 the last check.
haproxy_says() {
	echo "show stat" | socat -t 5 - UNIX-CONNECT:$world/haproxy.sock | awk -F, -v server="$1" -v field="$2" '$2 == server { print $field }'
}
is_up() { [[ $(haproxy_says "$1" 18) == UP && $(haproxy_says "$1" 37) == L4OK ]]; }
