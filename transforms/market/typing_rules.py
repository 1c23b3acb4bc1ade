"""Text to facts: how dates and numbers are read, how a row is rejected, and which load is believed.

Everything here depends on the rows alone, never on their order. A rejection depends on the row's own load only, so a
load's rejects are the same whatever else has been loaded; which of several loads is believed depends on all of them
that have the date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.market import calendar
from warehouse.tables.meta import META_REJECTED_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from warehouse.tables.types import Table

NOT_A_FIELD: Final = frozenset({"load_id", "source_line"})
SATURDAY, SUNDAY = 6, 7  # as ISO counts
# Monthlies were dated to the Saturday after the third Friday until February 2015; series listed before the change kept
# their Saturdays, the longest of them into 2016.
LAST_SATURDAY_EXPIRY: Final = dt.date(2016, 12, 31)
# No price, count or amount in any file is near it: digits have run together, or a field holds something else.
BEYOND_ANY_FIGURE: Final = 1e15
LAST_CENTURY: Final = "(69|[7-9][0-9])"  # two-digit years from 69 on are of the 20th century, as in POSIX


@dataclass(frozen=True, slots=True)
class Typed:
    """What became facts, and what did not with the reason: a core table's rows and those of meta.rejected_rows."""

    rows: pl.DataFrame
    rejected: pl.DataFrame


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule a row may break: `is_broken` is true for a bad row (null counts as kept), `reason` says what was found."""

    rule_id: str
    is_broken: pl.Expr
    reason: pl.Expr
    column_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """Which of several loads of one fact is believed.

    `keys` name the fact. Rows lowest in the `preferred` columns come first, then the newest load (`loaded_at`, then
    `load_id`). Loads that agree with that one in all `values` within `tolerance` (null contradicts nothing) say the
    same fact: of these the row highest in the `finest` columns is kept, then the lowest `load_id`, so that two files
    that round one level differently do not take turns with the order of loading.
    """

    keys: tuple[str, ...]
    values: tuple[str, ...] = ()
    tolerance: float = 0.0
    preferred: tuple[str, ...] = ()
    finest: tuple[str, ...] = ()


class DataFixMismatchError(ValueError):
    """A data fix for known rows met more rows than are known."""

    def __init__(self, *, rule_id: str, load_id: str, touched: int, at_most: int) -> None:
        self.rule_id = rule_id
        self.load_id = load_id
        super().__init__(
            f"The data fix {rule_id} touches {touched} rows of load {load_id}, but at most {at_most} are known. "
            "Hint: has the vendor published the history anew? Look at the rows and state the new evidence at the fix."
        )


def date_of(column: str) -> pl.Expr:
    """Read a date as vendors write it: ISO, YYYYMMDD, M/D/YYYY or M/D/YY, a time of day behind it left out.

    Null where the text is none of these or no such day exists.
    """
    text = (
        pl.col(column)
        .str.strip_chars()
        .str.replace(r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4})[T ].*$", "$1")
        .str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", "$1-$2-$3")
        .str.replace(r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$", "$3-$1-$2")
        .str.replace(rf"^([0-9]{{1,2}})/([0-9]{{1,2}})/{LAST_CENTURY}$", "19$3-$1-$2")
        .str.replace(r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{2})$", "20$3-$1-$2")
        .str.replace(r"^([0-9]{4})-([0-9])-", "$1-0$2-")
        .str.replace(r"^([0-9]{4}-[0-9]{2})-([0-9])$", "$1-0$2")
    )
    is_whole = text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    return pl.when(is_whole).then(text).otherwise(None).str.to_date("%Y-%m-%d", strict=False)


def dates_in(rows: pl.DataFrame, column: str) -> pl.Expr:
    """Read the dates of a column of these rows as `date_of` does, each spelling once: a chain repeats a few dozen."""
    return once_a_spelling(rows, column, date_of(column))


def once_a_spelling(rows: pl.DataFrame, column: str, read: pl.Expr) -> pl.Expr:
    """Read a column of these rows, whose values are few, as `read` does; it may look at nothing but that column."""
    spelled = rows.select(pl.col(column).drop_nulls().unique()).with_columns(read=read)
    if spelled.is_empty():
        return read
    return pl.col(column).replace_strict(
        spelled[column], spelled["read"], default=None, return_dtype=spelled["read"].dtype
    )


def number_of(column: str) -> pl.Expr:
    """Read a number, thousands separators left out; null where the text is none, or larger than any figure of a market.

    A comma that parts no thousands is a decimal comma or a slip: such a text is no number.
    """
    text = pl.col(column).str.strip_chars()
    is_grouped = text.str.contains(r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$")
    value = pl.when(is_grouped).then(text.str.replace_all(",", "", literal=True)).otherwise(text)
    number = value.cast(pl.Float64, strict=False)
    return pl.when(number.abs() < BEYOND_ANY_FIGURE).then(number)


def numbers_in(rows: pl.DataFrame, column: str) -> pl.Series:
    """Read the numbers of a column of these rows as `number_of` does; where all are plainly written, in one step."""
    text = rows[column]
    plain = text.cast(pl.Float64, strict=False)
    if plain.null_count() == text.null_count() and (plain.is_finite() & (plain.abs() < BEYOND_ANY_FIGURE)).all():
        return plain
    return rows.select(number_of(column)).to_series()


def decimals_of(column: str) -> pl.Expr:
    """Count the digits written behind the point: the finer of two roundings has more."""
    return pl.col(column).str.strip_chars().str.extract(r"\.([0-9]+)$").str.len_chars().fill_null(0)


def label_of(column: str) -> pl.Expr:
    """Read a label: surrounding blanks off, empty is null."""
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text)


def is_written(column: str) -> pl.Expr:
    """Say whether the file wrote anything into the field."""
    return label_of(column).is_not_null()


def said(template: str, *found: pl.Expr | str) -> pl.Expr:
    """Write a sentence with a value of the row for each `{}`; a null reads as nothing.

    Not pl.format: in Polars 2.1 that panics on a frame whose first chunks a filter has emptied.
    """
    words: list[pl.Expr] = []
    for text, value in zip_longest(template.split("{}"), found):
        words.append(pl.lit(text))
        if value is not None:
            words.append((pl.col(value) if isinstance(value, str) else value).cast(pl.String))
    return pl.concat_str(words, ignore_nulls=True)


@cache
def _session_days() -> pl.Series:
    days = calendar.sessions_between(calendar.FIRST_DAY, calendar.LAST_DAY)
    return pl.Series(days, dtype=pl.Date).implode()


def is_session(column: str) -> pl.Expr:
    """Say whether a date is a session of the NYSE."""
    return pl.col(column).is_in(_session_days())


def bad_date(column: str, parsed: str) -> RowRule:
    """Reject a row whose date cannot be read."""
    return RowRule("bad_date", pl.col(parsed).is_null(), said("'{}' is not a date.", column), column)


def beyond_the_calendar(column: str, parsed: str) -> RowRule:
    """Reject a date after the last known session: the year is mistyped."""
    reason = said(f"'{{}}' is after {calendar.LAST_DAY}: is the year right?", column)
    return RowRule("beyond_the_calendar", pl.col(parsed) > calendar.LAST_DAY, reason, column)


def not_an_expiry(column: str, parsed: str) -> RowRule:
    """Reject an expiry on which nothing was ever listed: a Sunday, a Saturday of late, a year beyond the calendar."""
    weekday = pl.col(parsed).dt.weekday()
    is_weekend = (weekday == SUNDAY) | ((weekday == SATURDAY) & (pl.col(parsed) > LAST_SATURDAY_EXPIRY))
    reason = said("No option expires on {}.", parsed)
    return RowRule("not_an_expiry", is_weekend | (pl.col(parsed) > calendar.LAST_DAY), reason, column)


def not_a_session(column: str, parsed: str = "session_date") -> RowRule:
    """Reject a print of a day on which the NYSE was closed."""
    reason = said("The NYSE was closed on {}.", parsed)
    return RowRule("not_a_session", ~is_session(parsed), reason, column)


def not_a_number(column: str, parsed: str) -> RowRule:
    """Reject a row that writes something other than a number; blank is another matter."""
    is_broken = is_written(column) & pl.col(parsed).is_null()
    return RowRule("not_a_number", is_broken, said("'{}' is not a number.", column), column)


def missing(column: str) -> RowRule:
    """Reject a row without a value it cannot do without."""
    return RowRule("missing", ~is_written(column), pl.lit(f"{column} is empty."), column)


def reject(rows: pl.DataFrame, rule: RowRule, raw_table: Table, row_key: pl.Expr | None = None) -> pl.DataFrame:
    """Write these rows down as meta.rejected_rows, one for one."""
    fields = [name for name in raw_table.column_names if name not in NOT_A_FIELD]
    return META_REJECTED_ROWS.conform(
        rows.select(
            "load_id",
            "source_file",
            "source_line",
            row_key=pl.lit("") if row_key is None else row_key.fill_null(""),
            column_name=pl.lit(rule.column_name, dtype=pl.String),
            rule_id=pl.lit(rule.rule_id),
            reason=rule.reason,
            row_text=pl.concat_str([pl.col(name).fill_null("") for name in fields], separator=","),
        )
    )


def sift(
    rows: pl.DataFrame, rules: Sequence[RowRule], *, raw_table: Table, row_key: pl.Expr | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part the rows that keep every rule from those that do not, each named under the first rule it breaks."""
    first_broken = pl.coalesce(pl.when(rule.is_broken).then(pl.lit(i)) for i, rule in enumerate(rules))
    marked = rows.with_columns(first_broken=first_broken)
    if marked["first_broken"].null_count() == marked.height:
        return rows, META_REJECTED_ROWS.empty()
    broken = marked.filter(pl.col("first_broken").is_not_null())
    rejected = [
        reject(rows_of_rule, rules[i], raw_table, row_key)
        for (i,), rows_of_rule in sorted(broken.partition_by("first_broken", as_dict=True).items())
    ]
    sound = marked.filter(pl.col("first_broken").is_null()).drop("first_broken")
    return sound, pl.concat([META_REJECTED_ROWS.empty(), *rejected])


def last_in_file(
    rows: pl.DataFrame, keys: Sequence[str], *, raw_table: Table, row_key: pl.Expr | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the last line where one file states a fact more than once; reject the lines before it."""
    last_line = pl.col("source_line").max().over(["load_id", *keys])
    rule = RowRule(
        "repeated_in_file",
        pl.col("source_line") < last_line,
        pl.lit("The file states this again on a later line, which is believed."),
    )
    return sift(rows, [rule], raw_table=raw_table, row_key=row_key)


def believed(rows: pl.DataFrame, belief: Belief) -> pl.DataFrame:
    """Choose one row a fact among all loads, as `Belief` says; sorted by the keys."""
    newest_first = rows.sort(
        [*belief.keys, *belief.preferred, "loaded_at", "load_id", "source_line"],
        descending=[*(False for _ in (*belief.keys, *belief.preferred)), True, True, True],
    )
    # Without values to compare nothing but the newest row says "the same".
    compared = belief.values or ("load_id", "source_line")
    first = {name: pl.col(name).first().over(belief.keys) for name in (*compared, *belief.preferred)}
    says_the_same = pl.all_horizontal(_agrees(name, first[name], belief.tolerance) for name in compared)
    is_as_good = pl.all_horizontal(pl.lit(value=True), *(pl.col(name) == first[name] for name in belief.preferred))
    return (
        newest_first.filter(says_the_same & is_as_good)
        .sort(
            [*belief.keys, *belief.finest, "load_id", "source_line"],
            descending=[*(False for _ in belief.keys), *(True for _ in belief.finest), False, False],
            nulls_last=True,
        )
        .unique(subset=belief.keys, keep="first", maintain_order=True)
    )


def _agrees(name: str, newest: pl.Expr, tolerance: float) -> pl.Expr:
    same = pl.col(name) == newest if tolerance == 0.0 else (pl.col(name) - newest).abs() <= tolerance
    return same | pl.col(name).is_null() | newest.is_null()


def require_at_most(touched: pl.DataFrame, at_most: int, *, rule_id: str) -> None:
    """Assert that a data fix touches no more rows of a load than its evidence counted.

    Raises:
        DataFixMismatchError: a load has more.
    """
    for load_id, count in touched.group_by("load_id").len().sort("load_id").iter_rows():
        if count > at_most:
            raise DataFixMismatchError(rule_id=rule_id, load_id=load_id, touched=count, at_most=at_most)


def typed(table: Table, rows: pl.DataFrame, rejected: Iterable[pl.DataFrame]) -> Typed:
    """Put facts and rejects into their tables' shape and into one order."""
    facts = table.conform(rows.select(name for name in table.column_names if name in rows.columns))
    return Typed(
        rows=facts.sort(table.grain),
        rejected=pl.concat(rejected).sort("load_id", "source_line", "rule_id", "row_key"),
    )


def new_york_instant(date_column: str, time_text: str) -> pl.Expr:
    """Read a New York date and a time of day `H:MM` into a UTC instant; null where the time is none."""
    text = pl.format("{} {}", pl.col(date_column).cast(pl.String), pl.col(time_text).str.strip_chars().str.zfill(5))
    return (
        text.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us", strict=False)
        .dt.replace_time_zone(calendar.NEW_YORK.key, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
    )


def new_york_date(instant: dt.datetime) -> dt.date:
    """Give the New York date of an instant."""
    return instant.astimezone(calendar.NEW_YORK).date()
