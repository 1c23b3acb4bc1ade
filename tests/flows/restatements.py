"""One small night, and ways in which what it was built from is put right afterwards: each with a number by hand."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.ingest import ingest_paths
from flows.issue import keep_first_issue, page_figures
from flows.known_at import as_known
from flows.publish import publish_snapshot, report_inputs
from flows.rules import Rules
from flows.series import apply_series
from flows.settings import Settings, load_settings
from flows.stages import build_session
from flows.withdrawals import withdraw_loads
from tests.flows.landed_nights import SESSION, SPX, Landing, QuoteTable, landing_of
from transforms.report.build import build_report
from warehouse.archive import Archive
from warehouse.ledger import Ledger
from warehouse.store import open_reader, open_writer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transforms.report.models import Report
    from warehouse.store import Store

FIRST_EVENING = dt.datetime(2026, 4, 23, 22, tzinfo=dt.UTC)
BETWEEN = dt.datetime(2026, 4, 24, 2, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 4, 24, 12, tzinfo=dt.UTC)
LEASE = dt.timedelta(minutes=15)
FILLS_HEADER = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note\n"
ACCOUNTS_HEADER = "account,date,net_liq_usd,margin_used_usd,margin_debit_usd,broker_margin_usd\n"
EVENTS_HEADER = "date,event,detail,ref_period,time_et,status\n"
CONDORS_QTY, CALLS_QTY = 2, 4
LOWEST_PTS, HIGHEST_PTS = 4000, 5600
SHORT_PUT, VIX_CALL = "SPXW260522P04900000", "VIX260519C00030000"
CONDOR = {
    "SPXW260522P04800000": CONDORS_QTY,
    SHORT_PUT: -CONDORS_QTY,
    "SPXW260522C05200000": -CONDORS_QTY,
    "SPXW260522C05300000": CONDORS_QTY,
}

Figure = tuple[str, str, str]  # account, figure, subject
Figures = dict[Figure, float | str]


def fill_line(number: str, symbol: str, quantity: int, price: float, *, filled_at: str = "2026-04-23T15:00:00") -> str:
    root, expiry, right, strike = symbol[:-15], symbol[-15:-9], symbol[-9], int(symbol[-8:]) / 1000
    structure = {"SPXW": "condor-1", "SPX": "put-1", "VIX": "hedge-1"}[root]
    day = f"20{expiry[:2]}-{expiry[2:4]}-{expiry[4:]}"
    return f"{number},DESK,{filled_at}-04:00,{root},{day},{right},{strike:g},{quantity},{price},1.0,{structure},,\n"


def book() -> bytes:
    lines = [
        fill_line(f"A{number}", symbol, quantity, 12.0 if quantity > 0 else 20.0)
        for number, (symbol, quantity) in enumerate(CONDOR.items())
    ]
    return (FILLS_HEADER + "".join(lines) + fill_line("H1", VIX_CALL, CALLS_QTY, 1.5)).encode()


def first_landing() -> Landing:
    """The files of the evening with a book and an account of our own."""
    landing = landing_of(SESSION)
    del landing["settlement_values.csv"]
    landing[SPX] = QuoteTable.of(landing[SPX]).keep(_is_near).content
    return landing | {
        "fills.csv": book(),
        "accounts.csv": (ACCOUNTS_HEADER + "DESK,2026-04-23,250000,60000,0,60000\n").encode(),
        "events.csv": (EVENTS_HEADER + "2026-04-29,fomc_decision,,,14:00,scheduled\n").encode(),
    }


def _is_near(_: int, root: str, __: dt.date, strike_pts: float) -> bool:
    """The weeklies, near the market: enough for a condor and for VIX."""
    return root == "SPXW" and LOWEST_PTS <= strike_pts <= HIGHEST_PTS


@dataclass(frozen=True, slots=True)
class Restatement:
    """What comes after the first issue; `changes` are differences by hand, `becomes` figures as they must be then.

    `is_silent` where no figure of page one may change. `withdrawn` names files.
    """

    later: Mapping[str, bytes] = field(default_factory=dict)
    withdrawn: tuple[str, ...] = ()
    changes: Mapping[Figure, float] = field(default_factory=dict)
    becomes: Mapping[Figure, float | str | None] = field(default_factory=dict)
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The page as it was known after the first issue, and as it is now; with the report of each."""

    then: Figures
    now: Figures
    then_report: Report
    now_report: Report


def settings_of(home: Path) -> Settings:
    return load_settings(None, home=home, simulated_size="small")


def land(store: Store, settings: Settings, files: Mapping[str, bytes], *, now: dt.datetime) -> None:
    folder = settings.home / "landing" / f"{now:%d-%H}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    refused = ingest_paths(store, Archive(settings.home), [folder], sources={}, now=now).refused
    assert not refused, refused[0].line
    apply_series(store, now=now)


def build_and_publish(store: Store, settings: Settings, *, now: dt.datetime) -> None:
    """What a night does between its files and its report."""
    ledger = Ledger(store)
    ledger.start(SESSION, holder="test:1", now=now, lease=LEASE)
    build_session(store, SESSION, Rules.of(settings))
    ledger.finish("done", exit_code=0, status_line="", paths=(), now=now)
    keep_first_issue(store, SESSION, now=now)
    publish_snapshot(store, settings)


def first_night(home: Path, landing: Landing) -> Settings:
    settings = settings_of(home)
    with open_writer(home, "test") as store:
        land(store, settings, landing, now=FIRST_EVENING)
        build_and_publish(store, settings, now=FIRST_EVENING)
    return settings


def restated(first: Settings, home: Path, restatement: Restatement) -> Settings:
    """A copy of the first night's home into which the rest has come, built again."""
    settings = settings_of(Path(shutil.copytree(first.home, home, ignore=shutil.ignore_patterns("landing"))))
    with open_writer(home, "test") as store:
        if restatement.later:
            land(store, settings, restatement.later, now=LATER)
        if restatement.withdrawn:
            ids = store.query(
                "select load_id from meta.loads where list_contains($names, source_file)",
                {"names": list(restatement.withdrawn)},
            )["load_id"].to_list()
            withdraw_loads(store, ids, Rules.of(settings), now=LATER)
        build_and_publish(store, settings, now=LATER)
    return settings


def page(settings: Settings) -> tuple[Figures, Report]:
    """Page one of the published warehouse: its figures as SQL has them, and the report of all accounts."""
    with open_reader(settings.home) as reader:
        rows = page_figures(reader, SESSION)
        inputs = report_inputs(reader, settings, SESSION)
    figures = {
        (row["account"], row["figure"], row["subject"]): row["state"] if row["value"] is None else row["value"]
        for row in rows.iter_rows(named=True)
    }
    return figures, build_report(replace(inputs, stamp=replace(inputs.stamp, account="DESK")))


def outcome_of(first: Settings, home: Path, restatement: Restatement) -> Outcome:
    now = restated(first, home, restatement)
    with as_known(now, SESSION, known_at=BETWEEN) as back_then:
        then_page = page(back_then)
    now_page = page(now)
    return Outcome(then_page[0], now_page[0], then_page[1], now_page[1])


def assert_told(first: Figures, told: Outcome, case: Restatement) -> None:
    """As known then: the first issue. Now: what the case says by hand. The diff: all that changed, and nothing else."""
    assert told.then == first
    assert told.then_report.restated == ()
    assert told.then_report.verdict.restated is None
    for figure, change in case.changes.items():
        was, now = first[figure], told.now[figure]
        assert isinstance(was, float)
        assert isinstance(now, float)
        assert now - was == pytest.approx(change, abs=1e-6), figure
    for figure, value in case.becomes.items():
        assert told.now.get(figure) == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), figure
    changed = {
        key
        for key in first.keys() | told.now.keys()
        if first.get(key) != told.now.get(key) and key[0] in {"", "DESK"}  # the page is that of DESK
    }
    assert case.is_silent == (not changed)
    listed = {(row.account, row.figure, row.subject): row for row in told.now_report.restated}
    assert len(listed) == len(told.now_report.restated)
    assert {key: (row.was.value, row.state_was) for key, row in listed.items()} == _spelled(changed, first)
    assert {key: (row.now.value, row.state_now) for key, row in listed.items()} == _spelled(changed, told.now)
    note = told.now_report.verdict.restated
    assert (note and (note.first_issued_at, note.figures_qty)) == ((FIRST_EVENING, len(changed)) if changed else None)


def _spelled(keys: set[Figure], figures: Figures) -> dict[Figure, tuple[float | None, str]]:
    """Each as value and state: a figure has the one, a state the other, what is not there neither."""
    found = {key: figures.get(key) for key in keys}
    return {key: (None, value) if isinstance(value, str) else (value, "") for key, value in found.items()}
