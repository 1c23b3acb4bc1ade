"""What every stored row obeys: one row a key, required values present, no NaN, the declared audits.

A check is a query that returns the bad rows. `source` is where SQL finds the rows that are about to enter a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from warehouse.ddl import is_not_null, quoted
from warehouse.errors import SAMPLE_ROWS, AuditFailed, DuplicateGrain
from warehouse.tables.types import FLOAT

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.tables.types import Audit, Table

    Query = Callable[[str], pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule on the rows of a table: `violation` is a SQL condition that is true for a bad row."""

    rule_id: str
    violation: str
    description: str

    @classmethod
    def of(cls, audit: Audit) -> Rule:
        """The rule a declared audit stands for."""
        return cls(audit.audit_id, audit.violation, audit.description)


def rules_of(table: Table) -> tuple[Rule, ...]:
    """Every rule on single rows of a table: required values, no NaN, declared audits."""
    required = [
        Rule(f"{column.name}_required", f"{quoted(column.name)} is null", "A required value is missing.")
        for column in table.columns
        if is_not_null(table, column)
    ]
    not_nan = [
        Rule(f"{column.name}_not_nan", f"isnan({quoted(column.name)})", "Not computable is null, never NaN.")
        for column in table.columns
        if column.type is FLOAT
    ]
    return (*required, *not_nan, *(Rule.of(audit) for audit in table.audits))


def bad_rows_sql(rule: Rule, source: str) -> str:
    """The query that returns the rows that break a rule."""
    return f"select * from {source} where {rule.violation}"


def repeated_keys_sql(table: Table, source: str) -> str:
    """The query that returns the keys that stand in several rows, with how often."""
    keys = ", ".join(map(quoted, table.grain))
    return f"select {keys}, count(*) as rows_qty from {source} group by {keys} having count(*) > 1 order by {keys}"


def require_sound(query: Query, table: Table, rows: pl.DataFrame, source: str, *, keys_source: str) -> None:
    """Refuse rows that break a rule of their table, and two rows with one key among `keys_source`.

    `rows`, best in the order of their key, are those of `source`. Whether anything is wrong at all is seen in one pass
    over their columns, and in one query of the declared audits: a table has dozens of rules, and planning a query of
    them all costs more than the rows do. Only what is broken is looked at rule by rule.

    Raises:
        AuditFailed: for the first broken rule, with a sample of the bad rows.
        DuplicateGrain: with the keys that repeat.
    """
    is_broken = _has_missing_or_nan(table, rows) or _breaks_an_audit(query, table, source)
    for rule in rules_of(table) if is_broken else ():
        bad = query(bad_rows_sql(rule, source))
        if bad.height:
            raise AuditFailed(table, bad.height, bad.head(SAMPLE_ROWS), rule.rule_id, rule.description)
    if keys_source != source or not _ascends(table, rows):
        keys = query(repeated_keys_sql(table, keys_source))
        if keys.height:
            raise DuplicateGrain(table, keys.height, keys.head(SAMPLE_ROWS))


def _has_missing_or_nan(table: Table, rows: pl.DataFrame) -> bool:
    return any(
        (is_not_null(table, column) and rows[column.name].null_count())
        or (column.type is FLOAT and rows[column.name].is_nan().any())
        for column in table.columns
    )


def _breaks_an_audit(query: Query, table: Table, source: str) -> bool:
    is_broken = " or ".join(f"({audit.violation})" for audit in table.audits)
    return bool(is_broken and query(f"select count(*) filter (where {is_broken}) from {source}").item())


def _ascends(table: Table, rows: pl.DataFrame) -> bool:
    """Whether each row has a greater key than the one before: then rows are in order, and no key repeats."""
    is_greater = pl.lit(value=False)
    for name in reversed(table.grain):
        key, before = pl.col(name), pl.col(name).shift()
        is_greater = (key > before) | ((key == before) & is_greater)
    return bool(rows.select(is_greater.slice(1).all()).item())
