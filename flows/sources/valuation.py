"""What the market costs against its earnings or cash flow, month by month: Shiller's table, or a CSV of one's own.

Shiller's has a column for price, earnings and the ten-year P/E; ours is `month,pcf` or `date,pe,pcf`. A date stands for
its whole month. What a zero means, and from when on a month may be used, is for the core layer to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, iso_month, us_date
from flows.sources.parsed import Series
from flows.sources.rules import RowRule, Sifted, in_line_order, must_be_date, must_be_number, sift
from flows.sources.series_file import SeriesFormat, header_of, series_load, sift_series
from warehouse.tables.raw import RAW_VALUATION

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

SHILLER_FORMAT = "shiller_csv"
CSV_FORMAT = "valuation_csv"
_DATE_NAMES = frozenset({"date", "month"})
_MEASURES = frozenset({"pcf", "p/cf", "pe", "p/e", "pe10", "cape"})
_SHILLER = {"sp500": "SP500", "earnings": "Earnings", "pe10": "PE10"}


def is_measure(column: str) -> bool:
    """True for the name of a valuation column, in any case."""
    return column.lower() in _MEASURES


def recognises(file: TextFile) -> bool:
    """True for Shiller's SP500, Earnings and PE10 columns, or a month or date beside nothing but measures."""
    header = header_of(file)
    if len(header) < 2 or header[0] not in _DATE_NAMES:  # noqa: PLR2004 - a date and a measure
        return False
    return _is_shiller(header) or all(map(is_measure, header[1:]))


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a valuation file: one raw row a month and measure, blank values left out.

    A month without any value is rejected.

    Raises:
        ContentRefused: `truncated`, `no_usable_row`.
    """
    header = header_of(file)
    labels = _SHILLER if _is_shiller(header) else {name: name for name in header[1:]}
    text = pl.col("date")
    month_end = pl.coalesce(iso_month(text), iso_date(text), us_date(text)).dt.month_end()
    layout = SeriesFormat(
        kind="valuation",
        format=SHILLER_FORMAT if _is_shiller(header) else CSV_FORMAT,
        table=RAW_VALUATION,
        header=header,
        first_index=file.head[0][0] + 1,
        columns={header[0]: "date"} | {name: name for name in labels},
        rules=(must_be_date("date", header[0], month_end), _must_have_values(labels)),
        date=month_end,
    )
    return [series_load(file, layout, Series(None), _one_row_a_measure(file, sift_series(file, layout), labels))]


def _is_shiller(header: tuple[str, ...]) -> bool:
    return set(_SHILLER) <= set(header)


def _must_have_values(labels: dict[str, str]) -> RowRule:
    is_bare = pl.all_horizontal(pl.col(name) == "" for name in labels)
    return RowRule("no_values", None, is_bare, pl.lit("The month has no value at all."))


def _one_row_a_measure(file: TextFile, months: Sifted, labels: dict[str, str]) -> Sifted:
    """Turn the columns into rows; a value that is no number is rejected under its measure."""
    values = (
        months.rows.drop("row_key")
        .unpivot(on=list(labels), index=["source_line", "row_text", "date"], variable_name="row_key")
        .filter(pl.col("value") != "")
        .with_columns(row_key=pl.col("row_key").replace(labels))
        .with_columns(measure=pl.col("row_key"))
        .sort("source_line", maintain_order=True)
    )
    sifted = sift(file, values, [must_be_number("value", "Value")])
    return Sifted(sifted.rows, in_line_order([months.rejected, sifted.rejected]))
