"""What is loaded before a command, and what is to be afterwards."""

import dataclasses

WEB_A = ("127.0.0.1", 1000, 2000, 3000)
BEFORE = """cgroup = {cgroup}
[server.webA]
address = 127.0.0.1
port = 1000
status-port = 2000
backup-status-port = 3000
start = last
[server.webB]
port = 1001
status-port = 2001
[server.webD]
port = 1003
status-port = 2003
start = maint
"""
# webB's status port is another one, webC is new and has a record of settings, webD goes.
AFTER = """cgroup = {cgroup}
[server.webA]
address = 127.0.0.1
port = 1000
status-port = 2000
backup-status-port = 3000
start = last
[server.webB]
port = 1001
status-port = 2011
[server.webC]
port = 1002
status-port = 2002
backend = first
backend = second
"""
NOT_LOADED = None


def servers(**states):
    """As Programs.status() has them, of those that are named: webA="drain"."""
    rows = {"webA": WEB_A, "webB": ("*", 1001, 2001, None), "webC": ("*", 1002, 2002, None), "webD": ("*", 1003, 2003, None),
            "webB_after": ("*", 1001, 2011, None)}  # fmt: skip
    return {name.removesuffix("_after"): (*rows[name], state) for name, state in states.items()}


@dataclasses.dataclass
class Scenario:
    name: str
    words: list  # the command
    before: dict  # servers, or NOT_LOADED
    after: dict
    is_power_cut: bool = False  # what is on the disk is judged, not what is in the kernel


class Scenarios:
    def __init__(self, world):
        self.before = world.write("before.conf", BEFORE.format(cgroup=world.cgroup))
        self.changed = world.write("after.conf", AFTER.format(cgroup=world.cgroup))
        usual = servers(webA="ready", webB="ready", webD="maint")
        changed = servers(webA="ready", webB_after="ready", webC="ready")
        drained = servers(webA="drain", webB="ready", webD="maint")
        added = {**usual, "webC": servers(webC="ready")["webC"]}
        removed = {name: one for name, one in usual.items() if name != "webB"}
        add = ["add", "webC", "--port", "1002", "--status-port", "2002", "--backend", "first", "--backend", "second"]
        self.all = [
            Scenario("load", ["load", "-c", self.before], NOT_LOADED, usual),
            Scenario("load-again", ["load", "-c", self.before], usual, usual),
            Scenario("load-changed", ["load", "-c", self.changed], usual, changed),
            Scenario("unload", ["unload"], usual, NOT_LOADED),
            Scenario("drain", ["drain", "webA", "--no-wait"], usual, drained),
            Scenario("ready", ["ready", "webA", "--no-wait"], drained, usual),
            Scenario("add", add, usual, added),
            Scenario("remove", ["remove", "webB"], usual, removed),
            Scenario("apply", ["apply", self.changed], usual, changed),
            Scenario("power-drain", ["drain", "webA", "--no-wait"], usual, drained, True),
            Scenario("power-ready", ["ready", "webA", "--no-wait"], drained, usual, True),
            Scenario("power-unload", ["unload"], drained, NOT_LOADED, True),
        ]
