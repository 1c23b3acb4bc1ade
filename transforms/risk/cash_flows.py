"""The cash that went in and out of the book, margin included: what an internal rate of return is taken of.

METHODOLOGY 4.13: margin out at entry and back at release, credits, roll cash, premiums, proceeds, settlements, netted
by session. The hedge is kept apart, so that the book without it is the same rows less some.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.margin import RULES, SPX, VIX, Margin, MarginRules, strategy_margin
from transforms.book.positions import LAYERS, instrument_ids
from transforms.book.structures import group_legs
from transforms.market.calendar import (
    NEW_YORK,
    quote_table_instant,
    sessions_between,
    settlement_instant,
    settlement_session,
)
from transforms.risk.traded_leg import HEDGE, REST, SECOND_ENGINE, SIDES, TradedLeg
from warehouse.tables.mart import MART_CASH_FLOWS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

SIDE_SCHEMA: Final = {"account": pl.String, "label": pl.String, "instrument_id": pl.String, "side": pl.String}
OF_FILL: Final = (
    *("account", "structure", "root", "expiry_date", "settlement", "right", "strike_pts"),
    *("filled_at", "quantity_qty", "price_pts", "fees_usd"),
)
SETTLES: Final = ("settle_at", "settle_date")
NO_MARGIN: Final = Margin(0.0)
AMOUNTS: Final = ("premium_usd", "fees_usd", "settlement_usd", "margin_change_usd")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowInputs:
    """What cash flows are read from: core.fills, `payoffs.settlement_levels`, and index closes for naked legs.

    `index_closes` as core.index_levels_daily; fills after `mark_at` do not count.
    """

    session_date: dt.date
    mark_at: dt.datetime
    fills: pl.DataFrame
    settlements: pl.DataFrame
    index_closes: pl.DataFrame


@dataclass(frozen=True, slots=True)
class CashFlows:
    """`rows` of mart.cash_flows_daily, and `sides`: by account, label and leg the side each open leg was bought on."""

    rows: pl.DataFrame
    sides: pl.DataFrame


def cash_flows(inputs: FlowInputs, rules: MarginRules = RULES) -> CashFlows:
    """List the cash flows of the book up to the mark.

    One row per session, account and side, as mart.cash_flows_daily declares; received +, paid -. A leg's side is what
    it was when bought: hedge for the three layers, second_engine, rest. A fill belongs to the session whose quotes
    come next. A flow that hangs on an unknown settlement value or margin is null with the reason.
    """
    levels = _Levels.of(inputs)
    walks = []
    for account, trades in _by_account(_trades(inputs)).items():
        walk = _Walk(account=account, mark_at=inputs.mark_at, levels=levels, rules=rules)
        for session_date, of_session in _by_session(trades, inputs.mark_at).items():
            walk.go_through(session_date, of_session)
        walks.append(walk)
    rows = [row for walk in walks for row in walk.rows]
    sides = [(leg.account, leg.label, leg.instrument_id, leg.side) for walk in walks for leg in walk.legs.values()]
    frame = pl.DataFrame(rows, infer_schema_length=None) if rows else MART_CASH_FLOWS_DAILY.empty()
    return CashFlows(
        MART_CASH_FLOWS_DAILY.conform(frame).sort("session_date", "account", "side"),
        pl.DataFrame(sides, schema=SIDE_SCHEMA, orient="row"),
    )


def _trades(inputs: FlowInputs) -> list[dict[str, Any]]:
    """The fills that count, in time order, each with the session that values it first."""
    counted = (
        inputs.fills.filter(pl.col("filled_at") <= inputs.mark_at)
        .sort("filled_at", pl.col("place").fill_null(0), "fill_id")
        .select(OF_FILL)
    )
    if counted.is_empty():
        return []
    first: dt.datetime = counted["filled_at"][0]
    days = sessions_between(min(first.astimezone(NEW_YORK).date(), inputs.session_date), inputs.session_date)
    quoted = pl.DataFrame(
        {"session_date": days, "filled_at": [quote_table_instant(day) for day in days]},
        schema_overrides={"filled_at": counted.schema["filled_at"]},
    )
    placed = counted.join_asof(quoted, on="filled_at", strategy="forward")
    rows = placed.with_columns(pl.col("session_date").fill_null(inputs.session_date)).to_dicts()
    series = {(row["root"], row["expiry_date"]) for row in rows}
    settles = {one: {"settle_at": settlement_instant(*one), "settle_date": settlement_session(*one)} for one in series}
    return [
        row | settles[row["root"], row["expiry_date"]] | {"label": row["structure"] or "", "instrument_id": name}
        for row, name in zip(rows, instrument_ids(placed), strict=True)
    ]


def _by_account(trades: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    books: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for trade in trades:
        books[trade["account"]].append(trade)
    return dict(sorted(books.items()))


def _by_session(trades: Iterable[dict[str, Any]], mark_at: dt.datetime) -> dict[dt.date, list[dict[str, Any]]]:
    """The trades of each session in order, sessions on which only something settles included."""
    sessions: defaultdict[dt.date, list[dict[str, Any]]] = defaultdict(list)
    for trade in trades:
        sessions[trade["session_date"]].append(trade)
        if trade["settle_at"] <= mark_at:
            sessions.setdefault(trade["settle_date"], [])
    return dict(sorted(sessions.items()))


@dataclass(frozen=True, slots=True)
class _Levels:
    """Settlement values and index closes, by date and symbol."""

    settled: Mapping[tuple[dt.date, str], float]
    closed: Mapping[tuple[dt.date, str], float]

    @staticmethod
    def of(inputs: FlowInputs) -> _Levels:
        settled = inputs.settlements.select("settle_date", "symbol", "settlement_pts")
        closed = inputs.index_closes.select("session_date", "symbol", "close_pts")
        return _Levels(
            {(day, symbol): level for day, symbol, level in settled.iter_rows()},
            {(day, symbol): level for day, symbol, level in closed.iter_rows()},
        )


@dataclass(slots=True)
class _Sums:
    """The cash of one session and side; the reasons why one of its amounts is not known."""

    amounts: dict[str, float] = field(default_factory=lambda: dict.fromkeys(AMOUNTS, 0.0))
    reasons: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One account on its way through the sessions: `legs` are what is open."""

    account: str
    mark_at: dt.datetime
    levels: _Levels
    rules: MarginRules
    legs: dict[tuple[str, str], TradedLeg] = field(default_factory=dict)
    margins: dict[tuple[str, str], Margin] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def go_through(self, session_date: dt.date, trades: list[dict[str, Any]]) -> None:
        """Book one session: its trades, what settles, then the margin of what was touched."""
        sums: defaultdict[str, _Sums] = defaultdict(_Sums)
        traded = [(self._leg_of(trade), trade) for trade in trades]
        opened = {id(leg) for leg, _ in traded if leg.quantity == 0}
        cash = [leg.trade(trade["quantity_qty"], trade["price_pts"]) for leg, trade in traded]
        self._take_sides(session_date, opened)
        for (leg, trade), usd in zip(traded, cash, strict=True):
            sums[leg.side].amounts["premium_usd"] += usd
            sums[leg.side].amounts["fees_usd"] -= trade["fees_usd"]
        due = {
            key: leg
            for key, leg in self.legs.items()
            if leg.settle_date == session_date and leg.quantity and leg.settle_at <= self.mark_at
        }
        settling = [leg for _, leg in sorted(due.items())]
        for leg in settling:
            self._settle(leg, session_date, sums[leg.side])
        touched = {leg.label for leg, _ in traded} | {leg.label for leg in settling}
        self.legs = {key: leg for key, leg in self.legs.items() if leg.quantity}
        held = self._by_label(touched)
        index_pts = {name: self.levels.closed.get((session_date, name)) for name in (SPX, VIX)}
        for label in sorted(touched):
            self._margin(label, held[label], index_pts, sums)
        self.rows += [_row(session_date, self.account, side, found) for side, found in sorted(sums.items())]

    def _leg_of(self, trade: dict[str, Any]) -> TradedLeg:
        key = trade["label"], trade["instrument_id"]
        if key not in self.legs:
            facts = ("account", "label", "instrument_id", "root", "expiry_date", "right", "strike_pts", *SETTLES)
            self.legs[key] = TradedLeg(
                opened_at=trade["filled_at"],
                first_quantity=trade["quantity_qty"],
                **{name: trade[name] for name in facts},
            )
        return self.legs[key]

    def _take_sides(self, session_date: dt.date, opened: set[int]) -> None:
        """Say on which side VIX legs opened today are; they stay there, whatever their structure becomes."""
        new = [leg for leg in self.legs.values() if id(leg) in opened and not leg.is_spx_option] if opened else []
        if not new:
            return
        labels = {leg.label for leg in new}
        beside = [leg.as_open_leg() for leg in self.legs.values() if leg.label in labels]
        members = group_legs(beside, session_date)
        for leg in new:
            part = members[leg.account, leg.label, leg.instrument_id].part
            leg.side = HEDGE if part in LAYERS else SECOND_ENGINE if part == SECOND_ENGINE else REST

    def _settle(self, leg: TradedLeg, session_date: dt.date, sums: _Sums) -> None:
        level = self.levels.settled.get((session_date, leg.settlement_symbol))
        if level is None:
            sums.reasons.add(f"no settlement value: {leg.settlement_symbol} of {session_date} is not supplied")
        else:
            sums.amounts["settlement_usd"] += leg.settle(level)
        leg.quantity = 0

    def _by_label(self, labels: set[str]) -> dict[str, list[TradedLeg]]:
        """What is open under each label, by instrument."""
        held: dict[str, list[TradedLeg]] = {label: [] for label in labels}
        for key in sorted(key for key in self.legs if key[0] in labels):
            held[key[0]].append(self.legs[key])
        return held

    def _margin(
        self,
        label: str,
        held: list[TradedLeg],
        index_pts: Mapping[str, float | None],
        sums: defaultdict[str, _Sums],
    ) -> None:
        """Book what the margin of a label has changed by, each side by itself."""
        for side in SIDES:
            legs = [leg.as_margin_leg() for leg in held if leg.side == side]
            before = self.margins.get((label, side), NO_MARGIN)
            if not legs and before == NO_MARGIN:
                continue
            now = strategy_margin(legs, index_pts=index_pts, rules=self.rules) if legs else NO_MARGIN
            self.margins[label, side] = now
            if now.usd is None or before.usd is None:
                sums[side].reasons.add(now.reason or before.reason or "margin not known")
            elif now.usd != before.usd:
                sums[side].amounts["margin_change_usd"] -= now.usd - before.usd


def _row(session_date: dt.date, account: str, side: str, sums: _Sums) -> dict[str, Any]:
    reason = "; ".join(sorted(sums.reasons)) or None
    flow_usd = None if reason else sum(sums.amounts.values())
    key = {"session_date": session_date, "account": account, "side": side}
    return key | sums.amounts | {"flow_usd": flow_usd, "reason": reason}
