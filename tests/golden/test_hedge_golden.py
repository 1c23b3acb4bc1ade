"""Golden numbers of the hedge: T6, T7b and K1 of the methodology, reproduced by unit, sizing and cost.

Carry and amortised cost have no golden number: QuantLib's Black formula says what each call is worth 30 days later.
"""

import datetime as dt
import math

import polars as pl
import pytest
import QuantLib

from tests.golden.test_book_golden import (
    CONDOR,
    CONDOR_YEARS,
    DIVIDEND,
    MARKET,
    NIGHT,
    RATE,
    SPOT,
    UNIT,
    marked,
    priced,
    toy_vol,
)
from tests.golden.test_book_golden import held as leg_of
from transforms.market.elasticity_curve import PRIOR_CURVE
from transforms.risk.hedge_costs import CostInputs, hedge_costs
from transforms.risk.hedge_sizing import SizingInputs, hedge_sizing
from transforms.risk.hedge_unit import VixNight, hedge_unit
from transforms.risk.reference_condor import ReferenceCondor
from transforms.risk.scenarios import scenarios
from warehouse.tables.core import (
    CORE_ACCOUNTS_DAILY,
    CORE_FORWARDS_DAILY,
    CORE_OPTION_MARKS_DAILY,
    CORE_VX_SETTLEMENTS_DAILY,
)
from warehouse.tables.mart import MART_CONDORS_DAILY, MART_VX_CURVE_DAILY

FORWARD = SPOT * math.exp((RATE - DIVIDEND) * CONDOR_YEARS)
CURVE = ((30, 19.0), (110, 20.2), (220, 20.8))
UNIT_MARKS = [
    marked(days, ("VIX", "C", strike), forward=future, vol=vol) | {"bid_pts": 0.0, "ask_pts": 9.0}
    for _, _, days, future, strike, vol in UNIT
]


def vx_curve() -> pl.DataFrame:
    rows = [
        {
            "session_date": NIGHT,
            "rank": rank,
            "expiry_date": NIGHT + dt.timedelta(days=days),
            "days_to_expiry_days": days,
            "settle_pts": level,
            "settle_method": "settle",
        }
        for rank, (days, level) in enumerate(CURVE, start=1)
    ]
    return MART_VX_CURVE_DAILY.conform(pl.DataFrame(rows))


def unit() -> pl.DataFrame:
    night = VixNight(
        marks=CORE_OPTION_MARKS_DAILY.conform(pl.DataFrame(UNIT_MARKS)),
        forwards=CORE_FORWARDS_DAILY.empty(),
        vx=CORE_VX_SETTLEMENTS_DAILY.empty(),
        vx_curve=vx_curve(),
        elasticity=PRIOR_CURVE,
    )
    return hedge_unit(night, MARKET)


def condor_legs(units: int = 1) -> pl.DataFrame:
    """Ten condors of T7 and so many units of T6."""
    rows = [
        (
            marked(
                30,
                ("SPXW", right, strike),
                forward=FORWARD,
                vol=float(toy_vol(pl.Series([math.log(strike / FORWARD)]).to_numpy())[0]),
            ),
            "condor",
            quantity,
        )
        for right, strike, quantity in CONDOR
    ] + [(mark, layer, units * quantity) for mark, (layer, quantity, *_) in zip(UNIT_MARKS, UNIT, strict=True)]
    return priced([leg_of(mark, part, size) for mark, part, size in rows], [row[0] for row in rows], SPOT)


def condor_row(**facts: object) -> pl.DataFrame:
    row = {
        "account": "A",
        "condor_id": "ten",
        "state": "OK",
        "max_loss_usd": 36_143.0,
        "max_profit_usd": 13_857.0,
        "dte_days": 30,
    }
    return MART_CONDORS_DAILY.conform(pl.DataFrame([row | facts]))


def sizing(net_liq_usd: float | None) -> dict[str, object]:
    accounts = CORE_ACCOUNTS_DAILY.empty()
    if net_liq_usd is not None:
        known = pl.DataFrame({"session_date": [NIGHT], "account": ["A"], "net_liq_usd": [net_liq_usd]})
        accounts = CORE_ACCOUNTS_DAILY.conform(known)
    inputs = SizingInputs(
        session_date=NIGHT,
        scopes=["A"],
        unit=unit(),
        scenarios=scenarios(condor_legs(), MARKET, ["A"]),
        condors=condor_row(),
        accounts=accounts,
        reference=ReferenceCondor(reason="not asked"),
    )
    return hedge_sizing(inputs).row(0, named=True)


def black(layer: int, *, days_passed: float, forward: float) -> float:
    """A call of the unit so many days later on that forward, at the same vol and rate: QuantLib."""
    _, _, days, _, strike, vol = UNIT[layer]
    years = max(days - days_passed, 0.0) / 365
    discount = math.exp(-RATE * years)
    return float(QuantLib.blackFormula(QuantLib.Option.Call, strike, forward, vol * math.sqrt(years), discount))


def test_t6_the_unit_costs_2141_and_19_52_a_day() -> None:
    found = unit()
    assert found["premium_usd"].sum() == pytest.approx(2141, abs=0.5)
    assert found["theta_usd_per_day"].sum() == pytest.approx(-19.52, abs=5e-3)
    assert found["spx_delta_usd_per_pt"].to_list() == pytest.approx([-2.404, -1.280, -0.425], abs=5e-4)
    discounts = [math.exp(-RATE * days / 365) for days in found["dte_days"]]
    deltas = [delta * discount for delta, discount in zip(found["delta"], discounts, strict=True)]
    assert deltas == pytest.approx([0.510, 0.495, 0.490], abs=5e-4)
    assert found["shock_gain_usd"].sum() == pytest.approx(1_649, abs=0.6)  # T7b at -5%


def test_t6_a_year_of_one_unit_and_forty_units() -> None:
    row = sizing(None)
    assert row["unit_annual_carry_usd"] == pytest.approx(7_123, abs=1)
    assert 40 * float(str(row["unit_premium_usd"])) == pytest.approx(85_645, abs=1)


def test_t7b_units_for_forty_per_cent_without_an_account() -> None:
    row = sizing(None)
    assert row["shock_loss_usd"] == pytest.approx(10_003, abs=0.6)
    assert row["units_by_offset"] == pytest.approx(2.43, abs=5e-3)
    assert (row["units_by_budget"], row["binding"]) == (None, "offset")
    assert row["units_recommended"] == row["units_by_offset"]
    assert row["bought_offset_frac"] == pytest.approx(0.40)


def test_one_unit_held_is_1_43_units_short_of_forty_per_cent() -> None:
    """METHODOLOGY 4.5: 2.43 less the one held; the toy asks 9 points a call, 10 calls a unit."""
    row = sizing(None)
    assert row["units_to_target"] == pytest.approx(1.43, abs=5e-3)
    assert row["units_to_target_usd"] == pytest.approx(float(str(row["units_to_target"])) * 9_000)


@pytest.mark.parametrize(("net_liq_usd", "units"), [(712_300, 1.50), (474_900, 1.00), (350_000, 0.737)])
def test_k1_the_budget_binds_and_says_what_it_buys(net_liq_usd: float, units: float) -> None:
    """K1: 1-2% a year carry one unit per about $350k-$700k; at 1.5% that is one per $474.9k (7,123 / 0.015)."""
    row = sizing(net_liq_usd)
    assert row["units_by_budget"] == pytest.approx(units, abs=2e-3)
    assert (row["binding"], row["units_recommended"]) == ("budget", row["units_by_budget"])
    assert row["bought_offset_frac"] == pytest.approx(units * 1_649 / 10_003, abs=1e-3)
    assert str(row["says"]).startswith(f"budget buys {units * 16.485:.0f}% offset, target 40%")
    assert row["is_below_one_unit"] is (units < 0.999)


def test_a_rich_account_is_sized_by_its_offset() -> None:
    row = sizing(5_000_000)
    assert (row["binding"], row["is_below_one_unit"]) == ("offset", False)
    assert row["says"] == "2.43 units repay 40% of the loss at -5%"


def test_decay_and_roll_down_are_what_quantlib_says() -> None:
    """F 19.0 at 30 days, 20.2 at 110, 20.8 at 220: 30 days on they are 18.55, 19.75 and 20.6364."""
    later = (19.0 - 30 * 1.2 / 80, 20.2 - 30 * 1.2 / 80, 20.8 - 30 * 0.6 / 110)
    for row, level in zip(unit().to_dicts(), later, strict=True):
        number = int(row["layer"][1]) - 1
        size = 100 * row["weight_contracts"]
        future = CURVE[number][1]
        now, then = black(number, days_passed=0, forward=future), black(number, days_passed=30, forward=future)
        rolled = black(number, days_passed=30, forward=level)
        assert row["decay_30d_usd"] == pytest.approx(size * (then - now), abs=1e-6)
        assert row["rolldown_30d_usd"] == pytest.approx(size * (rolled - then), abs=1e-6)


def test_the_cost_over_the_condors_life_beside_its_credit() -> None:
    """K2: the premium is a sixth of the credit a unit; over the condor's 30 days the unit's carry is what counts."""
    rows = hedge_costs(
        CostInputs(session_date=NIGHT, scopes=["A"], condors=condor_row(), legs=condor_legs(), vx_curve=vx_curve())
    )
    carry = -(unit()["decay_30d_usd"].sum() + unit()["rolldown_30d_usd"].sum())
    for row in rows.to_dicts():  # the one condor, and all of them
        assert row["gross_frac"] == pytest.approx(2_141 / 13_857, abs=1e-4)
        assert row["amortised_usd"] == pytest.approx(carry, abs=1e-6)
        assert row["amortised_frac"] == pytest.approx(carry / 13_857)
        assert row["credit_to_hedge"] == pytest.approx(13_857 / carry)
        assert row["net_credit_to_hedge"] == pytest.approx((13_857 - carry) / carry)
        assert (row["band"], row["reason"]) == ("GREEN", None)
    assert rows.filter(condor_id="ALL")["carry_usd_per_day"].item() == pytest.approx(-carry / 30)
