#!/bin/bash
# Makes this Debian machine one of the lab's: provision.sh balancer|web1|web2 [PACKAGE.deb|packages], run by root from the
# repository. web1 and web2 get that package of zdr, or one that is made there. With "packages" it only installs what the
# machine needs beside zdr. Run again, it changes only what is not as it should be; no file is overwritten that it did not write.
set -euo pipefail
shopt -s inherit_errexit
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
repository=$(dirname "$here")
build=/var/tmp/zdr-build
written=/var/lib/zdr-lab/written # the files that this has written, as sha256sum has them
changed=0
export DEBIAN_FRONTEND=noninteractive

fail() {
	echo "vagrant/provision.sh: $1" >&2
	exit "${2-1}"
}

say() { echo "provision $role: $*"; }

is_installed() {
	[[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# The packages that vagrant/packages names for this machine.
wanted() {
	awk -v role="$role" '/^#/ { next } { for (i = 2; i <= NF; i++) if ($i == role) print $1 }' "$here/packages"
}

apt_install() { apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install "$@"; }

install_packages() {
	local packages package missing=()
	mapfile -t packages < <(wanted)
	for package in "${packages[@]}"; do
		is_installed "$package" || missing+=("$package")
	done
	((${#missing[@]} > 0)) || return 0
	apt-get -q update
	apt_install "${missing[@]}"
}

# may_write FILE: it is not there, or is as this has written it, or as a package has brought it.
may_write() {
	[[ -e $1 ]] || return 0
	! grep -qsxF "$(sha256sum "$1")" "$written" || return 0
	dpkg-query --show --showformat='${Conffiles}\n' | grep -qF " $1 $(md5sum <"$1" | cut -c 1-32)"
}

# remember FILE TEXT: that it is written by this.
remember() {
	mkdir -p "$(dirname "$written")"
	touch "$written"
	{
		grep -v "  $1\$" "$written" || true
		printf '%s  %s\n' "$(sha256sum <<<"$2" | cut -c 1-64)" "$1"
	} >"$written.new"
	mv "$written.new" "$written"
}

# put FILE: writes standard input to it and sets changed, unless that is what it holds.
put() {
	local text
	text=$(cat)
	if [[ -e $1 && $(<"$1") == "$text" ]]; then
		return 0
	fi
	may_write "$1" || fail "$1 is another one than this has written, so it stays; move it away, or go on without the lab"
	mkdir -p "$(dirname "$1")"
	remember "$1" "$text"
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

# Half the time of a build with -O2 -g, whose speed nobody needs here. Prints the name of the package.
make_package() {
	"$repository/scripts/install-deps" build deb >&2
	cmake -S "$repository" -B "$build" -G Ninja -DCMAKE_UNITY_BUILD=ON -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" \
		-DZDR_BUILD_TESTS=OFF >/dev/null
	"$repository/scripts/package" --build "$build" "$build/package"
}

# install_zdr PACKAGE: unless its files are there already. It may have the version of the one before it.
install_zdr() {
	if is_installed zdr && dpkg-deb --ctrl-tarfile "$1" | tar -xO ./md5sums | cmp --silent - /var/lib/dpkg/info/zdr.md5sums; then
		return 0
	fi
	apt_install --reinstall "$(realpath "$1")"
	say "installed $1"
}

# Members of this group flip servers without being root.
add_to_group() {
	if getent passwd vagrant >/dev/null; then
		usermod --append --groups zdr vagrant
	fi
}

write_zdr_conf() {
	put /etc/zdr/zdr.conf <<-END
		# HAProxy on the balancer checks ports 2000 and 3000, where nothing listens; the app is on port 1000. After a reboot the
		# server is in the state that it was in before.
		group = zdr

		[server.$server]
		address = *
		port = 1000
		status-port = 2000
		backup-status-port = 3000
		backend = srvs
		start = last
	END
}

write_app() {
	put "/etc/nginx/app-$app.conf" <<-END
		# The app: it tells who answers.
		user www-data;
		pid /run/app-$app.pid;
		error_log stderr;
		events {
		}
		http {
		    access_log off;
		    server {
		        listen 1000;
		        listen [::]:1000;
		        default_type text/plain;
		        return 200 "$server on \$hostname, process \$pid\n";
		    }
		}
	END
	put /etc/systemd/system/app@.service <<-'END'
		[Unit]
		Description=App %i of zdr's lab
		After=network.target

		[Service]
		Type=forking
		PIDFile=/run/app-%i.pid
		ExecStart=/usr/sbin/nginx -c /etc/nginx/app-%i.conf
		ExecReload=/bin/kill -HUP $MAINPID
		# nginx then finishes what it has begun.
		KillSignal=SIGQUIT
		KillMode=mixed

		[Install]
		WantedBy=multi-user.target
	END
}

setup_web() {
	[[ $package ]] || package=$(make_package)
	install_zdr "$package"
	add_to_group
	write_zdr_conf
	start zdr.service

	# The app has its own unit, and nginx's own site is not wanted.
	! has_systemd || systemctl --quiet disable --now nginx.service
	write_app
	nginx -q -t -c "/etc/nginx/app-$app.conf"
	start "app@$app.service"
}

setup_balancer() {
	put /etc/haproxy/haproxy.cfg <"$here/haproxy.cfg"
	haproxy -c -q -f /etc/haproxy/haproxy.cfg
	start haproxy.service
}

role=${1-}
package=${2-}
[[ $role =~ ^(balancer|web1|web2)$ && $package =~ ^(packages|.*\.deb|)$ && $# -le 2 ]] ||
	fail "usage: provision.sh balancer|web1|web2 [PACKAGE.deb|packages]" 2
((EUID == 0)) || fail "only root can install packages and services; run it as root" 2
command -v dpkg-query >/dev/null || fail "this is not Debian; the lab's machines are" 2
install_packages
[[ $package != packages ]] || exit 0

case $role in
balancer) setup_balancer ;;
web1) server=webA app=A && setup_web ;;
web2) server=webB app=B && setup_web ;;
esac
