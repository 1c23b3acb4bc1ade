"""Which rolls there are, on a listing that is its own mirror image."""

import datetime as dt
from typing import Any

import numpy as np

from transforms.risk.roll_moves import roll_moves, roll_series
from transforms.risk.roll_rules import RULES
from transforms.risk.roll_structures import Ladder, Listing, Series, Structure, condor_spreads

MIRROR = 8000.0  # a strike K stands opposite 8000 - K
TONIGHT = dt.date(2026, 5, 8)
OWN = Series("SPXW", dt.date(2026, 6, 8), "PM")
LATER = tuple(
    Series(root, TONIGHT + dt.timedelta(days=31 + days), settlement)
    for days, root, settlement in (
        (3, "SPXW", "PM"),
        (7, "SPXW", "PM"),
        (11, "SPXW", "PM"),
        (18, "SPX", "AM"),
        (18, "SPXW", "PM"),
        (25, "SPXW", "PM"),
        (60, "SPXW", "PM"),
    )
)
STRIKES = np.arange(3500.0, 4501.0, 10.0)


def listing(*series: Series) -> Listing:
    """Calls lose their delta as far above 4000 as puts do below."""
    call = 0.5 * np.exp(-np.maximum(STRIKES - 4000.0, 0.0) / 137.0)
    ladders = {"P": Ladder("P", STRIKES, call[::-1]), "C": Ladder("C", STRIKES, call)}
    return Listing(dict.fromkeys(series, ladders), dict.fromkeys(series, 4000.0), dict.fromkeys(series, 214.0))


def condor(strikes: tuple[float, ...], side: str) -> dict[str, Any]:
    names = ("long_put_pts", "short_put_pts", "short_call_pts", "long_call_pts")
    row = {"root": OWN.root, "expiry_date": OWN.expiry_date, "settlement": OWN.settlement, "session_date": TONIGHT}
    return row | {"side": side, "profile": "monthly"} | dict(zip(names, strikes, strict=True))


def legs(structure: Structure, *, is_mirrored: bool) -> frozenset[tuple[Any, ...]]:
    return frozenset(
        ({"P": "C", "C": "P"}[right], spread.series, MIRROR - spread.short_pts, MIRROR - spread.long_pts)
        if is_mirrored
        else (right, spread.series, spread.short_pts, spread.long_pts)
        for right, spread in structure.spreads.items()
        if spread
    )


def test_a_threatened_call_has_the_mirror_image_of_a_threatened_puts_moves() -> None:
    put = condor((3900.0, 3950.0, 4150.0, 4230.0), "PUT")
    call = condor((3770.0, 3850.0, 4050.0, 4100.0), "CALL")
    every = {
        name: {
            (move.move, move.untested, move.strike_rule, legs(move.after, is_mirrored=name == "call"))
            for move in roll_moves(row, listing(OWN, *LATER), RULES)
        }
        for name, row in (("put", put), ("call", call))
    }
    assert every["put"] == every["call"]
    assert {move for move, *_ in every["put"]} == {"R1", "R2", "R3", "R4", "R5"}


def test_three_dates_a_week_to_45_days_on_and_both_roots_of_a_date() -> None:
    found = roll_series(condor((3900.0, 3950.0, 4150.0, 4200.0), "PUT"), listing(OWN, *LATER), RULES)
    assert found == sorted([LATER[1], LATER[2], LATER[3], LATER[4]])


def test_a_short_dated_condor_goes_one_to_seven_days_out_from_tonight() -> None:
    days = [Series("SPXW", TONIGHT + dt.timedelta(days=number), "PM") for number in (0, 1, 2, 7, 8)]
    row = condor((3900.0, 3950.0, 4150.0, 4200.0), "PUT") | {"profile": "1dte", "expiry_date": days[1].expiry_date}
    assert roll_series(row, listing(*days), RULES) == [days[2], days[3]]


def test_each_structure_is_listed_once_a_move() -> None:
    moves = roll_moves(condor((3900.0, 3950.0, 4150.0, 4200.0), "BOTH"), listing(OWN, *LATER), RULES)
    names = [move.candidate for move in moves]
    assert len(names) == len(set(names))
    assert {move.tested for move in moves} == {"P", "C"}
    assert not [move for move in moves if move.move == "R4"]  # neither side is untested


def test_a_side_never_crosses_the_other() -> None:
    """A put 250 points below the calls in the new expiry would meet calls kept at the same strikes."""
    narrow = condor((4180.0, 4230.0, 4240.0, 4290.0), "CALL")
    for move in roll_moves(narrow, listing(OWN, *LATER), RULES):
        put, call = move.after.spreads["P"], move.after.spreads["C"]
        assert put is None or call is None or put.short_pts < call.short_pts


def test_strikes_are_taken_as_a_trader_would() -> None:
    """By METHODOLOGY 3.8 a tie is decided for the lower strike; a wing is never wider than wanted."""
    ladder = Ladder("P", np.array([90.0, 95.0, 100.0, 110.0]), np.array([0.0625, 0.125, 0.25, 0.5]))
    assert ladder.nearest(97.5) == 95.0
    assert ladder.at_delta(0.1875, low=0.125, high=0.25) == 95.0
    assert ladder.at_delta(0.1875, low=0.13, high=0.24) is None
    assert (ladder.wing(110.0, 15.0), ladder.wing(110.0, 50.0), ladder.wing(90.0, 50.0)) == (95.0, 90.0, None)
    call = Ladder("C", ladder.strikes, ladder.delta)
    assert (call.wing(90.0, 9.0), call.wing(110.0, 50.0)) == (95.0, None)
    assert Ladder("C", np.empty(0), np.empty(0)).nearest(100.0) is None


def test_a_condor_is_named_from_low_to_high() -> None:
    spreads = condor_spreads(condor((3900.0, 3950.0, 4150.0, 4200.5), "PUT"))
    assert Structure(spreads).name == "SPXW 2026-06-08 3900/3950/4150/4200.5"
    apart = Structure({"P": spreads["P"].moved_to(LATER[0]), "C": spreads["C"]})
    assert apart.name == "SPXW 2026-06-11 P 3900/3950, SPXW 2026-06-08 C 4150/4200.5"
    assert Structure({"P": None, "C": None}).name == ""
