"""What a power cut leaves of the last flips, which are on the disk: the old state or the new one, never another.

A command is killed at each call; then the disk may be as the killed command saw it, or without what nobody has forced
there by fsync(): the contents of files, and the names in the directory. With each of these a boot must find a state.
"""

import json
import os
import re

FILE_CALLS = "openat,write,fsync,fdatasync,renameat,renameat2,rename,unlinkat,unlink"
LINE = re.compile(r"^\d+ +(\w+)\((.*?)\)? += (-?\d+)")


class Disk:
    """What a command did with the files of a directory, and what of it is durable, from its trace."""

    def __init__(self, directory, log):
        self.directory = directory
        self.unsynced = set()  # names of files whose contents are not
        self.has_unsynced_names = False
        self.open = {}  # fd: name; "" for the directory itself
        with open(log, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if found := LINE.match(line):
                    self._take(found[1], found[2], int(found[3]))

    def _take(self, call, arguments, result):
        names = [one.rsplit("/", 1)[-1] for one in re.findall(r'"([^"]*)"', arguments)]
        fd = int(re.match(r"\d+", arguments)[0]) if re.match(r"\d+", arguments) else None
        if result < 0:
            return
        if call == "openat":
            is_here = self.open.get(fd) == "" or self.directory in arguments
            if f'"{self.directory}"' in arguments:
                self.open[result] = ""
            elif is_here:
                self.open[result] = names[0]
                self.has_unsynced_names |= "O_CREAT" in arguments
            else:
                self.open.pop(result, None)
        elif call == "write" and self.open.get(fd):
            self.unsynced.add(self.open[fd])
        elif call in ("fsync", "fdatasync") and fd in self.open:
            self.unsynced.discard(self.open[fd])
            self.has_unsynced_names &= self.open[fd] != ""
        elif call.startswith("rename") and (fd in self.open or self.directory in arguments):
            self.has_unsynced_names = True
            if names[0] in self.unsynced:
                self.unsynced.remove(names[0])
                self.unsynced.add(names[1])
        elif call.startswith("unlink") and (fd in self.open or self.directory in arguments):
            self.has_unsynced_names = True

    def variants(self, before, now):
        """The directories, {name: text}, that a boot may find."""
        out = [now]
        lost = {name: "" if name in self.unsynced else text for name, text in now.items()}
        out.append(lost)
        if self.has_unsynced_names:
            out.append(before)
            out.append({**before, **{name: text for name, text in lost.items() if name.endswith(".new")}})
        return out


def write(directory, files):
    for name in os.listdir(directory):
        os.unlink(f"{directory}/{name}")
    for name, text in files.items():
        with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def shape(files):
    """Without the times, which differ from run to run."""
    out = []
    for name, text in sorted(files.items()):
        try:
            out.append((name, json.loads(text)["state"]))
        except (ValueError, KeyError):
            out.append((name, text))
    return tuple(out)


class PowerCut:
    """Judges one scenario; directories that were seen are not tried again."""

    def __init__(self, judge):
        self.judge = judge
        self.world = judge.world
        self.directory = judge.world.last_directory()
        self.seen = {}  # (scenario, shape): what was wrong

    def find_faults(self, scenario, before, log):
        disk = Disk(self.directory, log)
        out = []
        for files in disk.variants(before, self.world.last_files()):
            key = (scenario.name, shape(files))
            if key not in self.seen:
                self.seen[key] = self._boot(scenario, files)
            out += self.seen[key]
        return out

    def _boot(self, scenario, files):
        self.world.lose_memory()
        write(self.directory, files)
        ran = self.judge.programs.run(["load", "-c", self.judge.scenarios.before])
        if ran.returncode != 0:
            return [f"with {shape(files)}: load fails: {ran.stderr.strip()}"]
        _, servers, _ = self.judge.programs.status()
        state = servers["webA"][-1]
        allowed = {one["webA"][-1] for one in (scenario.before, scenario.after) if one}
        out = [] if state in allowed else [f"with {shape(files)}: webA begins {state}"]
        broken = [name for name in os.listdir(self.directory) if name.endswith(".broken")]
        out += [f"with {shape(files)}: {name} is set aside" for name in broken]
        for name in broken:
            os.unlink(f"{self.directory}/{name}")
        return out
