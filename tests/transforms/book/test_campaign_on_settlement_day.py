"""A campaign does not lose sight of a condor on the day it settles."""

import datetime as dt

import polars as pl
import pytest

from tests.transforms.book.toy_book import MONDAY, ToyMarket, condor_fills, fills_of, night
from transforms.book.payoffs import settlement_levels
from warehouse.tables.core import CORE_INDEX_LEVELS_DAILY

TUESDAY = dt.date(2026, 5, 12)


def close_of(day: dt.date, value: float) -> pl.DataFrame:
    levels = pl.DataFrame({"session_date": [day], "symbol": ["SPX"], "close_pts": [value]})
    return settlement_levels(index_levels=CORE_INDEX_LEVELS_DAILY.conform(levels))


# Both condors earn 12 points of credit; the old one settles 40 points under its short put: 28 points lost.
OLD = [
    row | {"expiry_date": MONDAY, "fill_id": f"{row['fill_id']}-o"} for row in condor_fills(campaign="c", structure="o")
]
NEW = condor_fills(campaign="c", structure="n")


@pytest.mark.parametrize("session_date", [MONDAY, TUESDAY])
def test_the_loss_of_a_condor_settled_today_is_in_its_campaign_tonight(session_date: dt.date) -> None:
    market = ToyMarket(session_date=session_date, settlements=close_of(MONDAY, 5660.0))
    found = night(fills_of(*OLD, *NEW), market)
    new = found.condors.filter(condor_id="n").row(0, named=True)
    assert new["chain_credit_pts"] == pytest.approx(12.0 + 12.0 - 40.0)
    assert new["break_even_put_pts"] == pytest.approx(5700.0 + 16.0)
    assert found.book["condor_pnl_usd"].item() == pytest.approx(new["pnl_usd"])


def test_the_settled_condor_itself_still_shows_its_own_result() -> None:
    found = night(fills_of(*OLD, *NEW), ToyMarket(session_date=MONDAY, settlements=close_of(MONDAY, 5660.0)))
    old = found.condors.filter(condor_id="o").row(0, named=True)
    assert (old["state"], old["pnl_usd"]) == ("SETTLED", pytest.approx((12.0 - 40.0) * 1000))
