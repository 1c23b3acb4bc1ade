"""Answers of the published warehouse, as a table, CSV, JSON or Parquet, and what is said when there is none."""

import datetime as dt
import json
from csv import reader
from io import StringIO
from pathlib import Path

import polars as pl
import pytest

from flows.book_commands import show_book
from flows.errors import UsageError
from flows.settings import Settings, load_settings
from flows.sql_answer import answer
from flows.sql_command import Question, ask
from tests.flows.invented_rows import row_of
from tests.new_home import open_home
from warehouse.errors import NotPublished
from warehouse.publish import publish
from warehouse.queries import list_queries
from warehouse.tables import mart

NOW = dt.datetime(2024, 3, 18, 12, tzinfo=dt.UTC)
THURSDAY, FRIDAY = dt.date(2024, 3, 14), dt.date(2024, 3, 15)


LEG = row_of(
    mart.MART_LEGS_DAILY,
    session_date=FRIDAY,
    account="DESK",
    structure_id="hedge-1",
    instrument_id="VIX 2024-04-17 AM C 21",
    expiry_date=dt.date(2024, 4, 17),
    quantity_qty=4,
    unpriced_reason="no VIX chain for this session",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published home with two sessions, one leg on the second."""
    home = tmp_path_factory.mktemp("sql")
    with open_home(home, "test") as store:
        for day, status in ((THURSDAY, "OK"), (FRIDAY, "WATCH")):
            book = row_of(mart.MART_BOOK_DAILY, session_date=day, account="DESK", status=status)
            store.replace(mart.MART_BOOK_DAILY, book, day)
        store.replace(mart.MART_LEGS_DAILY, LEG, FRIDAY)
        publish(store, home)
    return load_settings(None, home=home)


def asked(
    settings: Settings,
    query: str | None = None,
    *,
    name: str | None = None,
    day: dt.date | None = None,
    output: str = "csv",
) -> str:
    question = Question(query=query, name=name, session_date=day, output=output)
    return answer(settings.home, question, settings.sql.limits)


BOOK = "select session_date, status from mart.book_daily order by session_date"


def test_one_answer_in_three_prints(settings: Settings) -> None:
    assert asked(settings, BOOK) == "session_date,status\n2024-03-14,OK\n2024-03-15,WATCH"
    assert json.loads(asked(settings, BOOK, output="json")) == [
        {"session_date": "2024-03-14", "status": "OK"},
        {"session_date": "2024-03-15", "status": "WATCH"},
    ]
    table = asked(settings, BOOK, output="table")
    assert [cell in table for cell in ("session_date", "2024-03-14", "WATCH")] == [True] * 3
    assert "shape" not in table


def test_a_table_leaves_no_row_and_no_column_out(settings: Settings) -> None:
    columns = ", ".join(f"i as column_{number}" for number in range(30))
    table = asked(settings, f"select {columns} from range(100) as numbers(i)", output="table")
    assert "column_29" in table
    assert "99" in table
    assert "…" not in table


def test_an_answer_goes_to_a_file(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "book.parquet"
    said = ask(settings, Question(query=BOOK, output="parquet", out=path))
    assert said == str(path)
    assert pl.read_parquet(path).rows() == [(THURSDAY, "OK"), (FRIDAY, "WATCH")]
    assert [file.name for file in tmp_path.iterdir()] == ["book.parquet"]


@pytest.mark.parametrize(
    ("out", "output", "sentence"),
    [
        (None, "parquet", "Parquet is no text."),
        ("nowhere/book.csv", "csv", "nowhere/book.csv cannot be written: No such file or directory."),
        ("home", "csv", "which is the program's own."),
    ],
)
def test_an_answer_without_a_place_is_refused(
    settings: Settings, tmp_path: Path, out: str | None, output: str, sentence: str
) -> None:
    path = settings.home / "warehouse" / "condorwatch.duckdb" if out == "home" else out and tmp_path / out
    with pytest.raises(UsageError) as refused:
        ask(settings, Question(query=BOOK, output=output, out=Path(path) if path else None))
    assert sentence in refused.value.sentence
    assert refused.value.hint


def test_no_cell_of_csv_is_a_formula(settings: Settings) -> None:
    """What OWASP names under "CSV Injection"; a text that is wholly a number, and a number, stay themselves."""
    texts = [
        "=1+1",
        "+1+1",
        "-1+1",
        "@sum(A1)",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "-",
        "a=1",
        "-5",
        "+1.5e3",
        "-.5",
        "-5 USD",
    ]
    cells = ", ".join(f"({number}, -{number}, '{text}')" for number, text in enumerate(texts))
    csv = asked(settings, f'select a, b, c as "=c" from (values {cells}) as cells(a, b, c) order by a')
    with_header = list(reader(StringIO(csv, newline="")))
    assert with_header[0] == ["a", "b", "'=c"]
    assert [row[1] for row in with_header[1:]] == [f"{-number}" for number in range(len(texts))]
    harmless = ["a=1", "-5", "+1.5e3", "-.5"]
    assert [row[2] for row in with_header[1:]] == [text if text in harmless else f"'{text}" for text in texts]
    assert json.loads(asked(settings, "select '=1+1' as c", output="json")) == [{"c": "=1+1"}]


def test_what_csv_cannot_hold_is_said(settings: Settings) -> None:
    with pytest.raises(UsageError, match="does not fit into csv") as refused:
        asked(settings, "select [1, 2] as a")
    assert "varchar" in refused.value.hint


def test_what_takes_more_than_it_may_is_refused_whole(settings: Settings) -> None:
    narrow = load_settings(None, home=settings.home, sql={"rows_limit_qty": 2})
    assert asked(narrow, "select * from range(2) as numbers(i)") == "i\n0\n1"
    with pytest.raises(UsageError, match="more than the 2 rows an answer may have; nothing of its answer") as refused:
        asked(narrow, "select * from range(3) as numbers(i)")
    assert "raise rows_limit_qty under [sql]" in refused.value.hint
    assert narrow.fingerprint() == load_settings(None).fingerprint()


def test_a_question_about_a_session_is_about_the_newest_unless_said(settings: Settings) -> None:
    query = "select status from mart.book_daily where session_date = $session_date"
    assert asked(settings, query) == "status\nWATCH"
    assert asked(settings, query, day=THURSDAY) == "status\nOK"


def test_named_queries_are_listed_and_run(settings: Settings) -> None:
    listed = asked(settings)
    assert listed.splitlines() == [f"{query.name}: {query.description}" for query in list_queries()]
    assert asked(settings, name="legs_of_session").splitlines()[0].startswith("account,")


@pytest.mark.parametrize(
    ("query", "name", "sentence"),
    [
        ("select nothing_of_the_kind from mart.book_daily", None, "nothing_of_the_kind"),
        ("selekt 1", None, "syntax error"),
        ("delete from mart.book_daily", None, "Only reading is possible here"),
        ("select 1; select 2", None, "2 statements"),
        (None, "nonsense", "There is no query named nonsense; there are "),
    ],
)
def test_a_question_that_cannot_be_answered_is_the_users_to_mend(
    settings: Settings, query: str | None, name: str | None, sentence: str
) -> None:
    with pytest.raises(UsageError) as refused:
        asked(settings, query, name=name)
    assert sentence in refused.value.sentence
    assert refused.value.hint
    assert "\n" not in refused.value.sentence


def test_what_is_held_is_printed_leg_by_leg(settings: Settings) -> None:
    printed = show_book(settings, session_date=None, now=NOW)
    assert printed.startswith("Held on 2024-03-15: 1 legs.\n")
    assert "VIX 2024-04-17 AM C 21" in printed
    assert "no VIX chain for this session" in printed
    assert show_book(settings, session_date=THURSDAY, now=NOW) == "Held on 2024-03-14: 0 legs.\n"


def test_without_a_snapshot_or_a_session_there_is_no_answer(tmp_path: Path) -> None:
    settings = load_settings(None, home=tmp_path)
    with pytest.raises(NotPublished):
        asked(settings, "select 1")
    with open_home(tmp_path, "test") as store:
        publish(store, tmp_path)
    with pytest.raises(UsageError, match="No session has been built yet"):
        asked(settings, "select $session_date")
