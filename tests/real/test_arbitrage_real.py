"""Real closes keep every bound at executable prices; with another idea of the forward they would not seem to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from flows.build import build_core
from transforms.market.arbitrage import GAINS, executable_gains
from warehouse.store import open_writer
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.real

# Session, and how many quotes of live expiries its chains can be traded against; counted from the files' own lines
# (asks above 0, expiries not yet settled).
CLOSES = {"2022-02-04": 20_502, "2023-02-07": 18_509, "2023-02-15": 16_120, "2023-06-09": 5_338}


@pytest.fixture(scope="module")
def marks(another_home: Callable[[], Path]) -> dict[str, pl.DataFrame]:
    """core.option_marks_daily of the four closes."""
    found = {}
    with open_writer(another_home(), "the test") as store:
        for session in CLOSES:
            day: dt.date = pl.Series([session]).str.to_date()[0]
            build_core(store, day)
            found[session] = store.read(CORE_OPTION_MARKS_DAILY, "session_date = $day", {"day": day})
    return found


@pytest.mark.parametrize(("session", "quotes_qty"), CLOSES.items())
def test_no_real_close_gives_money_away(marks: dict[str, pl.DataFrame], session: str, quotes_qty: int) -> None:
    gains = executable_gains(marks[session])
    assert gains.height == quotes_qty
    assert gains.select(pl.col(GAINS).max() < 0).row(0) == (True, True, True)
    # Nearly every quote is tested.
    assert gains["parity_gain_pts"].null_count() < 0.01 * gains.height


def test_parity_of_vix_options_holds_where_their_futures_are_cents_away(marks: dict[str, pl.DataFrame]) -> None:
    """On 2023-02-15 the VX futures, marked a quarter of an hour before the options, would put 210 strikes at fault."""
    vix = executable_gains(marks["2023-02-15"]).filter(underlying="VIX")
    assert vix["parity_gain_pts"].null_count() == 0
    assert vix["parity_gain_pts"].max() < 0  # type: ignore[operator]
