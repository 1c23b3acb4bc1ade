"""T12 of METHODOLOGY 11: XIRR and MIRR of one set of flows, by the functions and by the book's own fills.

The first flow is the condors of T7 and the hedge unit of T6: -50,000 margin + 13,857 credit - 2,141 premium = -38,284.
"""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import fill, fills_of
from transforms.book.payoffs import settlement_levels
from transforms.market.calendar import quote_table_instant
from transforms.risk.book_returns import ReturnInputs, book_return
from transforms.risk.cash_flows import FlowInputs, cash_flows
from transforms.risk.returns import MIRR, XIRR, Rates, annual_return, cumulative_sign_changes, mirr, xirr
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

DAYS = (0, 20, 25, 27, 45)
FLOWS = (-38_284.0, -1_500.0, 900.0, -800.0, 41_000.0)
RATES = Rates(risk_free_frac=0.04, wacc_frac=0.09)
START = dt.date(2026, 5, 8)
CONDOR = (("P 5650", 10, 20.0), ("P 5700", -10, 27.0), ("C 6250", -10, 12.0), ("C 6300", 10, 5.143))
UNIT = (("2026-07-22 C 19", 4, 1.73, 0.5), ("2026-08-19 C 21", 4, 2.317, 1.0), ("2026-12-16 C 22", 2, 2.611, 1.0))


def test_t12_xirr() -> None:
    found = annual_return(DAYS, FLOWS, RATES)
    assert (f"{found.frac:.4f}", found.method) == ("0.3086", XIRR)
    assert cumulative_sign_changes(FLOWS) == 1


def test_t12_mirr() -> None:
    assert f"{mirr(DAYS, FLOWS, RATES).frac:.4f}" == "0.2991"


def on(days: int) -> dt.date:
    return START + dt.timedelta(days=days)


def t12_fills() -> pl.DataFrame:
    """The same flows as trades: condors and unit, calls bought, some sold, others bought, everything closed."""
    opened = [fill(f"SPXW 2026-06-30 {leg}", size, price, on=START) for leg, size, price in CONDOR]
    opened += [fill(f"VIX {leg}", size, price, on=START, structure="unit") for leg, size, price, _ in UNIT]
    later = [
        fill("VIX 2026-09-16 C 25", 5, 3.0, on=on(20), structure="more"),
        fill("VIX 2026-09-16 C 25", -3, 3.0, on=on(25), structure="more"),
        fill("VIX 2026-09-16 C 30", 4, 2.0, on=on(27), structure="most"),
    ]
    closed = [
        fill(f"SPXW 2026-06-30 {leg}", -size, price, on=on(45))
        for (leg, size, _), price in zip(CONDOR, (0.0, 10.0, 0.0, 0.0), strict=True)
    ]
    closed += [fill(f"VIX {leg}", -size, price, on=on(45), structure="unit") for leg, size, _, price in UNIT]
    closed += [
        fill("VIX 2026-09-16 C 25", -2, 0.5, on=on(45), structure="more"),
        fill("VIX 2026-09-16 C 30", -4, 0.25, on=on(45), structure="most"),
    ]
    return fills_of(*opened, *later, *closed)


def t12_return(fills: pl.DataFrame) -> dict[str, object]:
    flows = cash_flows(
        FlowInputs(
            session_date=on(45),
            mark_at=quote_table_instant(on(45)),
            fills=fills,
            settlements=settlement_levels(),
            index_closes=CORE_INDEX_LEVELS_DAILY.empty(),
        )
    )
    by_day = flows.rows.group_by("session_date").agg(pl.col("flow_usd").sum()).sort("session_date")
    assert by_day["session_date"].to_list() == [on(days) for days in DAYS]
    assert by_day["flow_usd"].to_list() == pytest.approx(FLOWS)
    nothing_open = pl.DataFrame(
        schema={"account": pl.String, "instrument_id": pl.String, "side": pl.String, "value_usd": pl.Float64}
        | {"liq_value_usd": pl.Float64, "reason": pl.String}
    )
    return book_return(ReturnInputs(scope="A", session_date=on(45), flows=flows.rows, values=nothing_open, rates=RATES))


def test_t12_from_the_fills_of_the_book() -> None:
    found = t12_return(t12_fills())
    assert f"{found['irr_book_frac']:.4f}" == "0.3086"
    assert found["irr_method"] == XIRR
    # Without the hedge two flows are left: -36,143 and, 45 days on, 50,000 - 10,000.
    without_hedge = (40_000.0 / 36_143.0) ** (365.0 / 45.0) - 1.0
    assert found["irr_without_hedge_frac"] == pytest.approx(without_hedge, rel=1e-12)
    assert found["irr_drag_frac"] == pytest.approx(without_hedge - 0.308611400145538, abs=1e-9)
    assert found["rom_frac"] == pytest.approx(sum(FLOWS) / 50_000.0)
    assert found["pnl_to_date_usd"] == pytest.approx(sum(FLOWS))
    assert found["hedge_pnl_to_date_usd"] == pytest.approx(-2_141.0 - 1_500.0 + 900.0 - 800.0 + 1_000.0)


def test_flows_with_two_rates_are_left_to_mirr() -> None:
    """-100, +230, -132 is balanced at 10% and at 20% alike (Lorie and Savage, 1955): cumulative -100, 130, -2."""
    days, flows = (0, 365, 730), (-100.0, 230.0, -132.0)
    for rate in (0.10, 0.20):
        assert sum(flow / (1 + rate) ** (day / 365) for day, flow in zip(days, flows, strict=True)) == pytest.approx(0)
    found = annual_return(days, flows, RATES)
    assert found.method == MIRR
    # By hand: received 230 x 1.04; paid 100 + 132 / 1.09^2.
    assert found.frac == pytest.approx((230.0 * 1.04 / (100.0 + 132.0 / 1.09**2)) ** 0.5 - 1.0, rel=1e-12)


def test_a_return_without_a_bracket_is_left_to_mirr() -> None:
    """Nothing ever came back: no rate balances it, MIRR loses everything."""
    found = annual_return((0, 40), (-100.0, -50.0), RATES)
    assert (found.method, found.frac) == (MIRR, -1.0)


def test_mirr_without_wacc_says_so() -> None:
    found = annual_return((0, 40), (-100.0, -50.0), Rates(risk_free_frac=0.04, wacc_frac=None))
    assert (found.frac, found.reason) == (None, "XIRR has no single answer, and MIRR needs WACC")


def test_under_thirty_days_nothing_is_annualised() -> None:
    """METHODOLOGY 4.13: 0.70 on 50 wide for one day would be 17,000% a year."""
    one_day = annual_return((0, 1), (-4_930.0, 5_000.0), RATES)
    assert (one_day.frac, one_day.method) == (None, None)
    assert "1 days: under 30" in str(one_day.reason)
    assert annual_return((0, 30), (-4_930.0, 5_000.0), RATES).frac is not None


@pytest.mark.parametrize(("end", "expected"), [(110.0, 0.10), (50.0, -0.50), (1e6, 9_999.0), (0.001, -0.99999)])
def test_a_year_with_two_flows_is_their_ratio(end: float, expected: float) -> None:
    assert xirr((0, 365), (-100.0, end)) == pytest.approx(expected, rel=1e-10)
