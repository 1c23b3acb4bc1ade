"""What the hedge's gain pays for, and what is left of it: hand sums, QuantLib's Black formula as the pricer."""

import math

import polars as pl
import pytest
import QuantLib

from tests.transforms.book.toy_book import FRIDAY, ToyMarket, ToySmile, condor_fills, fill, fills_of, night, unit_fills
from transforms.risk.extrinsic_life import extrinsic_half_lives
from transforms.risk.patience import funded_days
from transforms.risk.repricing import ScenarioMarket
from transforms.risk.vol_alone import vol_alone


def market_of(vix_pts: float | None = 16.0) -> ScenarioMarket:
    return ScenarioMarket(session_date=FRIDAY, spot_pts=6000.0, vix_pts=vix_pts, smiles=ToySmile())


def black(
    leg: dict[str, object], *, forward: float, vol: float, years: float | None = None, discount: float | None = None
) -> float:
    """One contract in points, by QuantLib."""
    left = leg["t_years"] if years is None else years
    right = QuantLib.Option.Call if leg["right"] == "C" else QuantLib.Option.Put
    payoff = QuantLib.PlainVanillaPayoff(right, leg["strike_pts"])
    rate = leg["discount_factor_frac"] if discount is None else discount
    return float(QuantLib.BlackCalculator(payoff, forward, vol * math.sqrt(left), rate).value())  # type: ignore[arg-type]


def size(leg: dict[str, object]) -> float:
    return leg["quantity_qty"] * leg["multiplier_usd"]  # type: ignore[operator, no-any-return]


def test_a_fall_of_vix_takes_the_hedge_gain_back() -> None:
    """VIX x 0.75 moves a future by 0.75^gV, gV = (1 + days/17.9)^-0.67 (METHODOLOGY 4.5); its option keeps its vol."""
    legs = night(fills_of(*condor_fills(), *unit_fills())).legs
    found = vol_alone(legs, market_of(), ["A"]).filter(move="vix_drop", group="hedge").to_dicts()[0]
    expected = 0.0
    for leg in legs.filter(pl.col("part").str.starts_with("L")).to_dicts():
        forward = leg["forward_pts"]
        share = (1 + (leg["expiry_date"] - FRIDAY).days / 17.9) ** -0.67
        after = black(leg, forward=forward * 0.75**share, vol=leg["iv_vol"])
        expected += size(leg) * (after - black(leg, forward=forward, vol=leg["iv_vol"]))
    assert found["pnl_usd"] == pytest.approx(expected, abs=1e-8)
    assert found["pnl_usd"] < 0.0


def test_a_vol_crush_scales_every_spx_vol_and_takes_vix_along() -> None:
    legs = night(fills_of(*condor_fills(), *unit_fills())).legs
    rows = {
        row["group"]: row["pnl_usd"] for row in vol_alone(legs, market_of(), ["A"]).filter(move="vol_crush").to_dicts()
    }
    expected = 0.0
    for leg in legs.filter(part="condor").to_dicts():
        vol = float(ToySmile().vol_at(0, math.log(leg["strike_pts"] / leg["forward_pts"])))
        after = black(leg, forward=leg["forward_pts"], vol=0.8 * vol)
        expected += size(leg) * (after - black(leg, forward=leg["forward_pts"], vol=vol))
    assert rows["condor"] == pytest.approx(expected, abs=1e-8)
    assert rows["condor"] > 0.0 > rows["hedge"]
    assert rows["total"] == pytest.approx(rows["condor"] + rows["hedge"])


def test_vol_alone_needs_no_vix_close_and_name_unpriced_legs() -> None:
    legs = night(fills_of(*condor_fills(), *unit_fills()), ToyMarket(crossed=("VIX 2026-06-17 C 20",))).legs
    rows = {(row["move"], row["group"]): row for row in vol_alone(legs, market_of(vix_pts=None), ["A"]).to_dicts()}
    assert rows["vol_crush", "condor"]["pnl_usd"] is not None
    assert rows["vix_drop", "hedge"]["pnl_usd"] is None
    assert rows["vix_drop", "total"]["reason"] == "VIX 2026-06-17 AM C 20 (no mark: CROSSED quote)"


def test_an_empty_book_gains_nothing() -> None:
    legs = night(fills_of()).legs
    assert vol_alone(legs, market_of(), ["ALL"])["pnl_usd"].to_list() == [0.0] * 6


def test_days_funded_by_the_open_gain() -> None:
    """The toy quotes every option 0.10 wide: 4 contracts of L1 cost $40 a roll, $2.67 a day of 15."""
    legs = night(fills_of(fill("VIX 2026-06-17 C 20", 4, 0.5, structure=None))).legs
    (leg,) = legs.to_dicts()
    (row,) = funded_days(legs, ["A"]).to_dicts()
    gain = 400 * (leg["mark_pts"] - 0.5)
    cost = -leg["theta_usd_per_day"] + 400 * 0.10 / 15
    assert row["hedge_gain_usd"] == pytest.approx(gain)
    assert row["hedge_cost_usd_per_day"] == pytest.approx(cost)
    assert row["funded_days"] == pytest.approx(gain / cost)


def test_layers_are_rolled_at_their_own_pace() -> None:
    legs = night(fills_of(*unit_fills())).legs
    spread = 4 * 10.0 / 15 + 4 * 10.0 / 40 + 2 * 10.0 / 55
    (row,) = funded_days(legs, ["A"]).to_dicts()
    assert row["hedge_cost_usd_per_day"] == pytest.approx(spread - legs["theta_usd_per_day"].sum())


def test_a_cost_counts_as_a_dollar_a_day_at_least() -> None:
    legs = night(fills_of(fill("VX 2026-06-17", 1, 10.0, structure="L1"))).legs
    (row,) = funded_days(legs, ["A"]).to_dicts()
    assert row["funded_days"] == pytest.approx(1000 * (18.40 - 10.0) / 1.0)


@pytest.mark.parametrize(
    ("fills", "crossed", "reason"),
    [
        (condor_fills(), (), "no hedge is held"),
        ([fill("VIX 2026-06-17 C 20", 4, 90.0, structure=None)], (), "the hedge has no open gain to live on"),
        (unit_fills(), ("VIX 2026-06-17 C 20",), "VIX 2026-06-17 AM C 20 (no mark: CROSSED quote)"),
    ],
    ids=["no hedge", "under water", "unpriced"],
)
def test_without_a_known_gain_no_time_is_bought(
    fills: list[dict[str, object]], crossed: tuple[str, ...], reason: str
) -> None:
    legs = night(fills_of(*fills), ToyMarket(crossed=crossed)).legs
    (row,) = funded_days(legs, ["A"]).to_dicts()
    assert (row["funded_days"], row["funded_reason"]) == (None, reason)


def test_the_time_value_of_a_condor_halves_on_the_day_quantlib_finds() -> None:
    legs = night(fills_of(*condor_fills())).legs
    (row,) = extrinsic_half_lives(legs).to_dicts()

    def sold(days: float) -> float:
        total = 0.0
        for leg in legs.to_dicts():
            left = leg["t_years"] - days / 365
            discount = leg["discount_factor_frac"] ** (left / leg["t_years"])
            sign = 1 if leg["right"] == "C" else -1
            intrinsic = discount * max(sign * (leg["forward_pts"] - leg["strike_pts"]), 0.0)
            total += size(leg) * (
                black(leg, forward=leg["forward_pts"], vol=leg["iv_vol"], years=left, discount=discount) - intrinsic
            )
        return total

    day = int(row["half_life_days"])
    assert sold(day) / sold(0) >= 0.5 >= sold(day + 1) / sold(0)
    assert row["half_life_reason"] is None


def test_a_condor_that_is_long_time_value_has_nothing_to_earn() -> None:
    """Spot far below all strikes: the put spread is at its full width, worth less than that by discounting alone."""
    deep = ToyMarket(spot_pts=5000.0)
    (row,) = extrinsic_half_lives(night(fills_of(*condor_fills()), deep).legs).to_dicts()
    assert row["half_life_days"] is None
    assert row["half_life_reason"] in {
        "no time value is left to earn",
        "half of it is not earned before settlement at this spot",
    }


def test_an_unpriced_condor_has_no_half_life() -> None:
    crossed = ToyMarket(crossed=("SPXW 2026-06-08 P 5700",))
    (row,) = extrinsic_half_lives(night(fills_of(*condor_fills()), crossed).legs).to_dicts()
    assert (row["half_life_days"], row["half_life_reason"]) == (None, "no mark: CROSSED quote")
    assert extrinsic_half_lives(night(fills_of()).legs).is_empty()
