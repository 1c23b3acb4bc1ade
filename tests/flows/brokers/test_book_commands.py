"""`book import`, `book show` and `book check`, on homes where no night has run."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from flows.book_commands import check_book, show_book
from flows.book_import import import_statements
from flows.errors import UsageError
from flows.evening import rejected_fills
from flows.ingest_command import ingest_files
from flows.settings import Settings, load_settings
from tests.flows.brokers.broker_writers import condor_trades, flex_xml, own_csv, schwab_csv, tastytrade_csv
from tests.new_home import begin_home
from warehouse.store import open_reader, open_writer
from warehouse.tables import core

ACCOUNT = "U1234567"
TRADES = condor_trades()
TASTY_NAME = f"tastytrade_transactions_history_x{ACCOUNT}_230201_to_230301.csv"
NOW = dt.datetime(2023, 2, 15, 21, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=5)


@dataclass
class Desk:
    """A home, and the commands as the trader gives them; each says its exit code and what it printed."""

    settings: Settings
    folder: Path

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, newline="")
        return path

    def imports(
        self, *paths: Path, broker: str = "auto", account: str | None = None, now: dt.datetime = NOW
    ) -> tuple[int, list[str]]:
        said: list[str] = []
        if all(path.exists() for path in paths):
            begin_home(self.settings.home)
        code = import_statements(paths, self.settings, broker=broker, account=account, now=now, echo=said.append)
        return code, said

    def checks(self, positions: Path | None = None, *, now: dt.datetime = LATER) -> tuple[int, list[str]]:
        said: list[str] = []
        code = check_book(
            self.settings, positions=positions, account=None, session_date=None, now=now, echo=said.append
        )
        return code, said

    def fills(self) -> pl.DataFrame:
        with open_writer(self.settings.home, "test") as store:
            return store.read(core.CORE_FILLS)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return Desk(load_settings(None, home=tmp_path / "home"), folder)


def test_a_statement_is_imported_once_and_shown_before_any_night(desk: Desk) -> None:
    statement = desk.file(TASTY_NAME, tastytrade_csv(TRADES))
    code, said = desk.imports(statement)
    assert code == 0
    assert said == [
        f"loaded         {TASTY_NAME}: tastytrade_csv {ACCOUNT} 2023-02-07 to 2023-02-14; 11 rows",
        "The book holds 11 fills: 11 new.",
    ]
    assert desk.imports(statement, now=LATER) == (
        0,
        [f"already loaded {TASTY_NAME}", "The book holds 11 fills: 0 new."],
    )
    shown = show_book(desk.settings, session_date=None, now=LATER)
    assert shown.startswith("Held now by the fills, before the first night: 8 legs.\n")
    assert "SPXW 2023-03-17 PM C 4300" in shown
    assert "BROKEN_WING_CONDOR" in shown


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("own.csv", own_csv(TRADES)),
        (TASTY_NAME, tastytrade_csv(TRADES, version="2023")),
        ("schwab.csv", schwab_csv(TRADES)),
        ("flex.xml", flex_xml(TRADES, style="dashed", orders=True)),
    ],
    ids=["own", "tastytrade", "schwab", "ibkr"],
)
def test_every_format_lands_in_the_warehouse(desk: Desk, name: str, text: str) -> None:
    """The sum of all contracts by instrument, by hand from the table of trades."""
    code, _ = desk.imports(desk.file(name, text))
    assert code == 0
    net = desk.fills().group_by("root", "right", "strike_pts").agg(pl.col("quantity_qty").sum())
    assert dict(zip(net.select("root", "right", "strike_pts").rows(), net["quantity_qty"], strict=True)) == {
        ("SPXW", "P", 3850.0): 2,
        ("SPXW", "P", 3900.0): -2,
        ("SPXW", "C", 4300.0): -1,
        ("SPXW", "C", 4350.0): 1,
        ("VIX", "C", 21.0): 3,
        ("VIX", "C", 24.0): 4,
        ("VIX", "C", 30.0): 3,
        ("VIX", "C", 40.0): -3,
    }
    assert desk.checks()[0] == 0


def test_what_is_set_aside_and_what_is_at_fault_is_said(desk: Desk) -> None:
    faulty = own_csv(TRADES[:2]).replace(",14.20,", ",cheap,")
    deposit = "2023-02-08T11:00:00-0500,Money Movement,Deposit,,,,Wire,100.00,0,,--,0.00,,,,,,,,100.00,USD"
    lines = tastytrade_csv(TRADES).split("\n")
    code, said = desk.imports(
        desk.file("own.csv", faulty), desk.file(TASTY_NAME, "\n".join([lines[0], deposit, *lines[1:]]))
    )
    assert code == 0
    assert said[2:] == [
        "The book holds 12 fills: 12 new.",
        "Lines set aside: 1 other_instrument.",
        "own.csv line 2: 'cheap' is not a price in points.",
    ]
    with open_writer(desk.settings.home, "test") as store:
        assert rejected_fills(store) == ("own.csv line 2: 'cheap' is not a price in points.",)
    assert desk.checks()[0] == 3  # a fill that is not in the book is a difference


def test_a_refused_statement_stops_no_other(desk: Desk) -> None:
    broken = desk.file(TASTY_NAME, tastytrade_csv(TRADES).replace("Order #", "Order No"))
    code, said = desk.imports(broken, desk.file("flex.xml", flex_xml(TRADES)))
    assert code == 3
    assert "the nearest is tastytrade transactions (2024 with total)" in said[0]
    assert said[0].endswith("[header_unknown]")
    assert said[2] == "The book holds 11 fills: 11 new."


def test_the_broker_named_has_to_be_the_files(desk: Desk) -> None:
    code, said = desk.imports(desk.file("flex.xml", flex_xml(TRADES)), broker="tastytrade")
    assert code == 3
    assert said[0].endswith("[other_broker]")
    assert desk.imports(desk.folder / "flex.xml", broker="ibkr")[0] == 0


def test_a_statement_is_of_one_account(desk: Desk) -> None:
    """The same file as another account's would count every trade twice."""
    statement = desk.file("history.csv", tastytrade_csv(TRADES))
    assert "[unknown_account]" in desk.imports(statement)[1][0]
    assert desk.imports(statement, account="main")[0] == 0
    code, said = desk.imports(statement, account="other")
    assert code == 3
    assert "is in the book as that of main, not of other" in said[0]
    assert desk.fills()["account"].unique().to_list() == ["main"]
    assert desk.imports(statement, account="main") == (
        0,
        ["already loaded history.csv", "The book holds 11 fills: 0 new."],
    )


def test_a_broker_withdraws_a_fill_in_a_later_statement(desk: Desk) -> None:
    desk.imports(desk.file("a.xml", flex_xml(TRADES[:2])))
    original = next(line for line in flex_xml(TRADES[:2]).split("\n") if "9000002" in line)
    cancel = (
        original.replace('"9000002"', '"9000003"')
        .replace('transactionType="ExchTrade"', 'transactionType="TradeCancel"')
        .replace('tradeID="7000002"', 'tradeID="" origTradeID="7000002"')
        .replace('buySell="SELL"', 'buySell="SELL (Ca.)"')
        .replace('quantity="-2"', 'quantity="2"')
        .replace('proceeds="3920.00"', 'proceeds="-3920.00"')
        .replace('netCash="3918.70"', 'netCash="-3921.30"')
    )
    later = flex_xml(TRADES[:2]).replace(original, cancel)
    code, said = desk.imports(desk.file("b.xml", later), now=LATER)
    assert code == 0
    assert said[1:] == [
        "The book holds 1 fills: 0 new, 1 withdrawn; 1 settlement rows new.",
        "Lines set aside: 1 cancelled_by_broker.",
    ]
    # 1.30 paid at first and 1.30 at the cancellation, which nothing replaces: in no P&L, and named.
    code, said = desk.checks()
    assert code == 0
    assert any("2.60 USD of its fees were not given back" in line for line in said)


def test_a_missing_file_is_a_usage_error_and_begins_nothing(desk: Desk) -> None:
    with pytest.raises(UsageError, match=r"gone\.csv does not exist"):
        desk.imports(desk.folder / "gone.csv")
    with pytest.raises(UsageError, match="There is no book in"):
        desk.checks()
    assert not desk.settings.home.exists()


POSITIONS = "account,root,expiry,right,strike,quantity\n"
TRUE_POSITIONS = (
    f"{ACCOUNT},SPXW,2023-03-17,P,3850,2\n{ACCOUNT},SPXW,2023-03-17,P,3900,-2\n{ACCOUNT},SPXW,2023-03-17,C,4300,-1\n"
    f"{ACCOUNT},SPXW,2023-03-17,C,4350,1\n{ACCOUNT},VIX,2023-03-22,C,21,3\n{ACCOUNT},VIX,2023-05-17,C,24,4\n"
    f"{ACCOUNT},VIX,2023-03-22,C,30,3\n{ACCOUNT},VIX,2023-03-22,C,40,-3\n"
)


def test_a_book_that_agrees_with_the_broker_says_so(desk: Desk) -> None:
    desk.imports(desk.file("flex.xml", flex_xml(TRADES)))
    code, said = desk.checks(desk.file("p.csv", POSITIONS + TRUE_POSITIONS))
    assert code == 0
    assert said[0] == (
        "The book at 2023-02-15 16:35 New York, 8 legs against own positions (8 of ours): 0 differences, 2 notes."
    )
    assert sum("is inferred: no label binds them" in line for line in said) == 2


def test_every_difference_from_the_broker_is_listed(desk: Desk) -> None:
    """A wrong size, one leg the broker lacks, one the book lacks, and an account it does not know."""
    other = [replace(trade, account="U7654321", number=trade.number + 200) for trade in TRADES[:4]]
    desk.imports(desk.file("flex.xml", flex_xml([*TRADES, *other])))
    stated = (
        TRUE_POSITIONS.replace("C,4300,-1", "C,4300,-2").replace(f"{ACCOUNT},VIX,2023-05-17,C,24,4\n", "")
        + f"{ACCOUNT},VX,2023-03-22,,,1\nROTH,VIX,2023-03-22,C,21,1\n"
    )
    code, said = desk.checks(desk.file("p.csv", POSITIONS + stated))
    assert code == 3
    assert [line for line in said if line.startswith("difference")] == [
        "difference ROTH: VIX 2023-03-22 AM C 21: none by the fills, +1 by the broker",
        f"difference {ACCOUNT}: SPXW 2023-03-17 PM C 4300: -1 by the fills, -2 by the broker",
        f"difference {ACCOUNT}: VIX 2023-05-17 AM C 24: +4 by the fills, none by the broker",
        f"difference {ACCOUNT}: VX 2023-03-22: none by the fills, +1 by the broker",
    ]
    assert "note       U7654321: positions: the broker's file does not speak of this account" in said


def test_a_close_without_an_open_is_a_difference(desk: Desk) -> None:
    desk.imports(desk.file(TASTY_NAME, tastytrade_csv(TRADES[8:])))
    code, said = desk.checks()
    assert code == 3
    assert sum("1 contracts were closed that no fill opened" in line for line in said) == 3


SETTLED = (
    "2023-03-17T15:00:00-0500,Receive Deliver,Cash Settled Assignment,BUY_TO_CLOSE,SPXW  230317P03900000,Equity Option,"
    'Cash settlement,"-1,672.00",2,-836.00,--,-10.00,100,SPXW,SPX,3/17/23,3900,PUT,,"-1,682.00",USD'
)


def test_the_brokers_cash_is_held_against_our_settlement_value(desk: Desk) -> None:
    """At a close of 3891.64 two short 3900 puts pay 2 x 8.36 x 100 = 1,672; SPX closed at 3916.64: nothing was due."""
    lines = tastytrade_csv(TRADES[:2]).split("\n")
    desk.imports(desk.file(TASTY_NAME, "\n".join([lines[0], SETTLED, *lines[1:]])))
    after = dt.datetime(2023, 3, 18, 12, tzinfo=dt.UTC)
    code, said = desk.checks(now=after)
    assert code == 0
    assert any("no settlement value: official close of 2023-03-17 is not supplied" in line for line in said)
    for close, differs in (("3891.64", False), ("3916.64", True)):
        value = desk.file("settlement.csv", f"date,symbol,value_pts\n2023-03-17,SPX,{close}\n")
        assert ingest_files([value], desk.settings, now=after, echo=print) == 0
        after += dt.timedelta(minutes=1)
        code, said = desk.checks(now=after)
        assert code == (3 if differs else 0)
        says = "the broker settled for -1,672.00 USD, our settlement value gives 0.00"
        assert any(says in line for line in said) == differs


def test_before_the_first_night_each_import_shows_at_once(desk: Desk) -> None:
    desk.imports(desk.file("a.xml", flex_xml(TRADES[:4])))
    desk.imports(desk.file("b.xml", flex_xml(TRADES)), now=LATER)
    assert "8 legs" in show_book(desk.settings, session_date=None, now=LATER)
    with open_reader(desk.settings.home) as reader:
        assert reader.read(core.CORE_FILLS).height == 11
