"""The calendar of releases, meetings and expirations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market import typing_rules as rules
from transforms.market.calendar import NEW_YORK
from warehouse.tables.core import CORE_EVENTS
from warehouse.tables.raw import RAW_EVENTS

if TYPE_CHECKING:
    from transforms.market.typing_rules import Typed

STATUSES: Final = ("scheduled", "postponed", "cancelled")
MONTHLY_RELEASES: Final = ("cpi", "ppi", "nfp")
MISDATED_LAG_MONTHS: Final = -11  # a December release in January, dated in the January before that December


def type_events(raw: pl.DataFrame) -> Typed:
    """Read the calendar of all files and keep the believed row of each event.

    One row per `event_id`; times are New York's, kept as UTC instants, null where none is given. No status means
    scheduled. The newest load is believed, because releases are postponed.

    A release dated eleven months before the end of its reference period is a year early: BLS schedules list December's
    release, which is due in January, under the year of the period. 20 rows of the calendar 2000-2023 (4 NFP, 8 CPI, 8
    PPI, 2000 to 2007) are so; a year later each falls on the release's true date (NFP on Fridays, none on a Martin
    Luther King day as 2000-01-17 was), and every month of the 24 years has one release of each kind. They are moved by
    a year, and named under `release_before_period`.
    """
    kept, rejected = rules.sift(_read(raw), _row_rules(), raw_table=RAW_EVENTS)
    misdated = rules.RowRule(
        "release_before_period",
        pl.col("is_misdated"),
        rules.said("{} is before the period it reports ({}): moved to {}.", "date", "ref_period", "event_date"),
        "date",
    )
    noted = rules.reject(kept.filter(misdated.is_broken), misdated, RAW_EVENTS)
    once, repeated = rules.last_in_file(kept, ("event_id",), raw_table=RAW_EVENTS)
    belief = rules.Belief(keys=("event_id",), values=("event_at", "detail", "status"))
    return rules.typed(CORE_EVENTS, rules.believed(once, belief), [rejected, noted, repeated])


def _read(raw: pl.DataFrame) -> pl.DataFrame:
    period = pl.format("1 {}", pl.col("ref_period").str.strip_chars()).str.to_date("%d %B %Y", strict=False)
    written = rules.date_of("date")
    lag_months = (written.dt.year() - period.dt.year()) * 12 + written.dt.month() - period.dt.month()
    same_day = pl.col("event_at").n_unique().over("load_id", "kind", "event_date") > 1
    time_of_day = pl.col("event_at").dt.convert_time_zone(NEW_YORK.key).dt.strftime(" %H:%M")
    return (
        raw.with_columns(
            kind=rules.label_of("kind").str.to_lowercase(),
            detail=rules.label_of("detail"),
            status=rules.label_of("status").str.to_lowercase().fill_null("scheduled"),
            is_misdated=(pl.col("kind").is_in(MONTHLY_RELEASES) & (lag_months == MISDATED_LAG_MONTHS)).fill_null(
                value=False
            ),
            event_date=written,
        )
        .with_columns(
            event_date=pl.when("is_misdated").then(pl.col("event_date").dt.offset_by("1y")).otherwise("event_date")
        )
        .with_columns(event_at=rules.new_york_instant("event_date", "time_et"))
        .with_columns(
            event_id=pl.concat_str(
                "kind",
                pl.lit(" "),
                pl.col("event_date").cast(pl.String),
                pl.when(same_day).then(time_of_day).otherwise(pl.lit("")).fill_null(""),
            )
        )
    )


def _row_rules() -> list[rules.RowRule]:
    is_bad_time = rules.is_written("time_et") & pl.col("event_at").is_null()
    return [
        rules.missing("kind"),
        rules.bad_date("date", "event_date"),
        rules.beyond_the_calendar("date", "event_date"),
        rules.RowRule("bad_time", is_bad_time, rules.said("'{}' is not a time of day.", "time_et"), "time_et"),
        rules.RowRule(
            "unknown_status",
            ~pl.col("status").is_in(STATUSES),
            rules.said("'{}' is none of scheduled, postponed, cancelled.", "status"),
            "status",
        ),
    ]
