"""A world of its own for the programs: mounts, network namespace, cgroup, apps, and a second host that asks, too."""

import ctypes
import errno
import json
import os
import select
import signal
import socket
import struct
import subprocess
import time

import kernel

NEW_MOUNTS, NEW_NETWORK = 0x00020000, 0x40000000
SLOW = float(os.environ.get("ZDR_TEST_SLOW", "1"))  # deadlines are so many times as long
HERE, THERE = "10.211.0.1", "10.211.0.2"
APPS = {1000: "127.0.0.1", 1001: "0.0.0.0", 1002: "0.0.0.0", 1003: "0.0.0.0"}
LOCAL_PORTS = (2000, 3000, 2001, 2011, 2002, 2003)
REMOTE_PORTS = (2001, 2011, 2002, 2003)


def call(name, *arguments):
    if getattr(kernel.LIBC, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def cgroup_root():
    with open("/proc/self/mountinfo", encoding="utf-8") as lines:
        for line in lines:
            fields = line.split()
            if " - cgroup2 " in line and fields[3] == "/":
                return fields[4]
    raise RuntimeError("cgroup v2 is not mounted")


def remove_cgroup(path):
    """With all that is in it."""
    end = time.monotonic() + 10 * SLOW
    while os.path.isdir(path) and time.monotonic() < end:
        for name in os.listdir(path):
            if os.path.isdir(os.path.join(path, name)):
                remove_cgroup(os.path.join(path, name))
        try:
            with open(path + "/cgroup.kill", "w", encoding="ascii") as kill:
                kill.write("1")
            os.rmdir(path)
        except OSError:
            time.sleep(0.01)


def read_files(directory):
    """{name: text}; empty where there is no such directory."""
    out = {}
    for name in os.listdir(directory) if os.path.isdir(directory) else []:
        with open(f"{directory}/{name}", encoding="utf-8", errors="replace") as file:
            out[name] = file.read()
    return out


class World:
    """Lives as long as this process; a guard removes the cgroup however it ends. All else goes with the namespaces."""

    def __init__(self):
        self.root = cgroup_root()
        self.cgroup = f"{self.root}/zdr-faults-{os.getpid()}"
        self.directory = f"/var/lib/zdr_faults_{os.getpid()}"
        self.state_dir = self.directory + "/state"
        os.mkdir(self.cgroup)
        self.guard = self._start_guard()
        with open("/proc/self/cgroup", encoding="utf-8") as lines:
            self.former = next((self.root + line.strip()[3:] for line in lines if line.startswith("0::")), self.root)
        self._join(self.cgroup)
        call("unshare", NEW_MOUNTS | NEW_NETWORK)
        call("mount", None, b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
        call("mount", b"zdr-faults", b"/var/lib", b"tmpfs", 0, b"mode=0755")
        os.mkdir(self.directory)
        self._make_network()
        self.apps = {port: self._listen(address, port) for port, address in APPS.items()}

    def _start_guard(self):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() != 0:
                os._exit(0)
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            os.dup2(os.open("/dev/null", os.O_RDWR), 1)
            os.dup2(1, 2)
            os.close(writing)
            os.closerange(3, reading)
            os.read(reading, 1)
            remove_cgroup(self.cgroup)
            os._exit(0)
        os.wait()
        os.close(reading)
        return writing

    def leave(self):
        """So that the guard may remove the cgroup without killing this process."""
        self._join(self.former)
        remove_cgroup(self.cgroup)

    def _join(self, cgroup):
        with open(cgroup + "/cgroup.procs", "w", encoding="ascii") as procs:
            procs.write("0")

    def _make_network(self):
        self.here = os.open("/proc/self/ns/net", os.O_RDONLY)
        call("unshare", NEW_NETWORK)
        self.there = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._ip("link", "set", "lo", "up")
        call("setns", self.here, NEW_NETWORK)
        self._ip("link", "set", "lo", "up")
        self._ip("link", "add", "z0", "type", "veth", "peer", "name", "z1", "netns", f"/proc/{os.getpid()}/fd/{self.there}")
        self._ip("address", "add", HERE + "/24", "dev", "z0")
        self._ip("link", "set", "z0", "up")
        call("setns", self.there, NEW_NETWORK)
        self._ip("address", "add", THERE + "/24", "dev", "z1")
        self._ip("link", "set", "z1", "up")
        call("setns", self.here, NEW_NETWORK)
        self.interfaces = [socket.if_nametoindex("z0")]

    def _ip(self, *arguments):
        subprocess.run(["ip", *arguments], check=True)

    def _listen(self, address, port):
        out = socket.socket()
        out.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        out.bind((address, port))
        out.listen(16)
        return out

    def write(self, name, text):
        path = f"{self.directory}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    # What a checker gets.

    def ask(self, port, remote=False):
        """The app port that a check of this port arrives at, or "refused", or another error's name."""
        if remote:
            call("setns", self.there, NEW_NETWORK)
        try:
            checker = socket.socket()
        finally:
            if remote:
                call("setns", self.here, NEW_NETWORK)
        with checker:
            checker.settimeout(3 * SLOW)
            checker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                checker.connect((HERE if remote else "127.0.0.1", port))
            except ConnectionRefusedError:
                return "refused"
            except OSError as error:
                return errno.errorcode.get(error.errno, str(error))
            arrived, _, _ = select.select(list(self.apps.values()), [], [], 3 * SLOW)
            for app in arrived:
                app.accept()[0].close()
            return next((number for number, app in self.apps.items() if app in arrived), "elsewhere")

    def answers(self):
        out = {("local", port): self.ask(port) for port in LOCAL_PORTS}
        out.update({("remote", port): self.ask(port, remote=True) for port in REMOTE_PORTS})
        return out

    # What is there.

    @property
    def live(self):
        return self.state_dir + "/live"

    def pins(self):
        return sorted(os.listdir(self.live)) if os.path.isdir(self.live) else []

    def redirects(self):
        return kernel.redirects(self.live) if os.path.isdir(self.live) else {}

    def scratch_cgroups(self):
        return [name for name in os.listdir(self.cgroup) if os.path.isdir(f"{self.cgroup}/{name}")]

    def last_files(self):
        """{name of a file: its text} of the servers with `start = last`."""
        return read_files(self.last_directory())

    def last_directory(self):
        return "/var/lib/zdr/" + self.state_dir.strip("/").replace("/", "-")  # it has no character to escape

    def remove_last_file(self, name):
        os.unlink(f"{self.last_directory()}/{name}")

    def leftovers(self):
        """All that an unload may not leave; waits a little for what the kernel lets go of."""
        end = time.monotonic() + 3 * SLOW
        while True:
            out = [f"hook {name}" for name in kernel.attached_hooks(self.cgroup, self.interfaces)]
            out += [f"cgroup {name}" for name in self.scratch_cgroups()]
            with open("/proc/self/mounts", encoding="utf-8") as mounts:
                out += ["mount" for line in mounts if line.split()[1] == self.state_dir]
            out += ["state directory"] if os.path.exists(self.state_dir) else []
            if not out or time.monotonic() > end:
                return out
            time.sleep(0.02)

    def lose_memory(self):
        """As a reboot: whatever is in the kernel goes, whatever is on the disk stays."""
        while kernel.LIBC.umount2(self.state_dir.encode(), 2) == 0:
            pass
        if os.path.isdir(self.state_dir):
            os.rmdir(self.state_dir)
        end = time.monotonic() + 5 * SLOW
        while kernel.attached_hooks(self.cgroup, self.interfaces) and time.monotonic() < end:
            time.sleep(0.01)


class Programs:
    """zdr-loader and zdrctl in a world."""

    def __init__(self, world, loader, zdrctl):
        self.world = world
        self.loader_path = loader
        self.zdrctl_path = zdrctl

    def command(self, words):
        program = self.loader_path if words[0] in ("load", "unload") else self.zdrctl_path
        return [program, *words, "--state-dir", self.world.state_dir]

    def run(self, words, timeout=60):
        return subprocess.run(self.command(words), capture_output=True, text=True, errors="replace", timeout=timeout * SLOW, check=False)

    def status(self):
        """(exit status, {name: (port, status port, backup status port, state)}, what it said)"""
        ran = self.run(["status", "--json"])
        servers = {}
        if ran.returncode == 0:
            for one in json.loads(ran.stdout)["servers"]:
                servers[one["name"]] = (one["address"], one["port"], one["status_port"], one["backup_status_port"], one["state"])
        return ran.returncode, servers, ran.stderr
