"""The fixed stress sets by hand, and past days read from their own settlements."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.transforms.book.toy_book import (
    FRIDAY,
    ToyMarket,
    ToyNight,
    condor_fills,
    fill,
    fills_of,
    night,
    scenario_market,
    unit_fills,
)
from tests.transforms.risk.brute_force import black
from transforms.risk.part_sums import HeldLegs
from transforms.risk.replays import IS_AHEAD, NAMED_DAYS, ReplayDay, days_to_replay, replay_days, sessions_needed
from transforms.risk.scenario_rules import StressRules
from transforms.risk.stress_sets import stress, stress_rows, stress_sets
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY, CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.mart import MART_STRESS_SETS_DAILY

MARKET = scenario_market(ToyMarket())
DAY, BEFORE = dt.date(2026, 4, 8), dt.date(2026, 4, 7)
REPLAY = ReplayDay(
    day=DAY,
    spx_return_frac=-0.04,
    vix_log_change=math.log(1.5),
    tenors_days=np.array([20.0, 60.0]),
    log_changes=np.array([0.30, 0.10]),
)


@pytest.fixture(scope="module")
def book() -> ToyNight:
    """Condors, a unit, a short VIX call and a future."""
    short = fill("VIX 2026-06-17 C 25", -2, 0.9, structure="diagonal")
    far = fill("VIX 2026-08-19 C 22", 2, 2.4, structure="diagonal")
    return night(fills_of(*condor_fills(), *unit_fills(), short, far, fill("VX 2026-06-17", 1, 18.0, structure="vx")))


@pytest.fixture(scope="module")
def rows(book: ToyNight) -> pl.DataFrame:
    held = HeldLegs.of(book.legs, ["A"])
    found = stress_rows(stress(held, MARKET, stress_sets(MARKET, [REPLAY])), {"A": 100_000.0})
    assert found.schema == MART_STRESS_SETS_DAILY.polars_schema
    return found


def pnl(rows: pl.DataFrame, stress_set: str, part: str) -> list[float]:
    return rows.filter(stress_set=stress_set, part=part).sort("cell_number")["pnl_usd"].to_list()


def leg_sum(legs: pl.DataFrame, value_now: object, value_then: object) -> float:
    return sum(
        leg["quantity_qty"] * leg["multiplier_usd"] * (value_then(leg) - value_now(leg))  # type: ignore[operator]
        for leg in legs.to_dicts()
    )


def smile(k: float) -> float:
    return max(0.08, 0.16 - 0.4 * k)


def spx_value(leg: dict[str, float], forward: float, vol: float) -> float:
    deviation = max(vol, 0.05) * math.sqrt(leg["t_years"])
    return black(str(leg["right"]), leg["strike_pts"], forward, deviation, leg["discount_factor_frac"])[0]


def vix_value(leg: dict[str, float], future: float) -> float:
    if leg["strike_pts"] is None:
        return future
    deviation = leg["iv_vol"] * math.sqrt(leg["t_years"])
    return black(str(leg["right"]), leg["strike_pts"], future, deviation, leg["discount_factor_frac"])[0]


def own_vol(leg: dict[str, float]) -> float:
    return smile(math.log(leg["strike_pts"] / leg["forward_pts"]))


@pytest.mark.parametrize(("stress_set", "low", "high"), [("tims", -0.08, 0.06), ("broker_range", -0.12, 0.10)])
def test_margin_like_ranges_are_ten_equidistant_points_at_the_vols_of_tonight(
    book: ToyNight, rows: pl.DataFrame, stress_set: str, low: float, high: float
) -> None:
    of_set = rows.filter(stress_set=stress_set, part="condor").sort("cell_number")
    shocks = [low + (high - low) * step / 9 for step in range(10)]
    assert of_set["spot_shock_frac"].to_list() == pytest.approx(shocks)
    condors = book.legs.filter(part="condor")
    expected = [
        leg_sum(
            condors,
            lambda leg: spx_value(leg, leg["forward_pts"], own_vol(leg)),
            lambda leg, shock=shock: spx_value(leg, leg["forward_pts"] * (1 + shock), own_vol(leg)),
        )
        for shock in shocks
    ]
    assert of_set["pnl_usd"].to_list() == pytest.approx(expected, abs=1e-6)
    # In a margin house VIX products are a class of their own: no offset.
    assert pnl(rows, stress_set, "hedge") == [0.0] * 10
    assert of_set["net_liq_frac"].to_list() == pytest.approx([usd / 100_000 for usd in expected])
    (worst,) = of_set.filter("is_worst").to_dicts()
    assert worst["pnl_usd"] == pytest.approx(min(expected))


def test_price_and_vol_cross_seven_prices_with_five_vols(book: ToyNight, rows: pl.DataFrame) -> None:
    cells = rows.filter(stress_set="price_vol", part="condor")
    assert cells.height == 35
    (cell,) = cells.filter(cell="SPX -10%, vol +30%").to_dicts()
    condors = book.legs.filter(part="condor")
    expected = leg_sum(
        condors,
        lambda leg: spx_value(leg, leg["forward_pts"], own_vol(leg)),
        lambda leg: spx_value(
            leg, leg["forward_pts"] * 0.9, 1.3 * smile(math.log(leg["strike_pts"] / (leg["forward_pts"] * 0.9)))
        ),
    )
    assert cell["pnl_usd"] == pytest.approx(expected, abs=1e-6)
    assert (cell["vol_shock_frac"], cell["vix_pts"]) == pytest.approx((0.3, 16 * 1.3))
    hedge = leg_sum(
        book.legs.filter(pl.col("part").is_in(["L1", "L2", "L3"])),
        lambda leg: vix_value(leg, leg["forward_pts"]),
        lambda leg: vix_value(leg, 1.3 * leg["forward_pts"]),
    )
    of_hedge = rows.filter(stress_set="price_vol", part="hedge", cell="SPX -10%, vol +30%")
    assert of_hedge["pnl_usd"].item() == pytest.approx(hedge, abs=1e-6)


def test_the_term_response_hands_vix_points_on_by_a_share_that_falls_with_tenor(
    book: ToyNight, rows: pl.DataFrame
) -> None:
    (cell,) = rows.filter(stress_set="term_response", part="total", cell="SPX -10%").to_dicts()
    vix_after = 16 * 0.9 ** (-6.1 * 20 / 16)
    assert cell["vix_pts"] == pytest.approx(vix_after)

    def share(days: float) -> float:
        return (1 + days / 25) ** -0.67

    def then(leg: dict[str, float]) -> float:
        points = share(leg["dte_days"]) * (vix_after - 16)
        if leg["root"] == "SPXW":
            forward = leg["forward_pts"] * 0.9
            return spx_value(leg, forward, smile(math.log(leg["strike_pts"] / forward)) + points / 100)
        return vix_value(leg, leg["forward_pts"] + points)

    def now(leg: dict[str, float]) -> float:
        if leg["root"] == "SPXW":
            return spx_value(leg, leg["forward_pts"], own_vol(leg))
        return vix_value(leg, leg["forward_pts"])

    assert cell["pnl_usd"] == pytest.approx(leg_sum(book.legs, now, then), abs=1e-6)


def test_vix_times_four_shows_the_short_legs_alone_too(book: ToyNight, rows: pl.DataFrame) -> None:
    short = book.legs.filter(pl.col("root") == "VIX", pl.col("quantity_qty") < 0)
    expected = leg_sum(
        short,
        lambda leg: vix_value(leg, leg["forward_pts"]),
        lambda leg: vix_value(leg, 4 * leg["forward_pts"]),
    )
    (alone,) = rows.filter(stress_set="vix_times", part="short_vix").to_dicts()
    assert alone["pnl_usd"] == pytest.approx(expected, abs=1e-6)
    assert (alone["cell"], alone["pnl_usd"] < -8_000) == ("VIX x4", True)
    assert pnl(rows, "vix_times", "condor") == [0.0]
    assert rows.filter(part="short_vix")["stress_set"].unique().to_list() == ["vix_times"]


def test_a_replayed_day_moves_every_future_by_its_days_and_spx_vols_by_vix(book: ToyNight, rows: pl.DataFrame) -> None:
    (cell,) = rows.filter(stress_set="replay", part="total").to_dicts()
    assert (cell["cell"], cell["replayed_date"], cell["spot_shock_frac"]) == ("2026-04-08", DAY, -0.04)

    def then(leg: dict[str, float]) -> float:
        days = leg["dte_days"]
        if leg["root"] == "SPXW":
            shift = 0.85 * (30 / max(days, 7)) ** 0.40 * (24.0 - 16.0) / 100  # VIX 16 x 1.5
            forward = leg["forward_pts"] * 0.96
            return spx_value(leg, forward, smile(math.log(leg["strike_pts"] / forward)) + shift)
        change = min(max(0.30 - 0.20 * (days - 20) / 40, 0.10), 0.30)
        return vix_value(leg, leg["forward_pts"] * math.exp(change))

    def now(leg: dict[str, float]) -> float:
        if leg["root"] == "SPXW":
            return spx_value(leg, leg["forward_pts"], own_vol(leg))
        return vix_value(leg, leg["forward_pts"])

    assert cell["pnl_usd"] == pytest.approx(leg_sum(book.legs, now, then), abs=1e-6)
    assert "proxy" in cell["vol_rule"]


def test_the_sets_are_the_rules(book: ToyNight) -> None:
    rules = StressRules(tims_frac=(-0.02, 0.02), points_qty=3, vix_multiple=2.0, price_frac=(0.1, 0.1, 0.1))
    held = HeldLegs.of(book.legs, ["A"])
    cells = stress_rows(stress(held, MARKET, stress_sets(MARKET, [], rules)), {}).filter(part="total")
    by_set = {name: cells.filter(stress_set=name)["cell"].to_list() for name in cells["stress_set"].unique()}
    assert by_set["tims"] == ["SPX -2.0%", "SPX +0.0%", "SPX +2.0%"]
    assert by_set["vix_times"] == ["VIX x2"]
    assert by_set["term_response"] == ["SPX -10%", "SPX +0%", "SPX +10%"]
    assert cells["net_liq_frac"].null_count() == cells.height


def test_an_unpriced_leg_and_a_missing_vix_are_named() -> None:
    crossed = night(fills_of(*condor_fills(), *unit_fills()), ToyMarket(crossed=("VIX 2026-08-19 C 21",)))
    held = HeldLegs.of(crossed.legs, ["A"])
    found = stress_rows(stress(held, MARKET, stress_sets(MARKET, [])), {}).filter(part="total")
    assert found["reason"].unique().to_list() == ["VIX 2026-08-19 AM C 21 (no mark: CROSSED quote)"]
    without = replace(MARKET, vix_pts=None)
    rows = stress_rows(stress(HeldLegs.of(crossed.legs, ["A"]), without, stress_sets(without, [REPLAY])), {})
    unknown = rows.filter(pl.col("pnl_usd").is_null(), part="condor")
    # What is not read from VIX needs none.
    assert set(unknown["stress_set"]) == {"term_response", "replay"}
    assert unknown["reason"].str.contains("no VIX close tonight").all()


def closes(*rows: tuple[str, dt.date, float]) -> pl.DataFrame:
    return CORE_INDEX_LEVELS_DAILY.conform(
        pl.DataFrame([{"symbol": symbol, "session_date": day, "close_pts": close} for symbol, day, close in rows])
    )


def settlements(*rows: tuple[dt.date, int, float]) -> pl.DataFrame:
    """Sessions, days to expiry counted from `BEFORE`, settlements."""
    return CORE_VX_SETTLEMENTS_DAILY.conform(
        pl.DataFrame(
            [
                {"session_date": day, "expiry_date": BEFORE + dt.timedelta(days=days), "settle_pts": settle}
                for day, days, settle in rows
            ]
        )
    )


WEEK = closes(
    *(("SPX", dt.date(2026, 4, day), close) for day, close in ((6, 6000.0), (7, 5940.0), (8, 5700.0), (9, 5871.0))),
    *(("VIX", dt.date(2026, 4, day), close) for day, close in ((6, 16.0), (7, 18.0), (8, 27.0), (9, 22.0))),
)


def test_a_past_day_is_the_change_of_each_contract_between_its_own_settlements() -> None:
    vx = settlements((BEFORE, 10, 17.0), (DAY, 10, 22.1), (BEFORE, 40, 18.0), (DAY, 40, 20.7), (DAY, 70, 19.0))
    (found,) = replay_days([DAY], WEEK, vx, FRIDAY)
    assert found.reason is None
    assert found.spx_return_frac == pytest.approx(5700 / 5940 - 1)
    assert found.vix_log_change == pytest.approx(math.log(1.5))
    assert found.tenors_days is not None
    assert found.tenors_days.tolist() == [10.0, 40.0]
    assert found.log_changes is not None
    assert found.log_changes.tolist() == pytest.approx([math.log(1.3), math.log(1.15)])


def test_the_worst_days_come_after_the_named_ones_and_look_no_further_than_tonight() -> None:
    sessions = {dt.date(2026, 4, day) for day in (6, 7, 8, 9)}
    later = pl.concat([WEEK, closes(("SPX", dt.date(2026, 4, 10), 5000.0), ("VIX", dt.date(2026, 4, 10), 60.0))])
    sessions_later = sessions | {dt.date(2026, 4, 10)}
    chosen = days_to_replay(later, sessions_later, dt.date(2026, 4, 9), 2)
    assert chosen == [*NAMED_DAYS, DAY, BEFORE]  # -4.04%, then -1%
    # Without its VX settlements a day cannot be replayed.
    assert days_to_replay(WEEK, sessions - {DAY}, FRIDAY, 2) == [*NAMED_DAYS, BEFORE]
    assert sessions_needed([BEFORE, DAY, dt.date(2030, 1, 2)], FRIDAY) == [dt.date(2026, 4, 6), BEFORE, DAY]


MISSING = (
    "not loaded: SPX of 2018-02-02, SPX of 2018-02-05, VIX of 2018-02-02, VIX of 2018-02-05, "
    "a VX contract settled on both 2018-02-02 and 2018-02-05"
)


def test_a_day_that_is_not_loaded_keeps_its_place_and_says_what_is_missing(book: ToyNight) -> None:
    days = [dt.date(2018, 2, 5), DAY, dt.date(2026, 6, 1)]
    vx = settlements((BEFORE, 10, 17.0), (DAY, 10, 22.1))
    replays = replay_days(days, WEEK, vx, FRIDAY)
    assert [replay.reason for replay in replays] == [
        MISSING,
        None,
        IS_AHEAD,
    ]
    held = HeldLegs.of(book.legs, ["A"])
    rows = stress_rows(stress(held, MARKET, stress_sets(MARKET, replays)), {})
    cells = rows.filter(stress_set="replay", part="total").sort("cell_number")
    assert cells["reason"].to_list() == [replay.reason for replay in replays]
    assert cells["pnl_usd"].is_null().to_list() == [True, False, True]
    assert cells["is_worst"].to_list() == [False, True, False]
