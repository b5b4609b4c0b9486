"""What is wrong after a command in which a call failed, or that was killed."""

import json

from scenarios import NOT_LOADED

NOT_LOADED_STATUS = 3
UNLOAD_EACH = 10  # cases
STATUSES = (*range(8), 127)  # zdr's own, and the dynamic linker's where it cannot start a program


def redirects_of(servers):
    """As World.redirects(), without slots."""
    out = {}
    for address, port, status_port, backup, _ in servers.values():
        out[(address, status_port)] = port
        if backup:
            out[(address, backup)] = port
    return out


def answers_of(servers, asked):
    """What checkers get if these are the servers."""
    out = dict.fromkeys(asked, "refused")
    for address, port, status_port, backup, state in servers.values():
        for host in ("local", "remote"):
            if host == "remote" and address == "127.0.0.1":
                continue
            if state == "ready":
                out[(host, status_port)] = port
            if backup and state != "maint":
                out[(host, backup)] = port
    return out


class Judge:
    def __init__(self, world, programs, scenarios):
        self.world = world
        self.programs = programs
        self.scenarios = scenarios
        self.usual_pins = None

    # The way to where a scenario begins.

    def must(self, words):
        ran = self.programs.run(words)
        if ran.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {ran.returncode} {ran.stderr}")

    def is_at(self, servers):
        status, seen, _ = self.programs.status()
        if servers is NOT_LOADED:
            return status == NOT_LOADED_STATUS and not self.world.leftovers()
        return status == 0 and seen == servers and not self.find_differences(seen) and self.is_whole()

    def is_whole(self):
        return self.world.pins() == self.usual_pins and not self.world.scratch_cgroups()

    def set_states(self, servers):
        _, seen, _ = self.programs.status()
        for name, (*_, state) in servers.items():
            if seen[name][-1] != state:
                self.must([state, name, "--no-wait", "--force"] if state != "ready" else [state, name, "--no-wait"])

    def reach(self, scenario):
        """The state before it, by a new beginning where nothing else helps."""
        if self.usual_pins is None:
            self.programs.run(["unload"])
            self.must(["load", "-c", self.scenarios.before])
            self.usual_pins = self.world.pins()
        if scenario.before is NOT_LOADED:
            if not self.is_at(NOT_LOADED):
                self.must(["unload"])
            return
        for words in ([], ["load"], ["unload", "load"]):
            for word in words:
                self.must([word, "-c", self.scenarios.before] if word == "load" else [word])
            if not words and not self.is_at_servers(scenario.before):
                continue
            self.set_states(scenario.before)
            if self.is_at(scenario.before):
                return
        raise RuntimeError(f"{scenario.name}: its beginning cannot be reached")

    def is_at_servers(self, servers):
        status, seen, _ = self.programs.status()
        return status == 0 and {name: one[:-1] for name, one in seen.items()} == {name: one[:-1] for name, one in servers.items()}

    # The judgement.

    def find_differences(self, servers):
        """Between what status says and what checkers get."""
        out = []
        answers = self.world.answers()
        expected = answers_of(servers, answers)
        for asked, answer in answers.items():
            if answer != expected[asked]:
                out.append(f"{asked[0]} check of {asked[1]} gets {answer}, not {expected[asked]}")
        redirects = {place: port for place, (port, _) in self.world.redirects().items()}
        for place in sorted(set(redirects) ^ set(redirects_of(servers))):
            out.append(f"a redirect at {place[0]}:{place[1]} that is " + ("no server's" if place in redirects else "missing"))
        return out

    def find_faults(self, scenario, case, ran, number):
        killed = case[2] == "KILL"
        out = []
        out += [f"exit status {ran.status}"] if not killed and ran.status not in STATUSES else []
        status, seen, said = self.programs.status()
        if status not in (0, NOT_LOADED_STATUS):
            out.append(f"status fails: {said.strip()}")
        now = seen if status == 0 else NOT_LOADED
        is_told = "cut off" in said
        if now == scenario.after and not killed and ran.status != 0 and scenario.before != scenario.after and " done" not in ran.err:
            out.append(f"it is done, and it says {ran.status}: {ran.err.strip()}")
        elif now not in (scenario.before, scenario.after) and not is_told:
            out.append(f"neither as before nor done: {now}")
        elif now != scenario.after and ran.status == 0:
            out.append("not done, and it says 0")
        out += [] if is_told else self.find_differences(now or {})
        if not killed and now is NOT_LOADED and (left := self.world.leftovers()):
            out.append(f"not loaded, and there is {', '.join(left)}" if "unload" not in ran.err else "")
        if not killed and now is not NOT_LOADED and not self.is_whole():
            out.append(f"pins differ: {sorted(set(self.world.pins()) ^ set(self.usual_pins))} {self.world.scratch_cgroups()}")
        out += self.find_in_files(now)
        out += self.find_by_load(scenario)
        if number % UNLOAD_EACH == 0 or out:
            out += self.find_by_unload()
        return [one for one in out if one]

    def find_in_files(self, now):
        """The last flips: whole, and of the state before or after."""
        out = []
        for name, text in self.world.last_files().items():
            if name.endswith(".broken"):
                out.append(f"{name} was set aside")
            elif name.endswith(".json"):
                try:
                    json.loads(text)
                except ValueError:
                    out.append(f"{name} is broken: {text!r}")
        return out

    def find_by_load(self, scenario):
        ran = self.programs.run(["load", "-c", scenario.config])
        if ran.returncode != 0:
            return [f"the next load fails: {ran.stderr.strip()}"]
        _, seen, said = self.programs.status()
        wanted = set((scenario.after or scenario.before).keys()) if scenario.name not in ("add", "remove") else {"webA", "webB", "webD"}
        out = [] if set(seen) == wanted else [f"after the next load there are {sorted(seen)}"]
        out += [f"after the next load: {one}" for one in self.find_differences(seen)]
        out += [] if self.is_whole() else ["after the next load pins differ"]
        return out + (["after the next load: " + said] if "cut off" in said else [])

    def find_by_unload(self):
        ran = self.programs.run(["unload"])
        if ran.returncode != 0:
            return [f"the next unload fails: {ran.stderr.strip()}"]
        left = self.world.leftovers()
        return [f"the next unload leaves {', '.join(left)}"] if left else []
