"""A pytest plugin for the slow proofs: each says what it found as it ends, and what has passed is not run again.

    pytest -p tests.soak_progress --passed FILE ...

FILE holds a line of JSON a test that passed: its name, its seconds, what it printed. An interrupted run goes on behind
them. The file belongs to one state of the code (`scripts/soak` sees to that).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

PASSED = pytest.StashKey[frozenset[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--passed", type=Path, required=True, help="what has passed already, and passes now")


def pytest_configure(config: pytest.Config) -> None:
    """Read once: the processes of one run have to agree on which tests there are."""
    if hasattr(config, "workerinput"):
        config.stash[PASSED] = frozenset(config.workerinput["passed"])
        return
    config.stash[PASSED] = frozenset(record["test"] for record in _records(config.getoption("passed")))
    config.pluginmanager.register(_Teller(config), "soak-teller")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # noqa: ANN001 - pytest-xdist's WorkerController has no public type
    node.workerinput["passed"] = sorted(node.config.stash[PASSED])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    passed = [item for item in items if item.nodeid in config.stash[PASSED]]
    if passed:
        config.hook.pytest_deselected(items=passed)
        items[:] = [item for item in items if item.nodeid not in config.stash[PASSED]]


class _Teller:
    """Lives where the run is steered, whatever process a test runs in."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" or not report.passed:
            return
        record = {"test": report.nodeid, "seconds": round(report.duration, 1), "figures": report.capstdout.strip()}
        with self._config.getoption("passed").open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        reporter.write_line(f"\n{report.nodeid}: passed in {report.duration:.0f} s")
        for line in filter(None, record["figures"].splitlines()):
            reporter.write_line(f"    {line}")


def _records(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
