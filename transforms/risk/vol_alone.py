"""The book repriced where SPX stands still and only volatility moves: VIX down a quarter, implied vols down a fifth.

METHODOLOGY 4.20, 4.22: a hedge gain goes when vol reverts before SPX recovers; a condor earns when vol is crushed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.book.legs import IS_SPX_OPTION, named_reasons, sum_or_null
from transforms.book.positions import LAYERS, in_scopes
from transforms.market.elasticity import share_of_spot_vix
from transforms.risk.scenarios import BASE, NO_SHOCK, NOT_REPRICED, ScenarioMarket, SmileVols, leg_values
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

LEG: Final = ("account", "part", "structure_id", "instrument_id")
VIX_DROP: Final = "vix_drop"
VOL_CRUSH: Final = "vol_crush"
GROUPS: Final = ("condor", "hedge", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class VolMoveRules:
    """How far volatility moves while SPX does not."""

    NAME: ClassVar[str] = "vol_moves"

    vix_drop_frac: float = threshold(
        -0.25, unit="fraction", says="Hedge gain at risk: SPX unchanged and VIX", ref="METHODOLOGY 4.20"
    )
    vol_crush_frac: float = threshold(
        -0.20, unit="fraction", says="Vol crush: SPX unchanged and every implied vol", ref="METHODOLOGY 4.22"
    )


RULES: Final = VolMoveRules()


@dataclass(frozen=True, slots=True)
class ScaledSmiles:
    """The quoted smiles with every vol multiplied: what is left of them after a crush."""

    smiles: SmileVols
    multiple: float

    def index_of(self, contracts: pl.DataFrame) -> Positions:
        """Say which smile each row is read on."""
        return self.smiles.index_of(contracts)

    def vol_at(self, expiry_index: npt.ArrayLike, k: npt.ArrayLike) -> Floats:
        """Read the scaled vol at k = ln(K/F)."""
        return self.smiles.vol_at(expiry_index, k) * self.multiple


def vol_moves(
    legs: pl.DataFrame, market: ScenarioMarket, scopes: Sequence[str], rules: VolMoveRules = RULES
) -> pl.DataFrame:
    """Give the P&L of condors, hedge and book when only volatility moves, against the model price now.

    One row per scope, move (vix_drop, vol_crush) and group (condor, hedge, total): `pnl_usd`, null with `reason`. A VIX
    future moves by beta gV(tau) to spot VIX in logs (METHODOLOGY 4.5), a VIX option keeps its own vol; SPX vols are
    multiplied in the crush and stay in the drop of VIX.
    """
    moves = (
        (VIX_DROP, 1.0 + rules.vix_drop_frac, 1.0),
        (VOL_CRUSH, 1.0 + rules.vol_crush_frac, 1.0 + rules.vol_crush_frac),
    )
    rows = [
        _leg_pnl(legs, market, vix_multiple=vix, vol_multiple=vol).with_columns(move=pl.lit(name))
        for name, vix, vol in moves
    ]
    return _by_group(pl.concat(rows), scopes)


def _leg_pnl(legs: pl.DataFrame, market: ScenarioMarket, *, vix_multiple: float, vol_multiple: float) -> pl.DataFrame:
    """One row per leg: its P&L, and why it has none."""
    # The level of VIX is not asked for at an unmoved SPX: any will do, and a night without one can still be repriced.
    quiet = replace(market, vix_pts=market.vix_pts or 1.0)
    crushed = replace(quiet, smiles=ScaledSmiles(market.smiles, vol_multiple))
    share = share_of_spot_vix(legs["dte_days"].cast(pl.Float64).to_numpy(), market.prior)
    moved = legs.with_columns(
        forward_pts=pl.when(IS_SPX_OPTION)
        .then("forward_pts")
        .otherwise(pl.col("forward_pts") * pl.Series(np.power(vix_multiple, share)))
    )
    now = leg_values(legs, quiet, BASE, NO_SHOCK).carried[:, 0]
    after = leg_values(moved, crushed, BASE, NO_SHOCK).carried[:, 0]
    pnl_pts = pl.Series(after - now, dtype=pl.Float64).fill_nan(None)
    return legs.with_columns(pnl_usd=pl.col("quantity_qty") * pl.col("multiplier_usd") * pnl_pts).select(
        *LEG,
        "pnl_usd",
        reason=pl.when(pl.col("pnl_usd").is_null()).then(pl.coalesce("unpriced_reason", pl.lit(NOT_REPRICED))),
    )


def _by_group(leg_pnl: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    grouped = pl.concat(
        [
            leg_pnl.filter(part="condor").with_columns(group=pl.lit("condor")),
            leg_pnl.filter(pl.col("part").is_in(LAYERS)).with_columns(group=pl.lit("hedge")),
            leg_pnl.with_columns(group=pl.lit("total")),
        ]
    )
    every = (
        pl.DataFrame({"account": scopes}, schema={"account": pl.String})
        .join(pl.DataFrame({"move": (VIX_DROP, VOL_CRUSH)}), how="cross")
        .join(pl.DataFrame({"group": GROUPS}), how="cross")
    )
    summed = (
        in_scopes(grouped, scopes)
        .sort("move", "group", *LEG)
        .group_by("account", "move", "group", maintain_order=True)
        .agg(legs_qty=pl.len(), pnl_usd=sum_or_null("pnl_usd"), reason=named_reasons(reason="reason"))
    )
    return (
        every.join(summed, on=["account", "move", "group"], how="left", maintain_order="left", validate="1:1")
        .with_columns(pnl_usd=pl.when(pl.col("legs_qty").is_null()).then(0.0).otherwise("pnl_usd"))
        .drop("legs_qty")
    )
