"""Which states moved tonight, from what, and by which rule (METHODOLOGY 6).

A night is held against what the moves of all nights before add up to, so that the moves alone replay every state of
every night. On DATA_HOLD nothing moves but what has settled: that is a fact of its settlement value, not of a quote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.layer_rules import unit_of_rule
from transforms.book.positions import ALL_ACCOUNTS
from transforms.book.states import SETTLED_STATE
from transforms.signals.entry_gate import GATE, GateRules
from transforms.thresholds import HOUSE_DEFAULT, VENDOR_RULE, tier_in_force
from warehouse.tables.mart import MART_STATE_CHANGES_DAILY

if TYPE_CHECKING:
    import datetime as dt

CONDOR: Final = "condor"
LAYER_SIGNAL: Final = "layer signal"
LAYER_POSITION: Final = "layer position"
SECOND_ENGINE: Final = "second_engine"
DIAGONAL: Final = "diagonal"
GATE_KIND: Final = "gate"
BOOK: Final = "book"
HELD_KINDS: Final = (CONDOR, DIAGONAL)
SUBJECT: Final = ("account", "subject_kind", "subject")
STATES_SCHEMA: Final = pl.Schema(
    {
        **dict.fromkeys((*SUBJECT, "state", "rule_id"), pl.String()),
        "value": pl.Float64(),
        "threshold": pl.Float64(),
        **dict.fromkeys(("unit", "source_tier", "reason"), pl.String()),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateNight:
    """Tonight's rows of the marts that carry states, and `moved`: mart.state_changes_daily of all sessions before.

    `second_engine` are rows of mart.second_engine_daily, `engine_states` of mart.second_engine_states_daily.
    """

    session_date: dt.date
    condors: pl.DataFrame
    layers: pl.DataFrame
    second_engine: pl.DataFrame
    engine_states: pl.DataFrame
    signals: pl.DataFrame
    book: pl.DataFrame
    moved: pl.DataFrame


def state_changes(night: StateNight, gate_rules: GateRules = GATE) -> pl.DataFrame:
    """List what moved tonight: rows of mart.state_changes_daily."""
    known, tonight = known_states(night.moved), states_of(night, gate_rules)
    is_held = bool(night.book["is_data_hold"].any())
    if is_held:
        tonight = tonight.filter(pl.col("state").eq_missing(SETTLED_STATE))
    moved = (
        tonight.join(known, on=SUBJECT, how="left", validate="1:1", maintain_order="left")
        .filter(pl.col("state").ne_missing(pl.col("from_state")))
        .rename({"state": "to_state"})
    )
    found = moved if is_held else pl.concat([moved, _gone(tonight, known)], how="diagonal")
    rows = found.with_columns(
        session_date=pl.lit(night.session_date),
        source_tier=pl.col("source_tier").fill_null(HOUSE_DEFAULT),
        reason=pl.col("reason").fill_null("no reason on record"),
    )
    return MART_STATE_CHANGES_DAILY.conform(rows).sort(SUBJECT)


def known_states(moved: pl.DataFrame) -> pl.DataFrame:
    """Play the moves one after the other: the state of each subject after the last one, and since when."""
    return (
        moved.sort("session_date")
        .unique(SUBJECT, keep="last", maintain_order=True)
        .select(*SUBJECT, from_state="to_state", from_date="session_date")
    )


def states_of(night: StateNight, gate_rules: GateRules = GATE) -> pl.DataFrame:
    """List every state of the night with the rule behind it: one row per account, kind and subject."""
    found = (
        _condors(night.condors),
        _signals(night.layers),
        _positions(night.layers),
        _engine(night.second_engine, DIAGONAL, pl.col("structure_id")),
        _engine(night.engine_states, SECOND_ENGINE, pl.lit(SECOND_ENGINE)),
        _gate(night.signals, gate_rules),
        _book(night.book),
    )
    return pl.concat([_conformed(rows) for rows in found])


def _gone(tonight: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """What was on record and is no more; of what has settled that was to be expected."""
    is_over = pl.col("from_state").is_null() | (pl.col("from_state") == SETTLED_STATE)
    is_held_kind = pl.col("subject_kind").is_in(HELD_KINDS)
    return (
        known.filter(~is_over)
        .join(tonight, on=SUBJECT, how="anti", maintain_order="left")
        .with_columns(
            to_state=pl.lit(None, dtype=pl.String),
            reason=pl.when(is_held_kind).then(pl.lit("no longer held")).otherwise(pl.lit("not on record tonight")),
        )
    )


def _conformed(rows: pl.DataFrame) -> pl.DataFrame:
    """Columns in order; null for what a kind of state does not carry."""
    return rows.select(
        **{
            name: (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype)
            for name, dtype in STATES_SCHEMA.items()
        }
    )


def _condors(condors: pl.DataFrame) -> pl.DataFrame:
    return condors.select(
        "account",
        "state",
        subject_kind=pl.lit(CONDOR),
        subject="condor_id",
        rule_id=pl.format("condor_{}", pl.col("state").str.to_lowercase()),
        value="trigger_value",
        threshold="trigger_threshold",
        unit="trigger_unit",
        source_tier="trigger_source_tier",
        reason="state_reason",
    )


def _signals(layers: pl.DataFrame) -> pl.DataFrame:
    units = {rule_id: unit_of_rule(rule_id) for rule_id in layers["signal_rule_id"].drop_nulls().unique()}
    return layers.select(
        "account",
        subject_kind=pl.lit(LAYER_SIGNAL),
        subject="layer",
        state="signal_state",
        rule_id="signal_rule_id",
        value="signal_value",
        threshold="signal_threshold",
        unit=pl.col("signal_rule_id").replace_strict(units, default=None, return_dtype=pl.String),
        source_tier="signal_source_tier",
        reason="signal_reason",
    )


def _positions(layers: pl.DataFrame) -> pl.DataFrame:
    return layers.select(
        "account",
        subject_kind=pl.lit(LAYER_POSITION),
        subject="layer",
        state="position_state",
        rule_id=pl.format("layer_position_{}", pl.col("position_state").str.to_lowercase()),
        value="units_held",
        threshold="units_target",
        unit=pl.lit("hedge units"),
        reason=pl.coalesce("position_reason", pl.format("{} held", "position_state")),
    )


def _engine(states: pl.DataFrame, kind: str, subject: pl.Expr) -> pl.DataFrame:
    """The states of the diagonals held, or of an account's second engine, held or not (METHODOLOGY 6.4)."""
    return states.select(
        "account",
        "state",
        subject_kind=pl.lit(kind),
        subject=subject,
        rule_id=pl.format("second_engine_{}", pl.col("state").str.to_lowercase()),
        value="state_value",
        threshold="state_threshold",
        unit="state_unit",
        source_tier="state_source_tier",
        reason="state_reason",
    )


def _gate(signals: pl.DataFrame, rules: GateRules) -> pl.DataFrame:
    """The gate, with the level of VIX that lets it in: the upper one, above the last none."""
    limits = {
        "OPEN_ALL": "open_all_below_vix_pts",
        "NO_AGGRESSIVE": "no_aggressive_to_vix_pts",
        "HOLD_NEW": "hold_new_to_vix_pts",
        "CLOSED": "hold_new_to_vix_pts",
    }
    gate = pl.col("gate")
    levels = {state: float(getattr(rules, name)) for state, name in limits.items()}
    rule_ids = {state: f"{rules.NAME}.{name}" for state, name in limits.items()}
    tiers = {state: tier_in_force(rules, name) for state, name in limits.items()}
    return signals.select(
        account=pl.lit(ALL_ACCOUNTS),
        subject_kind=pl.lit(GATE_KIND),
        subject=pl.lit("VIX"),
        state=gate,
        rule_id=gate.replace_strict(rule_ids, default=None, return_dtype=pl.String),
        value="vix_pts",
        threshold=gate.replace_strict(levels, default=None, return_dtype=pl.Float64),
        unit=pl.lit("index points"),
        source_tier=gate.replace_strict(tiers, default=VENDOR_RULE, return_dtype=pl.String),
        reason=pl.coalesce(pl.format("VIX at {}", pl.col("vix_pts").round(2)), pl.lit("no VIX tonight")),
    )


def _book(book: pl.DataFrame) -> pl.DataFrame:
    """The status; a status of OK was set by no rule, but by the absence of one."""
    return book.select(
        "account",
        subject_kind=pl.lit(BOOK),
        subject=pl.lit(BOOK),
        state="status",
        rule_id=pl.coalesce("status_rule_id", pl.lit("status_ok")),
        value="status_value",
        threshold="status_threshold",
        unit="status_unit",
        source_tier="status_source_tier",
        reason="status_reason",
    )
