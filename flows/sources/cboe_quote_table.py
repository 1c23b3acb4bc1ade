"""Cboe's web download of one underlying's option chain: a name line, a date line, then a call and a put a row.

The same table comes with an empty first line, without name and date line, without any header, with columns renamed by
spreadsheets and data-frame tools, and as the older `.dat` file. Root, expiry, right and strike are read from the OCC
symbol; the columns that repeat them must agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, us_date, weekday_date
from flows.sources.errors import Finding, HeaderNotUnderstood
from flows.sources.occ_symbol import must_agree, must_be_symbol, with_symbol_parts
from flows.sources.option_rows import refuse_unknown_root, sift_quotes, underlying_of
from flows.sources.parsed import ParsedFile, Series, raw_rows
from flows.sources.quote_table_preamble import read_preamble
from flows.sources.rules import RowRule, in_line_order, refuse_without_rows, reject_misfits, sift
from flows.sources.series_file import require_once
from flows.sources.text_file import read_grid, split_fields
from transforms.market.typing_rules import said
from warehouse.tables.raw import RAW_OPTION_QUOTES

if TYPE_CHECKING:
    from flows.sources.rules import Sifted
    from flows.sources.text_file import TextFile

FORMAT = "cboe_quote_table"
_HEADLESS = re.compile(r"^[^,]*,[A-Z]+ *[0-9]{6}C[0-9]{8},(?:[^,]*,){10}[A-Z]+ *[0-9]{6}P[0-9]{8}(?:,[^,]*){9},*$")
_SIDE = ("Last Sale", "Net", "Bid", "Ask", "Volume", "IV", "Delta", "Gamma", "Open Interest")
_STANDARD = ("Expiration Date", "Calls", *_SIDE, "Strike", "Puts", *_SIDE)
_FIELDS = {
    "last sale": "last",
    "bid": "bid",
    "ask": "ask",
    "volume": "volume",
    "vol": "volume",
    "iv": "vendor_iv",
    "delta": "vendor_delta",
    "gamma": "vendor_gamma",
    "open interest": "open_interest",
    "open int": "open_interest",
}
_SHARED = {"strike": "strike", "expiration date": "expiry_text"}
_LABELS = {
    "strike": "Strike",
    "bid": "Bid",
    "ask": "Ask",
    "last": "Last Sale",
    "volume": "Volume",
    "open_interest": "Open Interest",
    "vendor_iv": "IV",
    "vendor_delta": "Delta",
    "vendor_gamma": "Gamma",
}
_SIDE_LABEL = pl.when(pl.col("option_right") == "C").then(pl.lit("Calls")).otherwise(pl.lit("Puts"))
_RENAMED = re.compile(r"(?:\.[0-9]+|_[0-9]+|_duplicated_[0-9]+)$")  # what data-frame tools append to a repeated name


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns stand: `calls` and `puts` map our field names to positions, the symbol among them."""

    first_index: int
    header_index: int | None
    width: int
    calls: dict[str, int]
    puts: dict[str, int]


def recognises(file: TextFile) -> bool:
    """True for a table with a Calls and a Puts column, or rows that begin like one."""
    return any(_is_header(line) or _HEADLESS.match(line) for _, line in file.head)


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a quote table: one load, two raw rows (call and put) a line.

    Raises:
        HeaderNotUnderstood: a name or date line that is not understood, or a column that is missing.
        ContentRefused: `truncated`, `unknown_root`, `mixed_underlyings`, `all_quotes_zero`, `duplicate_key`.
    """
    layout = _layout(file)
    preamble = read_preamble(file, layout.first_index if layout.header_index is None else layout.header_index)
    grid = read_grid(file, first_index=layout.first_index, width=layout.width)
    misfits = reject_misfits(file, grid, width=layout.width)
    refuse_without_rows(file, grid.rows, misfits)
    sided = pl.concat([_side(grid.rows, layout.calls, "C"), _side(grid.rows, layout.puts, "P")])
    keyed = _sift_symbols(file, sided)
    refuse_without_rows(file, keyed.rows, keyed.rejected)
    refuse_unknown_root(file, keyed.rows, root="root", column=_SIDE_LABEL)
    labels = {name: label for name, label in _LABELS.items() if name in keyed.rows.columns}
    agreement = _agreement_rules(has_expiry="expiry_text" in keyed.rows.columns)
    quotes = sift_quotes(file, keyed.rows, labels, more_rules=agreement)
    return [
        ParsedFile(
            kind="option_chain",
            format=preamble.format,
            series=Series(underlying_of(file, quotes.rows)),
            table=RAW_OPTION_QUOTES,
            rows=raw_rows(RAW_OPTION_QUOTES, quotes.rows.sort("source_line", "option_right")),
            rejected=in_line_order([misfits, keyed.rejected, quotes.rejected]),
            content=file.content,
            stated=preamble.stated,
            is_simulated=file.is_simulated or preamble.is_simulated,
        )
    ]


def _is_header(line: str) -> bool:
    names = [name.lower() for name in split_fields(line)]
    return "calls" in names and "puts" in names


def _layout(file: TextFile) -> _Layout:
    """Where header, rows and columns stand.

    Raises:
        HeaderNotUnderstood: `column_missing`, `column_repeated`.
    """
    index, line = next((index, line) for index, line in file.head if _is_header(line) or _HEADLESS.match(line))
    is_header = _is_header(line)
    names = [_RENAMED.sub("", name.lower()) for name in (split_fields(line) if is_header else _STANDARD)]
    require_once(file, names, ("calls", "puts", *_SHARED), index + 1)
    calls_at, puts_at = names.index("calls"), names.index("puts")
    shared = {ours: names.index(theirs) for theirs, ours in _SHARED.items() if theirs in names}
    layout = _Layout(
        first_index=index + 1 if is_header else index,
        header_index=index if is_header else None,
        width=len(names),
        calls=shared | _block(names, "calls", range(calls_at, puts_at if puts_at > calls_at else len(names))),
        puts=shared | _block(names, "puts", range(puts_at, calls_at if calls_at > puts_at else len(names))),
    )
    for start, end in ((calls_at, puts_at), (puts_at, calls_at)):
        of_side = [
            _FIELDS.get(name.removeprefix(f"{names[start]} "), "")
            for name in names[start : end if end > start else None]
        ]
        require_once(file, of_side, _LABELS, index + 1)
    _require_fields(file, index, layout)
    return layout


def _require_fields(file: TextFile, index: int, layout: _Layout) -> None:
    """Both sides need strike and quotes, and whatever else the other side has."""
    for side, other, label in ((layout.calls, layout.puts, "Calls"), (layout.puts, layout.calls, "Puts")):
        missing = next((field for field in ("strike", "bid", "ask", *other) if field not in side), None)
        if missing is not None:
            raise HeaderNotUnderstood(file.name, _column_missing(index, label, _LABELS[missing]))


def _block(names: list[str], side: str, positions: range) -> dict[str, int]:
    """The columns of one side by our names, its symbol first; a side's own prefix (`Calls Bid`) is taken off."""
    block = {"option_symbol": positions.start}
    for position in positions:
        field = _FIELDS.get(names[position].removeprefix(f"{side} "))
        if field is not None:
            block.setdefault(field, position)
    return block


def _column_missing(index: int, label: str, column: str) -> Finding:
    return Finding(
        "column_missing",
        f"The header has no {column} column for {label}.",
        "download the table again without leaving columns out",
        index + 1,
        column,
    )


def _side(rows: pl.DataFrame, positions: dict[str, int], right: str) -> pl.DataFrame:
    """The calls or the puts of the table, one row a contract, the symbol taken apart."""
    contracts = rows.select(
        "source_line",
        "row_text",
        option_right=pl.lit(right),
        **{name: pl.col(f"f{position}") for name, position in positions.items()},
    )
    return with_symbol_parts(contracts).with_columns(
        row_key=pl.when(pl.col("symbol_right") == right)
        .then(pl.col("option_symbol"))
        .otherwise(pl.lit("call" if right == "C" else "put"))
    )


def _sift_symbols(file: TextFile, sided: pl.DataFrame) -> Sifted:
    """Set aside the contracts whose symbol cannot be read, or stands on the wrong side of the table."""
    return sift(
        file,
        sided,
        [
            must_be_symbol("Calls, Puts", side=_SIDE_LABEL),
            RowRule(
                "right_disagrees",
                "Calls, Puts",
                pl.col("symbol_right") != pl.col("option_right"),
                said("{} stands in column {}.", "option_symbol", _SIDE_LABEL),
            ),
        ],
    )


def _agreement_rules(*, has_expiry: bool) -> list[RowRule]:
    """The columns that repeat what the symbol says must agree with it."""
    strike = {"strike": "Strike"}
    if not has_expiry:
        return must_agree(strike)
    text = pl.col("expiry_text")
    written = pl.coalesce(weekday_date(text), us_date(text), iso_date(text))
    return must_agree({"expiry_text": "Expiration Date", **strike}, expiry_date=written)
