"""Profile by days at entry, tier by entry credit: METHODOLOGY 4.23 at its boundaries."""

import datetime as dt
from typing import Any

import pytest

from tests.transforms.book.toy_book import FRIDAY, ToyMarket, condor_fills, fill, fills_of, night


def only(fills: list[dict[str, object]], market: ToyMarket | None = None) -> dict[str, Any]:
    (row,) = night(fills_of(*fills), market).condors.to_dicts()
    return row


def credited(pts: float, *, expiry: str, on: dt.date = FRIDAY) -> list[dict[str, object]]:
    """One condor sold for so much in all."""
    legs = (("P 5850", 1, 0.10), ("P 5900", -1, 0.10 + pts), ("C 6100", -1, 0.40), ("C 6150", 1, 0.40))
    return [fill(f"SPXW {expiry} {option}", quantity, price, on=on) for option, quantity, price in legs]


@pytest.mark.parametrize(
    ("pts", "tier"),
    [
        (0.70, "CONSERVATIVE"),
        (0.56, "CONSERVATIVE"),  # 0.70 less a fifth
        (0.55, "OTHER"),
        (0.84, "CONSERVATIVE"),
        (0.90, "OTHER"),  # between 0.84 and 0.92
        (0.92, "BALANCED"),
        (1.15, "BALANCED"),
        (1.37, "BALANCED"),  # nearer to 1.15 than to 1.60, though both hold it
        (1.38, "AGGRESSIVE"),
        (1.92, "AGGRESSIVE"),
        (1.93, "OTHER"),
    ],
)
def test_a_short_dated_condor_has_the_nearest_tier_within_a_fifth(pts: float, tier: str) -> None:
    row = only(credited(pts, expiry="2026-05-11"))  # sold on Friday, settles on Monday
    assert (row["profile"], row["tier"]) == ("1dte", tier)


@pytest.mark.parametrize(("expiry", "profile"), [("2026-05-15", "1dte"), ("2026-05-18", "monthly")])
def test_up_to_seven_days_at_entry_it_is_the_vendors(expiry: str, profile: str) -> None:
    row = only(credited(1.15, expiry=expiry))
    assert (row["profile"], row["tier"]) == (profile, "BALANCED" if profile == "1dte" else None)


def test_a_monthly_condor_stays_one_when_its_last_week_comes() -> None:
    row = only(condor_fills(), ToyMarket(session_date=dt.date(2026, 6, 5)))
    assert (row["dte_days"], row["profile"]) == (3, "monthly")
    assert row["opened_at"].date() == FRIDAY
