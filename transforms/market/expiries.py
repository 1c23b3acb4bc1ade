"""What each series quoted or held is: how and when it settles, when it trades for the last time, its VX future."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market.calendar import last_trade_instant, settlement_instant, settlement_of, settlement_session
from transforms.market.expirations import is_spx_monthly, is_vix_monthly, vx_symbol
from warehouse.tables.core import CORE_EXPIRIES

if TYPE_CHECKING:
    import datetime as dt

SERIES: Final = ("root", "expiry_date")
SPX_ROOTS: Final = frozenset({"SPX", "SPXW"})


def expiries(listed: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Describe the series listed tonight, beside those known from other nights.

    `listed` has `root, expiry_date`, repeated as it may be; `known` are rows of core.expiries, of which those listed
    tonight are described anew. One row per `root, expiry_date, settlement`, in core.expiries' columns.
    """
    series = listed.select(SERIES).unique().sort(SERIES)
    tonight = pl.DataFrame([_described(*row) for row in series.iter_rows()], schema=CORE_EXPIRIES.polars_schema)
    others = known.join(tonight, on=CORE_EXPIRIES.grain, how="anti")
    return pl.concat([others, tonight]).sort(CORE_EXPIRIES.grain)


def _described(root: str, expiry_date: dt.date) -> dict[str, object]:
    settles_on = settlement_session(root, expiry_date)
    is_spx = root in SPX_ROOTS
    return {
        "root": root,
        "expiry_date": expiry_date,
        "settlement": settlement_of(root),
        "settle_at": settlement_instant(root, expiry_date),
        "last_trade_at": last_trade_instant(root, expiry_date),
        "vx_symbol": None if is_spx else vx_symbol(expiry_date),
        "is_monthly": root == "SPX" and is_spx_monthly(settles_on) if is_spx else is_vix_monthly(expiry_date),
    }
