"""Golden numbers of the book and risk wings: METHODOLOGY 11, printed by golden_numbers.py.

The toy night: SPX 6000, rate 4.2%, dividend yield 1.3%; ten condors 5650/5700/6250/6300 at 30 days; one 4/4/2 unit of
VIX calls on futures at 19.0, 20.2 and 20.8. The smile is that of T7; the engine sees only a thing that knows vols.
"""

import datetime as dt
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from transforms.book.legs import price_legs
from transforms.book.states import CondorSide, geometric_verdict
from transforms.market.elasticity import future_elasticity, held_points_level_pts, shocked_level_pts
from transforms.pricing.black76 import price
from transforms.pricing.greeks import greeks
from transforms.risk.offsets import Amount, CondorExposure, Parts, local_offset, shock_offset
from transforms.risk.repricing import BASE, Cells, Passed, ScenarioMarket, leg_values, reprice
from transforms.risk.scenarios import scenarios
from transforms.risk.vol_moves import GivenMove
from warehouse.tables.core import CORE_FORWARDS_DAILY, CORE_OPTION_MARKS_DAILY, CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.mart import MART_POSITIONS_DAILY

NIGHT = dt.date(2026, 5, 8)
SPOT, RATE, DIVIDEND = 6000.0, 0.042, 0.013
CONDOR = (("P", 5650.0, 10), ("P", 5700.0, -10), ("C", 6250.0, -10), ("C", 6300.0, 10))
UNIT = (("L1", 4, 30, 19.0, 19.5, 0.90), ("L2", 4, 110, 20.2, 21.5, 0.65), ("L3", 2, 220, 20.8, 22.5, 0.52))
CONDOR_YEARS = 30 / 365
ATM_VOL = 0.16
PUT_TESTED = CondorExposure(condors_qty=1, max_loss_usd=36_143.0, put_severity=2, call_severity=0)


def toy_vol(k: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.maximum(0.08, ATM_VOL - 0.11 * k / math.sqrt(CONDOR_YEARS) + 0.125 * k**2 / CONDOR_YEARS)


class ToySmile:
    def index_of(self, contracts: pl.DataFrame) -> npt.NDArray[np.intp]:
        return np.zeros(contracts.height, dtype=np.intp)

    def vol_at(self, expiry_index: npt.ArrayLike, k: npt.ArrayLike) -> npt.NDArray[np.float64]:
        _, moneyness = np.broadcast_arrays(np.asarray(expiry_index), np.asarray(k, dtype=np.float64))
        return toy_vol(moneyness)


BASE_NOW = {"vol_response": "base", "horizon": "now"}
MARKET = ScenarioMarket(session_date=NIGHT, spot_pts=SPOT, vix_pts=16.0, smiles=ToySmile())


def marked(days: int, option: tuple[str, str, float], *, forward: float, vol: float) -> dict[str, object]:
    """One contract priced by the kernel; T = days/365 as in section 11."""
    root, right, strike = option
    years, cp = days / 365, 1.0 if right == "C" else -1.0
    found = greeks(forward, strike, vol=vol, years=years, cp=cp, discount_factor=math.exp(-RATE * years))
    mark = price(forward, strike, vol=vol, years=years, cp=cp, discount_factor=math.exp(-RATE * years))
    return {
        "session_date": NIGHT,
        "root": root,
        "expiry_date": NIGHT + dt.timedelta(days=days),
        "settlement": "PM" if root == "SPXW" else "AM",
        "right": right,
        "strike_pts": strike,
        "underlying": "SPX" if root == "SPXW" else "VIX",
        "mark_pts": float(mark),
        "mark_quality": "OK",
        "mark_method": "mid",
        "iv_status": "ok",
        "forward_pts": forward,
        "discount_factor_frac": math.exp(-RATE * years),
        "t_years": years,
        "smile_vol": vol,
        "delta": float(found.delta_forward),
        "delta_b76": float(found.delta_b76),
        "gamma_b76": float(found.gamma_b76),
        "vega_pts_per_volpt": float(found.vega_per_volpt),
        "theta_pts_per_day": float(found.theta_per_day),
        "extrinsic_pts": 0.0,
    }


def held(mark: dict[str, object], part: str, quantity: int) -> dict[str, object]:
    is_future = mark["strike_pts"] is None
    key = ("session_date", "root", "expiry_date", "settlement", "right", "strike_pts")
    return {
        **{name: mark[name] for name in key},
        "account": "A",
        "structure_id": part,
        "instrument_id": f"{mark['root']} {mark['expiry_date']} {mark['right']} {mark['strike_pts']}",
        "part": part,
        "grouping": "DECLARED",
        "quantity_qty": quantity,
        "multiplier_usd": 1000.0 if is_future else 100.0,
        "entry_price_pts": mark["mark_pts"],
        "opened_at": dt.datetime(2026, 5, 8, 20, tzinfo=dt.UTC),
        "fees_usd": 0.0,
        "realised_pnl_usd": 0.0,
    }


def book_at(shock: float = 0.0, *, frozen_vol: Callable[[float], float] | None = None) -> pl.DataFrame:
    """The legs at a shocked spot. Futures follow their path, deltas take eps at the shocked price (T7)."""
    spot = SPOT * (1 + shock)
    forward = spot * math.exp((RATE - DIVIDEND) * CONDOR_YEARS)
    vol = frozen_vol or (lambda strike: float(toy_vol(np.log(strike / np.array(forward)))))
    rows = [
        (marked(30, ("SPXW", right, strike), forward=forward, vol=vol(strike)), "condor", quantity)
        for right, strike, quantity in CONDOR
    ]
    for layer, quantity, days, future, strike, iv in UNIT:
        after = float(shocked_level_pts(future, future_elasticity(days, future), spot_shock_frac=shock))
        rows.append((marked(days, ("VIX", "C", strike), forward=after, vol=iv), layer, quantity))
    return priced([held(*row) for row in rows], [row[0] for row in rows], spot)


def priced(positions: list[dict[str, object]], marks: list[dict[str, object]], spot: float) -> pl.DataFrame:
    return price_legs(
        MART_POSITIONS_DAILY.conform(pl.DataFrame(positions)),
        CORE_OPTION_MARKS_DAILY.conform(pl.DataFrame(marks)),
        CORE_FORWARDS_DAILY.empty(),
        vx=CORE_VX_SETTLEMENTS_DAILY.empty(),
        spot_pts=spot,
    )


def toy_shift_book(spot: float) -> pl.DataFrame:
    """T7: the smile frozen by strike at today's forward, and .16*((1+x)^-2 - 1) added to every strike."""
    shock = spot / SPOT - 1
    forward_now = SPOT * math.exp((RATE - DIVIDEND) * CONDOR_YEARS)
    shift = ATM_VOL * ((1 + shock) ** -2 - 1)
    return book_at(shock, frozen_vol=lambda strike: float(toy_vol(np.log(strike / np.array(forward_now)))) + shift)


def deltas(legs: pl.DataFrame) -> Parts:
    condor = legs.filter(part="condor")["delta_usd_per_pt"].sum()
    hedge = legs.filter(pl.col("part") != "condor")["delta_usd_per_pt"].sum()
    return Parts(condor=Amount(condor), hedge=Amount(hedge), second_engine=Amount(0.0))


def test_t6_one_unit_in_spx_terms() -> None:
    unit = book_at().filter(pl.col("part") != "condor").sort("part")
    assert unit["eps"].to_list() == pytest.approx([-3.724, -1.919, -1.250], abs=5e-4)
    assert unit["mark_pts"].to_list() == pytest.approx([1.730, 2.317, 2.611], abs=5e-4)
    assert unit["delta_b76"].to_list() == pytest.approx([0.510, 0.495, 0.490], abs=5e-4)
    assert unit["delta_usd_per_pt"].to_list() == pytest.approx([-2.404, -1.280, -0.425], abs=5e-4)
    assert unit["delta_usd_per_pt"].sum() == pytest.approx(-4.108, abs=1e-3)
    assert unit["value_usd"].sum() == pytest.approx(2141, abs=0.5)
    assert unit["theta_usd_per_day"].sum() == pytest.approx(-19.52, abs=5e-3)
    assert 40 * unit["value_usd"].sum() == pytest.approx(85_645, abs=1)


def test_t6_gamma_of_one_option_and_of_one_future() -> None:
    option = book_at().filter(part="L1")
    assert option["gamma_usd_per_pt2"].item() / 4 == pytest.approx(0.001600, abs=5e-7)
    expiry = NIGHT + dt.timedelta(days=30)
    future = {"session_date": NIGHT, "root": "VX", "expiry_date": expiry, "settlement": "AM", "mark_pts": 19.0}
    settled = pl.DataFrame({"session_date": [NIGHT], "expiry_date": [expiry], "settle_pts": [19.0]})
    (leg,) = price_legs(
        MART_POSITIONS_DAILY.conform(pl.DataFrame([held(future | {"right": None, "strike_pts": None}, "L1", 1)])),
        CORE_OPTION_MARKS_DAILY.empty(),
        CORE_FORWARDS_DAILY.empty(),
        vx=CORE_VX_SETTLEMENTS_DAILY.conform(settled),
        spot_pts=SPOT,
    ).to_dicts()
    assert leg["gamma_usd_per_pt2"] == pytest.approx(0.009285, abs=5e-7)
    assert leg["delta_usd_per_pt"] == pytest.approx(1000 * -3.724 * 19.0 / SPOT, abs=2e-3)  # 4.4: q*1000*eps*F/S
    assert leg["vix_delta_usd_per_vx_pt"] == 1000.0


def test_t7_premium_of_the_ten_condors() -> None:
    assert -book_at().filter(part="condor")["value_usd"].sum() == pytest.approx(13_857, abs=0.5)


@pytest.mark.parametrize(("spot", "expected"), [(5850, 0.235), (5700, 0.127), (5650, 0.123)])
def test_t7_local_offset_of_one_unit(spot: float, expected: float) -> None:
    offset = local_offset(deltas(toy_shift_book(spot)), PUT_TESTED)
    assert offset.frac == pytest.approx(expected, abs=5e-4)
    assert offset.reason is None


@pytest.mark.parametrize(("shock", "expected"), [(-0.03, 0.394), (-0.05, 0.221), (-0.07, 0.186), (-0.10, 0.188)])
def test_t7_shock_offset_of_one_unit(shock: float, expected: float) -> None:
    now, after = book_at(), toy_shift_book(SPOT * (1 + shock))
    condor_usd, hedge_usd = (
        after.filter(rows)["value_usd"].sum() - now.filter(rows)["value_usd"].sum()
        for rows in (pl.col("part") == "condor", pl.col("part") != "condor")
    )
    pnl = Parts(condor=Amount(condor_usd), hedge=Amount(hedge_usd), second_engine=Amount(0.0))
    assert shock_offset(pnl, PUT_TESTED, shock).frac == pytest.approx(expected, abs=5e-4)


T7B = [  # shock, VIX after, condor P&L, P&L of one unit
    (-0.20, 85.0, -30_736, 12_869),
    (-0.10, 35.73, -22_638, 4_256),
    (-0.07, 27.83, -15_928, 2_569),
    (-0.05, 23.66, -10_003, 1_649),
    (-0.03, 20.18, -4_099, 884),
    (0.03, 13.21, -7_393, -538),
    (0.05, 11.66, -16_992, -808),
]


@pytest.mark.parametrize(("shock", "vix", "condor_usd", "unit_usd"), T7B)
def test_t7b_the_path_of_the_scenario_grid(shock: float, vix: float, condor_usd: float, unit_usd: float) -> None:
    grid = scenarios(book_at(), MARKET, ["A"]).filter(spot_shock_frac=shock, **BASE_NOW)
    cell = {row["part"]: row for row in grid.to_dicts()}
    assert cell["condor"]["vix_pts"] == pytest.approx(vix, abs=5e-3)
    assert cell["condor"]["pnl_usd"] == pytest.approx(condor_usd, abs=0.6)
    assert cell["hedge"]["pnl_usd"] == pytest.approx(unit_usd, abs=0.6)
    assert cell["total"]["pnl_usd"] == pytest.approx(condor_usd + unit_usd, abs=1.2)
    assert sum(cell[layer]["pnl_usd"] for layer in ("L1", "L2", "L3")) == pytest.approx(cell["hedge"]["pnl_usd"])


@pytest.mark.parametrize(
    ("shock", "expected"), [(-0.20, 0.419), (-0.10, 0.188), (-0.07, 0.161), (-0.05, 0.165), (-0.03, 0.216)]
)
def test_t7b_shock_offset_and_units_for_40_percent(shock: float, expected: float) -> None:
    grid = scenarios(book_at(), MARKET, ["A"]).filter(spot_shock_frac=shock, **BASE_NOW)
    amounts = {row["part"]: Amount(row["pnl_usd"]) for row in grid.to_dicts()}
    pnl = Parts(condor=amounts["condor"], hedge=amounts["hedge"], second_engine=amounts["second_engine"])
    offset = shock_offset(pnl, PUT_TESTED, shock).frac
    assert offset == pytest.approx(expected, abs=5e-4)
    if shock == -0.05:
        assert offset is not None
        assert 0.40 / offset == pytest.approx(2.43, abs=5e-3)


def test_t10_the_near_future_of_a_diagonal_outruns_the_far_one() -> None:
    legs = diagonal()
    assert legs["value_usd"].sum() == pytest.approx(173.4, abs=0.1)
    grid = scenarios(legs, MARKET, ["A"]).filter(part="second_engine", **BASE_NOW)
    pnl = {shock: usd / 100 for shock, usd in grid.select("spot_shock_frac", "pnl_usd").iter_rows()}
    assert [pnl[-0.05], pnl[-0.10], pnl[-0.20]] == pytest.approx([-0.08, -1.50, -10.63], abs=5e-3)


def diagonal() -> pl.DataFrame:
    """One 110-day 22 call long, one 30-day 25 call short."""
    options = [
        marked(110, ("VIX", "C", 22.0), forward=20.2, vol=0.65),
        marked(30, ("VIX", "C", 25.0), forward=19.0, vol=0.90),
    ]
    return priced([held(options[0], "second_engine", 1), held(options[1], "second_engine", -1)], options, SPOT)


@pytest.mark.parametrize(
    ("near_pts", "far_pts", "pnl_pts"),
    [
        (45.0, 31.0, -12.31),
        (60.0, 38.0, -20.76),
        # The path of exponent .5154: 1.5, 2 and 3 times the near future, the far one at 24.89, 28.87 and 35.58.
        (28.5, 20.2 * 1.5**0.5154, -0.76),
        (38.0, 20.2 * 2.0**0.5154, -7.16),
        (57.0, 20.2 * 3.0**0.5154, -20.07),
    ],
)
def test_t10_the_diagonal_when_its_near_leg_settles(near_pts: float, far_pts: float, pnl_pts: float) -> None:
    """80 days are left of the far call, the near one has settled at its own future; the debit was 1.734."""
    move = GivenMove(futures_pts={30: near_pts, 110: far_pts})
    values = reprice(diagonal(), MARKET, Cells.of(0.0, Passed(30 / 365, 30)), move).carried
    assert values[:, 0] @ diagonal()["quantity_qty"].to_numpy() - 1.734 == pytest.approx(pnl_pts, abs=6e-3)


def test_t10_the_debit_spread_beside_it() -> None:
    options = [marked(110, ("VIX", "C", strike), forward=20.2, vol=0.65) for strike in (22.0, 30.0)]
    legs = priced([held(options[0], "L2", 1), held(options[1], "L2", -1)], options, SPOT)
    assert legs["value_usd"].sum() == pytest.approx(156.5, abs=0.1)
    grid = scenarios(legs, MARKET, ["A"]).filter(part="L2", **BASE_NOW)
    pnl = {shock: usd / 100 for shock, usd in grid.select("spot_shock_frac", "pnl_usd").iter_rows()}
    assert [pnl[-0.05], pnl[-0.10], pnl[-0.20]] == pytest.approx([0.65, 1.46, 3.36], abs=6e-3)


def test_t11_the_short_put_is_long_spx_and_the_hedge_is_short_spx() -> None:
    legs = book_at()
    short_put = legs.filter(part="condor", right="P", strike_pts=5700.0)
    assert short_put["delta_usd_per_pt"].item() > 0
    assert (legs.filter(pl.col("part") != "condor")["delta_usd_per_pt"] < 0).all()
    at_5690 = deltas(toy_shift_book(5690))
    assert at_5690.condor.usd == pytest.approx(48.20, abs=5e-3)
    assert at_5690.hedge.usd == pytest.approx(-6.06, abs=5e-3)
    assert (at_5690.condor.usd or 0) + (at_5690.hedge.usd or 0) == pytest.approx(42.14, abs=5e-3)


@pytest.mark.parametrize(
    ("spot", "break_even", "expected"),
    [
        (5700, 5686.14, None),
        (5690, 5686.14, "ITM"),
        (5680, 5686.14, "BREACHED"),
        (5650, 5686.14, "WING"),
        (5660, 5645, "ITM"),
        (5702, 5705, None),
        (5699, 5705, "BREACHED"),
    ],
)
def test_t12_break_even_and_wing(spot: float, break_even: float, expected: str | None) -> None:
    put = CondorSide(side="PUT", spot_pts=spot, short_pts=5700, long_pts=5650, break_even_pts=break_even, dte_days=30)
    # The call side mirrored about 6000 is in the same state.
    call = CondorSide(
        side="CALL",
        spot_pts=12_000 - spot,
        short_pts=6300,
        long_pts=6350,
        break_even_pts=12_000 - break_even,
        dte_days=30,
    )
    for side in (put, call):
        verdict = geometric_verdict(side)
        assert (verdict and verdict.state) == expected


@pytest.mark.parametrize(("shock", "power_pts", "held_pts"), [(-0.20, 43.6, 34.8)])
def test_4_18_points_held_are_the_low_edge_of_the_path(shock: float, power_pts: float, held_pts: float) -> None:
    eps = future_elasticity(30, 19.0)
    assert float(shocked_level_pts(19.0, eps, spot_shock_frac=shock)) == pytest.approx(power_pts, abs=0.05)
    assert float(held_points_level_pts(19.0, eps, spot_shock_frac=shock)) == pytest.approx(held_pts, abs=0.05)


def test_the_value_now_is_the_mark() -> None:
    legs = book_at()
    now = leg_values(legs, MARKET, BASE, np.zeros(1)).carried[:, 0]
    assert now == pytest.approx(legs["mark_pts"].to_numpy(), abs=1e-9)
