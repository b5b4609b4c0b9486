#!/bin/bash
# For the story of scripts/lab, to be sourced: its machines are made, provisioned and asked. The story says what they are made of
# (repository, package, root, haproxy) and where they are (address), and sources qemu.sh.
# shellcheck disable=SC2154 # what is named here

# What this writes hides the host's /run from its processes alone, and is gone with them.
prepare_work() {
	mount -t tmpfs -o mode=755 lab /run
	mkdir /run/lab
	cd /run/lab || exit
	touch lab.log # "fail" shows the ends of such
	ssh-keygen -q -t ed25519 -N '' -f key
	cat >ssh_config <<-END
		Host *
		    User vagrant
		    IdentityFile /run/lab/key
		    ControlMaster auto
		    ControlPath /run/lab/%h.ssh
		    ControlPersist yes
		    ConnectTimeout 10
		    StrictHostKeyChecking no
		    UserKnownHostsFile /dev/null
		    LogLevel ERROR
	END
	printf 'Host %s\n    HostName %s\n' balancer "${address[balancer]}" web1 "${address[web1]}" web2 "${address[web2]}" >>ssh_config
}

connect_machines() {
	local name
	ip link set lo up
	ip link add lab type bridge
	ip address add 192.168.56.1/24 dev lab
	ip link set lab up
	for name in "${!address[@]}"; do
		ip tuntap add dev "$name" mode tap
		ip link set "$name" master lab up
	done
}

# boot MACHINE: what it writes is on no disk when it ends; until then a reboot keeps it. On a busy host a kernel may take its
# TSC for several times as slow as it is, and its clock runs fast then: HPET costs more, and needs no calibration.
boot() {
	local disk=${root[$1]}.ext4 kernel
	kernel=$(echo "${root[$1]}"/boot/vmlinuz-*)
	setpriv --pdeathsig KILL "${qemu[@]}" -m 768 -kernel "$kernel" -initrd "${kernel/vmlinuz/initrd.img}" \
		-append "$kernel_parameters clocksource=hpet root=/dev/vda rw fsck.mode=skip systemd.hostname=$1 lab.key=$(cut -d ' ' -f 2 key.pub)" \
		-drive "file=$disk,format=raw,if=virtio,snapshot=on" -serial "file:$1-console.log" \
		-netdev "tap,id=net,ifname=$1,script=no,downscript=no" \
		-device "virtio-net-pci,netdev=net,mac=52:54:00:00:56:${address[$1]##*.}" 2>"$1-qemu.log" &
}

# on MACHINE COMMAND: as the user vagrant.
on() { ssh -F ssh_config "$1" "$2"; }

lets_in() { on "$1" true 2>/dev/null </dev/null; }

# The next command there logs in anew.
log_out() { ssh -F ssh_config -O exit "$1" 2>/dev/null || true; }

# wait_up MACHINE: until it has done all that it does when it boots.
wait_up() {
	local state
	wait_for 30 "$1 lets in" lets_in "$1"
	state=$(on "$1" "systemctl is-system-running --wait" </dev/null) ||
		fail "$1 is $state: $(on "$1" "sudo systemctl status --state=failed --no-pager" </dev/null)"
}

provision() {
	wait_up "$1"
	tar -C "$repository" -cf - vagrant | on "$1" "sudo tar -xf - -C /vagrant"
	on "$1" "cat >/tmp/zdr.deb" <"$package"
	on "$1" "sudo /vagrant/vagrant/provision.sh $1 /tmp/zdr.deb" </dev/null >"$1.log" 2>&1 || fail "vagrant/provision.sh $1"
	log_out "$1" # the user is in the group zdr since
}

make_machines() {
	local name makers=()
	for name in "${!address[@]}"; do
		boot "$name"
		provision "$name" &
		makers+=($!)
	done
	for name in "${makers[@]}"; do
		wait "$name" || fail "a machine could not be prepared"
	done
	for name in balancer web1 web2; do
		show_versions "$name"
	done
}

# expect_no_listener MACHINE: on ports 2000 and 3000.
expect_no_listener() {
	on "$1" "awk '\$4 == \"0A\" && \$2 ~ /:(07D0|0BB8)\$/ { found = 1 } END { exit found }' /proc/net/tcp /proc/net/tcp6" </dev/null ||
		fail "something listens on a status port of $1, or $1 does not say"
}

# show_versions MACHINE: as it says itself. They are those that are to be shown.
show_versions() {
	local system version
	system=$(on "$1" "sed -n 's/^PRETTY_NAME=//p' /etc/os-release; uname -sr" </dev/null | xargs)
	if [[ $1 == balancer ]]; then
		version=$(on "$1" "echo 'show info' | sudo socat -t 10 - /run/haproxy/admin.sock" </dev/null | sed -n 's/^Version: //p')
		[[ $version == "$haproxy".* ]] || fail "the balancer was to run HAProxy $haproxy, and runs '$version'"
		say "$1 runs $system; HAProxy $version"
	else
		version=$(on "$1" "dpkg-query --show --showformat='\${Version}' zdr" </dev/null)
		[[ $version == "$(dpkg-deb --field "$package" Version)" ]] || fail "$1 has another zdr than $package: '$version'"
		say "$1 runs $system; zdr $version"
	fi
}
