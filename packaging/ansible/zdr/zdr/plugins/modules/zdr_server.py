#!/usr/bin/python
# Copyright: the zdr developers
# MIT License (see https://opensource.org/license/mit)
"""The module zdr_server: takes servers behind HAProxy out and back, and restarts them meanwhile."""

DOCUMENTATION = r'''
module: zdr_server
short_description: Take servers behind HAProxy out and back, and restart them without one client noticing
version_added: 0.1.0
author:
  - zdr developers (!UNKNOWN) <maintainers@zdr.example>
description:
  - Flips servers of this host with C(zdrctl), and waits until every checker of HAProxy has noticed.
  - Needs no root. The user of the task must be in the group zdr.
options:
  name:
    description:
      - The servers, by their names in C(zdr.conf), or patterns of these such as V(web*).
      - Several servers are flipped all or none.
    type: list
    elements: str
    required: true
  state:
    description:
      - V(drain) keeps new clients away. V(maint) also moves clients that hold a cookie, where there is a backup status port.
        V(ready) takes clients again.
      - V(restarted) drains the servers, batch by batch, runs O(command), waits until the new app answers, and makes them ready.
    type: str
    choices: [ready, drain, maint, restarted]
    required: true
  wait:
    description:
      - Whether to wait until HAProxy's checks have noticed. A restart always waits.
    type: bool
    default: true
  wait_idle:
    description:
      - Whether to wait as well until no session is active, after V(drain) and V(maint).
    type: bool
    default: false
  timeout:
    description:
      - Seconds to wait, for each thing that is waited for. What was flipped stays so when the time is over.
    type: int
    default: 60
  reason:
    description:
      - Why, for those who look at the status. At most 111 bytes.
    type: str
  ttl:
    description:
      - Seconds after which the kernel makes the servers ready again by itself. Each run renews it, which is a change.
      - For V(restarted), how long the servers stay out when the restart is killed. It is renewed meanwhile.
    type: int
  force:
    description:
      - Whether to go on even if a backend has no ready server left on this host.
    type: bool
    default: false
  unchecked:
    description:
      - Whether to go on where nobody checks a server, so that nobody can confirm.
    type: bool
    default: false
  command:
    description:
      - What restarts the app of one server; required for V(restarted). C({name}), C({address}) and C({port}) in it are the server's.
      - It is split into words as a shell does, but no shell runs it. It runs as the user of the task.
    type: str
  batch:
    description:
      - How many servers are restarted at a time, as a number or as a percentage of those that are named.
    type: str
    default: '1'
  ready_url:
    description:
      - A restart goes on once this URL answers 2xx or 3xx. It may have the placeholders of O(command).
    type: str
  ready_command:
    description:
      - A restart goes on once this exits 0; C(sh) runs it again and again. It may have the placeholders of O(command).
    type: str
  rollback:
    description:
      - What C(sh) runs for a server whose new app does not come up. It may have the placeholders of O(command).
    type: str
  keep_listener:
    description:
      - Whether O(command) keeps the listening socket, as a reload does.
    type: bool
    default: false
  keep_process:
    description:
      - Whether O(command) starts no new process either.
    type: bool
    default: false
  idle_timeout:
    description:
      - Seconds that a restart waits for the sessions of a server to become idle.
    type: int
    default: 30
  haproxy:
    description:
      - Runtime sockets of HAProxy that are asked in addition, as paths or C(HOST:PORT).
    type: list
    elements: str
  state_dir:
    description:
      - Where zdr keeps its state, if not in C(/run/zdr).
    type: path
attributes:
  check_mode:
    support: full
    description: Says which servers would be flipped. A restart is checked as far as C(zdrctl restart --dry-run) does.
  diff_mode:
    support: full
    description: Shows state, reason and end of the lease of each server, before and after.
notes:
  - Check mode does not foresee that zdr would refuse to take out the last ready server of a backend.
'''

EXAMPLES = r'''
- name: Restart both servers of this host, one after the other
  zdr.zdr.zdr_server:
    name: [webA, webB]
    state: restarted
    command: sudo systemctl restart app@{name}
    ready_url: http://{address}:{port}/health

- name: Take a server out for 15 minutes at most
  zdr.zdr.zdr_server:
    name: webA
    state: drain
    reason: release 42
    ttl: 900

- name: Put it back
  zdr.zdr.zdr_server:
    name: webA
    state: ready
'''

RETURN = r'''
servers:
  description: The servers as C(zdrctl status --json) has them, at the end.
  returned: when zdr can be asked
  type: list
  elements: dict
  sample:
    - name: webA
      backend: srvs
      state: drain
      since: '2026-01-01T10:00:00Z'
      reason: release 42
results:
  description: What became of each server, as C(zdrctl restart --json) has it.
  returned: after a restart
  type: list
  elements: dict
  sample:
    - name: webA
      result: ready
      rolled_back: false
plan:
  description: What a restart would do.
  returned: in check mode, for a restart
  type: str
rc:
  description: The exit status of zdrctl.
  returned: when it is not 0
  type: int
  sample: 4
stderr:
  description: What zdrctl, and the command of a restart, wrote to standard error.
  returned: when rc is not 0
  type: str
'''

import shlex

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.zdr.zdr.plugins.module_utils.changes import flip, foresee_flip, foresee_restart, is_same_moment, restart, set_diff
from ansible_collections.zdr.zdr.plugins.module_utils.zdrctl import Zdrctl, ZdrctlError


def look_again(zdrctl, before, result):
    """What was changed is read from zdr."""
    after = zdrctl.status(list(before))
    for name, server in after.items():
        if is_same_moment(before[name]['expires'], server['expires']):
            server['expires'] = before[name]['expires']
    result['servers'] = list(after.values())
    touched = [one for one in result.get('results', []) if one['result'] != 'untouched' or one['rolled_back']]
    set_diff(result, before, after, {one['name']: one['result'] for one in touched})


def act(zdrctl, params, before, result):
    """Does what is asked. Also after an error, result says what was changed."""
    try:
        if params['state'] == 'restarted':
            restart(zdrctl, params, list(before), result)
        else:
            flip(zdrctl, params, before)
    except ZdrctlError as error:
        try:
            look_again(zdrctl, before, result)
        except ZdrctlError:
            pass  # of two errors the first says more
        raise error
    look_again(zdrctl, before, result)


def foresee(zdrctl, params, before, result):
    """Check mode: what would be changed."""
    if params['state'] != 'restarted':
        set_diff(result, before, foresee_flip(params, before), {})
        return
    result['plan'] = foresee_restart(zdrctl, params, list(before))
    after = {name: dict(server, state='ready', reason=None, expires=None) for name, server in before.items()}
    set_diff(result, before, after, {name: 'ready' for name in before})


def run(module, result):
    zdrctl = Zdrctl(module)
    before = zdrctl.status(module.params['name'])
    result['servers'] = list(before.values())
    if module.check_mode:
        foresee(zdrctl, module.params, before, result)
    else:
        act(zdrctl, module.params, before, result)


def check_parameters(module):
    """What argument_spec cannot say."""
    if not module.params['name']:
        module.fail_json(msg='name has no server')
    if module.params['state'] == 'ready' and module.params['ttl'] is not None:
        module.fail_json(msg='ttl is how long servers stay out; there is none for state=ready')
    try:
        if module.params['command'] is not None and not shlex.split(module.params['command']):
            module.fail_json(msg='command is empty')
    except ValueError as error:
        module.fail_json(msg='command: %s' % error)


def main():
    module = AnsibleModule(
        argument_spec={
            'name': {'type': 'list', 'elements': 'str', 'required': True},
            'state': {'type': 'str', 'choices': ['ready', 'drain', 'maint', 'restarted'], 'required': True},
            'wait': {'type': 'bool', 'default': True},
            'wait_idle': {'type': 'bool', 'default': False},
            'timeout': {'type': 'int', 'default': 60},
            'reason': {'type': 'str'},
            'ttl': {'type': 'int'},
            'force': {'type': 'bool', 'default': False},
            'unchecked': {'type': 'bool', 'default': False},
            'command': {'type': 'str'},
            'batch': {'type': 'str', 'default': '1'},
            'ready_url': {'type': 'str'},
            'ready_command': {'type': 'str'},
            'rollback': {'type': 'str'},
            'keep_listener': {'type': 'bool', 'default': False},
            'keep_process': {'type': 'bool', 'default': False},
            'idle_timeout': {'type': 'int', 'default': 30},
            'haproxy': {'type': 'list', 'elements': 'str'},
            'state_dir': {'type': 'path'},
        },
        required_if=[('state', 'restarted', ['command'])],
        supports_check_mode=True,
    )
    check_parameters(module)
    result = {'changed': False}
    try:
        run(module, result)
    except ZdrctlError as error:
        module.fail_json(msg=str(error), rc=error.rc, stderr=error.stderr, **result)
    module.exit_json(**result)


if __name__ == '__main__':
    main()
