"""Where a series has a hole too long to look back over, every look back begins anew."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.market.calendar import add_session_number

LONGEST_GAP_SESSIONS: Final = 5  # sessions without a print; Hurricane Sandy and 9/11 closed the exchange and are none


def add_runs(prints: pl.DataFrame) -> pl.DataFrame:
    """Add which unbroken stretch each print belongs to (`run`) and its place in it (`bar`, from 1).

    One row per `session_date`, in order, without nulls in what is measured. A stretch may lack up to five sessions.
    """
    gap = pl.col("session_number").diff().fill_null(1) - 1
    return (
        add_session_number(prints)
        .with_columns(run=(gap > LONGEST_GAP_SESSIONS).cast(pl.Int64).cum_sum())
        .with_columns(bar=pl.int_range(1, pl.len() + 1).over("run"))
        .drop("session_number")
    )
