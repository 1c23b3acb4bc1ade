"""The same trades exported by every broker give the same book."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.flows.brokers.broker_writers import (
    NEW_YORK,
    TASTY_HEADERS,
    Trade,
    condor_trades,
    flex_xml,
    future_trades,
    own_csv,
    schwab_csv,
    tastytrade_csv,
)
from tests.flows.brokers.typed_book import File, book, typed
from transforms.market.calendar import next_session

ACCOUNT = "U1234567"
TASTY_NAME = f"tastytrade_transactions_history_x{ACCOUNT}_230201_to_230301.csv"
EXPIRY, VIX_NEAR, VIX_FAR = dt.date(2023, 3, 17), dt.date(2023, 3, 22), dt.date(2023, 5, 17)
# What a fill is, apart from its name and the labels only our own file has.
SAID = (
    "filled_at",
    "root",
    "expiry_date",
    "settlement",
    "right",
    "strike_pts",
    "quantity_qty",
    "price_pts",
    "fees_usd",
)
HELD = (
    "instrument_id",
    "kind",
    "part",
    "structure_id",
    "quantity_qty",
    "entry_price_pts",
    "fees_usd",
    "realised_pnl_usd",
)


def in_all_formats(trades: list[Trade]) -> dict[str, File]:
    """The trades as each broker exports them; Schwab has no futures, so it is left out where there are some."""
    files = {
        "own": ("fills.csv", own_csv(trades)),
        **{
            f"tastytrade {version}": (TASTY_NAME, tastytrade_csv(trades, version=version, zone=zone))
            for version, zone in zip(TASTY_HEADERS, ("America/Chicago", "UTC", "Asia/Tokyo"), strict=True)
        },
        "ibkr compact": ("flex.xml", flex_xml(trades, style="compact")),
        "ibkr dashed": ("flex.xml", flex_xml(trades, style="dashed", orders=True)),
    }
    if not any(trade.is_future for trade in trades):
        files["schwab"] = ("transactions.csv", schwab_csv(trades))
        files["schwab bare"] = (
            f"{ACCOUNT}_Transactions_20230301-101500.csv",
            schwab_csv(trades, banner=False, total=False),
        )
    return files


def fills(file: File, *, by_day: bool = False) -> pl.DataFrame:
    """The fills of a statement in an order that depends on what they say; by day where the broker knows no time."""
    when = pl.col("filled_at").dt.convert_time_zone("America/New_York").dt.date() if by_day else pl.col("filled_at")
    return typed(file).rows.select(SAID).with_columns(filled_at=when).sort(SAID, nulls_last=True)


@pytest.mark.parametrize(
    "trades",
    [condor_trades(), sorted(condor_trades() + future_trades(), key=lambda trade: trade.at)],
    ids=["options", "options and futures"],
)
def test_every_format_gives_the_same_fills_lots_and_structures(trades: list[Trade]) -> None:
    files = in_all_formats(trades)
    own = book(files["own"])
    for name, file in files.items():
        by_day = name.startswith("schwab")
        assert_frame_equal(fills(file, by_day=by_day), fills(files["own"], by_day=by_day))
        other = book(file)
        assert_frame_equal(other.positions.select(HELD), own.positions.select(HELD), check_exact=True)
        lots = ("instrument_id", "structure_id", "quantity_qty", "entry_price_pts", "fees_usd")
        assert_frame_equal(other.lots.select(lots).sort(lots), own.lots.select(lots).sort(lots), check_exact=True)


def test_what_the_trades_make_by_hand() -> None:
    """Two condors less one call spread; 4 VIX calls less one; hand sums of the table in condor_trades."""
    held = book(("fills.csv", own_csv(condor_trades())))
    kinds = held.positions.group_by("kind").agg(legs_qty=pl.len()).sort("kind").rows()
    assert kinds == [("BROKEN_WING_CONDOR", 4), ("VIX_CALL", 2), ("VIX_CALL_SPREAD", 2)]
    realised = (
        held.holdings.group_by("instrument_id")
        .agg(pl.col("realised_pnl_usd").sum())
        .filter(pl.col("realised_pnl_usd") != 0)
    )
    assert dict(realised.rows()) == pytest.approx(
        {
            "SPXW 2023-03-17 PM C 4300": 725.0,  # (17.10 - 9.85) x 100
            "SPXW 2023-03-17 PM C 4350": -435.0,  # (4.95 - 9.30) x 100
            "VIX 2023-03-22 AM C 21": 80.0,  # (2.60 - 1.80) x 100
        }
    )


CONTRACTS = (
    ("SPXW", EXPIRY, "P", Decimal(3850), ""),
    ("SPXW", EXPIRY, "P", Decimal(3900), ""),
    ("SPXW", EXPIRY, "C", Decimal(4300), ""),
    ("SPX", EXPIRY, "C", Decimal(4300), ""),
    ("VIX", VIX_NEAR, "C", Decimal("22.5"), ""),
    ("VIX", VIX_FAR, "C", Decimal(24), ""),
)
FUTURES = (("VX", VIX_NEAR, "", None, "H"), ("VXM", VIX_FAR, "", None, "K"))


@st.composite
def random_books(draw: st.DrawFn) -> list[Trade]:
    """Up to 25 executions over some sessions; each opens more of a contract or closes no more than is held."""
    contracts = CONTRACTS + (FUTURES if draw(st.booleans()) else ())
    at = dt.datetime(2023, 1, 3, 9, 30, tzinfo=NEW_YORK)
    held: Counter[int] = Counter()
    trades = []
    for number in range(1, draw(st.integers(1, 25)) + 1):
        at += dt.timedelta(minutes=draw(st.sampled_from((0, 1, 15))))
        if draw(st.integers(0, 5)) == 0:
            at = dt.datetime.combine(next_session(at.date()), at.timetz())
        which = draw(st.integers(0, len(contracts) - 1))
        quantity = draw(st.integers(1, 4)) * draw(st.sampled_from((1, -1)))
        closes = held[which] * quantity < 0
        if closes:
            quantity = max(quantity, -held[which]) if quantity < 0 else min(quantity, -held[which])
        held[which] += quantity
        root, expiry, right, strike, month = contracts[which]
        trades.append(
            Trade(
                number=number,
                account=ACCOUNT,
                at=at,
                root=root,
                expiry=expiry,
                right=right,
                strike=strike,
                month=month,
                quantity=quantity,
                price=Decimal(draw(st.integers(1, 4000))) / 100,
                fees=Decimal(draw(st.integers(0, 999))) / 100,
                order=draw(st.integers(1, 6)),
                effect="close" if closes else "open",
            )
        )
    return trades


@settings(max_examples=12)
@given(random_books())
def test_any_book_survives_every_format(trades: list[Trade]) -> None:
    files = in_all_formats(trades)
    of_own = fills(files["own"])
    for name, file in files.items():
        if name.startswith("schwab"):
            assert_frame_equal(fills(file, by_day=True), fills(files["own"], by_day=True))
        else:
            assert_frame_equal(fills(file), of_own)


@settings(max_examples=6)
@given(random_books())
def test_positions_lots_and_cash_agree_to_the_cent(trades: list[Trade]) -> None:
    """Lots sum to positions; the cash of all fills is what was realised less what the open lots cost and all fees."""
    for name, file in in_all_formats(trades).items():
        held = book(file)
        net = Counter[str]()
        for trade in trades:
            net[_spelled(trade)] += trade.quantity
        lots = held.lots.group_by("instrument_id").agg(pl.col("quantity_qty").sum())
        positions = held.positions.group_by("instrument_id").agg(pl.col("quantity_qty").sum())
        assert dict(lots.rows()) == dict(positions.rows()) == {key: size for key, size in net.items() if size}, name
        cash = sum((trade.cash - trade.fees for trade in trades), Decimal(0))
        legs = held.holdings
        cost_usd = (legs["quantity_qty"] * legs["entry_price_pts"] * legs["multiplier_usd"]).sum()
        assert legs["realised_pnl_usd"].sum() - cost_usd - legs["fees_usd"].sum() == pytest.approx(
            float(cash), abs=5e-3
        )
        of_lots = held.lots["quantity_qty"] * held.lots["entry_price_pts"] * held.lots["multiplier_usd"]
        assert of_lots.sum() == pytest.approx(cost_usd, abs=5e-3)


def _spelled(trade: Trade) -> str:
    """As the book spells it."""
    if trade.is_future:
        return f"{trade.root} {trade.expiry}"
    settles = "PM" if trade.root == "SPXW" else "AM"
    return f"{trade.root} {trade.expiry} {settles} {trade.right} {trade.strike}"
