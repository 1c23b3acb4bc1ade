"""The book repriced where SPX stands still and only volatility moves: VIX down a quarter, implied vols down a fifth.

METHODOLOGY 4.20, 4.22: a hedge gain goes when vol reverts before SPX recovers; a condor earns when vol is crushed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.book.legs import named_reasons, sum_or_null
from transforms.book.positions import LAYERS, in_scopes
from transforms.market.elasticity import PRIOR, ElasticityPrior, share_of_spot_vix
from transforms.risk.part_sums import NOT_REPRICED
from transforms.risk.repricing import NO_SHOCK, Cells, ScenarioMarket, reprice, values_now
from transforms.thresholds import threshold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from transforms.risk.vol_moves import Futures

    Floats = npt.NDArray[np.float64]

LEG: Final = ("account", "part", "structure_id", "instrument_id")
VIX_DROP: Final = "vix_drop"
VOL_CRUSH: Final = "vol_crush"
GROUPS: Final = ("condor", "hedge", "total")


@dataclass(frozen=True, slots=True, kw_only=True)
class VolAloneRules:
    """How far volatility moves while SPX does not."""

    NAME: ClassVar[str] = "vol_alone"

    vix_drop_frac: float = threshold(
        -0.25, unit="fraction", says="Hedge gain at risk: SPX unchanged and VIX", ref="METHODOLOGY 4.20"
    )
    vol_crush_frac: float = threshold(
        -0.20, unit="fraction", says="Vol crush: SPX unchanged and every implied vol", ref="METHODOLOGY 4.22"
    )


RULES: Final = VolAloneRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotVixMove:
    """Spot VIX by a factor, each future by its beta gV(tau) to it in logs (METHODOLOGY 4.5), SPX vols by a factor."""

    vix_pts: float
    vix_multiple: float
    spx_vol_multiple: float
    prior: ElasticityPrior = PRIOR

    @property
    def vix_after_pts(self) -> Floats:
        """Spot VIX by the factor."""
        return np.array([self.vix_pts * self.vix_multiple])

    def futures_after_pts(self, futures: Futures) -> Floats:
        """Each future by what its days leave of the factor."""
        share = share_of_spot_vix(futures.tau_after_days, self.prior)
        return np.asarray(futures.rolled_pts * self.vix_multiple**share, dtype=np.float64)

    def spx_vol(self, smile_vol: Floats, tenor_days: Floats) -> Floats:  # noqa: ARG002 - one factor for every tenor
        """The smile by its factor."""
        return smile_vol * self.spx_vol_multiple


def vol_alone(
    legs: pl.DataFrame, market: ScenarioMarket, scopes: Sequence[str], rules: VolAloneRules = RULES
) -> pl.DataFrame:
    """Give the P&L of condors, hedge and book when only volatility moves, against the model price now.

    One row per scope, move (vix_drop, vol_crush) and group (condor, hedge, total): `pnl_usd`, null with `reason`. A VIX
    option keeps its own vol; SPX vols fall in the crush only, and VIX by the same share with them.
    """
    drop, crush = 1.0 + rules.vix_drop_frac, 1.0 + rules.vol_crush_frac
    moves = {
        VIX_DROP: SpotVixMove(vix_pts=market.vix, vix_multiple=drop, spx_vol_multiple=1.0, prior=market.prior),
        VOL_CRUSH: SpotVixMove(vix_pts=market.vix, vix_multiple=crush, spx_vol_multiple=crush, prior=market.prior),
    }
    now, size_usd = values_now(legs, market), (legs["quantity_qty"] * legs["multiplier_usd"]).to_numpy()
    rows = []
    for name, move in moves.items():
        after = reprice(legs, market, Cells.of(NO_SHOCK), move).carried
        pnl_usd = pl.Series(size_usd * (after - now)[:, 0], dtype=pl.Float64).fill_nan(None)
        rows.append(legs.select(*LEG, "unpriced_reason").with_columns(move=pl.lit(name), pnl_usd=pnl_usd))
    return _by_group(pl.concat(rows), scopes)


def _by_group(leg_pnl: pl.DataFrame, scopes: Sequence[str]) -> pl.DataFrame:
    named = leg_pnl.with_columns(
        reason=pl.when(pl.col("pnl_usd").is_null()).then(pl.coalesce("unpriced_reason", pl.lit(NOT_REPRICED)))
    )
    grouped = pl.concat(
        [
            named.filter(part="condor").with_columns(group=pl.lit("condor")),
            named.filter(pl.col("part").is_in(LAYERS)).with_columns(group=pl.lit("hedge")),
            named.with_columns(group=pl.lit("total")),
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
