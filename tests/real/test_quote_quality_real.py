"""Bad quotes of real closes, counted; and what consecutive real downloads say of staleness and listing.

Counts: `counts.csv` of the independently computed values, exact. Its `zero_bid` also counts bids of 0 under an ask of
0, which here are no quotes at all. Looked at in the files themselves: WIDE, 2022-02-04, SPX 2024-12-20 6600 call, 19.20
bid at 99.20; ONE_SIDED, the 8400 call there, 0 at 19.20; the butterfly of 2023-02-07 nearest to giving money away, SPXW
2023-02-10 4330 call, bid 0.10 under the chord 0.133 of the asks 0.15 and 0.10 of 4325 and 4340.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest

from flows.book import build_book
from flows.build import build_core, build_market
from warehouse.store import Store, open_writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.real

CLOSES = ("2022-02-04", "2023-02-07", "2023-02-15", "2023-06-09")
# Downloads of the days around the last close, each with a chain one or two sessions before it.
CONSECUTIVE = ("2023-06-06", "2023-06-07", "2023-06-09", "2023-06-12")
BOUNDS = ("parity", "vertical", "butterfly", "calendar")


@pytest.fixture(scope="module")
def store(another_home: Callable[[], Path]) -> Iterator[Store]:
    """The nights built, from every real file."""
    with open_writer(another_home(), "the test") as opened:
        for session in sorted({*CLOSES, *CONSECUTIVE}):
            for stage in (build_core, build_market, build_book):
                stage(opened, dt.date.fromisoformat(session))
        yield opened


def totals(store: Store, session: str) -> dict[str, dict[str, int]]:
    """Everything counted of a session, by root."""
    counts = store.query("select * from mart.quote_quality_daily where session_date = $day", {"day": session})
    summed = counts.group_by("root").agg(pl.col("^.*_qty$").sum(), expiries=pl.len()).sort("root")
    return {row["root"]: row for row in summed.to_dicts()}


@pytest.mark.parametrize("session", CLOSES)
def test_the_counts_of_a_close_are_those_counted_elsewhere(store: Store, oracle_dir: Path, session: str) -> None:
    oracle = pl.read_csv(oracle_dir / "counts.csv").filter(pl.col("night") == session, pl.col("root") != "ALL")
    counted = totals(store, session)
    assert set(counted) == set(oracle["root"])
    for row in oracle.to_dicts():
        ours = counted[row["root"]]
        print(f"\n{session} {row['root']}", {name: count for name, count in ours.items() if count})  # noqa: T201
        assert {
            "contracts": ours["contracts_qty"],
            "expiries": ours["expiries"],
            "zero_bid": ours["zero_bid_qty"] + row["zero_both"],
            "zero_ask": ours["no_quote_qty"],
            "crossed_ask_positive": ours["crossed_qty"],
            "locked": ours["locked_qty"],
            "zero_bid_ask_over_030": ours["one_sided_qty"],
        } == {
            name: row[name]
            for name in (
                "contracts",
                "expiries",
                "zero_bid",
                "zero_ask",
                "crossed_ask_positive",
                "locked",
                "zero_bid_ask_over_030",
            )
        }
        assert {name: ours[f"{name}_qty"] for name in (*BOUNDS, "unpaired")} == dict.fromkeys((*BOUNDS, "unpaired"), 0)


def test_a_bid_with_a_zero_ask_is_no_quote_and_not_a_crossed_one(store: Store) -> None:
    flags = store.query(
        "select flag from mart.quote_flags_daily where session_date = '2023-02-07' and root = 'SPX' "
        "and expiry_date = '2026-12-18' and \"right\" = 'C' and strike_pts = 200"
    )
    assert flags["flag"].to_list() == ["no_quote"]


@pytest.mark.parametrize("session", CONSECUTIVE)
def test_no_quote_of_consecutive_downloads_is_stale_and_no_spx_contract_goes_missing(
    store: Store, session: str
) -> None:
    spx = totals(store, session)
    assert sum(row["stale_qty"] for row in spx.values()) == 0
    assert sum(row["missing_qty"] for root, row in spx.items() if root.startswith("SPX")) == 0
    compared, unchanged = (sum(row[f"{name}_qty"] for row in spx.values()) for name in ("compared", "unchanged"))
    print(f"\n{session}: {unchanged} of {compared} quotes worth a point repeat")  # noqa: T201
    assert compared > 3_000
    assert unchanged < 0.03 * compared


@pytest.mark.parametrize("session", CLOSES)
def test_no_gate_on_content_holds_a_true_close(store: Store, session: str) -> None:
    critical = "select check_id, message from meta.checks where severity = 'critical' and not is_passed"
    failed = store.query(f"{critical} and session_date = $day", {"day": session})
    assert failed.rows() == []
