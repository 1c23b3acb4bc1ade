"""View models of what the book earns on its money, what the vendor claims, and whether the book keeps its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.report.chart_models import Chart
    from transforms.report.models import Measure


@dataclass(frozen=True, slots=True)
class Economy:
    """One figure of the economics, with its band where it has one."""

    name: str
    figure: Measure
    band: str


@dataclass(frozen=True, slots=True)
class CondorEconomy:
    """What waiting is worth to one condor."""

    account: str
    condor_id: str
    hold_edge: Measure
    expectancy: Measure
    theta_press: Measure
    theta_capture: Measure
    half_life: Measure
    need: Measure
    chance: Measure
    time_bought: Measure


@dataclass(frozen=True, slots=True)
class VendorClaim:
    """What the vendor claims beside what this book has measured; no claim is verified here."""

    text: str
    source_ref: str
    status: str
    low: Measure
    high: Measure
    measured: Measure
    measured_as: str
    sessions: Measure


@dataclass(frozen=True, slots=True)
class StewardCheck:
    """One of the ten checks whether the book keeps its own limits."""

    account: str
    check_id: str
    verdict: str  # PASS, FAIL or NA
    value: Measure
    limit: Measure
    source_tier: str
    message: str
    is_promoter_flag: bool


@dataclass(frozen=True, slots=True)
class Economics:
    """Return and cost of the account, what pays for patience, benchmarks, vendor claims, steward checks."""

    figures: tuple[Economy, ...]
    patience: tuple[Economy, ...]
    condors: tuple[CondorEconomy, ...]
    more_condors_qty: int
    benchmarks: Chart
    claims: tuple[VendorClaim, ...]
    steward: tuple[StewardCheck, ...]
