"""A whole night whose book, calendar and file names are hostile, and one whose passwords and addresses are secret."""

from __future__ import annotations

import base64
import csv
import io
import os
import shutil
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import duckdb
import pytest

from tests.faults.conftest import HEADER
from tests.faults.stuffed_reports import structure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.faults.conftest import Run

pytestmark = pytest.mark.soak
ACCOUNTS: Final = ("../../../escaped <img src=x onerror=alert(1)>", "=cmd|'/c calc'!A1;=1+1", "x" * 300)
LABEL: Final = "</td><script>alert(1)</script><svg onload=alert(1)>"
FORMULA: Final = '@HYPERLINK("http://127.0.0.1:9/x")'
EVENTS: Final = 'date,event,detail,ref_period,time_et,status\n{day},"{text}","{text}",,14:00,scheduled\n'
CALCULATES: Final = tuple("=+-@\t\r\n＝＋－＠")
MARKS: Final = ("<img src=x", "<script>alert", "<svg onload")

SECRETS: Final = {
    "CONDORWATCH_SMTP_PASSWORD": "correct-horse-7731-battery",
    "CONDORWATCH_PDF_PASSWORD": "opens-sesame-4242-staple",
    "CONDORWATCH_NOTICES__WEBHOOK_URL": "http://127.0.0.1:9/services/T0K3N-9f8e7d6c5b4a",
    "CONDORWATCH_NOTICES__HEALTHCHECK_URL": "http://127.0.0.1:9/ping/5ca1ab1e-0000-4242-8888-feedfacecafe",
    "DATABASE_URL": "postgresql://desk:pg-s3cret-1999@127.0.0.1:9/condorwatch",
}
NEEDLES: Final = (
    "correct-horse-7731-battery",
    "opens-sesame-4242-staple",
    "T0K3N-9f8e7d6c5b4a",
    "5ca1ab1e-0000-4242-8888-feedfacecafe",
    "pg-s3cret-1999",
)
CONFIG: Final = """
[email]
host = "127.0.0.1"
port = 9
security = "tls"
user = "desk"
sender = "desk@sender.example"
attempts = 1
encrypt_pdf = true
recipients = {{ALL = {{to = "a@one.example"}}}}

[notices]
attempts_qty = 1
"""


@pytest.fixture(scope="module")
def hostile(landing: Path, book: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A landing folder with hostile files beside the night's, and a book of hostile names."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(landing, folder / "landing")
    day = next(line for line in book.read_text().splitlines()[1:]).split(",")[2][:10]
    (folder / "landing" / "<img src=x onerror=alert(1)>.csv").write_text(EVENTS.format(day=day, text=LABEL))
    rows = list(csv.DictReader(io.StringIO(book.read_text())))
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER.split(","))
    writer.writeheader()
    for number, row in enumerate(rows):
        for account in ACCOUNTS:
            named = {"account": account, "structure": f"{LABEL}{row['structure']}", "campaign": FORMULA, "note": LABEL}
            writer.writerow({**row, **named, "fill_id": f"{LABEL}{number}{account[:3]}"})
    (folder / "book.csv").write_text(text.getvalue())
    return folder / "landing", folder / "book.csv"


def test_a_hostile_book_goes_through_the_whole_night_as_text(
    hostile: tuple[Path, Path],
    night: Callable[[Path, Path], list[object]],
    book: Path,
    condorwatch: Run,
    tmp_path: Path,
) -> None:
    landing, own_book = hostile
    home = tmp_path / "a" / "b" / "c" / "home"
    command = [own_book if word == book else word for word in night(home, landing)]
    done = condorwatch(*command)
    assert done.returncode in {0, 3}, done.stderr
    assert "Traceback" not in done.stderr
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and home not in path.parents]
    assert outside == []
    pages = sorted(home.rglob("*.html"))
    assert len(pages) >= 1 + len(ACCOUNTS)
    for page in pages:
        found = structure_of(page.read_text())
        assert found.handlers == []
        assert not [mark for mark in MARKS if mark in page.read_text()], page
        assert sum(tag == "script" for tag, _ in found.elements) <= 2
        assert not [one for one in found.references if one.startswith(("http", "//", "file", "javascript"))]
    cells = 0
    for table in ("core.fills", "mart.condors_daily", "mart.legs_daily", "core.events", "meta.loads"):
        text = condorwatch("sql", f"select * from {table}", "--format", "csv", "--home", home)
        assert text.returncode == 0, text.stderr
        for separator in ",;":
            rows = list(csv.reader(io.StringIO(text.stdout, newline=""), delimiter=separator))
            found_cells = [cell for row in rows for cell in row]
            assert not [cell for cell in found_cells if cell.startswith(CALCULATES) and not is_number(cell)], table
            cells += len(found_cells)
    print(f"\n{len(pages)} pages, {cells:,} CSV cells: 0 unescaped, 0 formulas, 0 files outside the home")  # noqa: T201


def is_number(cell: str) -> bool:
    first = cell.split(",", maxsplit=1)[0]
    try:
        float(first)
    except ValueError:
        return False
    return True


def test_planted_secrets_are_nowhere(
    landing: Path, night: Callable[[Path, Path], list[object]], condorwatch: Run, tmp_path: Path
) -> None:
    """Mail and notices fail, through the engine and with tracebacks: nothing that is kept or printed has a secret."""
    home, prefect, config = tmp_path / "home", tmp_path / "prefect", tmp_path / "condorwatch.toml"
    config.write_text(CONFIG.format())
    command = [word for word in night(home, landing) if word not in {"--direct", "--no-email"}]
    environment = {**SECRETS, "PREFECT_HOME": str(prefect), "PREFECT_LOGGING_LEVEL": "DEBUG", "TMPDIR": str(tmp_path)}
    done = condorwatch(*command, "--config", config, "--debug", **environment)
    assert done.returncode == 5, done.stderr[-2000:]  # published, and not delivered
    spellings = [
        spelled
        for needle in NEEDLES
        for spelled in (needle, base64.b64encode(needle.encode()).decode().rstrip("=")[:-1], quote(needle, safe=""))
    ]
    texts = {"stdout": done.stdout, "stderr": done.stderr, **dict(rows_of(home))}
    leaks = [(place, needle) for place, text in texts.items() for needle in spellings if needle in text]
    files = [path for folder in (home, prefect) for path in folder.rglob("*") if path.is_file()]
    for path in files:
        content = path.read_bytes()
        leaks += [(str(path), needle) for needle in spellings if needle.encode() in content]
    database = [path for path in files if path.suffix == ".db"]
    print(f"\n{len(NEEDLES)} secrets, {len(files)} files, {len(texts)} texts and tables: {len(leaks)} found")  # noqa: T201
    assert leaks == []
    assert database, "the engine kept its own records, and they were searched"
    assert os.environ.get("DATABASE_URL") != SECRETS["DATABASE_URL"]


def rows_of(home: Path) -> Iterator[tuple[str, str]]:
    """Every table of every warehouse below a home, as text."""
    for path in sorted(home.rglob("*.duckdb")):
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.sql(
                "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            ).fetchall()
            for schema, name in tables:
                rows = connection.sql(f'select * from "{schema}"."{name}"').fetchall()
                yield f"{path.name} {schema}.{name}", "\n".join(map(str, rows))
