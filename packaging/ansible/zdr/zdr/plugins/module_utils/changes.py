# Copyright: the zdr developers
# MIT License (see https://opensource.org/license/mit)
"""How zdrctl is called for what the parameters of zdr_server ask, and what a change is.

"before" has the servers by name, as Zdrctl.status() returns them.
"""

import datetime
import json
import shlex

from ansible_collections.zdr.zdr.plugins.module_utils.zdrctl import ZdrctlError

SHOWN = ('state', 'reason', 'expires')


def is_settled(server, params):
    """Whether a flip to that state would change nothing of the server."""
    if server['state'] != params['state'] or params['ttl'] is not None:
        return False
    if params['reason'] is not None and (server['reason'] or '') != params['reason']:
        return False
    return params['state'] == 'ready' or server['expires'] is None


def flag(name, wanted):
    return ['--' + name] if wanted else []


def option(name, value, unit=''):
    return [] if value is None else ['--%s=%s%s' % (name, value, unit)]


def flip_options(params):
    options = option('timeout', params['timeout'], 's') if params['wait'] else ['--no-wait']
    options += flag('unchecked', params['unchecked'])
    return options + flag('force', params['force'] and params['state'] != 'ready')


def flip(zdrctl, params, before):
    """Flips those servers that are not as wanted, and waits for all of them."""
    settled = [name for name, server in before.items() if is_settled(server, params)]
    others = [name for name in before if name not in settled]
    options = flip_options(params)
    if others:
        record = option('reason', params['reason']) + option('ttl', params['ttl'], 's')
        zdrctl.run(params['state'], options + record, others)
    if settled and params['wait']:
        zdrctl.run(params['state'], options, settled)
    if params['wait_idle'] and params['state'] != 'ready':
        zdrctl.run('wait', ['--for=idle'] + option('timeout', params['timeout'], 's'), list(before))


def foresee_flip(params, before):
    """The servers as a flip would leave them."""
    after = {}
    for name, server in before.items():
        after[name] = dict(server)
        if not is_settled(server, params):
            lease = None if params['ttl'] is None else 'in %s s' % params['ttl']
            after[name].update(state=params['state'], reason=params['reason'] or None, expires=lease)
    return after


def restart_options(params):
    options = option('timeout', params['timeout'], 's') + option('idle-timeout', params['idle_timeout'], 's')
    options += option('ttl', params['ttl'], 's')
    for name in ('batch', 'reason', 'ready_url', 'ready_command', 'rollback'):
        options += option(name.replace('_', '-'), params[name])
    for name in ('keep_listener', 'keep_process', 'force', 'unchecked'):
        options += flag(name.replace('_', '-'), params[name])
    return options


def results_of(events):
    """What became of each server, by the last of the events, one a line; nothing after a usage error, which has none."""
    last = json.loads(events.splitlines()[-1]) if events else {}
    return last.get('results', [])


def restart(zdrctl, params, names, result):
    """Restarts the servers. result gets what became of each, also if it fails."""
    said = ''
    try:
        said = zdrctl.run('restart', ['--json'] + restart_options(params), names, shlex.split(params['command']))
    except ZdrctlError as error:
        said = error.stdout
        raise
    finally:
        result['results'] = results_of(said)


def foresee_restart(zdrctl, params, names):
    """Returns what a restart would do, as zdrctl says it, after its look at the command, HAProxy and the other servers."""
    return zdrctl.run('restart', ['--dry-run'] + restart_options(params), names, shlex.split(params['command']))


def shown(servers):
    """What a diff shows of each server, and what makes a change."""
    return {name: {key: server[key] for key in SHOWN} for name, server in servers.items()}


def set_diff(result, before, after, apps):
    """apps has what became of the app of each server that was restarted; the state alone is the same before and after."""
    diff = {'before': shown(before), 'after': shown(after)}
    for name, app in apps.items():
        diff['before'][name]['app'] = 'as it was'
        diff['after'][name]['app'] = app
    result['diff'] = diff
    result['changed'] = diff['before'] != diff['after']


def is_same_moment(one, other):
    """Of two ends of leases. zdrctl knows how many seconds are left, so the same end may differ by one."""
    if one is None or other is None:
        return False
    moments = [datetime.datetime.strptime(text, '%Y-%m-%dT%H:%M:%SZ') for text in (one, other)]
    return abs(moments[0] - moments[1]) <= datetime.timedelta(seconds=1)
