# Copyright: the zdr developers
# MIT License (see https://opensource.org/license/mit)
"""Calls zdrctl for the modules of this collection. All that they know of zdr comes from its JSON and its exit status."""

import json

# What an exit status of zdrctl means to who writes a play. zdrctl's own sentence follows.
MEANINGS = {
    1: 'zdrctl failed',
    2: 'zdrctl does not take these arguments; is it as new as this collection?',
    3: 'zdr is not loaded on this host; start zdr.service',
    4: 'timed out while waiting; what was flipped stays so',
    5: 'refused for safety, and nothing was flipped (force overrides the last ready server, unchecked that nobody checks)',
    6: 'no such server on this host',
    7: 'not permitted; the user of this task must be in group zdr',
    130: 'interrupted',
}


class ZdrctlError(Exception):
    """zdrctl has failed. The text is a sentence for the user, rc is zdrctl's exit status."""

    def __init__(self, rc, stdout, stderr):
        self.rc = rc
        self.stdout = stdout
        self.stderr = stderr
        said = last_sentence(stderr)
        meaning = MEANINGS.get(rc, 'zdrctl ended with status %s' % rc)
        super().__init__('%s: %s' % (meaning, said) if said else meaning)


def last_sentence(stderr):
    """Of what zdrctl says on standard error, the error: its last line that begins with its name."""
    lines = [line for line in stderr.splitlines() if line.startswith('zdrctl: ')]
    return lines[-1][len('zdrctl: '):] if lines else stderr.strip()


class Zdrctl:
    """zdrctl of this host, with the options that all its commands have."""

    def __init__(self, module):
        self._module = module
        self._program = module.get_bin_path('zdrctl', required=True)
        self._common = []
        if module.params['state_dir']:
            self._common += ['--state-dir', module.params['state_dir']]
        for socket in module.params['haproxy'] or []:
            self._common += ['--haproxy', socket]

    def run(self, command, options, names, after=None):
        """Returns its standard output. Raises ZdrctlError if its exit status is not 0."""
        words = [self._program, command] + self._common + options + ['--'] + names
        if after:
            words = [self._program, command] + self._common + options + names + ['--'] + after
        rc, stdout, stderr = self._module.run_command(words, environ_update={'LC_ALL': 'C.UTF-8'})
        if rc != 0:
            raise ZdrctlError(rc, stdout, stderr)
        return stdout

    def status(self, names):
        """Returns the servers as "status --json" has them, by name, in zdrctl's order."""
        document = json.loads(self.run('status', ['--json'], names))
        return {server['name']: server for server in document['servers']}
