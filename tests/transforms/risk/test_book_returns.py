"""Returns of a book by hand: what is open at its liquidation value, accounts added up, the hedge left out."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import FRIDAY, ToyMarket, condor_fills, fill, fills_of, night, unit_fills
from transforms.book.payoffs import settlement_levels
from transforms.market.calendar import quote_table_instant
from transforms.risk.book_returns import ReturnInputs, book_return, open_values
from transforms.risk.cash_flows import FlowInputs, cash_flows
from transforms.risk.returns import Rates
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

JUNE = dt.date(2026, 6, 15)
RATES = Rates(risk_free_frac=0.04, wacc_frac=0.09)


def returned(
    fills: pl.DataFrame, *, market: ToyMarket | None = None, scope: str = "A"
) -> tuple[dict[str, object], pl.DataFrame]:
    market = market or ToyMarket(session_date=JUNE)
    flows = cash_flows(
        FlowInputs(
            session_date=market.session_date,
            mark_at=quote_table_instant(market.session_date),
            fills=fills,
            settlements=settlement_levels(),
            index_closes=CORE_INDEX_LEVELS_DAILY.empty(),
        )
    )
    legs = night(fills, market).legs
    inputs = ReturnInputs(
        scope=scope,
        session_date=market.session_date,
        flows=flows.rows,
        values=open_values(legs, flows.sides),
        rates=RATES,
    )
    return book_return(inputs), legs


def test_what_is_open_counts_at_its_liquidation_value_with_its_margin() -> None:
    """-50,000 + 12,000 less the premium in May; 38 days later margin back and everything closed at the quotes."""
    fills = fills_of(*condor_fills(), *unit_fills(structure=None))
    fills = fills.with_columns(
        expiry_date=pl.when(pl.col("root") == "SPXW").then(dt.date(2026, 7, 17)).otherwise("expiry_date")
    )
    found, legs = returned(fills)
    liquid, marked = legs["liq_value_usd"].sum(), legs["value_usd"].sum()
    hedge = legs.filter(pl.col("part").str.starts_with("L"))
    premium = -(4 * 2.0 + 4 * 2.5 + 2 * 2.75) * 100
    days = (JUNE - FRIDAY).days
    assert found["closing_value_usd"] == pytest.approx(liquid)
    assert found["margin_held_usd"] == found["peak_margin_usd"] == 50_000.0
    put_in, got_back = 50_000.0 - 12_000.0 - premium, 50_000.0 + liquid
    assert found["irr_book_frac"] == pytest.approx((got_back / put_in) ** (365 / days) - 1)
    bare_back = 50_000.0 + liquid - hedge["liq_value_usd"].sum()
    assert found["irr_without_hedge_frac"] == pytest.approx((bare_back / 38_000.0) ** (365 / days) - 1)
    assert found["irr_drag_frac"] == pytest.approx(found["irr_without_hedge_frac"] - found["irr_book_frac"])  # type: ignore[operator]
    assert found["pnl_to_date_usd"] == pytest.approx(12_000.0 + premium + marked)
    assert found["hedge_pnl_to_date_usd"] == pytest.approx(premium + hedge["value_usd"].sum())
    assert found["rom_frac"] == pytest.approx((12_000.0 + premium + liquid) / 50_000.0)
    assert (found["held_days"], found["first_flow_date"]) == (days, FRIDAY)


def test_an_unpriced_leg_leaves_the_return_null_by_name() -> None:
    fills = fills_of(*condor_fills(), fill("VIX 2026-08-19 C 21", 4, 2.5, structure=None))
    found, _ = returned(fills, market=ToyMarket(session_date=dt.date(2026, 6, 5), unquoted=("VIX",)))
    assert found["irr_book_frac"] is None
    assert found["irr_reason"] == "VIX 2026-08-19 AM C 21 (no VIX chain for this session)"
    assert found["irr_drag_reason"] == found["rom_reason"] == found["pnl_to_date_reason"] == found["irr_reason"]
    # Without the hedge everything is priced, but 28 days are too few for an annual figure.
    assert "28 days" in str(found["irr_without_hedge_reason"])


def test_accounts_are_added_up_by_session() -> None:
    fills = fills_of(*unit_fills(structure=None), *unit_fills(structure=None, account="B"))
    both, legs = returned(fills, scope="ALL")
    assert both["closing_value_usd"] == pytest.approx(legs["liq_value_usd"].sum())
    assert both["irr_book_frac"] == pytest.approx(returned(fills, scope="A")[0]["irr_book_frac"])
    assert both["rom_reason"] == "the book has never needed margin"


def test_a_book_without_fills_has_reasons_only() -> None:
    found, _ = returned(fills_of())
    assert set(found.values()) == {"no fills yet"}


def test_an_unlabelled_leg_is_on_the_side_it_was_bought_on() -> None:
    fills = fills_of(
        fill("VIX 2026-08-19 C 22", 1, 2.25, structure="diagonal"),
        fill("VIX 2026-06-17 C 25", -1, 0.5, structure="diagonal"),
        fill("VIX 2026-08-19 C 22", 3, 2.25, structure=None),
    )
    legs = night(fills).legs
    sides = cash_flows(
        FlowInputs(
            session_date=FRIDAY,
            mark_at=quote_table_instant(FRIDAY),
            fills=fills,
            settlements=settlement_levels(),
            index_closes=CORE_INDEX_LEVELS_DAILY.empty(),
        )
    ).sides
    values = open_values(legs, sides)
    assert dict(values.select("structure_id", "side").unique().iter_rows()) == {
        "VIX 2026-08-19 AM C 22": "hedge",
        "diagonal": "second_engine",
    }
    # Once the near leg has gone the far one is a layer leg, and still money of the second engine.
    later = legs.filter(pl.col("expiry_date") == dt.date(2026, 8, 19)).with_columns(part=pl.lit("L1"))
    assert open_values(later, sides)["side"].to_list() == ["hedge", "second_engine"]
