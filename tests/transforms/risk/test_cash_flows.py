"""Cash flows by hand sums, and against the simulated traders' own cash books."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import condor_fills, fill, fills_of
from transforms.book.payoffs import settlement_levels
from transforms.market.calendar import NEW_YORK, quote_table_instant
from transforms.risk.cash_flows import CashFlows, FlowInputs, cash_flows
from transforms.simulated.book import Fill
from transforms.simulated.book_files import cash_usd, ledgers_of
from transforms.simulated.market import SimulatedMarket, simulate
from warehouse.tables.core import CORE_FILLS, CORE_INDEX_LEVELS_DAILY, CORE_SETTLEMENT_VALUES

FRIDAY = dt.date(2026, 5, 8)
EXPIRY = dt.date(2026, 6, 8)
LATE = dt.date(2026, 12, 18)


def levels_of(rows: list[tuple[dt.date, str, float]]) -> pl.DataFrame:
    values = pl.DataFrame(rows, schema=["session_date", "symbol", "value_pts"], orient="row")
    return settlement_levels(CORE_SETTLEMENT_VALUES.conform(values))


def closes_of(rows: list[tuple[dt.date, str, float]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["session_date", "symbol", "close_pts"], orient="row")
    return CORE_INDEX_LEVELS_DAILY.conform(frame)


def flows_of(
    fills: pl.DataFrame,
    *,
    until: dt.date = LATE,
    settled: pl.DataFrame | None = None,
    closes: pl.DataFrame | None = None,
) -> CashFlows:
    return cash_flows(
        FlowInputs(
            session_date=until,
            mark_at=quote_table_instant(until),
            fills=fills,
            settlements=settlement_levels() if settled is None else settled,
            index_closes=CORE_INDEX_LEVELS_DAILY.empty() if closes is None else closes,
        )
    )


def test_a_condor_from_entry_to_settlement() -> None:
    """Ten condors for 12.00, margin 50,000; SPX closes at 5,670: the puts pay 0 and 30, so 30,000 are owed."""
    rows = flows_of(fills_of(*condor_fills(fees=5.0)), settled=levels_of([(EXPIRY, "SPX", 5670.0)])).rows
    assert rows.select(
        "session_date", "side", "premium_usd", "fees_usd", "settlement_usd", "margin_change_usd"
    ).rows() == [
        (FRIDAY, "rest", 12_000.0, -20.0, 0.0, -50_000.0),
        (EXPIRY, "rest", 0.0, 0.0, -30_000.0, 50_000.0),
    ]
    assert rows["flow_usd"].to_list() == [-38_020.0, 20_000.0]


def test_an_unknown_settlement_value_leaves_the_flow_null_by_name() -> None:
    rows = flows_of(fills_of(*condor_fills())).rows
    assert rows["flow_usd"].to_list() == [-38_000.0, None]
    assert rows["reason"].to_list() == [None, f"no settlement value: SPX of {EXPIRY} is not supplied"]


def test_what_happens_in_one_session_is_netted() -> None:
    """Half of the condors bought back the day they were sold: margin for the other half only."""
    half = [
        fill(f"SPXW 2026-06-08 {leg}", size, price)
        for leg, size, price in (("P 5650", -5, 19.0), ("P 5700", 5, 26.0), ("C 6250", 5, 12.0), ("C 6300", -5, 7.0))
    ]
    (row,) = flows_of(fills_of(*condor_fills(), *half), until=FRIDAY).rows.to_dicts()
    assert row["premium_usd"] == 12_000.0 - 6_000.0
    assert row["margin_change_usd"] == -25_000.0


def test_a_fill_after_the_quotes_belongs_to_the_next_session() -> None:
    late = fill("VIX 2026-06-17 C 20", 1, 2.0)
    late["filled_at"] = dt.datetime(2026, 5, 8, 16, 16, tzinfo=NEW_YORK).astimezone(dt.UTC)
    on_time = fill("VIX 2026-06-17 C 20", 1, 2.0)
    on_time["filled_at"] = dt.datetime(2026, 5, 8, 16, 15, tzinfo=NEW_YORK).astimezone(dt.UTC)
    both = fills_of(late, on_time)
    assert flows_of(both, until=FRIDAY).rows["premium_usd"].to_list() == [-200.0]
    monday = flows_of(both, until=dt.date(2026, 5, 11)).rows
    assert dict(monday.select("session_date", "premium_usd").iter_rows()) == {
        FRIDAY: -200.0,
        dt.date(2026, 5, 11): -200.0,
    }


def test_the_hedge_is_told_from_the_second_engine() -> None:
    """VIX 16, the diagonal's short call naked: (0.50 + max(3.2 - 9, 1.6)) x 100 = 210; layers need no margin."""
    fills = fills_of(
        fill("VIX 2026-06-17 C 20", 4, 2.0, structure="L1"),
        fill("VIX 2026-08-19 C 22", 1, 2.25, structure="diagonal"),
        fill("VIX 2026-06-17 C 25", -1, 0.5, structure="diagonal"),
    )
    rows = flows_of(fills, until=FRIDAY, closes=closes_of([(FRIDAY, "VIX", 16.0)])).rows
    assert rows.select("side", "premium_usd", "margin_change_usd").rows() == [
        ("hedge", -800.0, 0.0),
        ("second_engine", -175.0, -210.0),
    ]


def test_a_leg_keeps_the_side_it_was_bought_on() -> None:
    """The near leg settles at VRO 30: 5 points owed. The far call is a plain long call from then on, sold in July."""
    fills = fills_of(
        fill("VIX 2026-08-19 C 22", 1, 2.2, structure="diagonal"),
        fill("VIX 2026-06-17 C 25", -1, 0.4, structure="diagonal"),
        fill("VIX 2026-08-19 C 22", -1, 8.0, structure="diagonal", on=dt.date(2026, 7, 1)),
    )
    settled = levels_of([(dt.date(2026, 6, 17), "VRO", 30.0)])
    rows = flows_of(fills, settled=settled, closes=closes_of([(FRIDAY, "VIX", 16.0)])).rows
    assert rows["side"].unique().to_list() == ["second_engine"]
    assert rows["flow_usd"].to_list() == pytest.approx([-180.0 - 200.0, -500.0 + 200.0, 800.0])


def test_a_call_bought_and_sold_within_a_session_counts_as_hedge() -> None:
    fills = fills_of(
        fill("VIX 2026-06-17 C 20", 4, 2.0, structure=None), fill("VIX 2026-06-17 C 20", -4, 2.5, structure=None)
    )
    (row,) = flows_of(fills, until=FRIDAY).rows.to_dicts()
    assert (row["side"], row["flow_usd"]) == ("hedge", 200.0)


def test_a_future_costs_nothing_to_enter_and_pays_when_it_is_closed() -> None:
    """Two bought at 19 and 20, one sold at 22: 2.5 points on the average; the other settles at 25: 5.5 points."""
    fills = fills_of(
        fill("VX 2026-06-17", 1, 19.0, structure="L1"),
        fill("VX 2026-06-17", 1, 20.0, structure="L1"),
        fill("VX 2026-06-17", -1, 22.0, structure="L1", on=dt.date(2026, 5, 20)),
    )
    rows = flows_of(fills, settled=levels_of([(dt.date(2026, 6, 17), "VRO", 25.0)])).rows
    assert rows["premium_usd"].to_list() == [0.0, 2_500.0, 0.0]
    assert rows["settlement_usd"].to_list() == [0.0, 0.0, 5_500.0]
    assert rows["margin_change_usd"].to_list() == pytest.approx(
        [-0.4 * 19.5 * 2000, 0.4 * 19.5 * 1000, 0.4 * 19.5 * 1000]
    )


def test_a_naked_leg_without_an_index_level_leaves_the_flow_null() -> None:
    (row,) = flows_of(fills_of(fill("SPXW 2026-06-08 C 6800", -1, 1.0)), until=FRIDAY).rows.to_dicts()
    assert row["flow_usd"] is None
    assert "the level of SPX is not known" in row["reason"]


def test_accounts_and_order_do_not_mix() -> None:
    fills = fills_of(
        *condor_fills(), *condor_fills(account="B", fees=1.0), fill("VIX 2026-06-17 C 20", 4, 2.0, structure=None)
    )
    settled = levels_of([(EXPIRY, "SPX", 5690.0), (dt.date(2026, 6, 17), "VRO", 18.0)])
    rows = flows_of(fills, settled=settled).rows
    assert rows.filter(account="B")["fees_usd"].sum() == -4.0
    for seed in range(3):
        assert flows_of(fills.sample(fraction=1.0, shuffle=True, seed=seed), settled=settled).rows.equals(rows)


def test_no_fills_no_flows() -> None:
    found = flows_of(CORE_FILLS.empty())
    assert found.rows.is_empty()
    assert found.sides.is_empty()


def fill_row(made: Fill) -> dict[str, object]:
    option = made.option
    return fill(
        f"{option.root} {option.expiry_date} {option.right} {option.strike_pts:g}",
        made.quantity,
        made.price_pts,
        on=made.session_date,
        structure=made.structure,
        campaign=made.campaign,
        account=made.account,
        fees=made.fees_usd,
        fill_id=made.fill_id,
    )


def simulated_levels(market: SimulatedMarket, fills: pl.DataFrame) -> pl.DataFrame:
    """Official closes and VRO of every day on which something of the book settles."""
    expiries = fills.select("root", "expiry_date").unique().sort("root", "expiry_date")
    last = market.sessions[-1]
    rows = [
        (day, "SPX", float(market.bars["SPX"].close_pts[market.position(day)]))
        if root == "SPXW"
        else (day, "VRO", market.vix_settlement_pts(day))
        for root, day in expiries.iter_rows()
        if day <= last
    ]
    return levels_of(rows)


def test_the_cash_of_the_simulated_traders_is_theirs_to_the_cent() -> None:
    """Their own books (transforms.simulated, which shares no code with this) say what cash each account has."""
    market, ledgers = simulate(7), ledgers_of(7)
    fills = fills_of(*(fill_row(made) for ledger in ledgers.values() for made in ledger.fills))
    closes = closes_of(
        [
            (day, name, float(market.bars[name].close_pts[market.position(day)]))
            for day in market.sessions
            for name in ("SPX", "VIX")
        ]
    )
    last = dt.date(2026, 4, 29)
    rows = flows_of(fills, until=last, settled=simulated_levels(market, fills), closes=closes).rows
    assert rows["flow_usd"].null_count() == 0
    for name, ledger in ledgers.items():
        of_account = rows.filter(account=name)
        cash = of_account.select(pl.sum_horizontal("premium_usd", "fees_usd", "settlement_usd").sum()).item()
        assert ledger.plan.opening_usd + cash == pytest.approx(cash_usd(market, ledger, last), abs=0.005)
        # Condors 50 points wide, as many as the plan says; beside them only the diagonal's short call needs margin.
        held = -of_account.filter(side="rest")["margin_change_usd"].sum()
        assert held == 5_000.0 * ledger.plan.condors_qty * (held // (5_000.0 * ledger.plan.condors_qty))
        assert -of_account.filter(side="hedge")["margin_change_usd"].sum() == 0.0
