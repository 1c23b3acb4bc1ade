"""What is neither a bounded spread nor a hedge has no state: the night names it, and is never OK over a short."""

from tests.transforms.book.toy_book import CONDOR_LEGS, condor_fills, fill, fills_of, night


def test_a_short_put_whose_wing_was_sold_is_watched_by_name() -> None:
    naked = [fill(*leg, structure="half") for leg in CONDOR_LEGS[1:3]]
    found = night(fills_of(*naked))
    (alert,) = found.alerts.to_dicts()
    assert (alert["rule_id"], alert["subject"], alert["severity"]) == ("structure_not_watched", "half", "AMBER")
    assert "no long put covers the short 5700" in alert["message"]
    assert "SPXW 2026-06-08 PM P 5700" in alert["message"]
    (row,) = found.book.to_dicts()
    assert row["status"] == "WATCH"
    assert "no long put covers the short 5700" in row["status_reason"]


def test_an_uncovered_short_vix_call_is_watched_by_name() -> None:
    found = night(fills_of(fill("VIX 2026-06-17 C 25", -2, 0.5, structure="naked")))
    assert found.alerts.select("rule_id", "severity").row(0) == ("structure_not_watched", "AMBER")
    assert found.book["status"].item() == "WATCH"


def test_a_long_option_outside_the_layers_is_only_mentioned() -> None:
    found = night(fills_of(*condor_fills(), fill("VIX 2026-06-17 P 20", 3, 2.0, structure="puts")))
    (alert,) = found.alerts.to_dicts()
    assert (alert["severity"], alert["subject"]) == ("INFO", "puts")
    assert found.book["status"].item() == "OK"
