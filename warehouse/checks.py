"""What every stored row obeys: one row a key, required values present, no NaN, the declared audits.

A check is a query that returns the bad rows. `source` is where the rows lie: a table, or the rows about to enter one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.ddl import is_not_null, quoted
from warehouse.errors import SAMPLE_ROWS, AuditFailed, DuplicateGrain
from warehouse.tables.types import FLOAT

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

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


def is_filled(table: Table, rows: pl.DataFrame) -> bool:
    """Whether a frame has every required value and no NaN: told in a fraction of the time the rules take in SQL."""
    required = [column.name for column in table.columns if is_not_null(table, column)]
    numbers = [column.name for column in table.columns if column.type is FLOAT]
    return not any(rows[name].null_count() for name in required) and not any(
        rows[name].is_nan().any() for name in numbers
    )


def require_sound(query: Query, table: Table, source: str, *, keys_source: str, is_filled: bool = False) -> None:
    """Refuse rows that break a rule of their table, and two rows with one key among `keys_source`.

    One query says whether anything is wrong at all, in one aggregate: a table has dozens of rules, and counting each
    costs more than the rows do. Only what is broken is looked at rule by rule. `is_filled` says that no required value
    is missing and none is NaN.

    Raises:
        AuditFailed: for the first broken rule, with a sample of the bad rows.
        DuplicateGrain: with the keys that repeat.
    """
    rules = tuple(map(Rule.of, table.audits)) if is_filled else rules_of(table)
    is_broken = " or ".join(f"({rule.violation})" for rule in rules) or "false"
    repeated_qty = f"(select count(*) from ({repeated_keys_sql(table, keys_source)}))"
    broken, repeated = query(f"select count(*) filter (where {is_broken}), {repeated_qty} from {source}").row(0)
    for rule in rules if broken else ():
        bad = query(bad_rows_sql(rule, source))
        if bad.height:
            raise AuditFailed(table, bad.height, bad.head(SAMPLE_ROWS), rule.rule_id, rule.description)
    if repeated:
        keys = query(repeated_keys_sql(table, keys_source))
        raise DuplicateGrain(table, keys.height, keys.head(SAMPLE_ROWS))
