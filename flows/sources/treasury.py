"""The US Treasury's par yield curve: one line a date, one column a tenor, newest first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, us_date, us_short_date
from flows.sources.parsed import Series
from flows.sources.rules import RowRule, Sifted, in_line_order, must_be_date, must_be_number, sift
from flows.sources.series_file import SeriesFormat, header_of, series_load, sift_series
from warehouse.tables.raw import RAW_TREASURY_YIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "treasury_par_curve"
_NO_YIELD = ("",)
_TENOR = re.compile(r"[0-9]+(?:\.[0-9]+)? (?:mo|month|yr|year)s?")


def recognises(file: TextFile) -> bool:
    """True for a date column beside nothing but tenors (`3 Mo`, `10 Yr`)."""
    header = header_of(file)
    return len(header) > 1 and header[0] == "date" and all(_TENOR.fullmatch(name) for name in header[1:])


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a par curve file: one raw row a date and tenor, blank tenors left out.

    A date without a single yield is rejected.

    Raises:
        ContentRefused: `truncated`, `no_usable_row`.
    """
    header = header_of(file)
    tenors = header[1:]
    text = pl.col("date")
    date = pl.coalesce(us_short_date(text), us_date(text), iso_date(text))
    layout = SeriesFormat(
        kind="rates",
        format=FORMAT,
        table=RAW_TREASURY_YIELDS,
        header=header,
        first_index=file.head[0][0] + 1,
        columns={name: name for name in header},
        rules=(
            must_be_date("date", "Date", date),
            must_have_yields(tenors),
        ),
        date=date,
    )
    labels = {name: name.title() for name in tenors}
    return [series_load(file, layout, Series(None), one_row_a_tenor(file, sift_series(file, layout), labels))]


def must_have_yields(tenors: Iterable[str], *, no_yield: tuple[str, ...] = _NO_YIELD) -> RowRule:
    """The rule that a date has at least one yield; `no_yield` is how the vendor writes that there is none."""
    is_bare = pl.all_horizontal(pl.col(name).is_in(no_yield) for name in tenors)
    return RowRule("no_yields", None, is_bare, pl.lit("The date has no yield at all."))


def one_row_a_tenor(
    file: TextFile, curves: Sifted, labels: Mapping[str, str], *, no_yield: tuple[str, ...] = _NO_YIELD
) -> Sifted:
    """Turn the columns into rows; a yield that is no number is rejected under its tenor.

    `labels` maps the columns to the tenors as the vendor spells them.
    """
    yields = (
        curves.rows.drop("row_key")
        .unpivot(
            on=list(labels), index=["source_line", "row_text", "date"], variable_name="row_key", value_name="yield_pct"
        )
        .filter(~pl.col("yield_pct").is_in(no_yield))
        .with_columns(row_key=pl.col("row_key").replace(dict(labels)))
        .with_columns(tenor=pl.col("row_key"))
        .sort("source_line", maintain_order=True)
    )
    sifted = sift(file, yields, [must_be_number("yield_pct", "Yield")])
    return Sifted(sifted.rows, in_line_order([curves.rejected, sifted.rejected]))
