"""The vendor's entry gate, T1: which new condors a level of VIX lets in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import polars as pl

from transforms.thresholds import VENDOR_RULE, threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRules:
    """The vendor's entry gate, T1: which new condors a level of VIX lets in."""

    NAME: ClassVar[str] = "entry_gate"

    open_all_below_vix_pts: float = threshold(
        15.0,
        unit="index points",
        says="Entry gate: all entries open below VIX",
        source=VENDOR_RULE,
        ref="V20 (METHODOLOGY 6.2)",
    )
    no_aggressive_to_vix_pts: float = threshold(
        20.0,
        unit="index points",
        says="Entry gate: no aggressive entries up to VIX",
        source=VENDOR_RULE,
        ref="V20 (METHODOLOGY 6.2)",
    )
    hold_new_to_vix_pts: float = threshold(
        25.0,
        unit="index points",
        says="Entry gate: hold new entries up to VIX, none above",
        source=VENDOR_RULE,
        ref="V20 (METHODOLOGY 6.2)",
    )


GATE: Final = GateRules()


def entry_gate(vix_pts: pl.Expr, rules: GateRules = GATE) -> pl.Expr:
    """Say what the vendor's entry gate (T1) lets in at this VIX; null without a VIX. METHODOLOGY 6.2."""
    return (
        pl.when(vix_pts < rules.open_all_below_vix_pts)
        .then(pl.lit("OPEN_ALL"))
        .when(vix_pts <= rules.no_aggressive_to_vix_pts)
        .then(pl.lit("NO_AGGRESSIVE"))
        .when(vix_pts <= rules.hold_new_to_vix_pts)
        .then(pl.lit("HOLD_NEW"))
        .when(vix_pts > rules.hold_new_to_vix_pts)
        .then(pl.lit("CLOSED"))
    )
