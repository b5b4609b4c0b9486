#!/bin/bash
# Makes this Debian 12 machine one of the lab's: provision.sh balancer|web1|web2 [packages], run by root from the
# repository. With "packages" it ends after installing these. Run again, it changes only what is not as it should be.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
repository=$(dirname "$here")
build=/var/tmp/zdr-build
changed=0

fail() {
	echo "vagrant/provision.sh: $1" >&2
	exit 2
}

say() { echo "provision $role: $*"; }

is_installed() {
	[[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# The packages that vagrant/packages names for this machine.
wanted() {
	awk -v role="$role" '/^#/ { next } { for (i = 2; i <= NF; i++) if ($i == role) print $1 }' "$here/packages"
}

install_packages() {
	local packages package missing=()
	[[ $role == balancer ]] || "$repository/scripts/install-deps" build
	mapfile -t packages < <(wanted)
	for package in "${packages[@]}"; do
		is_installed "$package" || missing+=("$package")
	done
	((${#missing[@]} > 0)) || return 0
	export DEBIAN_FRONTEND=noninteractive
	apt-get -q update
	apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "${missing[@]}"
}

# put FILE: writes standard input to it and sets changed, unless that is what it holds.
put() {
	local text
	text=$(cat)
	if [[ -e $1 && $(<"$1") == "$text" ]]; then
		return 0
	fi
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$text" >"$1"
	changed=1
	say "wrote $1"
}

# A chroot or a container has no systemd that could start something.
has_systemd() { [[ -d /run/systemd/system ]]; }

# start UNIT: running now and at each boot, and with its files as they are now.
start() {
	has_systemd || return 0
	systemctl daemon-reload
	systemctl --quiet enable "$1"
	systemctl start "$1"
	((!changed)) || systemctl reload "$1"
	changed=0
}

# Half the time of a build with -O2 -g, whose speed nobody needs here.
build_zdr() {
	cmake -S "$repository" -B "$build" -G Ninja -DCMAKE_UNITY_BUILD=ON -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" \
		-DZDR_BUILD_TESTS=OFF >/dev/null
	cmake --build "$build" --target zdr-loader zdrctl
}

# install_program FILE TARGET: sets changed, unless it is there already.
install_program() {
	if cmp --silent "$1" "$2"; then
		return 0
	fi
	# A new file in the old one's place: writing into a program that runs would fail.
	install -m 755 "$1" "$2.new"
	mv "$2.new" "$2"
	changed=1
	say "installed $2"
}

# Members of this group flip servers without being root.
make_group() {
	getent group zdr >/dev/null || groupadd --system zdr
	if getent passwd vagrant >/dev/null; then
		usermod --append --groups zdr vagrant
	fi
}

write_zdr_conf() {
	put /etc/zdr/zdr.conf <<-END
		# HAProxy on the balancer checks port 2000, where nothing listens; the app is on port 1000.
		group = zdr

		[server.$server]
		address = *
		port = 1000
		status-port = 2000
		backend = srvs
	END
}

write_zdr_unit() {
	put /etc/systemd/system/zdr.service <<-'END'
		[Unit]
		Description=Redirection of HAProxy's health checks
		# zdr attaches to the interfaces that are up when it loads.
		Wants=network-online.target
		After=network-online.target

		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/usr/local/sbin/zdr-loader load
		ExecReload=/usr/local/sbin/zdr-loader load
		ExecStop=/usr/local/sbin/zdr-loader unload

		[Install]
		WantedBy=multi-user.target
	END
}

write_app() {
	put /etc/nginx/conf.d/app.conf <<-END
		# The app: it tells who answers.
		server {
		    listen 1000;
		    listen [::]:1000;
		    default_type text/plain;
		    return 200 "$server on \$hostname, process \$pid\n";
		}
	END
}

setup_web() {
	build_zdr
	make_group
	install_program "$build/loader/zdr-loader" /usr/local/sbin/zdr-loader
	install_program "$build/ctl/zdrctl" /usr/local/bin/zdrctl
	write_zdr_conf
	write_zdr_unit
	start zdr.service

	write_app
	nginx -q -t
	start nginx.service
}

setup_balancer() {
	put /etc/haproxy/haproxy.cfg <"$here/haproxy.cfg"
	haproxy -c -q -f /etc/haproxy/haproxy.cfg
	start haproxy.service
}

role=${1-}
[[ $role =~ ^(balancer|web1|web2)$ && ${2-packages} == packages && $# -le 2 ]] ||
	fail "usage: provision.sh balancer|web1|web2 [packages]"
((EUID == 0)) || fail "only root can install packages and services; run it as root"
command -v dpkg-query >/dev/null || fail "this is not Debian; the lab's machines are Debian 12"
install_packages
(($# == 1)) || exit 0

case $role in
balancer) setup_balancer ;;
web1) server=webA && setup_web ;;
web2) server=webB && setup_web ;;
esac
