"""Every state of every stored night once more, row by row, read off METHODOLOGY 6.1, 6.2, 6.3, 6.4 and 6.6.

Nothing here calls the program's rules, and every threshold is written out. It starts from what a night measured (spot,
strikes, deltas, forwards, worst losses, scores, alerts) and from its own states of the nights before, never from stored
ones.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.transforms.book.slow_layers import Row as LayerRow
from tests.transforms.book.slow_layers import SlowLayers

if TYPE_CHECKING:
    import datetime as dt

    from warehouse.connection import Connection

Row = dict[str, Any]
RANK = {"OK": 0, "WATCH": 1, "TESTED": 2, "ITM": 3, "BREACHED": 4, "WING": 5}
STATUS = ["OK", "WATCH", "ALERT", "CRITICAL"]
ENGINE_RANK = {"ON": 0, "EXPIRING": 1, "STRESSED": 2}
TABLES = (
    *("signals", "condors", "legs", "hedge_layers", "second_engine", "second_engine_states"),
    *("alerts", "book", "state_changes"),
)


@dataclass(frozen=True)
class History:
    """A warehouse, read whole: the rows of each table by session."""

    rows: dict[str, dict[dt.date, list[Row]]]
    sessions: list[dt.date]

    @classmethod
    def of(cls, connection: Connection) -> History:
        rows: dict[str, dict[dt.date, list[Row]]] = {}
        for table in TABLES:
            by_day: dict[dt.date, list[Row]] = {}
            for row in connection.query(f"select * from mart.{table}_daily order by all").to_dicts():
                by_day.setdefault(row["session_date"], []).append(row)
            rows[table] = by_day
        return cls(rows, sorted(rows["book"]))

    def on(self, table: str, day: dt.date) -> list[Row]:
        return self.rows[table].get(day, [])


def stored_states(history: History) -> dict[tuple[Any, ...], str | None]:
    """The states as the marts have them."""
    found: dict[tuple[Any, ...], str | None] = {}
    for day in history.sessions:
        for row in history.on("condors", day):
            found[day, row["account"], "condor", row["condor_id"]] = row["state"]
        for row in history.on("hedge_layers", day):
            found[day, row["account"], "layer signal", row["layer"]] = row["signal_state"]
        for row in history.on("second_engine", day):
            found[day, row["account"], "diagonal", row["structure_id"]] = row["state"]
        for row in history.on("second_engine_states", day):
            found[day, row["account"], "second_engine", "second_engine"] = row["state"]
        for row in history.on("signals", day):
            found[day, "ALL", "gate", "VIX"] = row["gate"]
        for row in history.on("book", day):
            found[day, row["account"], "book", "book"] = row["status"]
    return found


def slow_states(history: History) -> dict[tuple[Any, ...], str | None]:
    """The same, worked out here."""
    found: dict[tuple[Any, ...], str | None] = {}
    sides_before: dict[tuple[str, str, str], str | None] = {}
    layers: dict[str, SlowLayers] = {}
    shown: dict[str, str] = {}
    for day in history.sessions:
        (signals,) = history.on("signals", day)
        found[day, "ALL", "gate", "VIX"] = gate_of(signals["vix_pts"])
        sides: dict[tuple[str, str, str], str | None] = {}
        worst: dict[tuple[str, str], str] = {}
        for condor in history.on("condors", day):
            name = (condor["account"], condor["condor_id"])
            if condor["state"] == "SETTLED":
                found[day, name[0], "condor", name[1]] = "SETTLED"
                sides[(*name, "put")] = condor["put_state"]
                continue
            legs = [leg for leg in history.on("legs", day) if (leg["account"], leg["structure_id"]) == name]
            for side in ("put", "call"):
                if condor[f"short_{side}_pts"] is not None:
                    before = sides_before.get((*name, side))
                    sides[(*name, side)] = side_state(condor, side, legs, signals["edr_pts"], before)
            both = [sides[(*name, side)] or "OK" for side in ("put", "call") if (*name, side) in sides]
            worst[name] = max(both, key=RANK.__getitem__)
            found[day, name[0], "condor", name[1]] = worst[name]
        sides_before = sides
        layers = layers_of(sorted({row["account"] for row in history.on("hedge_layers", day)}), layers)
        for account, slow in layers.items():
            puts = puts_of(account, sides)
            for layer, state in zip(("L1", "L2", "L3"), slow.close(close_of(signals, puts)), strict=True):
                found[day, account, "layer signal", layer] = state
        engines = engines_of(history, day)
        found |= {(day, *key): state for key, state in engines.items()}
        statuses = {
            row["account"]: own_status(row, sides, worst, engines, history.on("alerts", day))
            for row in history.on("book", day)
        }
        own = [status for account, status in statuses.items() if account != "ALL"]
        if own and "ALL" in statuses:
            statuses["ALL"] = max(own, key=STATUS.index)
        for account, status in statuses.items():
            floor = STATUS.index(shown[account]) - 1 if account in shown else 0
            found[day, account, "book", "book"] = STATUS[max(STATUS.index(status), floor)]
        shown = {account: found[day, account, "book", "book"] or "OK" for account in statuses}
    return found


def layers_of(accounts: list[str], before: dict[str, SlowLayers]) -> dict[str, SlowLayers]:
    """Tonight's accounts with their past; an account alone and the whole book stand for each other."""
    alone = next(iter(before.values())) if len(before) == 1 and "ALL" in {*before, *accounts} else SlowLayers()
    return {account: before.get(account) or copy.deepcopy(alone) for account in accounts}


def puts_of(account: str, sides: dict[tuple[str, str, str], str | None]) -> list[str]:
    """The put sides of an account, those settled today included."""
    mine = ((side, state) for (owner, _, side), state in sides.items() if account in {"ALL", owner})
    return [state for side, state in mine if side == "put" and state is not None]


def close_of(signals: Row, puts: list[str]) -> LayerRow:
    """One close as 6.3 looks at it: the worst put side, OK without one."""
    return LayerRow(
        arm=signals["arm_effective_score"],
        accel=signals["accel_score"],
        vix=signals["vix_pts"],
        contango=signals["contango_frac"],
        mean5=signals["vix_mean_5_pts"],
        put=max(puts, key=RANK.__getitem__, default="OK"),
    )


def gate_of(vix: float) -> str:
    """6.2: VIX<15 OPEN_ALL; 15<=VIX<=20 NO_AGGRESSIVE; 20<VIX<=25 HOLD_NEW; VIX>25 CLOSED."""
    if vix < 15:
        return "OPEN_ALL"
    if vix <= 20:
        return "NO_AGGRESSIVE"
    return "HOLD_NEW" if vix <= 25 else "CLOSED"


def side_state(condor: Row, side: str, legs: list[Row], edr: float | None, before: str | None) -> str:
    """6.1: the put side as the table has it, the call side mirrored."""
    sign = 1.0 if side == "put" else -1.0
    spot, short, long = condor["spot_pts"], condor[f"short_{side}_pts"], condor[f"long_{side}_pts"]
    even = condor[f"break_even_{side}_pts"]
    if sign * (spot - long) <= 0:
        return "WING"
    if sign * (spot - short) < 0:
        has_breach = sign * (even - long) > 0
        return "BREACHED" if has_breach and sign * (spot - even) < 0 else "ITM"
    right = side[0].upper()
    leg = next(leg for leg in legs if leg["right"] == right and leg["strike_pts"] == short and leg["quantity_qty"] < 0)
    delta, touch = leg["delta"], touch_of(condor[f"{side}_itm_frac"])
    distance, is_short_dated = sign * (spot - short), condor["dte_days"] <= 2
    rank_before = RANK[before or "OK"]

    def on(level: str, ups: list[tuple[float | None, float]], downs: list[tuple[float, float | None]]) -> bool:
        up, down = (0.9, 1.1) if rank_before >= RANK[level] else (1.0, 1.0)
        return any(value is not None and value >= up * limit for value, limit in ups) or any(
            limit is not None and value <= down * limit for value, limit in downs
        )

    size = None if delta is None else abs(delta)
    tested = [(distance, None if edr is None else (0.5 if is_short_dated else 1.0) * edr)]
    if not is_short_dated:
        tested.append((distance / spot, 0.01))
    if on("TESTED", [(size, 0.35)], tested):
        return "TESTED"
    near = [(distance, None if edr is None else (1.0 if is_short_dated else 2.0) * edr)]
    return "WATCH" if on("WATCH", [(size, 0.25), (touch, 0.60)], near) else "OK"


def touch_of(itm_frac: float | None) -> float | None:
    """4.15: P_touch = 2 P_itm, at most one; P_itm is the smile's, which a night measures."""
    return None if itm_frac is None else min(1.0, 2 * itm_frac)


def engines_of(history: History, day: dt.date) -> dict[tuple[str, str, str], str | None]:
    """Every diagonal's state, and the second engine's of every account."""
    found = {
        (row["account"], "diagonal", row["structure_id"]): diagonal_state(row, history, day)
        for row in history.on("second_engine", day)
    }
    (signals,) = history.on("signals", day)
    for account in [row["account"] for row in history.on("book", day)]:
        own = [state for (owner, kind, _), state in found.items() if kind == "diagonal" and account in {"ALL", owner}]
        found[account, "second_engine", "second_engine"] = engine_state(own, signals)
    return found


def diagonal_state(row: Row, history: History, day: dt.date) -> str | None:
    """6.4 with a position: STRESSED > EXPIRING > ON. M1>M2 is a negative contango."""
    (signals,) = history.on("signals", day)
    name = (row["account"], row["structure_id"])
    legs = [leg for leg in history.on("legs", day) if (leg["account"], leg["structure_id"]) == name]
    short = next(leg for leg in legs if leg["quantity_qty"] < 0)
    at_risk = sum(
        condor["max_loss_usd"]
        for condor in history.on("condors", day)
        if condor["account"] == row["account"] and condor["state"] != "SETTLED"
    )
    debit = sum(leg["quantity_qty"] * 100 * leg["entry_price_pts"] for leg in legs)
    contango, loss = signals["contango_frac"], row["worst_grid_loss_usd"]
    if contango is not None and contango < 0:
        return "STRESSED"
    if loss is not None and abs(loss) > 0.25 * max(at_risk, debit):
        return "STRESSED"
    if short["forward_pts"] is not None and short["forward_pts"] >= short["strike_pts"]:
        return "STRESSED"
    if contango is None or loss is None:
        return None
    return "EXPIRING" if (min(leg["expiry_date"] for leg in legs) - day).days <= 7 else "ON"


def engine_state(held: list[str | None], signals: Row) -> str | None:
    """6.4 of an account: its worst diagonal, STRESSED even beside an unknown one; CANDIDATE or OFF without any."""
    if held:
        known = [state for state in held if state is not None]
        if "STRESSED" in known or len(known) == len(held):
            return max(known, key=ENGINE_RANK.__getitem__)
        return None
    contango, arm, vix = signals["contango_frac"], signals["arm_effective_score"], signals["vix_pts"]
    is_wanted = [
        None if contango is None else contango >= 0.035,
        None if arm is None else arm >= 2,
        None if vix is None else vix < 20,
    ]
    if False in is_wanted:
        return "OFF"
    return None if None in is_wanted else "CANDIDATE"


def own_status(
    book: Row, sides: dict[Any, str | None], worst: dict[Any, str], engines: dict[Any, str | None], alerts: list[Row]
) -> str:
    """6.6 before the flip rule."""
    account = book["account"]
    mine = {name: state for name, state in worst.items() if account in {"ALL", name[0]}}
    puts = {sides[(*name, "put")] for name in mine if (*name, "put") in sides}
    severities = {row["severity"] for row in alerts if account in {"ALL", row["account"]}}
    is_stressed = engines[account, "second_engine", "second_engine"] == "STRESSED"
    offset, net_liq, used = book["offset_m5_frac"], book["net_liq_usd"], book["margin_used_usd"]
    is_over = None not in {net_liq, used} and (used > 0.8 * net_liq)
    if "WING" in puts or ("BREACHED" in puts and (offset is None or offset < 0.20)) or is_stressed or is_over:
        return "CRITICAL"
    ranks = [RANK[state] for state in mine.values()]
    if any(rank >= RANK["ITM"] for rank in ranks) or "RED" in severities:
        return "ALERT"
    return "WATCH" if any(rank >= RANK["WATCH"] for rank in ranks) or "AMBER" in severities else "OK"


def all_states(history: History, day: dt.date) -> dict[tuple[str, str, str], str | None]:
    """Every state a night has on record, positions included."""
    found = {key[1:]: state for key, state in stored_states(history).items() if key[0] == day}
    for row in history.on("hedge_layers", day):
        found[row["account"], "layer position", row["layer"]] = row["position_state"]
    return found


def moves_between(before: dict[Any, str | None], tonight: dict[Any, str | None]) -> dict[Any, tuple[Any, Any]]:
    """What moved from one night to the next; what has settled is gone without a word."""
    moved = {}
    for key in {*before, *tonight}:
        was, now = before.get(key), tonight.get(key)
        if was != now and not (key not in tonight and was == "SETTLED"):
            moved[key] = (was, now)
    return moved
