"""Which lines of the fills files are not in the book, until a later file puts them right."""

import datetime as dt
from pathlib import Path

import pytest

from flows.evening import rejected_fills
from flows.ingest import ingest_paths
from flows.series import apply_series
from tests.new_home import open_home
from warehouse.archive import Archive
from warehouse.store import Store

HEADER = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note\n"
LINE = "{id},X,2023-02-01T16:14:00-05:00,SPXW,2023-03-17,P,4250,{quantity},{price},1,half,,\n"
EVENING = dt.datetime(2023, 2, 7, 23, tzinfo=dt.UTC)


def take_in(store: Store, home: Path, name: str, *, after: int, lines: tuple[tuple[str, str, str], ...]) -> None:
    path = home / "landing" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(HEADER + "".join(LINE.format(id=key, quantity=qty, price=price) for key, qty, price in lines))
    now = EVENING + dt.timedelta(minutes=after)
    ingest_paths(store, Archive(home), [path], sources={}, now=now)
    apply_series(store, now=now)


def test_a_line_is_named_until_it_is_put_right(tmp_path: Path) -> None:
    with open_home(tmp_path, "test") as store:
        take_in(store, tmp_path, "book.csv", after=0, lines=(("F1", "-3", "120"), ("F2", "ten", "1")))
        assert rejected_fills(store) == ("book.csv line 3: 'ten' is not a number of contracts, + bought, - sold.",)
        take_in(store, tmp_path, "other.csv", after=1, lines=(("F2", "10", "1"),))
        assert rejected_fills(store) == ()


@pytest.mark.parametrize(("price", "is_named"), [("120", False), ("121", True)])
def test_a_correction_under_a_used_id_is_named(tmp_path: Path, price: str, *, is_named: bool) -> None:
    with open_home(tmp_path, "test") as store:
        take_in(store, tmp_path, "book.csv", after=0, lines=(("F1", "-3", "120"),))
        take_in(store, tmp_path, "book.csv", after=1, lines=(("F1", "-3", price), ("F3", "1", "2")))
        assert [("another fill already" in sentence) for sentence in rejected_fills(store)] == [True] * is_named


def test_a_line_taken_out_of_the_file_is_forgotten(tmp_path: Path) -> None:
    with open_home(tmp_path, "test") as store:
        take_in(store, tmp_path, "book.csv", after=0, lines=(("F1", "-3", "120"), ("F2", "ten", "1")))
        take_in(store, tmp_path, "book.csv", after=1, lines=(("F1", "-3", "120"),))
        assert rejected_fills(store) == ()
