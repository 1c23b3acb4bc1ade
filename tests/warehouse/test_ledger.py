"""Runs with leases: the living are left alone, the dead are buried."""

import datetime as dt
import logging
import socket
import subprocess
import sys

import pytest

from warehouse.errors import RunAlive
from warehouse.ledger import Ledger, this_holder
from warehouse.steps import current_step, step
from warehouse.store import Store
from warehouse.tables.meta import META_RUNS

SESSION = dt.date(2023, 3, 13)
EVENING = dt.datetime(2023, 3, 13, 22, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=15)


def statuses(store: Store) -> list[str]:
    return store.query("select status from meta.runs order by started_at, run_id").get_column("status").to_list()


def test_a_finished_run_can_be_told_again(store: Store) -> None:
    run = Ledger(store)
    run_id = run.start(SESSION, holder="desk:1", now=EVENING, lease=LEASE)
    run.record_inputs("abc")
    run.finish("done", exit_code=0, status_line="OK", paths=["a.html", "a.pdf"], now=EVENING + dt.timedelta(minutes=2))
    done = Ledger(store).last_done(SESSION)
    assert done is not None
    assert (done.run_id, done.exit_code, done.status_line, done.inputs_hash) == (run_id, 0, "OK", "abc")
    assert done.report_paths == ("a.html", "a.pdf")
    assert done.finished_at == EVENING + dt.timedelta(minutes=2)


def test_a_session_that_was_never_done_has_no_last_run(store: Store) -> None:
    run = Ledger(store)
    run.start(SESSION, holder="desk:1", now=EVENING, lease=LEASE)
    run.finish("failed", exit_code=1, status_line="no", paths=[], now=EVENING)
    assert Ledger(store).last_done(SESSION) is None


def test_the_latest_of_several_done_runs_counts(store: Store) -> None:
    for minute, line in ((1, "first"), (2, "second")):
        run = Ledger(store)
        run.start(SESSION, holder="desk:1", now=EVENING, lease=LEASE)
        run.finish("done", exit_code=0, status_line=line, paths=[], now=EVENING + dt.timedelta(minutes=minute))
    done = Ledger(store).last_done(SESSION)
    assert done is not None
    assert done.status_line == "second"


def test_a_living_run_of_the_session_is_left_alone(store: Store) -> None:
    Ledger(store).start(SESSION, holder="elsewhere:1", now=EVENING, lease=LEASE)
    with pytest.raises(RunAlive, match=r"2023-03-13 is alive: elsewhere:1, lease until 2023-03-13 22:15:00 UTC"):
        Ledger(store).start(SESSION, holder="desk:2", now=EVENING + dt.timedelta(minutes=14), lease=LEASE)
    assert statuses(store) == ["running"]


def test_another_session_does_not_matter(store: Store) -> None:
    Ledger(store).start(SESSION, holder="elsewhere:1", now=EVENING, lease=LEASE)
    Ledger(store).start(SESSION + dt.timedelta(days=1), holder="desk:2", now=EVENING, lease=LEASE)
    assert statuses(store) == ["running", "running"]


def test_a_run_this_process_left_behind_is_abandoned(store: Store) -> None:
    """The writer's lock lets one night of a process in at a time, so an earlier one of its own is over."""
    Ledger(store).start(SESSION, holder=this_holder(), now=EVENING, lease=LEASE)
    Ledger(store).start(SESSION, holder=this_holder(), now=EVENING + dt.timedelta(seconds=1), lease=LEASE)
    assert statuses(store) == ["abandoned", "running"]


def test_a_run_whose_lease_has_passed_is_abandoned(store: Store) -> None:
    Ledger(store).start(SESSION, holder="elsewhere:1", now=EVENING, lease=LEASE)
    Ledger(store).start(SESSION, holder="desk:2", now=EVENING + LEASE, lease=LEASE)
    assert statuses(store) == ["abandoned", "running"]


def test_renewing_keeps_a_run_alive(store: Store) -> None:
    run = Ledger(store)
    run.start(SESSION, holder="elsewhere:1", now=EVENING, lease=LEASE)
    step("core.committed")
    run.renew(now=EVENING + LEASE, lease=LEASE)
    with pytest.raises(RunAlive):
        Ledger(store).start(SESSION, holder="desk:2", now=EVENING + LEASE, lease=LEASE)
    assert store.read(META_RUNS).get_column("step").to_list() == ["core.committed"]


def test_a_run_of_this_host_whose_process_is_gone_is_abandoned(store: Store) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as short_lived:
        gone = f"{socket.gethostname()}:{short_lived.pid}"
    Ledger(store).start(SESSION, holder=gone, now=EVENING, lease=LEASE)
    Ledger(store).start(SESSION, holder=this_holder(), now=EVENING + dt.timedelta(seconds=1), lease=LEASE)
    assert statuses(store) == ["abandoned", "running"]


def test_a_run_of_this_host_whose_process_lives_is_left_alone(store: Store) -> None:
    Ledger(store).start(SESSION, holder=this_holder(), now=EVENING, lease=LEASE)
    with pytest.raises(RunAlive):
        Ledger(store).start(SESSION, holder="desk:2", now=EVENING, lease=LEASE)


def test_passing_a_boundary_is_logged_and_remembered(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="condorwatch.steps"):
        step("series.begin")
    assert [record.__dict__["step"] for record in caplog.records] == ["series.begin"]
    assert current_step() == "series.begin"
