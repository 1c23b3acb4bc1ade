"""Which files a report lists: of exports that repeat every night one, whatever came later."""

from __future__ import annotations

import datetime as dt

import polars as pl

from flows.publish import loads_used
from tests.flows.invented_rows import row_of
from warehouse.tables import meta

SESSION = dt.date(2026, 4, 29)
# load_id, kind, series, source_file, last day; all begin on 2 January.
LOADS = (
    ("accounts-27", "accounts", None, "accounts_20260427.csv", 27),
    ("accounts-29", "accounts", None, "accounts_20260429.csv", 29),
    ("accounts-30", "accounts", None, "accounts_20260430.csv", 30),  # of the next night
    ("fills-main", "fills", "MAIN", "fills.csv", 28),
    ("fills-family", "fills", "FAMILY", "fills.csv", 30),  # exported later only
    ("vix-28", "index_levels", "VIX", "VIX_History.csv", 28),  # does not reach the session
    ("vix-30", "index_levels", "VIX", "VIX_History.csv", 30),
    ("chain-used", "option_chain", "SPX", "spx.csv", None),
    ("chain-other", "option_chain", "SPX", "spx_noon.csv", None),
)


def test_of_exports_that_repeat_the_one_of_the_night_is_listed() -> None:
    at = dt.datetime(2026, 4, 30, 22, tzinfo=dt.UTC)
    rows = [
        row_of(
            meta.META_LOADS,
            load_id=load_id, kind=kind, series=series, source_file=name, loaded_at=at,
            first_date=dt.date(2026, 1, 2), last_date=day and dt.date(2026, 4, day),
        )
        for load_id, kind, series, name, day in LOADS
    ]  # fmt: skip
    listed = loads_used(pl.concat(rows), pl.DataFrame({"load_id": ["chain-used"]}), SESSION)
    assert set(listed["load_id"]) == {"accounts-29", "fills-main", "fills-family", "vix-30", "chain-used"}
