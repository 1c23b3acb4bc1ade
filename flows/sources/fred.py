"""Treasury yields as FRED serves them: `observation_date,DGS3MO`, one column a series, `.` or blank for no observation.

DGS1MO to DGS30 are the Treasury's par yields at constant maturity (Federal Reserve H.15): the same numbers as the
Treasury's own curve, without its two- and four-month tenors. Older files call the first column DATE.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.dates import iso_date, us_date
from flows.sources.errors import Finding, SeriesUnknown
from flows.sources.parsed import Series
from flows.sources.rules import must_be_date
from flows.sources.series_file import SeriesFormat, header_of, series_load, sift_series
from flows.sources.treasury import must_have_yields, one_row_a_tenor
from warehouse.tables.raw import RAW_TREASURY_YIELDS

if TYPE_CHECKING:
    from flows.sources.parsed import ParsedFile
    from flows.sources.text_file import TextFile

FORMAT = "fred_csv"
_DATE_NAMES = frozenset({"observation_date", "date"})
_YIELD = re.compile(r"dgs[0-9]+(?:mo)?")
_NO_OBSERVATION = ("", ".")


def is_yield(column: str) -> bool:
    """True for the name of a constant-maturity yield, such as DGS3MO, in any case."""
    return bool(_YIELD.fullmatch(column.lower()))


def recognises(file: TextFile) -> bool:
    """True for an `observation_date` column, or a date beside nothing but constant-maturity yields."""
    header = header_of(file)
    if len(header) < 2 or header[0] not in _DATE_NAMES:  # noqa: PLR2004 - a date and a series
        return False
    return header[0] == "observation_date" or all(map(is_yield, header[1:]))


def parse(file: TextFile) -> list[ParsedFile]:
    """Read a FRED file: one raw row a date and series, dates without an observation left out.

    A date on which no series of the file has an observation (a bond holiday) is rejected.

    Raises:
        SeriesUnknown: a column is no constant-maturity yield.
        ContentRefused: `truncated`, `no_usable_row`.
    """
    header = header_of(file)
    labels = {name: name.upper() for name in header[1:]}
    _require_yields(file, labels)
    text = pl.col("date")
    date = pl.coalesce(iso_date(text), us_date(text))
    layout = SeriesFormat(
        kind="rates",
        format=FORMAT,
        table=RAW_TREASURY_YIELDS,
        header=header,
        first_index=file.head[0][0] + 1,
        columns={header[0]: "date"} | {name: name for name in labels},
        rules=(must_be_date("date", header[0], date), must_have_yields(labels, no_yield=_NO_OBSERVATION)),
        date=date,
    )
    curves = one_row_a_tenor(file, sift_series(file, layout), labels, no_yield=_NO_OBSERVATION)
    return [series_load(file, layout, Series(None), curves)]


def _require_yields(file: TextFile, labels: dict[str, str]) -> None:
    strangers = [label for name, label in labels.items() if not is_yield(name)]
    if not strangers:
        return
    raise SeriesUnknown(
        file.name,
        Finding(
            "unknown_series",
            f"The file holds FRED's {strangers[0]}; the series read are the yields DGS1MO to DGS30.",
            "leave the column out of the download, or the file out of the folder",
            file.head[0][0] + 1,
            strangers[0],
        ),
    )
