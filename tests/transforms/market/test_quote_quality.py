"""Each kind of bad quote is one row, and a count of its expiry; what cannot be told is null with its reason."""

from __future__ import annotations

import datetime as dt

import polars as pl

from transforms.market.chain_history import ChainBefore
from transforms.market.quote_quality import FLAGS, quote_quality
from warehouse.tables.core import CORE_OPTION_MARKS_DAILY
from warehouse.tables.mart import MART_QUOTE_QUALITY_DAILY

MONDAY, TUESDAY, FRIDAY = dt.date(2025, 10, 6), dt.date(2025, 10, 7), dt.date(2025, 10, 17)
# Quality, bid and ask as transforms/market/quotes.py judges them, and what must be said of each.
QUOTES: dict[float, tuple[str, float, float, dict[str, float | None]]] = {
    100.0: ("OK", 5.0, 5.2, {}),
    110.0: ("CROSSED", 5.2, 5.0, {"crossed": -0.2}),
    120.0: ("LOCKED", 5.0, 5.0, {"locked": 0.0}),
    130.0: ("NO_QUOTE", 4.0, 0.0, {"no_quote": None}),
    140.0: ("ZERO_BID", 0.0, 0.30, {"zero_bid": 0.30}),
    150.0: ("ONE_SIDED", 0.0, 0.35, {"zero_bid": 0.35, "one_sided": 0.35}),
    160.0: ("WIDE", 1.0, 4.0, {"wide": 3.0}),
}


def marks(root: str = "SPXW", expiry: dt.date = FRIDAY, *, years: float = 0.03) -> pl.DataFrame:
    """Both rights of each strike; the puts all sound, far from the calls so that no bound ties them."""
    rows = []
    for strike, (quality, bid, ask, _) in QUOTES.items():
        rows += [("C", strike, bid, ask, quality), ("P", strike, 0.0, 0.05, "ZERO_BID")]
    frame = pl.DataFrame(rows, schema=["right", "strike_pts", "bid_pts", "ask_pts", "mark_quality"], orient="row")
    terms = {
        "session_date": TUESDAY,
        "root": root,
        "underlying": root[:3],
        "expiry_date": expiry,
        "settlement": "PM" if root == "SPXW" else "AM",
        "t_years": years,
    }
    return CORE_OPTION_MARKS_DAILY.conform(frame.with_columns(**{name: pl.lit(value) for name, value in terms.items()}))


def test_what_a_quote_shows_by_itself_is_said_once_for_each_kind() -> None:
    flags = quote_quality(marks(), [], TUESDAY).flags.filter(right="C")
    own = flags.filter(~pl.col("flag").is_in(["parity", "vertical", "butterfly"]))
    said: dict[float, dict[str, float | None]] = {strike: {} for strike in QUOTES}
    for strike, flag, size in own.select("strike_pts", "flag", "size_pts").iter_rows():
        said[strike][flag] = None if size is None else round(size, 6)
    assert said == {strike: expected for strike, (*_, expected) in QUOTES.items()}


def test_each_expiry_counts_its_own() -> None:
    later = dt.date(2025, 11, 21)
    chain = pl.concat([marks(), marks("SPX", later).filter(pl.col("strike_pts") <= 110.0)])
    counts = quote_quality(chain, [], TUESDAY).counts
    assert counts.select("root", "expiry_date", "settlement", "underlying", "dte_days", "contracts_qty").rows() == [
        ("SPX", later, "AM", "SPX", 45, 4),
        ("SPXW", FRIDAY, "PM", "SPX", 10, 14),
    ]
    kinds = ("crossed", "locked", "no_quote", "zero_bid", "one_sided", "wide", "unpaired")
    assert counts.select(f"{kind}_qty" for kind in kinds).rows() == [(1, 0, 0, 2, 0, 0, 0), (1, 1, 1, 9, 1, 1, 0)]


def test_a_strike_with_one_right_is_unpaired() -> None:
    lone = marks().filter(~((pl.col("right") == "P") & (pl.col("strike_pts") == 100.0)))
    found = quote_quality(lone, [], TUESDAY).flags.filter(flag="unpaired")
    assert found.select("right", "strike_pts").rows() == [("C", 100.0)]


def test_without_a_chain_before_nothing_is_stale_or_missing_and_the_reason_is_there() -> None:
    (row,) = quote_quality(marks(), [], TUESDAY).counts.to_dicts()
    assert {row[name] for name in ("stale_qty", "missing_qty", "before_date", "before_qty", "compared_qty")} == {None}
    assert row["history_reason"] == "no chain of the sessions before is loaded"
    assert row["bounds_reason"] is None


def test_an_expiry_that_is_gone_has_a_row_of_its_own() -> None:
    gone = marks("SPX", dt.date(2025, 11, 21))
    before = ChainBefore(underlying="SPX", session_date=MONDAY, quotes=pl.concat([marks(), gone]))
    found = quote_quality(marks(), [before], TUESDAY)
    spx = found.counts.row(0, named=True)
    assert (spx["root"], spx["contracts_qty"], spx["missing_qty"], spx["before_qty"]) == ("SPX", 0, 14, 14)
    assert (spx["parity_qty"], spx["bounds_reason"]) == (None, "no contract of the expiry is listed")
    assert (spx["before_date"], spx["history_reason"]) == (MONDAY, None)
    assert found.counts["missing_qty"].to_list() == [14, 0]


def test_what_has_settled_keeps_no_bound_and_vix_has_no_calendar() -> None:
    chain = pl.concat([marks(expiry=TUESDAY, years=-0.001), marks("VIX", dt.date(2025, 10, 22))])
    settled, vix = quote_quality(chain, [], TUESDAY).counts.to_dicts()
    assert (settled["parity_qty"], settled["calendar_qty"]) == (None, None)
    assert settled["bounds_reason"] == "settled before the quotes"
    assert (vix["parity_qty"] is None, vix["calendar_qty"]) == (False, None)
    assert vix["bounds_reason"] == "calendar not tested: each VIX expiry is on a future of its own"


def test_every_kind_has_its_column_and_a_night_without_chains_has_no_rows() -> None:
    assert {f"{flag}_qty" for flag in FLAGS} <= set(MART_QUOTE_QUALITY_DAILY.column_names)
    nothing = quote_quality(CORE_OPTION_MARKS_DAILY.empty(), [], TUESDAY)
    assert (nothing.flags.height, nothing.counts.height) == (0, 0)
