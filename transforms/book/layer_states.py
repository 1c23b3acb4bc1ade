"""The signals of every account's layers tonight, from the scores, its condors and the last night on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.layer_rules import RULES, LayerRules, PutSide
from transforms.book.layer_signals import LayerSignal, MarketScores, Night, carried, step
from transforms.book.night_facts import only_number
from transforms.book.positions import ALL_ACCOUNTS, LAYERS
from transforms.book.shapes import CALL_VERTICAL
from transforms.book.states import SETTLED_STATE, SEVERITY
from transforms.market.calendar import previous_session

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

PROFILE_1DTE: Final = "1dte"
SIGNAL_SCHEMA: Final = pl.Schema(
    {
        "account": pl.String(),
        "layer": pl.String(),
        "put_side": pl.String(),
        "signal_state": pl.String(),
        "signal_reason": pl.String(),
        "signal_since_date": pl.Date(),
        "signal_rule_id": pl.String(),
        "signal_value": pl.Float64(),
        "signal_threshold": pl.Float64(),
        "signal_source_tier": pl.String(),
        "armed_quiet_closes": pl.Int64(),
        "active_quiet_closes": pl.Int64(),
        "is_signal_stale": pl.Boolean(),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalInputs:
    """What the signals of one night are read from.

    `condors` as mart.condors_daily of tonight, `previous` the rows of mart.hedge_layers_daily of the last night on
    record, without rows on the first. `hold_reason` says why tonight's data are not to be trusted, none where they are.
    """

    session_date: dt.date
    scores: MarketScores
    condors: pl.DataFrame
    previous: pl.DataFrame
    scopes: Sequence[str]
    hold_reason: str | None = None


def layer_signals(inputs: SignalInputs, rules: LayerRules = RULES) -> pl.DataFrame:
    """Give the signal of each layer of each account: three rows a scope, with the columns of `SIGNAL_SCHEMA`.

    ALL answers to the worst put side of all accounts. An account that was not there on the last night on record starts
    on its first day; where one account and the whole book were the same, the one goes on as the other.
    """
    rows = [row for scope in inputs.scopes for row in _of_scope(inputs, scope, rules)]
    return pl.DataFrame(rows, schema=SIGNAL_SCHEMA, orient="row")


def market_scores(signals: pl.DataFrame) -> MarketScores:
    """Read from the session's row of mart.signals_daily what the layers look at; without a row nothing is known."""
    return MarketScores(
        arm_score=_whole(only_number(signals, "arm_effective_score")),
        accel_score=_whole(only_number(signals, "accel_score")),
        vix_pts=only_number(signals, "vix_pts"),
        contango_frac=only_number(signals, "contango_frac"),
        vix_mean_5_pts=only_number(signals, "vix_mean_5_pts"),
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def put_side(condors: pl.DataFrame, accel_score: int | None, rules: LayerRules = RULES) -> PutSide:
    """Give the worst put side of some condors; OK without one.

    A condor settled today counts with the geometry it ended in. In the profile 1dte a breach that has settled counts
    only while the market accelerates, and as WATCH otherwise. A condor of unknown state leaves it incomplete; a call
    vertical has no put side.
    """
    with_puts = condors.filter(pl.col("kind").ne_missing(CALL_VERTICAL))
    known = [
        _weighed(put, is_settled=state == SETTLED_STATE, accel_score=accel_score, rules=rules)
        for state, put in with_puts.select("state", "put_state").iter_rows()
        if put is not None
    ]
    worst = max(known, key=lambda state: SEVERITY[state], default="OK")
    return PutSide(state=worst, is_complete=len(known) == with_puts.height)


def _weighed(put: str, *, is_settled: bool, accel_score: int | None, rules: LayerRules) -> str:
    is_breach = SEVERITY[put] >= SEVERITY["BREACHED"]
    is_quiet = accel_score is None or accel_score < rules.settled_1dte_accel
    return "WATCH" if rules.profile == PROFILE_1DTE and is_settled and is_breach and is_quiet else put


def _of_scope(inputs: SignalInputs, scope: str, rules: LayerRules) -> list[dict[str, Any]]:
    mine = inputs.condors if scope == ALL_ACCOUNTS else inputs.condors.filter(account=scope)
    put = put_side(mine, inputs.scores.accel_score, rules)
    before = _before(inputs.previous, scope)
    before_date = inputs.previous["session_date"][0] if inputs.previous.height else None
    signals: Mapping[str, LayerSignal]
    if inputs.hold_reason:
        signals = {layer: carried(before.get(layer), before_date, inputs.hold_reason) for layer in LAYERS}
    else:
        night = Night(
            session_date=inputs.session_date,
            scores=inputs.scores,
            put=put,
            previous=before,
            previous_date=before_date,
            is_next_close=before_date == previous_session(inputs.session_date),
        )
        signals = step(night, rules)
    return [
        {"account": scope, "layer": layer, "put_side": put.state, **_columns(signal)}
        for layer, signal in signals.items()
    ]


def _before(previous: pl.DataFrame, scope: str) -> dict[str, LayerSignal]:
    """Last night's signals of a scope; a lone account and the whole book stand for each other."""
    scopes = previous["account"].unique().to_list()
    is_lone = len(scopes) == 1 and ALL_ACCOUNTS in {scope, *scopes}
    rows = previous if is_lone else previous.filter(account=scope)
    return {row["layer"]: _signal(row) for row in rows.iter_rows(named=True)}


def _signal(row: Mapping[str, Any]) -> LayerSignal:
    return LayerSignal(
        state=row["signal_state"],
        reason=row["signal_reason"],
        since_date=row["signal_since_date"],
        rule_id=row["signal_rule_id"],
        value=row["signal_value"],
        threshold=row["signal_threshold"],
        source_tier=row["signal_source_tier"],
        armed_quiet_closes=row["armed_quiet_closes"] or 0,
        active_quiet_closes=row["active_quiet_closes"] or 0,
    )


def _columns(signal: LayerSignal) -> dict[str, Any]:
    return {
        "signal_state": signal.state,
        "signal_reason": signal.reason,
        "signal_since_date": signal.since_date,
        "signal_rule_id": signal.rule_id,
        "signal_value": signal.value,
        "signal_threshold": signal.threshold,
        "signal_source_tier": signal.source_tier,
        "armed_quiet_closes": signal.armed_quiet_closes,
        "active_quiet_closes": signal.active_quiet_closes,
        "is_signal_stale": signal.is_stale,
    }
