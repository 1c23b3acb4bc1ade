"""Cboe DataShop's Option EOD Summary: UnderlyingOptionsEODQuotes (26 columns) and EODCalcs (34, with IV and Greeks).

Bid and ask are those of the end of day. The vendor's implied underlying, IV and delta are of 15:45 ET and stay apart:
there is no end-of-day IV in these files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date
from flows.sources.option_rows import UNDERLYING_OF_ROOT, quote_rules, refuse_unknown_root
from flows.sources.rules import RowRule, Sifted, in_line_order, must_be_date, reject_misfits, sift
from flows.sources.series_file import header_of, require_once
from flows.sources.session_loads import HistoryFormat, session_loads
from flows.sources.text_file import read_grid
from transforms.market.typing_rules import said

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

QUOTES_FORMAT = "datashop_eod_quotes"
CALCS_FORMAT = "datashop_eod_calcs"
_KEYS = {
    "underlying_symbol": "underlying",
    "quote_date": "quote_date",
    "root": "root",
    "expiration": "expiry",
    "option_type": "option_right",
}
_LABELS = {
    "strike": "strike",
    "bid": "bid_eod",
    "ask": "ask_eod",
    "last": "close",
    "volume": "trade_volume",
    "open_interest": "open_interest",
    "bid_1545": "bid_1545",
    "ask_1545": "ask_1545",
}
_CALCS_LABELS = {
    "vendor_forward_1545": "implied_underlying_price_1545",
    "vendor_iv_1545": "implied_volatility_1545",
    "vendor_delta_1545": "delta_1545",
}

_ROW_KEY = ("root", "expiration", "option_type", "strike")


def recognises(file: TextFile) -> bool:
    """True for a table with DataShop's key and end-of-day columns."""
    return {*_KEYS, *_LABELS.values()} <= set(header_of(file))


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a DataShop file: one load an underlying and quote date, one raw row a contract.

    Raises:
        HeaderNotUnderstood: `column_repeated`.
        ContentRefused: `truncated`, `unknown_root`, `all_quotes_zero`, `duplicate_key`, `no_usable_row`.
    """
    header = header_of(file)
    is_calcs = set(_CALCS_LABELS.values()) <= set(header)
    labels = _LABELS | _CALCS_LABELS if is_calcs else _LABELS
    used = [*_KEYS, *labels.values()]
    require_once(file, header, used, file.head[0][0] + 1)
    grid = read_grid(file, first_index=file.head[0][0] + 1, width=len(header))
    positions = _KEYS | {theirs: ours for ours, theirs in labels.items()}
    named = grid.rows.select(
        "source_line",
        "row_text",
        row_key=said("{} {} {} {}", *(f"f{header.index(name)}" for name in _ROW_KEY)),
        **{ours: pl.col(f"f{header.index(theirs)}") for theirs, ours in positions.items()},
    ).with_columns(
        underlying=pl.col("underlying").str.strip_prefix("^"),
        quoted_on=iso_date(pl.col("quote_date")),
        # Bid and ask are those of the end of day; the files state no clock time for it.
        quoted_at=pl.lit(None, pl.Datetime("us", "UTC")),
    )
    refuse_unknown_root(file, named, root="underlying", column=pl.lit("underlying_symbol"))
    refuse_unknown_root(file, named, root="root", column=pl.lit("root"))
    keyed = sift(file, named, [*_key_rules(), *quote_rules(labels)])
    rejected = in_line_order([reject_misfits(file, grid, width=len(header)), keyed.rejected])
    history = HistoryFormat(name=CALCS_FORMAT if is_calcs else QUOTES_FORMAT, labels=labels)
    return session_loads(file, Sifted(keyed.rows, rejected), history, read=named)


def _key_rules() -> list[RowRule]:
    return [
        must_be_date("quote_date", "quote_date", iso_date(pl.col("quote_date"))),
        must_be_date("expiry", "expiration", iso_date(pl.col("expiry"))),
        RowRule(
            "right_unknown",
            "option_type",
            ~pl.col("option_right").is_in(["C", "P"]),
            said("option_type '{}' is neither C nor P.", "option_right"),
        ),
        RowRule(
            "root_disagrees",
            "root",
            pl.col("root").replace_strict(UNDERLYING_OF_ROOT, default=None) != pl.col("underlying"),
            said("{} is no root of {}.", "root", "underlying"),
        ),
    ]
