"""A line of a fills file that was not understood may be a leg nobody sees: the night says so."""

import polars as pl

from tests.transforms.book.toy_book import FRIDAY, ToyMarket, condor_fills, fills_of, night
from transforms.book.book_warnings import fills_understood
from warehouse.tables.meta import META_CHECKS


def checks_of(*rejected: str) -> pl.DataFrame:
    check = fills_understood(rejected, has_fills=True)
    names = [name for name in META_CHECKS.column_names if hasattr(check, name)]
    return META_CHECKS.conform(
        pl.DataFrame([{name: getattr(check, name) for name in names} | {"session_date": FRIDAY}])
    )


LINE = "book.csv line 4: 'ten' is not a number of contracts, + bought, - sold."


def test_a_line_that_was_not_understood_asks_for_attention() -> None:
    found = night(fills_of(*condor_fills()), ToyMarket(checks=checks_of(LINE)))
    (alert,) = found.alerts.to_dicts()
    assert (alert["account"], alert["rule_id"], alert["severity"]) == ("A", "check_fills_understood", "AMBER")
    assert LINE in alert["message"]
    assert found.book["status"].item() == "WATCH"


def test_it_does_so_in_a_book_that_holds_nothing_else() -> None:
    found = night(fills_of(), ToyMarket(checks=checks_of(LINE)))
    assert found.alerts["account"].to_list() == ["ALL"]
    assert found.book["status"].item() == "WATCH"


def test_every_account_may_lack_the_leg() -> None:
    fills = [*condor_fills(), *condor_fills(account="B")]
    found = night(fills_of(*fills), ToyMarket(checks=checks_of(LINE)))
    assert found.alerts["account"].to_list() == ["A", "B"]


def test_a_file_that_was_understood_says_nothing() -> None:
    found = night(fills_of(*condor_fills()), ToyMarket(checks=checks_of()))
    assert found.alerts.is_empty()
    assert found.book["status"].item() == "OK"
