"""The second engine's risk: what a VIX call diagonal can lose, and whether it beats a plain debit spread.

METHODOLOGY 4.10, 4.11, 6.4, C3, R8. The loss is not limited to the debit: when VIX spikes the near future outruns the
far one. Convexity is claimed only where it is measured, at -5% and at -10%.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.book.carry import carry
from transforms.book.shapes import VIX_ROOTS
from transforms.risk.engine_rules import RULES, EngineRules
from transforms.risk.engine_states import EngineFacts, engine_state, said
from transforms.risk.engine_values import Diagonal, diagonal_points, size_of
from transforms.risk.repricing import BASE, leg_values
from warehouse.tables.mart import MART_SECOND_ENGINE_DAILY

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from transforms.risk.engine_values import DiagonalPoints
    from transforms.risk.repricing import ScenarioMarket

    Floats = npt.NDArray[np.float64]

SHOCKS: Final = {"m5": -0.05, "m10": -0.10}
NOT_WHOLE: Final = "a leg cannot be repriced in every cell: no mark, no future or no VX curve that reaches it"
NO_REFERENCE: Final = "no priced call above the long strike to make the debit spread of"
NO_CAPITAL: Final = "capital at risk is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInputs:
    """What diagonals are judged from.

    `rows` of the book's `second_engine`, `legs` mart.legs_daily, `marks` tonight's option marks, `margins` of
    `structure_margins`, `condor_max_loss_usd` by account. `hold_reason` says why tonight's states are not to be
    trusted.
    """

    rows: pl.DataFrame
    legs: pl.DataFrame
    market: ScenarioMarket
    marks: pl.DataFrame
    vx_curve: pl.DataFrame
    margins: pl.DataFrame
    condor_max_loss_usd: Mapping[str, float]
    contango_frac: float | None = None
    hold_reason: str | None = None


def engine_risk(inputs: EngineInputs, rules: EngineRules = RULES) -> pl.DataFrame:
    """Add risk, margin and state to every diagonal: rows of mart.second_engine_daily."""
    margins = {(account, name): (usd, why) for account, name, usd, why in inputs.margins.iter_rows()}
    if inputs.rows.is_empty():
        return inputs.rows
    # A diagonal looks for its reference among the VIX calls alone, a small part of the chain.
    calls = inputs.marks.filter(pl.col("root").is_in(VIX_ROOTS), pl.col("right") == "C")
    calls_only = replace(inputs, marks=calls)
    diagonals = _diagonals(calls_only, rules)
    found = [
        _of_diagonal(row, diagonals[row["account"], row["structure_id"]], inputs, margins, rules)
        for row in inputs.rows.to_dicts()
    ]
    return MART_SECOND_ENGINE_DAILY.conform(
        pl.DataFrame(found, schema_overrides=MART_SECOND_ENGINE_DAILY.polars_schema, infer_schema_length=None)
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Held:
    """One account's diagonal: its legs, the nearest first, and what they are worth wherever SPX and the curve go."""

    legs: pl.DataFrame
    values: Diagonal
    reference: _Reference | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Reference:
    """The long leg against a call of its expiry about 8 points up: points of both now and after the `SHOCKS`."""

    name: str
    contract_pts: Floats


def _diagonals(inputs: EngineInputs, rules: EngineRules) -> dict[tuple[str, str], _Held]:
    """Lay the diagonals out by account and structure; contracts that several accounts hold are valued once."""
    legs = inputs.legs.filter(part="second_engine").sort("expiry_date", "instrument_id")
    legs = legs.with_columns(carry(legs, inputs.vx_curve, 1.0).select("rolldown_usd"))
    points: dict[tuple[str, ...], DiagonalPoints] = {}
    references: dict[str, _Reference | None] = {}
    found = {}
    for (account, structure), own in legs.partition_by(
        "account", "structure_id", maintain_order=True, as_dict=True
    ).items():
        contracts = tuple(own["instrument_id"])
        if contracts not in points:
            points[contracts] = diagonal_points(own, inputs.market)
        long = own.filter(own["quantity_qty"] > 0).head(1)
        bought = long.item(0, "instrument_id") if long.height else None
        if bought is not None and bought not in references:
            references[bought] = _reference(long, inputs, rules)
        found[account, structure] = _Held(
            legs=own,
            values=points[contracts].of_size(size_of(own)),
            reference=None if bought is None else references[bought],
        )
    return found


def _of_diagonal(
    row: dict[str, Any],
    held: _Held,
    inputs: EngineInputs,
    margins: Mapping[tuple[str, str], tuple[float | None, str | None]],
    rules: EngineRules,
) -> dict[str, Any]:
    legs, values = held.legs, held.values
    risk = _risk(values, row["debit_usd"])
    margin, margin_reason = margins.get((row["account"], row["structure_id"]), (None, "no margin was computed for it"))
    rows = legs.to_dicts()
    near = rows[0]
    short = next((leg for leg in rows if leg["quantity_qty"] < 0), None)
    facts = EngineFacts(
        contango_frac=inputs.contango_frac,
        worst_loss_usd=risk["worst_grid_loss_usd"],
        condor_max_loss_usd=inputs.condor_max_loss_usd.get(row["account"], 0.0),
        debit_usd=row["debit_usd"],
        near_days=near["dte_days"],
        short_future_pts=short["forward_pts"] if short else None,
        short_strike_pts=short["strike_pts"] if short else None,
    )
    state = engine_state(facts, rules, hold_reason=inputs.hold_reason)
    in_words = f"{said(state)}; {_worst_said(risk)}; {_margin_said(margin, margin_reason)}"
    not_known = state.pop("reason")
    deltas = row["far_vix_delta_usd_per_vx_pt"], row["near_vix_delta_usd_per_vx_pt"]
    return row | {
        "near_future_pts": near["forward_pts"],
        "far_future_pts": rows[-1]["forward_pts"],
        "steepening_exposure_usd_per_vx_pt": deltas[0],
        "parallel_exposure_usd_per_vx_pt": None if None in deltas else sum(deltas),
        "rolldown_usd_per_day": _sum(legs["rolldown_usd"]),
        "path_exponent": _known(values.exponent),
        **{f"path_{name}_far_pts": _known(path.far_pts) for name, path in values.paths.items()},
        **{f"path_{name}_pnl_usd": _known(path.pnl_usd) for name, path in values.paths.items()},
        **{f"shock_{name}_pnl_usd": _known(values.shocks[shock]) for name, shock in SHOCKS.items()},
        **risk,
        **_convexity(held, risk["capital_at_risk_usd"]),
        "margin_usd": margin,
        "margin_reason": margin_reason,
        **state,
        "state_reason": in_words,
        "risk_reason": risk["risk_reason"] or not_known,
    }


def _worst_said(risk: dict[str, Any]) -> str:
    """What it can lose, in words: every message of the second engine says it (METHODOLOGY 6.4)."""
    if risk["worst_grid_loss_usd"] is None:
        return f"worst loss not known: {risk['risk_reason']}"
    multiple = risk["loss_multiple"]
    of_debit = "" if multiple is None else f", {multiple:.1f} times the debit"
    return f"worst loss {-risk['worst_grid_loss_usd']:,.0f} USD{of_debit} ({risk['worst_cell']})"


def _margin_said(margin_usd: float | None, reason: str | None) -> str:
    return f"margin not known: {reason}" if margin_usd is None else f"margin {margin_usd:,.0f} USD"


def _risk(values: Diagonal, debit_usd: float) -> dict[str, Any]:
    """The worst cell, and what it is of the debit. Negative; 0 where nothing loses."""
    cells = values.cells
    paths = [path.pnl_usd for path in values.paths.values()]
    worst_path = None if np.isnan(paths).any() else min(0.0, *paths)
    if np.isnan(list(cells.values())).any():
        return {
            "worst_path_loss_usd": worst_path,
            "worst_grid_loss_usd": None,
            "capital_at_risk_usd": None,
            "risk_reason": NOT_WHOLE,
        }
    cell = min(cells, key=lambda name: cells[name])
    worst, best = min(0.0, cells[cell]), max(values.grid.values())
    lowest = min(values.grid.values())
    return {
        "worst_path_loss_usd": worst_path,
        "worst_grid_loss_usd": worst,
        "worst_cell": cell,
        "loss_multiple": -worst / debit_usd if debit_usd > 0 else None,
        "capital_at_risk_usd": max(debit_usd, -worst),
        "asymmetry": best / -lowest if lowest < 0 else None,
        "risk_reason": None,
    }


def _convexity(held: _Held, capital_usd: float | None) -> dict[str, Any]:
    """Gain per USD at risk, and how much more than a plain debit spread's of the same long leg."""
    five, ten = (held.values.shocks[shock] for shock in SHOCKS.values())
    found: dict[str, Any] = {"convexity_ratio": ten / (2.0 * five) if five > 0 else None}
    spread = _spread(held)
    if capital_usd is None or capital_usd <= 0.0 or spread is None:
        return found | {"convexity_reason": NO_REFERENCE if capital_usd else NO_CAPITAL}
    debit_usd, gains = spread["reference_debit_usd"], spread.pop("gains")
    for (name, _), own, theirs in zip(SHOCKS.items(), (five, ten), gains, strict=True):
        found[f"payoff_per_risk_{name}_frac"] = own / capital_usd
        found[f"convexity_excess_{name}_frac"] = own / capital_usd - theirs / debit_usd
    claimed = all(found[f"convexity_excess_{name}_frac"] > 0 for name in SHOCKS)
    return found | spread | {"is_convexity_claimed": claimed, "convexity_reason": None}


def _spread(held: _Held) -> dict[str, Any] | None:
    """What the debit spread of a diagonal's long leg costs and gains, in its size; none without a reference."""
    if held.reference is None:
        return None
    own = size_of(held.legs.filter(held.legs["quantity_qty"] > 0).head(1))
    usd = np.concatenate([own, -own]) @ held.reference.contract_pts
    if np.isnan(usd).any() or usd[0] <= 0:
        return None
    return {
        "reference_spread": held.reference.name,
        "reference_debit_usd": float(usd[0]),
        "gains": (usd[1:] - usd[0]).tolist(),
    }


def _reference(long: pl.DataFrame, inputs: EngineInputs, rules: EngineRules) -> _Reference | None:
    """The long leg against a call of its expiry about 8 points up; none without a quote."""
    leg = long.row(0, named=True)
    wanted = leg["strike_pts"] + rules.reference_width_pts
    quoted = (
        inputs.marks.filter(
            *(pl.col(name) == leg[name] for name in ("root", "expiry_date", "settlement")),
            pl.col("strike_pts") > leg["strike_pts"],
            pl.col("smile_vol").is_not_null(),
        )
        .with_columns(off=(pl.col("strike_pts") - wanted).abs())
        .sort("off", "strike_pts")
        .head(1)
    )
    if quoted.is_empty() or not leg["is_priced"]:
        return None
    short = long.with_columns(
        strike_pts=pl.lit(quoted["strike_pts"][0]),
        iv_vol=pl.lit(quoted["smile_vol"][0]),
    )
    values = leg_values(pl.concat([long, short]), inputs.market, BASE, [0.0, *SHOCKS.values()]).carried
    name = f"{leg['root']} {leg['expiry_date']} C {leg['strike_pts']:g}/{quoted['strike_pts'][0]:g}"
    return _Reference(name=name, contract_pts=values)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _sum(values: pl.Series) -> float | None:
    return None if values.null_count() else float(values.sum())
