"""Since when a condor has been in its state, and the worst its campaign has seen (METHODOLOGY 6.1)."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.book.states import SEVERITY, STATES

CONDOR: Final = ("account", "condor_id")
POOL: Final = ("account", "pool")
SIDE_STATES: Final = ("put_state", "call_state")


def with_history(
    condors: pl.DataFrame, *, previous: pl.DataFrame | None = None, history: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Say of each condor since when it is in its state, and the worst state of its campaign up to tonight.

    `condors` and `previous` (the session before) as mart.condors_daily; `history` has `account, campaign_id, condor_id,
    put_state, call_state` of all earlier sessions, rolled and closed condors included. A campaign is what rolls share;
    a condor without one is its own. The geometry a condor settled in counts.
    """
    return _with_start(condors, previous).pipe(_with_worst, history)


def _with_start(condors: pl.DataFrame, previous: pl.DataFrame | None) -> pl.DataFrame:
    """A state that was there last night began when it began; a state that is unknown has no beginning."""
    earlier = (condors.clear() if previous is None else previous).select(
        *CONDOR, state_before="state", since_before="state_since_date"
    )
    is_same = pl.col("state").eq(pl.col("state_before")) & pl.col("since_before").is_not_null()
    since = pl.when(is_same).then("since_before").otherwise("session_date")
    return (
        condors.join(earlier, on=CONDOR, how="left", validate="1:1", maintain_order="left")
        .with_columns(state_since_date=pl.when(pl.col("state").is_not_null()).then(since))
        .drop("state_before", "since_before")
    )


def _with_worst(condors: pl.DataFrame, history: pl.DataFrame | None) -> pl.DataFrame:
    columns = ("account", "campaign_id", "condor_id", *SIDE_STATES)
    seen = [condors.select(columns)] if history is None else [condors.select(columns), history.select(columns)]
    severity = pl.max_horizontal(
        pl.col(side).replace_strict(SEVERITY, default=None, return_dtype=pl.Int64) for side in SIDE_STATES
    )
    worst = (
        pl.concat(seen)
        .with_columns(pool=_pool(), severity=severity)
        .group_by(POOL)
        .agg(worst=pl.col("severity").max())
        .with_columns(
            worst_state_in_campaign=pl.col("worst").replace_strict(
                dict(enumerate(STATES)), default=None, return_dtype=pl.String
            )
        )
        .drop("worst")
    )
    return (
        condors.drop("worst_state_in_campaign")
        .with_columns(pool=_pool())
        .join(worst, on=POOL, how="left", validate="m:1", maintain_order="left")
        .select(condors.columns)
    )


def _pool() -> pl.Expr:
    campaign = pl.format("campaign {}", "campaign_id")
    return pl.when(pl.col("campaign_id").is_not_null()).then(campaign).otherwise(pl.format("structure {}", "condor_id"))
