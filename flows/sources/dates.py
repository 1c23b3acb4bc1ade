"""The date spellings of the vendors, each read only where its own pattern fits: nothing is guessed."""

from __future__ import annotations

import polars as pl

from transforms.market.calendar import NEW_YORK


def iso_date(text: pl.Expr) -> pl.Expr:
    """Read 2023-06-09; null for anything else."""
    return _date(text, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "%Y-%m-%d")


def iso_month(text: pl.Expr) -> pl.Expr:
    """Read 2023-06 as its first day; null for anything else."""
    return _date(pl.format("{}-01", text), r"^[0-9]{4}-[0-9]{2}-01$", "%Y-%m-%d")


def us_date(text: pl.Expr) -> pl.Expr:
    """Read 06/09/2023 or 6/9/2023; null for anything else."""
    return _date(text, r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$", "%m/%d/%Y")


def us_short_date(text: pl.Expr) -> pl.Expr:
    """Read 6/9/23; years 70 to 99 are of the last century. Null for anything else."""
    return _date(text, r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}$", "%m/%d/%y")


def compact_date(text: pl.Expr) -> pl.Expr:
    """Read 20230609; null for anything else."""
    return _date(text, r"^[0-9]{8}$", "%Y%m%d")


def weekday_date(text: pl.Expr) -> pl.Expr:
    """Read `Fri Jun 09 2023`; null for anything else, also when the weekday is not that date's."""
    return _date(text, r"^[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9]{4}$", "%a %b %d %Y")


def time_of_day(text: pl.Expr) -> pl.Expr:
    """Read 16:00 or 16:00:30, on the clock of 24 hours; null for anything else."""
    padded = text.str.replace(r"^([0-9]{1,2}:[0-9]{2})$", "$1:00")
    return (
        pl.when(padded.str.contains(r"^[0-9]{1,2}:[0-9]{2}:[0-9]{2}$"))
        .then(padded)
        .str.to_time("%H:%M:%S", strict=False)
    )


def local_instant(day: pl.Expr, time: pl.Expr, *, zone: str = NEW_YORK.key) -> pl.Expr:
    """A date and a time of day of a zone as a UTC instant; null where one is null, or the clocks skip that hour."""
    local = day.dt.combine(time).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC")


def _date(text: pl.Expr, pattern: str, spelling: str) -> pl.Expr:
    return pl.when(text.str.contains(pattern)).then(text).str.to_date(spelling, strict=False)
