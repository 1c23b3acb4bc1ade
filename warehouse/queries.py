"""The SQL that ships with the program: analyst views and named example queries."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from warehouse.errors import UnknownQuery

DESCRIPTION_MARK = "-- "


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A shipped view or query: what it answers, and its SQL."""

    name: str
    description: str
    sql: str


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
    return tuple(NamedQuery(name, _description(sql), sql) for name, sql in sorted(scripts.items()))


def _description(sql: str) -> str:
    lines = []
    for line in sql.splitlines():
        if not line.startswith(DESCRIPTION_MARK):
            break
        lines.append(line.removeprefix(DESCRIPTION_MARK).strip())
    return " ".join(lines)
