"""From raw rows to the facts that are kept by date: index levels, VX settlements, breadth, rates, events, the book.

One transaction takes in every load that is not yet in core. For each kind the dates those loads touch are computed
again from all loads that cover them, so the result depends on which loads there are and not on their order of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from transforms.book.accounts import type_accounts
from transforms.book.fills import type_fills
from transforms.market.chains import describe_chains
from transforms.market.index_levels import type_index_levels
from transforms.market.quotes import type_quotes
from transforms.market.settlement_values import type_settlement_values
from transforms.market.treasury import type_treasury_yields
from transforms.market.vx_settlements import type_vx_settlements
from transforms.signals.breadth import type_breadth
from transforms.signals.events import type_events
from warehouse.tables import core, meta, raw

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from transforms.market.typing_rules import Typed
    from warehouse.store import Store
    from warehouse.tables.types import Table

_LOAD_COLUMNS = "l.loaded_at, l.format, l.source_file"


@dataclass(frozen=True, slots=True)
class SeriesKind:
    """How one kind of file becomes facts; `date_column` is empty where the table is small and computed whole."""

    kind: str
    raw_table: Table
    core_table: Table
    to_facts: Callable[[pl.DataFrame], Typed]
    date_column: str = ""


BY_DAY = "session_date"
KINDS = (
    SeriesKind(
        "vx_futures", raw.RAW_VX_SETTLEMENTS, core.CORE_VX_SETTLEMENTS_DAILY, type_vx_settlements, "session_date"
    ),
    SeriesKind("index_levels", raw.RAW_INDEX_LEVELS, core.CORE_INDEX_LEVELS_DAILY, type_index_levels, BY_DAY),
    SeriesKind("breadth", raw.RAW_BREADTH, core.CORE_BREADTH_DAILY, type_breadth, BY_DAY),
    SeriesKind("rates", raw.RAW_TREASURY_YIELDS, core.CORE_TREASURY_YIELDS_DAILY, type_treasury_yields, "curve_date"),
    SeriesKind("events", raw.RAW_EVENTS, core.CORE_EVENTS, type_events),
    SeriesKind("fills", raw.RAW_FILLS, core.CORE_FILLS, type_fills),
    SeriesKind("accounts", raw.RAW_ACCOUNTS, core.CORE_ACCOUNTS_DAILY, type_accounts),
    SeriesKind("settlement_values", raw.RAW_SETTLEMENT_VALUES, core.CORE_SETTLEMENT_VALUES, type_settlement_values),
)


def apply_series(store: Store, *, now: dt.datetime) -> None:
    """Take every load that core has not yet seen into the tables kept by date."""
    pending = store.query(
        "select * from meta.loads as l where not exists "
        "(select 1 from meta.applied_loads as a where a.load_id = l.load_id) order by l.load_id"
    )
    unplaced = store.query("select load_id from core.option_chains where session_date is null")["load_id"].to_list()
    if pending.is_empty() and not unplaced:
        return
    with store.stage("series"):
        for kind in KINDS:
            loads = pending.filter(pl.col("kind") == kind.kind)
            if loads.height:
                _apply(store, kind, loads)
        chains = pending.filter(pl.col("kind") == "option_chain")["load_id"].to_list()
        # A VIX chain without a date line waits for VX settlements: look again whenever the series moved.
        _place_chains(store, sorted({*chains, *unplaced}))
        store.append(meta.META_APPLIED_LOADS, pending.select("load_id", applied_at=pl.lit(now)))


def _apply(store: Store, kind: SeriesKind, loads: pl.DataFrame) -> None:
    span = loads.select(pl.col("first_date").min(), pl.col("last_date").max()).row(0)
    first, last = span
    is_whole = not kind.date_column or first is None
    overlap = "" if is_whole else " and l.first_date <= $last and l.last_date >= $first"
    rows = store.query(
        f"select r.*, {_LOAD_COLUMNS} from {kind.raw_table.full_name} as r "  # names of our own declarations
        f"join meta.loads as l on l.load_id = r.load_id where l.kind = $kind{overlap}",
        {"kind": kind.kind} | ({} if is_whole else {"first": first, "last": last}),
    )
    typed = kind.to_facts(rows)
    if is_whole:
        store.replace_all(kind.core_table, typed.rows)
    else:
        within = typed.rows.filter(pl.col(kind.date_column).is_between(first, last))
        store.replace_range(kind.core_table, within, first, last)
    replace_rejects(store, "series", typed.rejected, rows["load_id"].unique().to_list())


def _place_chains(store: Store, load_ids: list[str]) -> None:
    """Say of each chain which session its quotes belong to and whether they are an end of day."""
    if not load_ids:
        return
    described = []
    vx = store.read(core.CORE_VX_SETTLEMENTS_DAILY)
    for load_id in load_ids:
        load = store.query("select * from meta.loads where load_id = $load_id", {"load_id": load_id})
        typed = type_quotes(read_quotes(store, [load_id]))
        described.append(describe_chains(load, typed.rows, vx))
        replace_rejects(store, "series", typed.rejected, [load_id])
    for frame in described:
        for load_id in frame["load_id"].to_list():
            store.replace(core.CORE_OPTION_CHAINS, frame.filter(pl.col("load_id") == load_id), load_id)


def read_quotes(store: Store, load_ids: list[str]) -> pl.DataFrame:
    """Raw quotes of the loads named, with where they came from."""
    return store.query(
        f"select r.*, {_LOAD_COLUMNS} from raw.option_quotes as r join meta.loads as l on l.load_id = r.load_id "
        "where list_contains($load_ids, r.load_id)",
        {"load_ids": load_ids},
    )


def replace_rejects(store: Store, stage: str, rejected: pl.DataFrame, load_ids: list[str]) -> None:
    """Keep what a stage rejected of these loads, in place of what it rejected before."""
    before = store.read(meta.META_REJECTED_ROWS, "list_contains($load_ids, load_id)", {"load_ids": load_ids})
    ours = meta.META_REJECTED_ROWS.conform(rejected).with_columns(stage=pl.lit(stage))
    together = pl.concat([before.filter(pl.col("stage") != stage), ours])
    # Most loads have no rejects, before or now: those need no writing.
    touched = pl.concat([before.filter(pl.col("stage") == stage), ours])["load_id"].unique().sort()
    for load_id in touched:
        store.replace(meta.META_REJECTED_ROWS, together.filter(pl.col("load_id") == load_id), load_id)
