"""Files that are not tonight's, or not whole, told by what they hold: none is published as good.

Each night tampers with files of the small simulated market before they land, with faults that do not touch each other
together; the gates that speak are named in full. The one night nobody tampered with passes them all. Nights that
repeat a way of failing, and first nights, are among the slow proofs.
"""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.flows.landed_nights import (
    ASK,
    BID,
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
    night_before,
    take_in,
    tampered_night,
)
from tests.new_home import open_home
from transforms.market.calendar import settlement_instant
from warehouse.store import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    Tamper = Callable[[QuoteTable, QuoteTable], QuoteTable]

EVENING: Final = "April 23, 2026 at 5:30 PM EDT"
DRIVERS: Final = ("SPX_History.csv", "VIX_History.csv")
PASSED: Final = FailedChecks(frozenset(), frozenset())
BREADTH: Final = ("NYSE_ADV_tradingview.csv", "NYSE_DECL_tradingview.csv")


def tables(name: str) -> tuple[QuoteTable, QuoteTable]:
    """Yesterday's and tonight's quote table."""
    return QuoteTable.of(landing_of(YESTERDAY)[name]), QuoteTable.of(landing_of(SESSION)[name])


def redated(before: QuoteTable, now: QuoteTable) -> QuoteTable:
    """Yesterday's file under tonight's first lines."""
    return before.under_the_date_of(now)


def redated_and_touched_up(before: QuoteTable, now: QuoteTable) -> QuoteTable:
    """The same, every third quote a tick dearer, and without what expired yesterday: no longer the same quotes."""

    def edit(row: list[str], offset: int, symbol: str) -> None:
        if key_of(symbol)[2] % 3 == 0 and float(row[BID + offset]) > 0.0:
            for place in (BID, ASK):
                row[place + offset] = f"{float(row[place + offset]) + 0.1:g}"

    alive = before.under_the_date_of(now).keep(lambda _, _root, expiry, _strike: expiry > YESTERDAY)
    return alive.edited(edit)


def monthlies_of_yesterday(before: QuoteTable, now: QuoteTable) -> QuoteTable:
    """The AM series as they stood yesterday beside tonight's weeklies."""
    return now.joined(before, lambda root, _: root == "SPX")


def weeklies_of_yesterday(before: QuoteTable, now: QuoteTable) -> QuoteTable:
    """The weekly VIX series as they stood yesterday beside tonight's monthlies."""
    return now.joined(before, lambda root, _: root == "VIXW")


def first_half(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    return now.keep(lambda number, *_: number < len(now.rows) // 2)


def last_expiry_broken_off(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    """The file ends at a line's end, a third into its last expiry."""
    last = max(key_of(symbol)[1] for symbol, _, _ in now.quotes())
    strikes = sorted({key_of(symbol)[2] for symbol, _, _ in now.quotes() if key_of(symbol)[1] == last})
    cut = strikes[len(strikes) // 3]
    return now.keep(lambda _, _root, expiry, strike: expiry < last or strike < cut)


def every_fifth_strike_gone(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    return now.keep(lambda number, *_: number % 5 != 0)


def without_monthlies(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    return now.keep(lambda _, root, _expiry, _strike: root != "SPX")


def without_weeklies(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    return now.keep(lambda _, root, _expiry, _strike: root != "VIXW")


def at_noon(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    return now.dated("April 23, 2026 at 12:15 PM EDT")


def four_hours_old(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    """An evening's date line over the vols of 12:15: total variance is in the quotes, the hour in the vols."""
    vendor, noon = (dt.datetime.combine(SESSION, time, dt.UTC) for time in (dt.time(21, 30), dt.time(16, 15)))

    def edit(row: list[str], offset: int, symbol: str) -> None:
        root, expiry, _ = key_of(symbol)
        settles = settlement_instant(root, expiry)
        if settles > vendor:
            row[IV + offset] = f"{float(row[IV + offset]) * ((settles - vendor) / (settles - noon)) ** 0.5:.4f}"

    return now.edited(edit)


def a_year_off(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    return now.dated("April 23, 2025 at 5:30 PM EDT")


def before_the_open(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    """Downloaded at eight in the morning: the quotes are last evening's, whatever session they are wanted for."""
    return now.dated("April 23, 2026 at 8:00 AM EDT")


def without_three_weeks(_: QuoteTable, now: QuoteTable) -> QuoteTable:
    """Its beginning is lost, or it is the chain of a later day."""
    return now.keep(lambda _, _root, expiry, _strike: expiry > SESSION + dt.timedelta(days=20))


def repeated(content: bytes) -> bytes:
    """A series whose lines of tonight say again what those of yesterday said."""
    lines, copied = content.decode().splitlines(), []
    for spelling in ("%Y-%m-%d", "%m/%d/%Y"):
        before, tonight = YESTERDAY.strftime(spelling), SESSION.strftime(spelling)
        lines = [line for line in lines if tonight not in line.split(",")[:2]]
        copied += [line.replace(before, tonight, 1) for line in lines if before in line.split(",")[:2]]
    assert copied
    return ("\n".join([*lines, *copied]) + "\n").encode()


@pytest.fixture(scope="module")
def home_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which yesterday's night has been run."""
    home = Path(shutil.copytree(night_before(tmp_path_factory), tmp_path_factory.mktemp("before") / "home"))
    with open_writer(home, "the test") as store:
        assert FailedChecks.of(store, YESTERDAY) == PASSED
    return home


@pytest.fixture(scope="module")
def home_without_chains(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that knows yesterday's series and book, and no chain."""
    home = tmp_path_factory.mktemp("first") / "home"
    landing = {name: content for name, content in landing_of(YESTERDAY, history=True).items() if name not in {SPX, VIX}}
    with open_home(home, "the test") as store:
        take_in(store, home, landing, YESTERDAY)
    return home


@dataclass(frozen=True, slots=True)
class Night:
    """What is done to the files of an evening, and which gates must speak."""

    spx: Tamper | None = None
    vix: Tamper | None = None
    repeated: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def landing(self) -> Landing:
        """The files that land."""
        landing = landing_of(SESSION)
        for name, tamper in ((SPX, self.spx), (VIX, self.vix)):
            if tamper is not None:
                landing[name] = tamper(*tables(name)).content
        return landing | {name: repeated(landing[name]) for name in self.repeated}


VIX_PARITY: Final = tuple(f"vix_parity VIX 2026-{month}" for month in ("05-19", "06-17", "07-22", "08-19"))
NIGHTS: Final = {
    "untouched": Night(),
    "SPX of yesterday; VIX weeklies of yesterday; breadth of yesterday": Night(
        spx=redated,
        vix=weeklies_of_yesterday,
        repeated=BREADTH,
        critical=(
            "chain_changed SPX",
            "chain_of_this_session SPX",
            "expired_series SPX",
            "expiries_changed SPX",
            "expiries_changed VIX",
        ),
        warnings=("breadth_changed", "spot_near_close SPX", "vix_recompute"),
    ),
    "SPX monthlies of yesterday; VIX of yesterday": Night(
        spx=monthlies_of_yesterday,
        vix=redated,
        critical=(
            "chain_changed VIX",
            "chain_of_this_session VIX",
            "expiries_changed SPX",
            "expiries_changed VIX",
            "forwards_in_line SPX",
        ),
        warnings=VIX_PARITY,
    ),
    "half of SPX; VIX strikes missing": Night(
        spx=first_half,
        vix=every_fifth_strike_gone,
        critical=(
            "contracts_of_yesterday SPX",
            "contracts_of_yesterday VIX",
            "expiries_of_yesterday SPX",
            "held_spx_legs_priced",
            "strikes_break_off SPX",
        ),
        warnings=("vix_recompute",),
    ),
    "SPX broken off in its last expiry; VIX at noon": Night(
        spx=last_expiry_broken_off,
        vix=at_noon,
        critical=("contracts_of_yesterday SPX", "strikes_break_off SPX"),
        warnings=("held_vix_legs_priced", "vix_end_of_day VIX"),
    ),
    "SPX four hours old under an evening's date line; no VIX weeklies; levels and futures of yesterday": Night(
        spx=four_hours_old,
        vix=without_weeklies,
        repeated=(*DRIVERS, "vx_contracts.csv"),
        critical=(
            "expiries_of_yesterday VIX",
            "index_levels_changed",
            "roots_of_yesterday VIX",
            "spx_end_of_day",
            "vx_curve_changed",
        ),
        warnings=("spot_near_close SPX", "vix_recompute", *VIX_PARITY),
    ),
    "no SPX monthlies; half of VIX": Night(
        spx=without_monthlies,
        vix=first_half,
        critical=("expiries_of_yesterday SPX", "expiries_of_yesterday VIX", "roots_of_yesterday SPX"),
        warnings=("held_vix_legs_priced",),
    ),
    "SPX of a year ago; VIX before the open": Night(
        spx=a_year_off,
        vix=before_the_open,
        critical=("held_spx_legs_priced", "spx_chain", "spx_level"),
        warnings=("held_vix_legs_priced", "vix_recompute"),
    ),
}
MORE_NIGHTS: Final = {
    "SPX of yesterday, touched up": Night(
        spx=redated_and_touched_up,
        critical=("chain_changed SPX", "chain_of_this_session SPX"),
        warnings=("spot_near_close SPX", "vix_recompute"),
    ),
    "SPX strikes missing": Night(
        spx=every_fifth_strike_gone, critical=("contracts_of_yesterday SPX", "held_spx_legs_priced")
    ),
    "SPX at noon": Night(spx=at_noon, critical=("spx_end_of_day",)),
    "SPX before the open": Night(spx=before_the_open, critical=("held_spx_legs_priced", "spx_chain", "spx_level")),
    "SPX without its first three weeks": Night(
        spx=without_three_weeks, critical=("expiries_of_yesterday SPX", "first_expiry SPX")
    ),
}
# What a night without a chain before still sees.
FIRST_NIGHTS: Final = {
    "SPX of yesterday, touched up": Night(spx=redated_and_touched_up, critical=("chain_of_this_session SPX",)),
    "SPX monthlies of yesterday; VIX of yesterday": Night(
        spx=monthlies_of_yesterday, vix=redated, critical=("chain_of_this_session VIX", "forwards_in_line SPX")
    ),
    "SPX broken off in its last expiry": Night(spx=last_expiry_broken_off, critical=("strikes_break_off SPX",)),
}


@pytest.mark.parametrize(
    "night",
    [
        *(pytest.param(night, id=name) for name, night in NIGHTS.items()),
        *(pytest.param(night, id=name, marks=pytest.mark.soak) for name, night in MORE_NIGHTS.items()),
    ],
)
def test_what_is_not_tonights_is_told_by_its_content(night: Night, home_before: Path, tmp_path: Path) -> None:
    found = tampered_night(home_before, tmp_path / "home", night.landing)
    assert sorted(found.critical) == sorted(night.critical)
    assert found.warnings >= set(night.warnings)
    assert night.critical or found == PASSED


@pytest.mark.soak
@pytest.mark.parametrize("night", FIRST_NIGHTS.values(), ids=FIRST_NIGHTS)
def test_a_first_night_has_no_yesterday_and_still_sees_it(
    night: Night, home_without_chains: Path, tmp_path: Path
) -> None:
    found = tampered_night(home_without_chains, tmp_path / "home", night.landing)
    assert sorted(found.critical) == sorted(night.critical)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("written", "critical"),
    [("November 28, 2025 at 12:40 PM EST", {"spx_end_of_day"}), ("November 28, 2025 at 1:20 PM EST", set())],
)
def test_a_half_day_ends_at_its_own_close(written: str, critical: set[str], tmp_path: Path) -> None:
    """Quotes run to 13:15: what is dated before is no end of day, whatever a whole day's clock would say."""
    day = dt.date(2025, 11, 28)
    landing = landing_of(day, history=True)
    landing[SPX] = QuoteTable.of(landing[SPX]).dated(written).content
    with open_home(tmp_path / "home", "the test") as store:
        take_in(store, tmp_path / "home", landing, day)
        assert FailedChecks.of(store, day).critical == critical
