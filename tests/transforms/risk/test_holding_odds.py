"""Odds of what is held, in closed form on a flat smile: whole condors, single sides, sides of unequal size."""

import math
from statistics import NormalDist

import polars as pl
import pytest

from tests.transforms.market.known_smiles import FORWARD, black_pts
from tests.transforms.market.test_condor_odds import FLAT_VOL, MARCH, YEARS, flat_night
from transforms.risk.holding_odds import holding_odds
from warehouse.tables.mart import MART_CONDORS_DAILY

HV20 = 0.9 * FLAT_VOL  # within 0.6 and 1.2 of implied: EV_P takes it as it is
PUTS = {"long_put_pts": 3850.0, "short_put_pts": 3900.0, "break_even_put_pts": 3890.0}
CALLS = {"short_call_pts": 4350.0, "long_call_pts": 4400.0, "break_even_call_pts": 4360.0}


def held(*condors: dict[str, object]) -> pl.DataFrame:
    key = {"account": "A", "root": "SPXW", "expiry_date": MARCH, "settlement": "PM", "state": "OK"}
    rows = [key | {"condor_id": f"c{number}"} | condor for number, condor in enumerate(condors)]
    return MART_CONDORS_DAILY.conform(pl.DataFrame(rows, infer_schema_length=None))


def payoff_pts(short: float, long: float, right: str) -> float:
    """A spread's expected payoff at the realised vol, undiscounted, by the Black formula."""
    return black_pts(right, long, HV20, YEARS) - black_pts(right, short, HV20, YEARS)


def odds_of(*condors: dict[str, object], hv20: float | None = HV20) -> list[dict[str, object]]:
    return holding_odds(held(*condors), flat_night(), hv20_vol=hv20).to_dicts()


def test_sides_are_expected_to_pay_by_themselves_in_their_own_size() -> None:
    put, call = payoff_pts(3900.0, 3850.0, "P"), payoff_pts(4350.0, 4400.0, "C")
    whole, puts_only, calls_only, uneven = odds_of(
        PUTS | CALLS | {"put_quantity_qty": 10, "call_quantity_qty": 10},
        PUTS | {"put_quantity_qty": 10},
        CALLS | {"call_quantity_qty": 4},
        PUTS | CALLS | {"put_quantity_qty": 10, "call_quantity_qty": 4},
    )
    assert whole["ev_p_payoff_usd"] == pytest.approx(1_000 * (put + call), rel=2e-3)
    assert puts_only["ev_p_payoff_usd"] == pytest.approx(1_000 * put, rel=2e-3)
    assert calls_only["ev_p_payoff_usd"] == pytest.approx(400 * call, rel=2e-3)
    assert uneven["ev_p_payoff_usd"] == pytest.approx(1_000 * put + 400 * call, rel=2e-3)
    assert whole["prob_method"] == "fitted"


def test_the_chance_to_end_above_the_put_break_even() -> None:
    """N(d2) on a flat smile, at the implied vol: it prices."""
    (row, calls_only) = odds_of(PUTS | {"put_quantity_qty": 1}, CALLS | {"call_quantity_qty": 1})
    sd = FLAT_VOL * math.sqrt(YEARS)
    assert row["above_break_even_frac"] == pytest.approx(
        NormalDist().cdf(math.log(FORWARD / 3890.0) / sd - sd / 2), abs=2e-3
    )
    assert calls_only["above_break_even_frac"] is None


def test_what_is_missing_is_said() -> None:
    (row,) = odds_of(PUTS | {"put_quantity_qty": 1}, hv20=None)
    assert row["ev_p_payoff_usd"] is None
    assert row["odds_reason"] == "ev_p: no realised vol"
    (elsewhere,) = odds_of(PUTS | {"put_quantity_qty": 1, "root": "SPX", "settlement": "AM"})
    assert (elsewhere["ev_p_payoff_usd"], elsewhere["above_break_even_frac"]) == (None, None)
    assert elsewhere["odds_reason"] == "its expiry has no smile tonight"
    assert odds_of(PUTS | {"put_quantity_qty": 1, "state": "SETTLED"}) == []
