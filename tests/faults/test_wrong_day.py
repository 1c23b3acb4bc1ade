"""Evenings whose files are stale, of another day, or mixed: each by itself, none published as good.

The small simulated market of tests.flows.landed_nights, one case a night on top of yesterday's. `HOLD` is what keeps a
night from being acted on: at least one critical gate fails, by name. What METHODOLOGY 8 lets pass (VIX quotes of
another hour, breadth) fails a warning that the status line counts; where breadth is missing its figures are empty, and
page one counts the check that could not be made. The whole is among the slow proofs; tests/flows/test_wrong_chains.py
runs the same faults, several a night, every time.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.flows.landed_nights import (
    IV,
    SESSION,
    SPX,
    VIX,
    YESTERDAY,
    FailedChecks,
    Landing,
    QuoteTable,
    key_of,
    landing_of,
    take_in,
)
from transforms.market.calendar import is_session, settlement_instant
from warehouse.store import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Spoil = Callable[[Landing, Landing], Landing]

pytestmark = pytest.mark.soak
# A check that cannot be made is not passed: page one and the e-mail count it beside the failed ones.
UNMADE: Final = "select check_id from meta.checks where session_date = $day and not is_applicable order by check_id"
BREADTH: Final = ("NYSE_ADV_tradingview.csv", "NYSE_DECL_tradingview.csv")


@dataclass(frozen=True, slots=True)
class Case:
    """What is done to an evening's files, given yesterday's and tonight's, and a gate that must speak."""

    spoil: Spoil
    gate: str
    is_hold: bool = True


def table(name: str, change: Callable[[QuoteTable, QuoteTable], QuoteTable]) -> Spoil:
    """One chain changed: yesterday's and tonight's table give the one that lands."""
    return lambda before, now: {**now, name: change(QuoteTable.of(before[name]), QuoteTable.of(now[name])).content}


def without(*names: str) -> Spoil:
    """Some files do not come."""
    return lambda _, now: {name: content for name, content in now.items() if name not in names}


def yesterdays(*names: str) -> Spoil:
    """Some files are yesterday's, bit by bit."""
    return lambda before, now: {**now, **{name: before[name] for name in names if name in before}}


def repeated(*names: str) -> Spoil:
    """Series whose line of tonight says again what yesterday's said."""
    return lambda _, now: {**now, **{name: _repeated(now[name]) for name in names}}


def _repeated(content: bytes) -> bytes:
    lines = content.decode().splitlines()
    for spelling in ("%Y-%m-%d", "%m/%d/%Y"):
        old, new = YESTERDAY.strftime(spelling), SESSION.strftime(spelling)
        kept = [line for line in lines if new not in line.split(",")[:2]]
        copied = [line.replace(old, new, 1) for line in kept if old in line.split(",")[:2]]
        lines = [*kept, *copied] if copied else lines
    return ("\n".join(lines) + "\n").encode()


def hours_old(hours: int) -> Callable[[QuoteTable, QuoteTable], QuoteTable]:
    """An evening's date line over vols of earlier: total variance is in the quotes, the hour in the vols."""
    vendor = dt.datetime.combine(SESSION, dt.time(21, 30), dt.UTC)
    quoted = dt.datetime.combine(SESSION, dt.time(20, 15), dt.UTC) - dt.timedelta(hours=hours)

    def edit(row: list[str], offset: int, symbol: str) -> None:
        root, expiry, _ = key_of(symbol)
        settles = settlement_instant(root, expiry)
        if settles > vendor:
            row[IV + offset] = f"{float(row[IV + offset]) * ((settles - vendor) / (settles - quoted)) ** 0.5:.4f}"

    return lambda _, now: now.edited(edit)


def dated(written: str) -> Callable[[QuoteTable, QuoteTable], QuoteTable]:
    return lambda _, now: now.dated(written)


def cheaper(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    """Bid and ask in each other's place: the header's names are exchanged."""

    def edit(row: list[str], offset: int, _symbol: str) -> None:
        row[4 + offset], row[5 + offset] = row[5 + offset], row[4 + offset]

    return now.edited(edit)


def key_filter(keep: Callable[[str, dt.date], bool]) -> Callable[[QuoteTable, QuoteTable], QuoteTable]:
    return lambda _, now: now.keep(lambda _number, root, expiry, _strike: keep(root, expiry))


CASES: Final[dict[str, Case]] = {
    "SPX file of yesterday, renamed": Case(yesterdays(SPX), "spx_chain"),
    "SPX quotes of yesterday under tonight's date": Case(
        table(SPX, lambda before, now: before.under_the_date_of(now)), "chain_changed SPX"
    ),
    "VIX quotes of yesterday under tonight's date, SPX fresh": Case(
        table(VIX, lambda before, now: before.under_the_date_of(now)), "chain_changed VIX"
    ),
    "VIX file of yesterday, SPX fresh": Case(yesterdays(VIX), "held_vix_legs_priced", is_hold=False),
    "SPX four hours old under an evening's date": Case(table(SPX, hours_old(4)), "spx_end_of_day"),
    "SPX two hours old under an evening's date": Case(table(SPX, hours_old(2)), "spx_end_of_day"),
    "SPX dated at noon": Case(table(SPX, dated("April 23, 2026 at 12:15 PM EDT")), "spx_end_of_day"),
    "SPX dated before the open": Case(table(SPX, dated("April 23, 2026 at 8:00 AM EDT")), "spx_chain"),
    "SPX dated a year ago": Case(table(SPX, dated("April 23, 2025 at 5:30 PM EDT")), "spx_chain"),
    "SPX dated a year ahead": Case(table(SPX, dated("April 23, 2027 at 5:30 PM EDT")), "spx_chain"),
    "SPX dated in another century": Case(table(SPX, dated("April 23, 2206 at 5:30 PM EDT")), "spx_chain"),
    "SPX dated on the Saturday before": Case(table(SPX, dated("April 18, 2026 at 11:00 AM EDT")), "spx_chain"),
    "SPX dated on a holiday": Case(table(SPX, dated("April 3, 2026 at 11:00 AM EDT")), "spx_chain"),
    "SPX dated in the zone of the other coast": Case(
        table(SPX, dated("April 23, 2026 at 12:30 PM PDT")), "spx_end_of_day"
    ),
    "no SPX chain": Case(without(SPX), "spx_chain"),
    "SPX without its monthlies": Case(table(SPX, key_filter(lambda root, _: root != "SPX")), "roots_of_yesterday SPX"),
    "SPX without its weeklies": Case(table(SPX, key_filter(lambda root, _: root != "SPXW")), "roots_of_yesterday SPX"),
    "VIX without its weeklies": Case(table(VIX, key_filter(lambda root, _: root != "VIXW")), "roots_of_yesterday VIX"),
    "SPX monthlies of yesterday, weeklies of tonight": Case(
        table(SPX, lambda before, now: now.joined(before, lambda root, _: root == "SPX")), "forwards_in_line SPX"
    ),
    "VIX weeklies of yesterday, monthlies of tonight": Case(
        table(VIX, lambda before, now: now.joined(before, lambda root, _: root == "VIXW")), "expiries_changed VIX"
    ),
    "half of the SPX chain": Case(
        table(SPX, lambda _, now: now.keep(lambda number, *_rest: number < len(now.rows) // 2)),
        "expiries_of_yesterday SPX",
    ),
    "SPX without its first three weeks": Case(
        table(SPX, key_filter(lambda _, expiry: expiry > SESSION + dt.timedelta(days=20))), "first_expiry SPX"
    ),
    "bid and ask of SPX exchanged": Case(table(SPX, cheaper), "held_spx_legs_priced"),
    "VIX close of yesterday, SPX fresh": Case(repeated("VIX_History.csv", "SPX_History.csv"), "index_levels_changed"),
    "no VIX close": Case(without("VIX_History.csv"), "vix_close"),
    "VX settlements of yesterday again": Case(repeated("vx_contracts.csv"), "vx_curve_changed"),
    "VX file of yesterday": Case(yesterdays("vx_contracts.csv"), "vx_settlements"),
    "VIX dated at noon": Case(table(VIX, dated("April 23, 2026 at 12:15 PM EDT")), "vix_end_of_day VIX", is_hold=False),
    "breadth of yesterday again": Case(repeated(*BREADTH), "breadth_changed", is_hold=False),
    "no breadth": Case(without(*BREADTH), "breadth_changed", is_hold=False),
}


@pytest.fixture(scope="module")
def home_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which yesterday's night has been run."""
    home = tmp_path_factory.mktemp("before") / "home"
    with open_writer(home, "the test") as store:
        take_in(store, home, landing_of(YESTERDAY, history=True), YESTERDAY)
    return home


@pytest.mark.parametrize("name", CASES)
def test_none_of_them_is_published_as_good(name: str, home_before: Path, tmp_path: Path) -> None:
    case, home = CASES[name], tmp_path / "home"
    shutil.copytree(home_before, home)
    with open_writer(home, "the test") as store:
        take_in(store, home, case.spoil(landing_of(YESTERDAY), landing_of(SESSION)), SESSION)
        found = FailedChecks.of(store, SESSION)
        unmade = store.query(UNMADE, {"day": SESSION})["check_id"].to_list()
    warned = ", ".join([*sorted(found.warnings), *(f"{check_id} could not be made" for check_id in unmade)])
    said = ", ".join(sorted(found.critical)) or warned
    print(f"\n{name}: {'HOLD' if found.critical else 'named'}: {said}")  # noqa: T201 - docs/reliability.md quotes it
    assert case.gate in found.critical | found.warnings | set(unmade)
    assert bool(found.critical) == case.is_hold


def test_there_are_at_least_twenty_five() -> None:
    assert len(CASES) >= 25


@pytest.mark.parametrize(
    "day",
    [dt.date(2026, 4, 25), dt.date(2026, 4, 26), dt.date(2026, 4, 3), dt.date(2026, 7, 3), dt.date(2025, 1, 9)],
    ids=["Saturday", "Sunday", "Good Friday", "Independence Day observed", "a day of mourning"],
)
def test_a_closed_day_has_no_night(day: dt.date, condorwatch_here: Callable[..., object], tmp_path: Path) -> None:
    """Exit code 4, and nothing is published."""
    assert not is_session(day)
    done = condorwatch_here("nightly", "--session", day, "--direct", "--no-email", "--home", tmp_path / "home")
    print(f"\n{day}: {done.stdout.strip()} {done.stderr.strip()}")  # type: ignore[attr-defined]  # noqa: T201
    assert done.returncode == 4  # type: ignore[attr-defined]
    assert not list((tmp_path / "home").rglob("*.duckdb"))
    assert not list((tmp_path / "home").rglob("*.html"))
