"""View models of the second engine: what each VIX call diagonal is exposed to and can lose. Signs: gain +."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.report.chart_models import Chart
    from transforms.report.models import Measure


@dataclass(frozen=True, slots=True)
class Diagonal:
    """One VIX call diagonal."""

    account: str
    structure_id: str
    legs: str
    state: str
    debit: Measure
    value: Measure
    pnl: Measure
    parallel: Measure
    steepening: Measure
    rolldown: Measure
    shock_m5: Measure
    shock_m10: Measure
    worst_loss: Measure
    worst_cell: str
    loss_multiple: Measure
    margin: Measure
    reference_spread: str
    excess_m5: Measure
    excess_m10: Measure
    convexity: str  # what the comparison with a plain debit spread says, in words


@dataclass(frozen=True, slots=True)
class SecondEngine:
    """The diagonals, and what each makes at its near expiry."""

    diagonals: tuple[Diagonal, ...]
    more_qty: int
    at_near_expiry: Chart
    reason: str  # why there is nothing to list; empty otherwise
