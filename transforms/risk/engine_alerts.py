"""What the diagonals of the second engine call for: RED when STRESSED, a warning where many debits can be lost.

METHODOLOGY 6.4: the message always says the worst loss and the margin.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.risk.engine_rules import RULES, EngineRules
from transforms.thresholds import tier_in_force

STRESSED: Final = "second_engine_stressed"
LOSS_MULTIPLE: Final = "second_engine_loss_multiple"


def engine_alerts(engine: pl.DataFrame, rules: EngineRules = RULES) -> pl.DataFrame:
    """List the alerts of the diagonals: rows of mart.alerts_daily without dates.

    `engine` rows of mart.second_engine_daily with risk. A loss of many times the debit is a warning, not a state.
    """
    stressed = engine.filter(state="STRESSED").select(
        "account",
        rule_id=pl.lit(STRESSED),
        subject="structure_id",
        severity=pl.lit("RED"),
        value="state_value",
        threshold="state_threshold",
        unit="state_unit",
        source_tier="state_source_tier",
        message=pl.format("{}: second engine {}", "structure_id", "state_reason"),
    )
    multiple = engine.filter(pl.col("loss_multiple") > rules.warned_loss_multiple).select(
        "account",
        rule_id=pl.lit(LOSS_MULTIPLE),
        subject="structure_id",
        severity=pl.lit("AMBER"),
        value="loss_multiple",
        threshold=pl.lit(rules.warned_loss_multiple),
        unit=pl.lit("times the debit"),
        source_tier=pl.lit(tier_in_force(rules, "warned_loss_multiple")),
        message=pl.format(
            "{}: second engine can lose {} times its debit, {} USD ({}); {}",
            "structure_id",
            pl.col("loss_multiple").round(1),
            (-pl.col("worst_grid_loss_usd")).round(0).cast(pl.Int64),
            "worst_cell",
            pl.coalesce(
                pl.format("margin {} USD", pl.col("margin_usd").round(0).cast(pl.Int64)),
                pl.format("margin not known: {}", "margin_reason"),
            ),
        ),
    )
    return pl.concat([stressed, multiple])
