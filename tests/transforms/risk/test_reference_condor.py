"""A book without a condor is sized by Cboe's CNDR, scaled to risk 2% of the account."""

import datetime as dt
import math
from statistics import NormalDist

import polars as pl
import pytest
import QuantLib

from tests.transforms.book.toy_book import FRIDAY, ToyMarket, fill, fills_of, night
from tests.transforms.risk.test_hedge_targets import CHAIN, account
from transforms.market.calendar import quote_table_instant, settlement_instant, years_to

JUNE = dt.date(2026, 6, 19)  # the third Friday, 42 days on
STRIKES = range(5000, 6805, 5)
QUOTED = tuple(f"SPX {JUNE} {right} {strike}" for strike in STRIKES for right in "PC")
HEDGE = fill("VIX 2026-06-17 C 18", 4, 2.0, structure=None)
YEARS = years_to(settlement_instant("SPX", JUNE), quote_table_instant(FRIDAY))
FORWARD = 6000.0 * math.exp(0.029 * YEARS)


def vol(strike: float, forward: float = FORWARD) -> float:
    """The toy's smile."""
    return max(0.08, 0.16 - 0.4 * math.log(strike / forward))


def call_delta(strike: float) -> float:
    sd = vol(strike) * math.sqrt(YEARS)
    return NormalDist().cdf(math.log(FORWARD / strike) / sd + sd / 2)


def value(right: str, strike: float, *, forward: float, at_vol: float) -> float:
    kind = QuantLib.Option.Put if right == "P" else QuantLib.Option.Call
    discount = math.exp(-0.042 * YEARS)
    return float(QuantLib.blackFormula(kind, strike, forward, at_vol * math.sqrt(YEARS), discount))


def by_hand() -> tuple[list[int], float, float]:
    """Strikes, maximum loss in points and loss at -5% in points of one reference condor: METHODOLOGY 7 and 4.18."""
    wanted = [min(STRIKES, key=lambda strike: abs(call_delta(strike) - target)) for target in (0.95, 0.80, 0.20, 0.05)]
    legs = list(zip("PPCC", wanted, (1, -1, -1, 1), strict=True))
    now = sum(size * value(right, strike, forward=FORWARD, at_vol=vol(strike)) for right, strike, size in legs)
    after_vix = 16.0 * 0.95 ** (-6.1 * 20 / 16)
    shift = 0.85 * (30 / 42) ** 0.40 * (after_vix - 16.0) / 100
    later = sum(
        size * value(right, strike, forward=0.95 * FORWARD, at_vol=vol(strike, 0.95 * FORWARD) + shift)
        for right, strike, size in legs
    )
    return wanted, max(wanted[1] - wanted[0], wanted[3] - wanted[2]) + now, now - later


def test_it_is_scaled_to_the_advisory_two_per_cent_of_the_account() -> None:
    market = ToyMarket(quoted_too=(*QUOTED, *CHAIN), accounts=account(500_000))
    (row,) = night(fills_of(HEDGE), market).ledger.sizing.to_dicts()
    strikes, max_loss_pts, loss_pts = by_hand()
    named = "/".join(map(str, strikes))
    assert row["sized_by"] == f"SPX {JUNE} {named}, 2% of net liquidation"
    loss_usd = 0.02 * 500_000 / (100 * max_loss_pts) * 100 * loss_pts
    assert row["shock_loss_usd"] == pytest.approx(loss_usd, rel=1e-6)
    assert row["units_by_offset"] == pytest.approx(0.40 * loss_usd / row["unit_shock_gain_usd"])


def test_without_an_account_or_a_monthly_chain_it_says_what_is_missing() -> None:
    unknown = night(fills_of(HEDGE), ToyMarket(quoted_too=(*QUOTED, *CHAIN))).ledger.sizing.row(0, named=True)
    assert unknown["units_recommended"] is None
    assert "the reference condor needs the account: no account figures" in unknown["sizing_reason"]
    no_chain = night(fills_of(HEDGE), ToyMarket(quoted_too=CHAIN, accounts=account(500_000)))
    (row,) = no_chain.ledger.sizing.to_dicts()
    assert row["sizing_reason"].endswith("no monthly SPX options at 20 and 5 delta in tonight's chain")
    assert no_chain.layers["units_target"].null_count() == 3


def test_an_empty_book_is_sized_for_nobody() -> None:
    tonight = night(fills_of(), ToyMarket(quoted_too=(*QUOTED, *CHAIN), accounts=account(500_000)))
    assert tonight.ledger.sizing.select(pl.col("account", "units_recommended")).rows() == [("ALL", None)]
