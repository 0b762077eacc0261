"""Has pytest run only the tests that can end otherwise than in the plain run."""

import pytest


class Chosen:
    """In a run of some tests: those that can end otherwise than in the plain run."""

    def __init__(self, chooser, spy):
        self._chooser = chooser
        self._spy = spy
        self._failed = set()

    def pytest_collectreport(self, report):
        """Note what could not be collected."""
        if report.failed:
            self._failed.add(report.nodeid)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        """Choose, after all others have."""
        yield
        raised, self._spy.raised = self._spy.raised, None
        run = self._chooser.choose([item.nodeid for item in items], self._failed, raised)
        if len(run) < len(items):
            chosen = set(run)
            rest = [item for position, item in enumerate(items) if position not in chosen]
            items[:] = [items[position] for position in run]
            config.hook.pytest_deselected(items=rest)
