"""Which system calls a command makes, and one run of it in which one of them fails, or ends it (strace's injection)."""

import re
import subprocess

from world import SLOW

# Calls that cannot fail, or not so that a program has to bear it (libc ends one whose futex() fails to wake, and takes the
# error of brk() for an address).
CANNOT_FAIL = {
    "execve", "exit_group", "exit", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "set_tid_address",
    "rt_sigreturn", "rt_sigprocmask", "alarm", "umask", "futex", "brk",
}  # fmt: skip
# What each call may plausibly fail with; the first is tried always, all where there is no limit of time.
ERRORS = {
    "bpf": ("ENOMEM", "EAGAIN"),
    "read": ("EINTR", "EIO"),
    "write": ("ENOSPC", "EINTR"),
    "openat": ("EMFILE", "ENOMEM"),
    "mkdir": ("ENOSPC",),
    "rename": ("ENOMEM",),
    "renameat": ("ENOSPC",),
    "flock": ("EINTR", "ENOLCK"),
    "fsync": ("EIO",),
    "close": ("EINTR",),
    "recvmsg": ("EINTR", "ENOMEM"),
    "sendto": ("ENOBUFS",),
    "connect": ("EAGAIN",),
    "poll": ("EINTR",),
    "wait4": ("EINTR",),
    "clock_nanosleep": ("EINTR",),
    "clone": ("EAGAIN",),
    "umount2": ("EBUSY", "ENOMEM"),
    "rmdir": ("EBUSY", "ENOMEM"),
}
MOST = 100  # of one call: beyond this, occurrences are sampled
SAMPLE = 30

CALL = re.compile(r"^(?:(\d+) +)?(\w+)\(")


def count_calls(command, log):
    """({call: the most that one process makes}, {call: of these the dynamic linker}, exit status) without faults."""
    status = subprocess.run(["strace", "-f", "-o", log, *command], capture_output=True, check=False).returncode
    counts = {}
    linker = None
    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if found := CALL.match(line):
                key = (found[1], found[2])
                counts[key] = counts.get(key, 0) + 1
                if found[2] == "munmap" and linker is None:  # of its cache: it has all libraries
                    linker = {call: count for (_, call), count in counts.items()}
    most = {}
    for (_, call), count in counts.items():
        most[call] = max(count, most.get(call, 0))
    return most, linker or {}, status


def occurrences(count):
    """All of them, or of many the first and last and some in between."""
    if count <= MOST:
        return list(range(1, count + 1))
    step = (count - 1) / (SAMPLE - 1)
    return sorted({round(1 + i * step) for i in range(SAMPLE)})


def cases_of(counts, kinds):
    """[(call, number, fault)] where the fault is an error or "KILL"."""
    out = []
    for call, count in sorted(counts.items()):
        for number in occurrences(count):
            if "errors" in kinds and call not in CANNOT_FAIL:
                out += [(call, number, error) for error in ERRORS.get(call, ("ENOMEM",))]
            if "kills" in kinds and call not in ("execve",):
                out.append((call, number, "KILL"))
    return out


class Ran:
    """What came of a run with a fault."""

    def __init__(self, status, out, err, happened):
        self.status = status  # negative: the number of the signal that ended it
        self.out = out
        self.err = err
        self.happened = happened  # the call was made so often


def run_with(case, command, log, traced=""):
    call, number, fault = case
    what = "signal=KILL" if fault == "KILL" else f"error={fault}"
    names = ",".join(filter(None, (call, traced)))
    fast = [] if fault == "KILL" else ["--seccomp-bpf"]  # with it strace 6.1 sends no signal
    tracer = ["strace", "-f", *fast, "-o", log, "-e", f"trace={names}", "-e", f"inject={call}:{what}:when={number}"]
    ran = subprocess.run([*tracer, *command], capture_output=True, text=True, errors="replace", timeout=120 * SLOW, check=False)
    with open(log, encoding="utf-8", errors="replace") as lines:
        text = lines.read()
    happened = "killed by SIGKILL" in text if fault == "KILL" else "(INJECTED)" in text
    return Ran(ran.returncode, ran.stdout, ran.stderr, happened)
