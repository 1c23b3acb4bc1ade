"""From raw rows to the facts that are kept by date: index levels, VX settlements, breadth, rates, valuation, events.

One transaction takes in every load that is not yet in core. For each kind the dates those loads touch are computed
again from all loads that cover them, so the result depends on which loads there are and not on their order of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from flows.errors import RawQuotesDropped
from flows.rules import RULES, Rules
from transforms.book.accounts import type_accounts
from transforms.book.fills import broker_events, type_fills
from transforms.market.chains import describe_chains
from transforms.market.index_levels import type_index_levels
from transforms.market.quotes import type_quotes
from transforms.market.settlement_values import type_settlement_values
from transforms.market.treasury import type_treasury_yields
from transforms.market.valuation import type_valuation
from transforms.market.vx_settlements import type_vx_settlements
from transforms.signals.breadth import type_breadth
from transforms.signals.events import type_events
from warehouse.tables import core, meta, raw

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from transforms.market.typing_rules import Typed
    from warehouse.store import Store
    from warehouse.tables.types import Table

_LOAD_COLUMNS = "l.loaded_at, l.format, l.source_file"
# Of `meta.loads as l`: the loads that count.
IN_FORCE = "l.load_id not in (select w.load_id from meta.withdrawn_loads as w)"


STAGE = "series"
QUOTES_AT_A_TIME = 400_000  # twenty full chains, or years of a sparse history


@dataclass(frozen=True, slots=True)
class SeriesKind:
    """How one kind of file becomes facts: by the dates of the core table's partition, or whole where it has none.

    `more_raw` are raw tables of other files of the kind, `beside` further tables read whole from the same rows.
    """

    kind: str
    raw_table: Table
    core_table: Table
    to_facts: Callable[[pl.DataFrame], Typed]
    more_raw: tuple[Table, ...] = ()
    beside: tuple[tuple[Table, Callable[[pl.DataFrame], pl.DataFrame]], ...] = ()


KINDS = (
    SeriesKind("vx_futures", raw.RAW_VX_SETTLEMENTS, core.CORE_VX_SETTLEMENTS_DAILY, type_vx_settlements),
    SeriesKind("index_levels", raw.RAW_INDEX_LEVELS, core.CORE_INDEX_LEVELS_DAILY, type_index_levels),
    SeriesKind("breadth", raw.RAW_BREADTH, core.CORE_BREADTH_DAILY, type_breadth),
    SeriesKind("rates", raw.RAW_TREASURY_YIELDS, core.CORE_TREASURY_YIELDS_DAILY, type_treasury_yields),
    SeriesKind("valuation", raw.RAW_VALUATION, core.CORE_VALUATION_MONTHLY, type_valuation),
    SeriesKind("events", raw.RAW_EVENTS, core.CORE_EVENTS, type_events),
    SeriesKind(
        "fills",
        raw.RAW_FILLS,
        core.CORE_FILLS,
        type_fills,
        more_raw=(raw.RAW_BROKER_ROWS,),
        beside=((core.CORE_BROKER_EVENTS, broker_events),),
    ),
    SeriesKind("accounts", raw.RAW_ACCOUNTS, core.CORE_ACCOUNTS_DAILY, type_accounts),
    SeriesKind("settlement_values", raw.RAW_SETTLEMENT_VALUES, core.CORE_SETTLEMENT_VALUES, type_settlement_values),
)


def apply_series(store: Store, rules: Rules = RULES, *, now: dt.datetime) -> None:
    """Take every load that core has not yet seen into the tables kept by date.

    Chains are placed by the rules of the moment they come in.
    """
    pending = store.query(
        "select * from meta.loads as l where not exists "
        "(select 1 from meta.applied_loads as a where a.load_id = l.load_id) order by l.load_id"
    )
    if pending.is_empty():
        return
    with store.stage(STAGE):
        recompute(store, pending, rules)
        store.append(meta.META_APPLIED_LOADS, pending.select("load_id", applied_at=pl.lit(now)))


def recompute(store: Store, loads: pl.DataFrame, rules: Rules) -> None:
    """Compute the facts these loads touch again, from all loads in force; call it within a stage.

    `loads` are rows of meta.loads: new ones, withdrawn ones, or such as have just been taken out of the table.
    """
    for kind in KINDS:
        of_kind = loads.filter(pl.col("kind") == kind.kind)
        if of_kind.height:
            _apply(store, kind, of_kind)
    _place_chains(store, _chains_to_place(store, loads), rules)


def _apply(store: Store, kind: SeriesKind, loads: pl.DataFrame) -> None:
    """Compute the facts of the dates these loads touch, from all loads of the kind in force that cover one of them.

    A load whose dates the parser could not tell may hold any; it is read every time.
    """
    first, last = loads.select(pl.col("first_date").min(), pl.col("last_date").max()).row(0)
    is_whole = not kind.core_table.partition or loads["first_date"].null_count() > 0
    overlap = "" if is_whole else " and coalesce(l.first_date <= $last and l.last_date >= $first, true)"
    params = {"kind": kind.kind} | ({} if is_whole else {"first": first, "last": last})
    rows = pl.concat(
        [
            store.query(
                f"select r.*, {_LOAD_COLUMNS} from {table.full_name} as r "  # names of our own declarations
                f"join meta.loads as l on l.load_id = r.load_id where l.kind = $kind and {IN_FORCE}{overlap}",
                params,
            )
            for table in (kind.raw_table, *kind.more_raw)
        ],
        how="diagonal",
    )
    typed = kind.to_facts(rows)
    if is_whole:
        store.replace_all(kind.core_table, typed.rows)
    else:
        within = typed.rows.filter(pl.col(kind.core_table.partition).is_between(first, last))
        store.replace_range(kind.core_table, within, first, last)
    for table, to_rows in kind.beside:
        store.replace_all(table, to_rows(rows))
    _replace_rejects(store, typed.rejected, pl.concat([rows["load_id"], loads["load_id"]]).unique().to_list())


def _chains_to_place(store: Store, pending: pl.DataFrame) -> list[str]:
    """The new chains; and where VX settlements came, the chains that are placed by them and may now stand elsewhere."""
    chains = pending.filter(pl.col("kind") == "option_chain")["load_id"].to_list()
    if "vx_futures" in pending["kind"]:
        by_vx = "underlying = 'VIX' and (session_date is null or session_from = 'vx_parity')"
        chains += store.read(core.CORE_OPTION_CHAINS, by_vx)["load_id"].to_list()
    return sorted(set(chains))


def _place_chains(store: Store, load_ids: list[str], rules: Rules) -> None:
    """Say of each chain which session its quotes belong to and whether they are an end of day.

    A file of many sessions is so many loads: they are read some at a time, whole ones. A withdrawn one has no place.
    """
    if not load_ids:
        return
    vx = store.read(core.CORE_VX_SETTLEMENTS_DAILY)
    params = {"load_ids": load_ids}
    loads = store.query(
        f"select l.* from meta.loads as l where list_contains($load_ids, l.load_id) and {IN_FORCE} order by l.load_id",
        params,
    )
    _replace_rejects(store, meta.META_REJECTED_ROWS.empty(), sorted(set(load_ids) - set(loads["load_id"])))
    batch_of = (loads["rows_qty"].fill_null(0).cum_sum() - 1) // QUOTES_AT_A_TIME
    placed = []
    for batch in loads.with_columns(batch=batch_of).partition_by("batch", include_key=False):
        batch_ids = batch["load_id"].to_list()
        typed = type_quotes(read_quotes(store, batch_ids), rules.quotes)
        placed.append(describe_chains(batch, typed.rows, vx, rules=rules.chains, clock_rules=rules.quote_clock))
        _replace_rejects(store, typed.rejected, batch_ids)
    chains = pl.concat([core.CORE_OPTION_CHAINS.empty(), *placed])
    store.replace_where(core.CORE_OPTION_CHAINS, chains, "list_contains($load_ids, load_id)", params)


def read_quotes(store: Store, load_ids: Sequence[str]) -> pl.DataFrame:
    """Raw quotes of chain loads, with where they came from.

    Raises:
        RawQuotesDropped: a load had rows once, and retention has dropped them: nothing is priced from what is left.
    """
    quotes = store.query(
        f"select r.*, {_LOAD_COLUMNS} from raw.option_quotes as r join meta.loads as l on l.load_id = r.load_id "
        "where r.load_id in (select unnest($load_ids))",  # 13 ms of a million rows; with list_contains 95 ms
        {"load_ids": list(load_ids)},
    )
    without = sorted(set(load_ids) - set(quotes["load_id"]))
    if without:
        had_rows = "list_contains($load_ids, load_id) and rows_qty > 0"
        dropped = store.read(meta.META_LOADS, had_rows, {"load_ids": without})
        if dropped.height:
            raise RawQuotesDropped(dropped["source_file"][0], dropped["load_id"][0])
    return quotes


def _replace_rejects(store: Store, rejected: pl.DataFrame, load_ids: list[str]) -> None:
    """Keep what typing rejected of these loads, in place of what it rejected before."""
    before = store.read(meta.META_REJECTED_ROWS, "list_contains($load_ids, load_id)", {"load_ids": load_ids})
    ours = meta.META_REJECTED_ROWS.conform(rejected).with_columns(stage=pl.lit(STAGE))
    together = pl.concat([before.filter(pl.col("stage") != STAGE), ours])
    # Most loads have no rejects, before or now: those need no writing.
    touched = pl.concat([before.filter(pl.col("stage") == STAGE), ours])["load_id"].unique().sort()
    for load_id in touched:
        store.replace(meta.META_REJECTED_ROWS, together.filter(pl.col("load_id") == load_id), load_id)
