"""Placeholder."""
def try_all(judge, scenarios, log):
    return 0, 0
