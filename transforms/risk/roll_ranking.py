"""Which candidates may be done, why the others may not, and which of them come first (METHODOLOGY 4.6, 6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from transforms.risk.roll_eligibility import CONDOR
from transforms.risk.roll_moves import CLOSE, HOLD, REFERENCES
from transforms.risk.roll_rules import LIMITS, RULES, FeasibilityRules, RollRules

NONE: Final = "NONE"
ELIGIBLE: Final = "ELIGIBLE"
FEASIBLE: Final = "FEASIBLE"
BLOCKED: Final = "BLOCKED"
EVENT_WINDOWS: Final = ("PRE", "EVENT_DAY")
# The moves that sell an option which is not held yet.
ENTRIES: Final = ("R1", "R2", "R3", "R4")
COMPARED: Final = {
    "pop_frac": "pop_change_frac",
    "margin_usd": "margin_change_usd",
    "delta_usd_per_pt": "delta_change_usd_per_pt",
}
IS_ROLL: Final = ~pl.col("move").is_in(REFERENCES)
ROUNDING_USD: Final = 1e-6


@dataclass(frozen=True, slots=True)
class EventWindow:
    """Where tonight stands beside the calendar's high-impact events: CLEAR, PRE, EVENT_DAY or POST, and by which."""

    state: str | None = None
    text: str | None = None

    @property
    def is_closed(self) -> bool:
        """Whether no position is opened in it."""
        return self.state in EVENT_WINDOWS


def judged(candidates: pl.DataFrame, event: EventWindow, rules: FeasibilityRules = LIMITS) -> pl.DataFrame:
    """Add status, reason codes and their wording to candidates with outcomes.

    A roll is FEASIBLE or BLOCKED; closing and holding are ELIGIBLE where a roll is looked for, else NONE, and closing
    is BLOCKED where it cannot be done. `reason` lists every code that applies, `reason_text` says each with figures.
    """
    blocks = _blocks(event, rules)
    codes = [pl.when(applies).then(pl.lit(code)) for code, (applies, _) in blocks.items()]
    texts = [pl.when(applies).then(pl.format(f"{code}: {{}}", text)) for code, (applies, text) in blocks.items()]
    unblocked = (
        pl.when(IS_ROLL)
        .then(pl.lit(FEASIBLE))
        .when(pl.col("eligibility").is_null())
        .then(pl.lit(NONE))
        .otherwise(pl.lit(ELIGIBLE))
    )
    return candidates.with_columns(
        reason=pl.concat_str(codes, separator=",", ignore_nulls=True).replace("", None),
        reason_text=pl.concat_str(texts, separator="; ", ignore_nulls=True).replace("", None),
    ).with_columns(
        status=pl.when(pl.col("reason").is_not_null()).then(pl.lit(BLOCKED)).otherwise(unblocked),
        is_cushion_covered=pl.col("open_credit_pts") >= (1.0 + rules.cover_cushion_frac) * pl.col("close_debit_pts"),
        is_target_met=pl.col("roll_net_usd") >= rules.target_net_usd * pl.col("quantity_qty"),
    )


def _blocks(event: EventWindow, rules: FeasibilityRules) -> dict[str, tuple[pl.Expr, pl.Expr]]:
    """Say of each reason code when it applies, and how it is worded."""
    most_usd = rules.most_loss_multiple * pl.col("max_loss_limit_usd")
    could_lose, at_first, net = _rounded("max_loss_after_usd", "max_loss_limit_usd", "roll_net_usd")
    is_entry = pl.col("move").is_in(ENTRIES) & pl.lit(rules.event_blocks and event.is_closed)
    return {
        "QUOTES": (pl.col("quote_reason").is_not_null(), pl.col("quote_reason")),
        "EXPIRED": (pl.col("is_expired"), pl.lit("the series trades no more")),
        "EVENT": (is_entry, pl.lit(event.text or event.state or "")),
        "SIZE": (
            IS_ROLL & (pl.col("new_quantity_qty") != pl.col("quantity_qty")),
            pl.format("{} condors instead of {}", "new_quantity_qty", "quantity_qty"),
        ),
        "ROLLS": (
            IS_ROLL & (pl.col("rolls_qty") >= rules.most_rolls_qty),
            pl.format("rolled {} times", "rolls_qty"),
        ),
        "MAXLOSS": (
            IS_ROLL & (pl.col("max_loss_after_usd") > most_usd + ROUNDING_USD),
            pl.format("{} USD could be lost, {} when it began", could_lose, at_first),
        ),
        "DEBIT": (IS_ROLL & (pl.col("roll_net_usd") < rules.least_net_usd), pl.format("{} USD net", net)),
    }


def ranked(candidates: pl.DataFrame, rules: RollRules = RULES) -> pl.DataFrame:
    """Rank what is feasible, condor by condor: by the gain in the chance of profit, then by credit per day added.

    Adds what each changes against holding (`pop_change_frac, margin_change_usd, delta_change_usd_per_pt`), `rank` (null
    unless feasible) and `is_shown`: the first three, closing and holding.
    """
    held = candidates.filter(pl.col("move") == HOLD).select(*CONDOR, **{f"held_{name}": name for name in COMPARED})
    compared = (
        candidates.join(held, on=CONDOR, how="left", validate="m:1", maintain_order="left")
        .with_columns(**{change: pl.col(name) - pl.col(f"held_{name}") for name, change in COMPARED.items()})
        .drop(f"held_{name}" for name in COMPARED)
    )
    order = (
        compared.filter(pl.col("status") == FEASIBLE)
        .sort(
            *CONDOR,
            "pop_change_frac",
            "credit_per_day_usd",
            "candidate",
            descending=[False, False, True, True, False],
            nulls_last=True,
        )
        .select("row", rank=pl.int_range(1, pl.len() + 1).over(CONDOR))
    )
    return compared.join(order, on="row", how="left", validate="1:1", maintain_order="left").with_columns(
        is_shown=(pl.col("rank") <= rules.shown_qty).fill_null(value=False) | pl.col("move").is_in([CLOSE, HOLD])
    )


def _rounded(*columns: str) -> list[pl.Expr]:
    return [pl.col(column).round(0).cast(pl.Int64) for column in columns]
