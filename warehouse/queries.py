"""The SQL that ships with the program: analyst views and named example queries."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import resources
from itertools import takewhile

from warehouse.errors import UnknownQuery

DESCRIPTION_MARK = "-- "
# A column that the view makes itself says in the head what it is; the others mean what they mean in their table.
COLUMN_MEANING = re.compile(r"(?P<column>[a-z0-9_]+): (?P<meaning>.+)")


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A shipped view or query: what it answers, its SQL, and what the columns mean that it makes itself."""

    name: str
    description: str
    sql: str
    column_meanings: dict[str, str] = field(default_factory=dict)


def list_views() -> tuple[NamedQuery, ...]:
    """The shipped views, by name; their SQL creates them."""
    return _shipped("views")


def list_queries() -> tuple[NamedQuery, ...]:
    """The shipped example queries, by name; one that asks about a session takes `$session_date`."""
    return _shipped("queries")


def load_query(name: str) -> NamedQuery:
    """One shipped example query.

    Raises:
        UnknownQuery: there is none of that name.
    """
    queries = {query.name: query for query in list_queries()}
    if name not in queries:
        raise UnknownQuery(name, tuple(queries))
    return queries[name]


def _shipped(kind: str) -> tuple[NamedQuery, ...]:
    files = resources.files("warehouse").joinpath("sql", kind).iterdir()
    scripts = {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8") for file in files if file.name.endswith(".sql")
    }
    return tuple(_named(name, sql) for name, sql in sorted(scripts.items()))


def _named(name: str, sql: str) -> NamedQuery:
    """Read the head of a script: the description, then a line for each column that needs one."""
    head = [
        line.removeprefix(DESCRIPTION_MARK).strip()
        for line in takewhile(lambda line: line.startswith(DESCRIPTION_MARK), sql.splitlines())
    ]
    description = list(takewhile(lambda line: not COLUMN_MEANING.fullmatch(line), head))
    meanings = (COLUMN_MEANING.fullmatch(line) for line in head[len(description) :])
    return NamedQuery(
        name, " ".join(description), sql, {match["column"]: match["meaning"] for match in meanings if match}
    )
