"""What is neither a condor nor a hedge has no state: the night says so by name, and is never OK over a short option."""

import pytest

from tests.transforms.book.toy_book import CONDOR_LEGS, ToyMarket, condor_fills, fill, fills_of, night

PUT_SPREAD = [fill(*leg, structure="half") for leg in CONDOR_LEGS[:2]]


@pytest.mark.parametrize("spot_pts", [6000.0, 5500.0])
def test_a_condor_whose_call_side_was_closed_is_watched_by_name(spot_pts: float) -> None:
    found = night(fills_of(*PUT_SPREAD), ToyMarket(spot_pts=spot_pts))
    (alert,) = found.alerts.to_dicts()
    assert (alert["rule_id"], alert["subject"], alert["severity"]) == ("structure_not_watched", "half", "AMBER")
    assert "no short call, no long call" in alert["message"]
    assert "SPXW 2026-06-08 PM P 5700" in alert["message"]
    (row,) = found.book.to_dicts()
    assert row["status"] == "WATCH"
    assert "no short call, no long call" in row["status_reason"]


def test_an_uncovered_short_vix_call_is_watched_by_name() -> None:
    found = night(fills_of(fill("VIX 2026-06-17 C 25", -2, 0.5, structure="naked")))
    assert found.alerts.select("rule_id", "severity").row(0) == ("structure_not_watched", "AMBER")
    assert found.book["status"].item() == "WATCH"


def test_a_long_option_outside_the_layers_is_only_mentioned() -> None:
    found = night(fills_of(*condor_fills(), fill("VIX 2026-06-17 P 20", 3, 2.0, structure="puts")))
    (alert,) = found.alerts.to_dicts()
    assert (alert["severity"], alert["subject"]) == ("INFO", "puts")
    assert found.book["status"].item() == "OK"
