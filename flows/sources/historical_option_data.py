"""HistoricalOptionData.com's (DeltaNeutral's) end-of-day options: 20 columns, a contract a line, many sessions a file.

    underlying,underlying_last, exchange,optionroot,optionext,type,expiration,quotedate,strike,last,bid,ask,volume,
    openinterest,impliedvol,delta,gamma,theta,vega,optionalias

Re-saved files have columns more or less (a counter in front, `dte` behind). The later spelling of the header
(UnderlyingSymbol, OptionSymbol, DataDate, ...) is the same layout. `optionroot` is the whole OCC symbol. Bid and ask
are those of the close; a time behind the quote date, as later files have, is New York time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, local_instant, time_of_day, us_date
from flows.sources.occ_symbol import must_agree, must_be_symbol, with_symbol_parts
from flows.sources.option_rows import UNDERLYING_OF_ROOT, quote_rules, refuse_unknown_root
from flows.sources.rules import RowRule, Sifted, in_line_order, must_be_date, refuse_without_rows, reject_misfits, sift
from flows.sources.series_file import header_of, require_once
from flows.sources.session_loads import HistoryFormat, session_loads
from flows.sources.text_file import read_grid
from transforms.market.typing_rules import said

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "historical_option_data"
# Our column by each of the two spellings of the vendor's.
_COLUMNS = {
    "stated_underlying": ("underlying", "underlyingsymbol"),
    "option_symbol": ("optionroot", "optionsymbol"),
    "type_text": ("type",),
    "expiry_text": ("expiration",),
    "quote_date": ("quotedate", "datadate"),
    "strike": ("strike",),
    "last": ("last",),
    "bid": ("bid",),
    "ask": ("ask",),
    "volume": ("volume",),
    "open_interest": ("openinterest",),
    "vendor_iv": ("impliedvol", "iv"),
    "vendor_delta": ("delta",),
    "vendor_gamma": ("gamma",),
}
_QUOTE = ("strike", "bid", "ask", "last", "volume", "open_interest", "vendor_iv", "vendor_delta", "vendor_gamma")


def recognises(file: TextFile) -> bool:
    """True for a table with every column that is used, in either spelling."""
    header = set(header_of(file))
    return all(header & set(spellings) for spellings in _COLUMNS.values())


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a file of one or many sessions: one load for each, one raw row a contract.

    Raises:
        HeaderNotUnderstood: `column_repeated`, in one spelling or in two.
        ContentRefused: `truncated`, `unknown_root`, `all_quotes_zero`, `duplicate_key`, `no_usable_row`.
    """
    header = header_of(file)
    require_once(file, _first_spelling(header), _COLUMNS, file.head[0][0] + 1)
    names = {ours: next(name for name in theirs if name in header) for ours, theirs in _COLUMNS.items()}
    labels = {ours: names[ours] for ours in _QUOTE}
    grid = read_grid(file, first_index=file.head[0][0] + 1, width=len(header))
    read = _contracts(grid.rows, {ours: pl.col(f"f{header.index(name)}") for ours, name in names.items()})
    symbols = sift(file, read, [must_be_symbol(names["option_symbol"])])
    misfits = reject_misfits(file, grid, width=len(header))
    refuse_without_rows(file, symbols.rows, in_line_order([misfits, symbols.rejected]))
    refuse_unknown_root(file, symbols.rows, root="root", column=pl.lit(names["option_symbol"]))
    keyed = sift(file, symbols.rows, [*_key_rules(names), *quote_rules(labels)])
    rejected = in_line_order([misfits, symbols.rejected, keyed.rejected])
    return session_loads(file, Sifted(keyed.rows, rejected), HistoryFormat(name=FORMAT, labels=labels), read=read)


def _first_spelling(header: tuple[str, ...]) -> list[str]:
    """The header in our own names, whichever spelling it uses."""
    ours = {spelling: name for name, spellings in _COLUMNS.items() for spelling in spellings}
    return [ours.get(name, "") for name in header]


def _contracts(rows: pl.DataFrame, fields: dict[str, pl.Expr]) -> pl.DataFrame:
    """The lines as contracts, the symbol taken apart, with the session each is of."""
    right = (
        pl.col("type_text")
        .str.to_lowercase()
        .replace_strict({"call": "C", "put": "P"}, default=None, return_dtype=pl.String)
    )
    day = pl.col("quote_date").str.extract(r"^(\S+)")
    return with_symbol_parts(rows.select("source_line", "row_text", **fields)).with_columns(
        row_key=pl.col("option_symbol"),
        option_right=pl.col("symbol_right"),
        right_text=right,
        expiry_date=_date(pl.col("expiry_text")),
        quoted_on=_date(day),
        quoted_at=local_instant(_date(day), time_of_day(pl.col("quote_date").str.extract(r" (\S+)$"))),
    )


def _date(text: pl.Expr) -> pl.Expr:
    return pl.coalesce(iso_date(text), us_date(text))


def _key_rules(names: dict[str, str]) -> list[RowRule]:
    has_time = pl.col("quote_date").str.contains(" ", literal=True)
    unreadable = pl.when(pl.col("quoted_on").is_not_null() & (~has_time | pl.col("quoted_at").is_not_null())).then(1)
    return [
        must_be_date("quote_date", names["quote_date"], unreadable),
        RowRule(
            "right_unknown",
            names["type_text"],
            pl.col("right_text").is_null(),
            said("type '{}' is neither call nor put.", "type_text"),
        ),
        RowRule(
            "root_disagrees",
            names["stated_underlying"],
            pl.col("root").replace_strict(UNDERLYING_OF_ROOT, default=None)
            != pl.col("stated_underlying").str.strip_chars_start("^$"),
            said("{} is no option of {}.", "option_symbol", "stated_underlying"),
        ),
        *must_agree(
            {"expiry_text": names["expiry_text"], "right_text": names["type_text"], "strike": names["strike"]},
            expiry_date=pl.col("expiry_date"),
        ),
    ]
