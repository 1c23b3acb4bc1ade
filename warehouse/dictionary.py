"""The data dictionary and the picture of the tables, written from the declarations.

`python -m warehouse.dictionary --write` writes docs/data-dictionary.md and docs/er.md.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.ddl import is_not_null
from warehouse.er import er_picture
from warehouse.queries import list_queries, list_views
from warehouse.tables import ALL_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warehouse.queries import NamedQuery
    from warehouse.tables.types import Column, Table

DICTIONARY_PATH = Path(__file__).parent.parent / "docs" / "data-dictionary.md"
ER_PATH = DICTIONARY_PATH.with_name("er.md")
LAYERS = {
    "meta": "What the warehouse knows about itself.",
    "raw": "Rows as received, as text.",
    "core": "Typed, checked facts.",
    "mart": "What the night computed.",
}
PREAMBLE = """# Data dictionary

Written by `python -m warehouse.dictionary --write` from the declarations in `warehouse/tables` and the shipped SQL; do
not edit. The same texts are DuckDB comments in the file itself:
`select table_name, column_name, comment from duckdb_columns()`. Long is +, short is -; credit received and gain are +.
Unknown is null, with its reason beside it. A column marked * is never null; **bold** columns together are the key.
"""


def data_dictionary() -> str:
    """The whole dictionary as Markdown."""
    parts = [PREAMBLE]
    for schema, meaning in LAYERS.items():
        parts.append(f"## {schema}\n\n{meaning}\n")
        parts.extend(_table_section(table) for table in ALL_TABLES if table.schema == schema)
    parts.append(_list_section("Views", "Ready-made answers; `select * from v_today`.", list_views()))
    parts.append(_list_section("Named queries", "`condorwatch sql --name NAME`.", list_queries()))
    return "\n".join(parts)


def _table_section(table: Table) -> str:
    return "\n".join(_table_lines(table)) + "\n"


def _table_lines(table: Table) -> Iterator[str]:
    yield f"### {table.full_name}\n"
    yield f"{table.description}\n"
    yield "| column | type | unit | meaning |"
    yield "|---|---|---|---|"
    for column in table.columns:
        yield _column_line(table, column)
    if table.audits:
        yield "\nEvery row obeys:\n"
        for audit in table.audits:
            yield f"- `{audit.audit_id}`: {audit.description}"
    if table.volatile:
        yield f"\nDiffers between equal runs, so not in content hashes: {', '.join(table.volatile)}."


def _column_line(table: Table, column: Column) -> str:
    name = f"**{column.name}**" if column.name in table.grain else column.name
    mark = " *" if is_not_null(table, column) else ""
    description = column.description.replace("|", "\\|")
    return f"| {name}{mark} | {column.type.value.lower()} | {column.full_unit} | {description} |"


def _list_section(title: str, meaning: str, shipped: Iterable[NamedQuery]) -> str:
    lines = [f"- `{query.name}`: {query.description}" for query in shipped]
    return "\n".join([f"## {title}\n\n{meaning}\n", *lines]) + "\n"


def main(arguments: list[str]) -> int:
    """Write dictionary and picture into the checkout, or print the dictionary."""
    if arguments == ["--write"]:
        DICTIONARY_PATH.parent.mkdir(exist_ok=True)
        for path, text in ((DICTIONARY_PATH, data_dictionary()), (ER_PATH, er_picture())):
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path}\n")
    else:
        sys.stdout.write(data_dictionary())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
