"""The SQL that ships with the program: analyst views and named example queries."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from warehouse.errors import UnknownQuery

DESCRIPTION_MARK = "-- "


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A shipped query: what it answers, its SQL, and the parameters it asks for."""

    name: str
    description: str
    sql: str

    @property
    def needs_session_date(self) -> bool:
        """Whether it asks about one session."""
        return "$session_date" in self.sql


def view_scripts() -> dict[str, str]:
    """The statements that create each shipped view, by its name."""
    return _scripts("views")


def list_queries() -> tuple[NamedQuery, ...]:
    """The shipped example queries, by name."""
    return tuple(NamedQuery(name, _description(sql), sql) for name, sql in _scripts("queries").items())


def load_query(name: str) -> NamedQuery:
    """One shipped example query.

    Raises:
        UnknownQuery: there is none of that name.
    """
    queries = {query.name: query for query in list_queries()}
    if name not in queries:
        raise UnknownQuery(name, tuple(queries))
    return queries[name]


def _scripts(kind: str) -> dict[str, str]:
    files = resources.files("warehouse").joinpath("sql", kind).iterdir()
    scripts = {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8") for file in files if file.name.endswith(".sql")
    }
    return dict(sorted(scripts.items()))


def _description(sql: str) -> str:
    lines = []
    for line in sql.splitlines():
        if not line.startswith(DESCRIPTION_MARK):
            break
        lines.append(line.removeprefix(DESCRIPTION_MARK).strip())
    return " ".join(lines)
