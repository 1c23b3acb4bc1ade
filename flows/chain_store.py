"""Chains that were read elsewhere, put into the warehouse by its one writer, a batch in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.build import PRICED_TABLES, chosen_chains, list_expiries
from flows.chain_facts import OF_LOAD
from transforms.market.quotes import UNDERLYING_OF_ROOT
from warehouse.tables import core, meta, raw

if TYPE_CHECKING:
    import datetime as dt

    from flows.chain_facts import ChainFacts
    from flows.inbox import Inbox
    from flows.rules import Rules
    from warehouse.store import Store

STAGE: Final = "chains"
# Tables that gain the rows of a new load.
_OF_NEW_LOADS: Final = (
    raw.RAW_OPTION_QUOTES,
    meta.META_LOADS,
    meta.META_REJECTED_ROWS,
    core.CORE_OPTION_CHAINS,
)


@dataclass(slots=True)
class ChainStore:
    """Stores facts of chains, and remembers which session was priced from which loads."""

    store: Store
    inbox: Inbox
    # (session, underlying) to the load its prices in the warehouse are of, as far as they were stored by this run.
    _priced_from: dict[tuple[dt.date, str], str] = field(default_factory=dict)

    def put(self, facts: ChainFacts) -> None:
        """Store what some files gave; loads that came meanwhile by another file are left out."""
        known = self.inbox.known.load_ids
        loads = facts.tables.get(meta.META_LOADS.full_name, meta.META_LOADS.empty())
        loads = loads.filter(~pl.col("load_id").is_in(list(known)))
        for archived, refusal in facts.refused:
            self.inbox.refuse(archived, refusal)
        for archived, file in facts.arrived:
            self.inbox.arrive(archived, file.path.name, file.series_hint)
        for sha256 in loads["content_sha256"].unique():
            self.inbox.forget_refusal(sha256)
        with self.store.stage(STAGE):
            self.inbox.write_held()
            if loads.height:
                self._put_loads(facts, loads)
                self._put_prices(facts, loads)
        self.inbox.tell_journal()
        known.update(loads["load_id"])

    def forget_prices(self) -> None:
        """Take no session for priced any more: what it was priced against has changed."""
        self._priced_from.clear()

    def is_priced(self, session_date: dt.date, rules: Rules) -> bool:
        """Whether this run has stored the prices of a session from the very chains that are to be used."""
        chosen = chosen_chains(self.store, session_date, rules.chains)
        priced = [self._priced_from.get((session_date, underlying)) for underlying in ("SPX", "VIX")]
        return any(priced) and priced == [chosen.spx.load_id, chosen.vix.load_id]

    def _put_loads(self, facts: ChainFacts, loads: pl.DataFrame) -> None:
        are_all_new = loads.height == facts.tables[meta.META_LOADS.full_name].height
        for table in _OF_NEW_LOADS:
            rows = facts.tables[table.full_name]
            if not are_all_new:
                rows = rows.join(loads.select("load_id"), on="load_id", how="semi", maintain_order="left")
            self.store.append_new(table, rows, is_sorted=table is raw.RAW_OPTION_QUOTES)
        self.store.append_new(meta.META_APPLIED_LOADS, loads.select("load_id", applied_at=pl.col("loaded_at")))

    def _put_prices(self, facts: ChainFacts, loads: pl.DataFrame) -> None:
        """Put the prices of a session's chain in the place of what was there; of several chains the last."""
        marks = facts.tables.get(core.CORE_OPTION_MARKS_DAILY.full_name)
        if marks is None:
            return
        of_chain = (
            marks.select("session_date", "underlying", OF_LOAD)
            .unique()
            .join(loads.select("load_id"), left_on=OF_LOAD, right_on="load_id", how="semi")
            .sort("session_date", "underlying", OF_LOAD)
            .unique(["session_date", "underlying"], keep="last", maintain_order=True)
        )
        if of_chain.is_empty():
            return
        priced_qty = marks[OF_LOAD].n_unique()
        self._replace_prices(of_chain, facts, are_all_new=of_chain.height == priced_qty)
        for day, underlying, load_id in of_chain.iter_rows():
            self._priced_from[day, underlying] = load_id

    def _replace_prices(self, of_chain: pl.DataFrame, facts: ChainFacts, *, are_all_new: bool) -> None:
        days = of_chain["session_date"]
        # The bounds let DuckDB pass over what lies outside them.
        where = (
            "session_date between $first and $last "
            "and list_contains($keys, cast(session_date as varchar) || ' ' || root)"
        )
        keys = [
            f"{day} {root}"
            for day, underlying in of_chain.select("session_date", "underlying").iter_rows()
            for root, of in UNDERLYING_OF_ROOT.items()
            if of == underlying
        ]
        params = {"first": days.min(), "last": days.max(), "keys": keys}
        for table in PRICED_TABLES:
            rows = facts.tables[table.full_name]
            if not are_all_new:
                rows = rows.join(of_chain.select(OF_LOAD), on=OF_LOAD, how="semi", maintain_order="left")
            rows = rows.drop(OF_LOAD)
            self.store.replace_where(table, rows, where, params, is_sorted=True)
            if table is core.CORE_FORWARDS_DAILY:
                vx = self.store.read(
                    core.CORE_VX_SETTLEMENTS_DAILY,
                    "list_contains($days, session_date)",
                    {"days": days.unique().to_list()},
                )
                list_expiries(self.store, rows, vx)
