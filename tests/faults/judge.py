"""What is wrong after a command in which a call failed, or that was killed."""

import json

from power_cut import PowerCut
from scenarios import NOT_LOADED

NOT_LOADED_STATUS = 3
# So many cases are followed by one look at what takes long: whether the next unload leaves nothing, and where nothing is
# odd after a command of zdrctl, whether the next load succeeds.
UNLOAD_EACH = 10
LOAD_EACH = 4
PROOF = "127.201.231.165"  # where nobody else asks (loader/redirect_proof.cc)
STATUSES = range(8)  # zdr's own


def redirects_of(servers):
    """As World.redirects()."""
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
        self.known = {}  # what is loaded: servers, or NOT_LOADED; empty: that is not known
        self.power_cut = PowerCut(self)

    # The way to where a scenario begins.

    def must(self, words):
        ran = self.programs.run(words)
        if ran.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {ran.returncode} {ran.stderr}")

    def load(self):
        self.must(["load", "-c", self.scenarios.before])

    def is_at(self, servers):
        status, seen, said = self.programs.status()
        if servers is NOT_LOADED:
            return status == NOT_LOADED_STATUS and not self.world.leftovers()
        return status == 0 and seen == servers and not said and not self.find_differences(seen) and self.is_whole()

    def is_whole(self):
        return self.world.pins() == self.usual_pins and not self.world.scratch_cgroups()

    def set_states(self, now, servers):
        for name, (*_, state) in servers.items():
            if now[name][-1] != state:
                self.must([state, name, "--no-wait", "--force"] if state != "ready" else [state, name, "--no-wait"])

    def reach(self, scenario):
        """The servers and states before it."""
        known, self.known = self.known, {}
        if self.usual_pins is None:
            self.programs.run(["unload"])
            self.load()
            self.usual_pins = self.world.pins()
        if known == scenario.before:
            return
        if scenario.before is NOT_LOADED:
            self.must(["unload"])
        else:
            if not known or set(known) != set(scenario.before):
                self.load()
                known = self.programs.status()[1]
            self.set_states(known, scenario.before)
        if not self.is_at(scenario.before):
            raise RuntimeError(f"{scenario.name}: its beginning cannot be reached")

    # The judgement.

    def find_differences(self, servers, killed=False):
        """Between what status says and what checkers get. A killed load may leave the redirect of its proof."""
        out = []
        answers = self.world.answers()
        expected = answers_of(servers, answers)
        for asked, answer in answers.items():
            if answer != expected[asked]:
                out.append(f"{asked[0]} check of {asked[1]} gets {answer}, not {expected[asked]}")
        redirects = {place: port for place, port in self.world.redirects().items() if place[0] != PROOF or not killed}
        wanted = redirects_of(servers)
        for place in sorted(set(redirects) | set(wanted)):
            if redirects.get(place) != wanted.get(place):
                out.append(f"the redirect of {place[0]}:{place[1]} is to {redirects.get(place)}, not {wanted.get(place)}")
        return out

    def find_faults(self, scenario, case, ran, number):
        killed = case[2] == "KILL"
        out = [f"exit status {ran.status}"] if not killed and not ran.is_of_linker and ran.status not in STATUSES else []
        status, seen, said = self.programs.status()
        if status not in (0, NOT_LOADED_STATUS):
            out.append(f"status fails: {said.strip()}")
        now = seen if status == 0 else NOT_LOADED
        is_told = "cut off" in said
        out += self.find_untruths(scenario, ran, now, killed, is_told)
        out += [] if is_told else self.find_differences(now or {}, killed)
        if not killed and now is NOT_LOADED and (left := self.world.leftovers()):
            out.append(f"not loaded, and there is {', '.join(left)}")
        if not killed and now is not NOT_LOADED and not self.is_whole():
            out.append(f"pins differ: {sorted(set(self.world.pins()) ^ set(self.usual_pins))} {self.world.scratch_cgroups()}")
        out += self.find_in_files()
        is_usual = now == scenario.before and not is_told and not out and self.is_whole()
        if scenario.words[0] in ("load", "unload") or number % LOAD_EACH == 0 or not is_usual:
            out += self.find_by_load()
        else:
            self.known = now
        if number % UNLOAD_EACH == 0 or out or scenario.before is NOT_LOADED:
            out += self.find_by_unload()
        return out

    def find_untruths(self, scenario, ran, now, killed, is_told):
        """What the command and status say against each other."""
        if now not in (scenario.before, scenario.after):
            return [] if is_told else [f"neither as before nor done: {now}"]
        if killed or scenario.before == scenario.after:
            return []
        if now == scenario.after and ran.status != 0 and "is done" not in ran.err:
            return [f"it is done, and it says {ran.status}: {ran.err.strip()}"]
        if now != scenario.after and ran.status == 0:
            return ["not done, and it says 0"]
        return []

    def find_in_files(self):
        """The last flips: whole, and of the state before or after."""
        out = []
        for name, text in self.world.last_files().items():
            if name.endswith(".broken"):
                out.append(f"{name} was set aside")
                self.world.remove_last_file(name)
            elif name.endswith(".json"):
                try:
                    json.loads(text)
                except ValueError:
                    out.append(f"{name} is broken: {text!r}")
        return out

    def find_by_load(self):
        ran = self.programs.run(["load", "-c", self.scenarios.before])
        if ran.returncode != 0:
            return [f"the next load fails: {ran.stderr.strip()}"]
        _, seen, said = self.programs.status()
        out = [] if set(seen) == {"webA", "webB", "webD"} else [f"after the next load there are {sorted(seen)}"]
        out += [f"after the next load: {one}" for one in self.find_differences(seen)]
        out += [] if self.is_whole() else ["after the next load pins differ"]
        out += [f"after the next load: {said.strip()}"] if "cut off" in said else []
        self.known = seen if not out else {}
        return out

    def find_by_unload(self):
        self.known = NOT_LOADED
        ran = self.programs.run(["unload"])
        if ran.returncode != 0:
            return [f"the next unload fails: {ran.stderr.strip()}"]
        left = self.world.leftovers()
        return [f"the next unload leaves {', '.join(left)}"] if left else []
