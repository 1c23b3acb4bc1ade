"""Known numbers of each kind of bad quote, planted in clean chains before they land: all found, and hardly any other.

Every plant has a stretch of strikes for itself, both rights of it, so that what it does to its neighbours can be seen.
What a plant must be found as follows from what was done to it; a quote that was moved may break more bounds than one.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
import QuantLib

from tests.flows.landed_nights import (
    SESSION,
    SPX,
    VIX,
    YESTERDAY,
    QuoteTable,
    key_of,
    landing_of,
    night_before,
    take_in,
)
from warehouse.store import open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.store import Store

Quote = tuple[float, float]
Found = set[tuple[str, str]]  # symbol and flag

BOUNDS: Final = {"parity", "vertical", "butterfly", "calendar"}
# Strikes a plant has for itself, and how many it leaves alone at each end of an expiry.
STRETCH, MARGIN = 8, 4
# Those with the fewest fit places first.
HOW_MANY: Final = {
    SPX: {
        "zero_bid": 4,
        "stale": 12,
        "butterfly": 8,
        "parity": 14,
        "wide": 8,
        "one_sided": 8,
        "crossed": 8,
        "locked": 8,
        "no_quote": 5,
        "missing": 6,
        "unpaired": 3,
    },
    VIX: {"butterfly": 1, "parity": 2, "wide": 1, "one_sided": 1, "crossed": 1, "locked": 1, "missing": 1},
}
# The expiry that is sold below the one before it; four weeks out, its neighbours a week away.
EXPIRY_BEFORE, CHEAP_EXPIRY = "SPXW260515", "SPXW260522"


@dataclass(slots=True)
class Plan:
    """What is done to the quotes of a chain, and what must be found."""

    quotes: dict[str, Quote] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    garbled: set[str] = field(default_factory=set)
    expected: Found = field(default_factory=set)
    moved: set[str] = field(default_factory=set)

    def set(self, symbol: str, quote: Quote, *flags: str, is_moved: bool = False) -> None:
        self.quotes[symbol] = (round(quote[0], 2), round(quote[1], 2))
        self.expected |= {(symbol, flag) for flag in flags}
        if is_moved:
            self.moved.add(symbol)

    def leave_out(self, gone: list[str], alone: list[str]) -> None:
        """Take some strikes out, and of others the right beside."""
        self.dropped = {symbol for one in gone for symbol in (one, other_right(one))}
        self.garbled = {other_right(symbol) for symbol in alone}
        self.expected |= {(symbol, "missing") for symbol in self.dropped | self.garbled}
        self.expected |= {(symbol, "unpaired") for symbol in alone}

    def expect_what_each_quote_shows(self, quotes: dict[str, Quote]) -> None:
        for symbol in quotes.keys() - self.dropped - self.garbled:
            self.expected |= {(symbol, flag) for flag in own_flags(quotes[symbol])}


def other_right(symbol: str) -> str:
    return f"{symbol[:-9]}{'P' if symbol[-9] == 'C' else 'C'}{symbol[-8:]}"


def own_flags(quote: Quote) -> set[str]:
    """What one quote shows by itself, by METHODOLOGY 3.4 and 3.8."""
    bid, ask = quote
    rules = {
        "no_quote": ask == 0.0,
        "crossed": bid > ask > 0.0,
        "locked": bid == ask > 0.0,
        "zero_bid": bid == 0.0 < ask,
        "one_sided": bid == 0.0 and ask > 0.30,
        "wide": 0.0 < bid <= ask and (bid + ask) / 2.0 > 1.0 and ask - bid > (bid + ask) / 2.0,
    }
    return {flag for flag, is_so in rules.items() if is_so}


@dataclass(frozen=True, slots=True)
class Slot:
    """One strike with its neighbours, of one right and of the other, as the clean file and yesterday's quote them."""

    symbols: tuple[str, ...]
    now: dict[str, Quote]
    before: dict[str, Quote]

    @property
    def symbol(self) -> str:
        return self.symbols[STRETCH // 2]

    def quote(self, step: int = 0, *, other: bool = False) -> Quote:
        symbol = self.symbols[STRETCH // 2 + step]
        return self.now[other_right(symbol) if other else symbol]

    def strike(self, step: int) -> float:
        return key_of(self.symbols[STRETCH // 2 + step])[2]

    def is_two_sided(self) -> bool:
        sides = (self.quote(step, other=other) for step in (-2, -1, 0, 1, 2) for other in (False, True))
        return all(0.0 < bid < ask for bid, ask in sides)

    def rise_to_break(self, *, other: bool) -> float:
        """How far the quote must rise for its bid to be half a point above the chord of its neighbours' asks."""
        share = (self.strike(1) - self.strike(0)) / (self.strike(1) - self.strike(-1))
        chord = share * self.quote(-1, other=other)[1] + (1.0 - share) * self.quote(1, other=other)[1]
        return chord - self.quote(other=other)[0] + 0.5

    def fall_to_break(self, *, other: bool) -> float:
        """How far it must fall for a neighbour's bid to be above the chord, by half a point of this quote."""
        floors = []
        for near, far in ((-1, -2), (1, 2)):
            reach = (self.strike(0) - self.strike(near)) / (self.strike(near) - self.strike(far))
            bid, ask = self.quote(near, other=other)[0], self.quote(far, other=other)[1]
            floors.append(bid + (bid - ask) * reach)
        return self.quote(other=other)[1] - max(floors) + 0.5


def slots_of(now: dict[str, Quote], before: dict[str, Quote], chance: Random) -> list[Slot]:
    """Stretches of strikes of every living expiry but the cheap one, calls or puts by chance, in chance's order."""
    ladders: dict[str, list[str]] = {}
    for symbol in sorted(now):
        ladders.setdefault(symbol[:-8], []).append(symbol)
    slots = []
    for ladder, symbols in ladders.items():
        if key_of(symbols[0])[1] <= SESSION or ladder[:-1] == CHEAP_EXPIRY or ladder[-1] == "P":
            continue
        for first in range(MARGIN, len(symbols) - MARGIN - STRETCH, STRETCH):
            stretch = symbols[first : first + STRETCH + 1]
            slots.append(
                Slot(tuple(chance.choice([stretch, [other_right(symbol) for symbol in stretch]])), now, before)
            )
    chance.shuffle(slots)
    return slots


def crossed(slot: Slot, _: float) -> dict[str, Quote]:
    bid, ask = slot.quote()
    return {slot.symbol: (ask, bid)} if bid > 0.0 else {}


def locked(slot: Slot, _: float) -> dict[str, Quote]:
    bid, ask = slot.quote()
    return {slot.symbol: ((bid + ask) / 2.0, (bid + ask) / 2.0)} if bid > 0.0 else {}


def no_quote(slot: Slot, _: float) -> dict[str, Quote]:
    """A bid with a zero ask."""
    bid, _ask = slot.quote()
    return {slot.symbol: (bid, 0.0)} if bid > 0.0 else {}


def zero_bid(slot: Slot, _: float) -> dict[str, Quote]:
    bid, ask = slot.quote()
    return {slot.symbol: (0.0, ask)} if bid > 0.0 and ask <= 0.30 else {}


def one_sided(slot: Slot, _: float) -> dict[str, Quote]:
    bid, ask = slot.quote()
    return {slot.symbol: (0.0, ask)} if bid > 0.0 and ask > 0.30 else {}


def wide(slot: Slot, _: float) -> dict[str, Quote]:
    bid, ask = slot.quote()
    return {slot.symbol: ((bid + ask) / 8.0, (bid + ask) * 7.0 / 8.0)} if bid > 1.0 else {}


def stale(slot: Slot, _: float) -> dict[str, Quote]:
    """Yesterday's quote again, where the market has moved by a point and three spreads."""
    was = slot.before.get(slot.symbol, (0.0, 0.0))
    moved = abs(sum(slot.quote()) - sum(was)) / 2.0
    return {slot.symbol: was} if was[0] > 0.0 and moved > max(1.0, 3.0 * (was[1] - was[0])) else {}


def parity(slot: Slot, sign: float) -> dict[str, Quote]:
    """One right moved by twice the spreads of both and half a point."""
    spreads = sum(ask - bid for bid, ask in (slot.quote(), slot.quote(other=True)))
    return shifted(slot, sign * (2.0 * spreads + 0.5), both=False)


def butterfly(slot: Slot, sign: float) -> dict[str, Quote]:
    """Both rights moved together, until half a point can be earned against the strikes beside."""
    needed = slot.rise_to_break if sign > 0.0 else slot.fall_to_break
    return shifted(slot, sign * max(needed(other=False), needed(other=True)), both=True)


def shifted(slot: Slot, move: float, *, both: bool) -> dict[str, Quote]:
    symbols = [slot.symbol, other_right(slot.symbol)][: 2 if both else 1]
    quotes = {symbol: (slot.now[symbol][0] + move, slot.now[symbol][1] + move) for symbol in symbols}
    return quotes if slot.is_two_sided() and all(bid > 0.0 for bid, _ in quotes.values()) else {}


PLANTS: Final = {
    plant.__name__: plant for plant in (crossed, locked, no_quote, zero_bid, one_sided, wide, stale, parity, butterfly)
}
MOVES: Final = {"stale", "parity", "butterfly"}


def planted(table: QuoteTable, before: QuoteTable, how_many: dict[str, int]) -> tuple[QuoteTable, Plan]:
    """Plant so many of each kind in a clean table."""
    chance, plan = Random(11), Plan()  # noqa: S311 - where to plant, not a secret
    now, then = ({symbol: (bid, ask) for symbol, bid, ask in one.quotes()} for one in (table, before))
    slots = slots_of(now, then, chance)
    for kind in (kind for kind, count in how_many.items() for _ in range(count) if kind in PLANTS):
        sign = chance.choice([-1.0, 1.0])
        fit = ((place, found) for place, slot in enumerate(slots) if (found := PLANTS[kind](slot, sign)))
        place, quotes = next(fit)
        slots.pop(place)
        for symbol, quote in quotes.items():
            plan.set(symbol, quote, *({kind} & MOVES), is_moved=kind in MOVES)
    for symbol, quote in sold_cheaply({symbol: now[symbol] for symbol in now if symbol.startswith(CHEAP_EXPIRY)}):
        plan.set(symbol, quote)
    listed = [slot.symbol for slot in slots if {slot.symbol, other_right(slot.symbol)} <= then.keys()]
    gone, alone = (how_many.get(kind, 0) for kind in ("missing", "unpaired"))
    plan.leave_out(listed[:gone], listed[gone : gone + alone])
    plan.expect_what_each_quote_shows(now | plan.quotes)
    return table.with_quotes(plan.quotes).without(plan.dropped).garbled(plan.garbled), plan


def parity_of(quotes: dict[str, Quote]) -> tuple[float, float]:
    """Forward and discount factor of an expiry by C - P = DF (F - K) at the two strikes nearest the money."""
    mids = {(symbol[-9], key_of(symbol)[2]): sum(quote) / 2.0 for symbol, quote in quotes.items()}
    gaps = {strike: mid - mids["P", strike] for (right, strike), mid in mids.items() if right == "C"}
    low, high = sorted(gaps, key=lambda strike: abs(gaps[strike]))[:2]
    discount = (gaps[low] - gaps[high]) / (high - low)
    return low + gaps[low] / discount, discount


def sold_cheaply(quotes: dict[str, Quote]) -> Iterator[tuple[str, Quote]]:
    """An expiry's quotes with three tenths of their time value: parity and convexity stay, most variance is gone."""
    if not quotes:
        return
    forward, discount = parity_of(quotes)
    for symbol, (bid, ask) in quotes.items():
        way = 1.0 if symbol[-9] == "C" else -1.0
        intrinsic = discount * max(way * (forward - key_of(symbol)[2]), 0.0)
        cheap_bid, cheap_ask = (0.3 * price + 0.7 * intrinsic for price in (bid, ask))
        yield symbol, (math.floor(cheap_bid / 0.05 + 1e-9) * 0.05, math.ceil(cheap_ask / 0.05 - 1e-9) * 0.05)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, dict[str, Plan]]]:
    """Yesterday's clean night, then tonight's with the plants; and what was planted, by underlying."""
    home = Path(shutil.copytree(night_before(tmp_path_factory), tmp_path_factory.mktemp("planted") / "home"))
    landing, plans = landing_of(SESSION), {}
    for name, how_many in HOW_MANY.items():
        table, before = QuoteTable.of(landing[name]), QuoteTable.of(landing_of(YESTERDAY)[name])
        changed, plans[name] = planted(table, before, how_many)
        landing[name] = changed.content
    with open_writer(home, "the test") as store:
        take_in(store, home, landing, SESSION)
        yield store, plans


def found_in(store: Store, underlying: str) -> Found:
    flags = store.query(
        'select root, expiry_date, "right", strike_pts, flag from mart.quote_flags_daily '
        "where session_date = $day and underlying = $underlying",
        {"day": SESSION, "underlying": underlying},
    )
    return {
        (f"{root}{expiry:%y%m%d}{right}{round(1000 * strike):08}", flag)
        for root, expiry, right, strike, flag in flags.iter_rows()
    }


@pytest.mark.parametrize(("name", "underlying"), [(SPX, "SPX"), (VIX, "VIX")])
def test_every_planted_quote_is_found_and_hardly_any_other(
    store: tuple[Store, dict[str, Plan]], name: str, underlying: str
) -> None:
    plan, found = store[1][name], found_in(store[0], underlying)
    missed = plan.expected - found
    false = {
        (symbol, flag)
        for symbol, flag in found - plan.expected
        if not (flag in BOUNDS and symbol in plan.moved)
        and not (flag == "calendar" and symbol.startswith(CHEAP_EXPIRY))
    }
    precision = 1.0 - len(false) / len(found)
    print(f"\n{underlying}: {len(plan.expected)} planted or there, {len(missed)} missed; precision {precision:.2%}")  # noqa: T201
    print("\n".join(recall_by_kind(plan.expected, found, false)))  # noqa: T201 - docs/reliability.md quotes it
    assert missed == set()
    assert precision >= 0.995


def recall_by_kind(expected: Found, found: Found, false: Found) -> list[str]:
    """A line a kind of bad quote: how many were planted or there already, how many of them found, what else was."""
    lines = []
    for kind in sorted({flag for _, flag in expected | false}):
        there, hit, wrong = ({one for one in some if one[1] == kind} for some in (expected, expected & found, false))
        lines.append(f"{kind:10} {len(there):4} there, {len(hit):4} found, {len(wrong):2} false")
    return lines


def test_what_is_sold_below_the_expiry_before_is_found(store: tuple[Store, dict[str, Plan]]) -> None:
    """By QuantLib: out-of-the-money asks that are worth less than nine tenths of the variance bid a week earlier."""
    clean = {symbol: (bid, ask) for symbol, bid, ask in QuoteTable.of(landing_of(SESSION)[SPX]).quotes()}
    near, far = (variances(clean | store[1][SPX].quotes, expiry) for expiry in (EXPIRY_BEFORE, CHEAP_EXPIRY))
    k_near, bid_near = zip(*sorted((k, bid) for _, k, bid, _ in near), strict=True)
    cheap = {
        symbol for symbol, k, _, ask in far if k_near[0] < k < k_near[-1] and ask < 0.9 * np.interp(k, k_near, bid_near)
    }
    found = {symbol for symbol, flag in found_in(store[0], "SPX") if flag == "calendar"}
    print(f"\ncalendar: {len(cheap)} there by QuantLib, {len(cheap & found)} found")  # noqa: T201
    assert len(cheap) > 30
    assert cheap <= found


def variances(quotes: dict[str, Quote], expiry: str) -> Iterator[tuple[str, float, float, float]]:
    """Symbol, ln(K/F) and the total variances of bid and ask of an expiry's out-of-the-money quotes with a bid."""
    own = {symbol: quote for symbol, quote in quotes.items() if symbol.startswith(expiry)}
    sound = {symbol: quote for symbol, quote in own.items() if 0.0 < quote[0] < quote[1]}
    both = {symbol: quote for symbol, quote in sound.items() if other_right(symbol) in sound}
    forward, discount = parity_of(both)
    for symbol, (bid, ask) in sound.items():
        strike, is_call = key_of(symbol)[2], symbol[-9] == "C"
        if is_call == (strike >= forward):
            kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
            vols = (QuantLib.blackFormulaImpliedStdDev(kind, strike, forward, price, discount) for price in (bid, ask))
            yield symbol, math.log(strike / forward), *(vol**2 for vol in vols)


def test_the_counts_by_expiry_are_those_of_the_flags(store: tuple[Store, dict[str, Plan]]) -> None:
    flags = store[0].query("select distinct flag from mart.quote_flags_daily order by flag")["flag"]
    assert set(flags) == {*PLANTS, "vertical", "calendar", "missing", "unpaired"}
    for flag in flags:
        by_expiry = f"select root, expiry_date, {flag}_qty from mart.quote_quality_daily where {flag}_qty > 0"
        by_flag = f"select root, expiry_date, count(*) from mart.quote_flags_daily where flag = '{flag}'"
        counted = store[0].query(f"{by_expiry} and session_date = $day order by all", {"day": SESSION})
        listed = store[0].query(f"{by_flag} and session_date = $day group by all order by all", {"day": SESSION})
        assert counted.rows() == listed.rows()


def test_a_first_night_counts_neither_stale_nor_missing(store: tuple[Store, dict[str, Plan]]) -> None:
    query = "select distinct stale_qty, missing_qty, history_reason from mart.quote_quality_daily"
    found = store[0].query(f"{query} where session_date = $day", {"day": YESTERDAY})
    assert found.rows() == [(None, None, "no chain of the sessions before is loaded")]
