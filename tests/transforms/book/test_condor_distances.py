"""Distances of a condor by hand, in every measure (METHODOLOGY 4.1, 4.23): SPX 6,000, EDR 60, chain credit 12."""

import math
from typing import Any

import pytest

from tests.transforms.book.toy_book import ToyMarket, condor_fills, fills_of, night
from transforms.book.condor_distances import NO_MOVE, NO_RANGE
from transforms.market.edr import probability_inside_frac

# 16:15 ET on 8 May to 16:00 ET on 8 June: 31 days less a quarter of an hour, in minutes.
YEARS = (31 * 1440 - 15) / 525_600
FORWARD = 6000 * math.exp(0.029 * YEARS)


def only(fills: list[dict[str, object]], market: ToyMarket | None = None) -> dict[str, Any]:
    (row,) = night(fills_of(*fills), market).condors.to_dicts()
    return row


@pytest.mark.parametrize(
    ("name", "points"),
    [("short_put", 300.0), ("short_call", 250.0), ("break_even_put", 312.0), ("break_even_call", 262.0)],
)
def test_distances_in_points_of_spot_ranges_and_expected_moves(name: str, points: float) -> None:
    row = only(condor_fills())
    move = row["expected_move_pts"]
    assert row[f"{name}_distance_pts"] == pytest.approx(points)
    assert row[f"{name}_distance_frac"] == pytest.approx(points / 6000)
    assert row[f"{name}_distance_edr"] == pytest.approx(points / 60)
    assert row[f"{name}_distance_em"] == pytest.approx(points / move)


def test_the_expected_move_is_one_standard_deviation_to_the_expiry() -> None:
    row = only(condor_fills())
    assert row["expected_move_pts"] == pytest.approx(FORWARD * 0.16 * math.sqrt(YEARS), rel=1e-12)
    inside = float(probability_inside_frac(row["expected_move_pts"], one_sd_pts=row["expected_move_pts"]))
    assert inside == pytest.approx(0.6827, abs=1e-4)


def test_a_distance_that_is_missing_says_why() -> None:
    row = only(condor_fills(), ToyMarket(edr_pts=None))
    assert (row["short_put_distance_edr"], row["distance_reason"]) == (None, NO_RANGE)
    unquoted = only(condor_fills(), ToyMarket(unquoted=("SPXW",)))
    assert (unquoted["short_put_distance_em"], unquoted["distance_reason"]) == (None, NO_MOVE)
    assert unquoted["short_put_distance_pts"] == 300.0
    assert only(condor_fills())["distance_reason"] is None
