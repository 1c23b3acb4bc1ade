"""The arbitrage gates as an analyst reads them: counted, the worst named, a held expiry spoken of by itself."""

import datetime as dt
from dataclasses import replace

import polars as pl

from tests.transforms.book.sound_night import MARCH, SESSION, SOUND, check, leg, legs, marks, quote
from transforms.book.data_checks import data_checks
from transforms.book.night_facts import NightFacts
from transforms.market.quote_quality import quote_quality

FRIDAY = dt.date(2023, 3, 17)


def ladder(expiry: dt.date, *bids: float) -> list[dict[str, object]]:
    """Calls five points apart, each 0.20 wide."""
    return [
        quote(
            expiry,
            settlement="PM",
            right="C",
            strike_pts=4000.0 + 5 * number,
            bid_pts=bid,
            ask_pts=bid + 0.2,
            t_years=0.1,
            discount_factor_frac=0.99,
        )
        for number, bid in enumerate(bids)
    ]


def night_of(*quotes: dict[str, object], **changes: object) -> NightFacts:
    """A sound night but for its quotes, judged as the night judges them."""
    judged = quote_quality(marks(*quotes), [], SESSION)
    return replace(SOUND, marks=marks(*quotes), quote_quality=judged.counts, quote_flags=judged.flags, **changes)


def test_sound_ladders_pass_both_gates_and_name_nothing() -> None:
    facts = night_of(*ladder(MARCH, 20.0, 17.0, 14.5))
    found = check(facts, "butterfly_arbitrage")
    assert (found["is_passed"], found["is_applicable"], found["value"], found["limit_value"]) == (True, True, 0, 0)
    assert found["message"] == "Against a vertical or a butterfly none of 3 quotes gives money away."


def test_a_night_without_quotes_cannot_be_tested() -> None:
    found = check(night_of(), "parity_arbitrage")
    assert (found["is_passed"], found["is_applicable"], found["value"]) == (True, False, None)


def test_the_quote_at_fault_is_counted_and_named() -> None:
    """Bid 19.0 between asks of 20.2 and 14.7: the chord is at 17.45."""
    facts = night_of(*ladder(FRIDAY, 20.0, 19.0, 14.5), *ladder(MARCH, 20.0, 17.0, 14.5))
    found = check(facts, "butterfly_arbitrage")
    assert (found["is_passed"], found["severity"], found["value"], found["unit"]) == (
        False,
        "warning",
        1,
        "quotes at fault",
    )
    assert found["message"] == (
        "Against a vertical or a butterfly 1 of 6 quotes give money away: SPXW 2023-03-17 PM C 4005, by 1.55."
    )
    assert data_checks(facts).filter(check_id="butterfly_arbitrage").height == 1


def test_a_held_expiry_at_fault_is_spoken_of_by_itself() -> None:
    facts = night_of(
        *ladder(FRIDAY, 20.0, 19.0, 14.5),
        *ladder(MARCH, 20.0, 19.0, 14.5),
        legs=legs(leg(f"SPXW {MARCH} PM C 4000"), leg(f"SPXW {MARCH} PM C 4005")),
    )
    assert check(facts, "butterfly_arbitrage")["value"] == 2
    (subject,) = data_checks(facts).filter(pl.col("subject") != "", check_id="butterfly_arbitrage")["subject"]
    assert subject == f"SPXW {MARCH}"
    found = check(facts, "butterfly_arbitrage", subject)
    assert (found["is_passed"], found["value"]) == (False, 1)
    assert "which is held" in found["message"]


def test_of_many_only_the_worst_are_named() -> None:
    bids = [value for pair in zip([20.0] * 6, [30.0, 31.0, 32.0, 33.0, 34.0, 35.0], strict=True) for value in pair]
    found = check(night_of(*ladder(FRIDAY, *bids)), "butterfly_arbitrage")
    assert found["value"] > 4
    assert found["message"].endswith(f"; and {found['value'] - 4:.0f} more.")
