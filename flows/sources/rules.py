"""Row rules: the rows that break one are set aside with line, column, rule and text; none is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flows.sources.errors import ContentRefused, Finding
from flows.sources.parsed import REJECTED_SCHEMA
from transforms.market.typing_rules import BEYOND_ANY_FIGURE, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.sources.text_file import Grid, SourceFile


# Most files have no row to set aside: what says so is made once.
_NONE_REJECTED = REJECTED_SCHEMA.to_frame()


@dataclass(frozen=True, slots=True)
class RowRule:
    """One rule a row can break: `is_broken` is true for a bad row, `reason` says what was found in it."""

    rule_id: str
    column_name: str | None
    is_broken: pl.Expr
    reason: pl.Expr


@dataclass(frozen=True, slots=True)
class Sifted:
    """Rows that passed, and the others as meta.rejected_rows has them (without load_id and stage)."""

    rows: pl.DataFrame
    rejected: pl.DataFrame


def number(column: str) -> pl.Expr:
    """A text column as a number; null where it is none. `inf`, `nan` and what no figure comes near are none."""
    value = pl.col(column).cast(pl.Float64, strict=False)
    return pl.when(value.abs() < BEYOND_ANY_FIGURE).then(value)


def must_be_number(column: str, label: str, *, may_be_blank: bool = False) -> RowRule:
    """The rule that a column holds a number."""
    is_broken = number(column).is_null()
    if may_be_blank:
        is_broken &= pl.col(column) != ""
    return RowRule(f"{column}_not_a_number", label, is_broken, _found(label, column, "is not a number"))


def must_not_be_negative(column: str, label: str) -> RowRule:
    """The rule that a column holds no negative number."""
    return RowRule(
        f"{column}_negative",
        label,
        (number(column) < 0).fill_null(value=False),
        _found(label, column, "is negative"),
    )


def must_be_date(column: str, label: str, parsed: pl.Expr) -> RowRule:
    """The rule that a column holds a date in the spelling `parsed` reads."""
    return RowRule(f"{column}_not_a_date", label, parsed.is_null(), _found(label, column, "is not a date"))


def must_be_filled(column: str, label: str) -> RowRule:
    """The rule that a column is not blank."""
    return RowRule(f"{column}_missing", label, pl.col(column) == "", pl.lit(f"{label} is blank."))


def sift(file: SourceFile, rows: pl.DataFrame, rules: Sequence[RowRule]) -> Sifted:
    """Set aside each row that breaks a rule, with the first rule it breaks.

    `rows` carries source_line, row_text and row_key. The order of the rows that pass is kept.
    """
    if not rules:
        return Sifted(rows, _NONE_REJECTED)
    first_broken = pl.coalesce(
        pl.when(rule.is_broken).then(pl.lit(position, pl.Int32)) for position, rule in enumerate(rules)
    )
    marked = rows.lazy().with_columns(broken_rule=first_broken).collect()  # lazily, a number is read once for all rules
    if marked["broken_rule"].null_count() == marked.height:
        return Sifted(rows, _NONE_REJECTED)
    passed = marked.filter(pl.col("broken_rule").is_null()).drop("broken_rule")
    failed = marked.filter(pl.col("broken_rule").is_not_null())
    if failed.is_empty():
        return Sifted(passed, _NONE_REJECTED)
    found = [
        _rejected(file, failed.filter(pl.col("broken_rule") == position), rule) for position, rule in enumerate(rules)
    ]
    return Sifted(passed, in_line_order(found))


def reject_misfits(file: SourceFile, grid: Grid, *, width: int) -> pl.DataFrame:
    """The lines that do not have the header's number of fields, as rejected rows."""
    if grid.misfits.is_empty():
        return _NONE_REJECTED
    rule = RowRule(
        "field_count",
        None,
        pl.lit(value=True),
        said(f"The line has {{}} fields where the header has {width}.", pl.col("field_qty")),
    )
    return _rejected(file, grid.misfits.with_columns(row_key=pl.lit("")), rule)


def in_line_order(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rejected rows of several rules together, by line."""
    filled = [frame for frame in frames if frame.height]
    return pl.concat(filled).sort("source_line", "row_key", maintain_order=True) if filled else frames[0]


def refuse_without_rows(file: SourceFile, rows: pl.DataFrame, rejected: pl.DataFrame) -> None:
    """Refuse a file of which not one row is usable.

    Raises:
        ContentRefused: `no_usable_row`, with the first rejected row's line, column and reason.
    """
    if rows.height or rejected.is_empty():
        return
    first = rejected.row(0, named=True)
    raise ContentRefused(
        file.name,
        Finding(
            "no_usable_row",
            f"None of {rejected.height} rows is usable; the first: {first['reason']}",
            "is this the file it seems to be?",
            first["source_line"],
            first["column_name"],
            file.row_word,
        ),
    )


def _rejected(file: SourceFile, rows: pl.DataFrame, rule: RowRule) -> pl.DataFrame:
    return rows.select(
        source_file=pl.lit(file.name),
        source_line=pl.col("source_line"),
        row_key=pl.col("row_key"),
        column_name=pl.lit(rule.column_name, pl.String),
        rule_id=pl.lit(rule.rule_id),
        reason=rule.reason,
        row_text=pl.col("row_text"),
    ).cast(REJECTED_SCHEMA)


def _found(label: str, column: str, finding: str) -> pl.Expr:
    return said(f"{label} '{{}}' {finding}.", column)
