"""Since when a condor is in its state, and the worst its campaign has been in (METHODOLOGY 6.1)."""

import datetime as dt

import polars as pl

from tests.transforms.book.toy_book import FRIDAY, MONDAY, ToyMarket, condor_fills, fills_of, night
from transforms.book.condor_history import with_history
from transforms.book.condor_states import held_states


def test_the_state_has_a_beginning_and_the_campaign_a_worst_night() -> None:
    fills = fills_of(*condor_fills())
    tuesday = dt.date(2026, 5, 12)
    breached = night(fills, ToyMarket(spot_pts=5680.0))
    again = night(fills, ToyMarket(session_date=MONDAY, spot_pts=5680.0), before=breached)
    better = night(fills, ToyMarket(session_date=tuesday, spot_pts=6000.0), before=again)
    said = [
        (row["state"], row["state_since_date"], row["worst_state_in_campaign"])
        for tonight in (breached, again, better)
        for row in tonight.condors.to_dicts()
    ]
    assert said == [("BREACHED", FRIDAY, "BREACHED"), ("BREACHED", FRIDAY, "BREACHED"), ("OK", tuesday, "BREACHED")]


def test_a_rolled_condor_inherits_the_worst_of_its_campaign_and_starts_its_own_state() -> None:
    old = condor_fills(structure="june", campaign="c")
    close = [
        row
        | {
            "fill_id": f"{row['fill_id']}-x",
            "quantity_qty": -int(str(row["quantity_qty"])),
            "filled_at": dt.datetime(2026, 5, 11, 18, tzinfo=dt.UTC),
        }
        for row in old
    ]
    new = [
        row | {"fill_id": f"{row['fill_id']}-n", "strike_pts": float(str(row["strike_pts"])) - 300}
        for row in condor_fills(structure="june-2", campaign="c", on=MONDAY)
    ]
    other = [row | {"account": "B"} for row in condor_fills(structure="alone", on=MONDAY)]
    fills = fills_of(*old, *close, *new, *other)
    friday = night(fills, ToyMarket(spot_pts=5640.0))
    rows = night(fills, ToyMarket(session_date=MONDAY, spot_pts=5650.0 - 1), before=friday).condors
    worst = dict(rows.select("condor_id", "worst_state_in_campaign").iter_rows())
    assert worst["june-2"] == "WING"
    assert worst["alone"] == "WING"  # 5,649 is beyond its own wing
    calm = night(fills, ToyMarket(session_date=MONDAY, spot_pts=6000.0)).condors
    assert calm.filter(pl.col("condor_id") == "alone")["worst_state_in_campaign"].to_list() == ["OK"]
    assert rows.filter(pl.col("condor_id") == "june-2")["state_since_date"].to_list() == [MONDAY]


def test_a_stale_state_keeps_its_beginning() -> None:
    fills = fills_of(*condor_fills())
    first = night(fills, ToyMarket(spot_pts=5690.0))
    blind = ToyMarket(session_date=MONDAY, spot_pts=None, unquoted=("SPXW",))
    (stale,) = night(fills, blind, before=first).condors.to_dicts()
    assert (stale["state"], stale["state_since_date"], stale["worst_state_in_campaign"]) == ("ITM", FRIDAY, "ITM")
    (unknown,) = night(fills, blind).condors.to_dicts()
    assert (unknown["state_since_date"], unknown["worst_state_in_campaign"]) == (None, None)
    assert unknown["distance_reason"].startswith("no mark spot")


def test_a_night_on_hold_carries_state_and_beginning_and_makes_nothing_worse() -> None:
    fills = fills_of(*condor_fills())
    first = night(fills, ToyMarket(spot_pts=5690.0))
    crash = night(fills, ToyMarket(session_date=MONDAY, spot_pts=5600.0), before=first)
    held = held_states(crash.condors, first.condors, reason="data on hold")
    (row,) = with_history(held, previous=first.condors, history=first.condors).to_dicts()
    assert (row["state"], row["state_since_date"], row["worst_state_in_campaign"]) == ("ITM", FRIDAY, "ITM")
