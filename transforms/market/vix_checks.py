"""The VIX recomputed from tonight's chain beside the published one: mart.vix_checks_daily."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.market.vix_index import recompute_vix
from transforms.thresholds import threshold
from warehouse.tables.mart import MART_VIX_CHECKS_DAILY

if TYPE_CHECKING:
    from transforms.market.forwards import Mark
    from transforms.market.vix_index import StripTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class VixCheckRules:
    """How far the recomputed VIX may lie from the published one: the larger of the two."""

    NAME: ClassVar[str] = "vix_recompute"

    limit_pts: float = threshold(
        0.25, unit="index points", says="Data: recomputed VIX off the published by at most", ref="METHODOLOGY 7"
    )
    limit_frac: float = threshold(
        0.01, unit="fraction", says="Data: recomputed VIX off the published by at most, of the VIX", ref="METHODOLOGY 7"
    )


RULES: Final = VixCheckRules()


def vix_check(
    quotes: pl.DataFrame, mark: Mark, published_pts: float | None, rules: VixCheckRules = RULES
) -> pl.DataFrame:
    """Compare the chain's own VIX with the published close.

    One row: the session. `quotes` are rows of `type_quotes` (SPX and SPXW). A null VIX has its reason; without a
    published close the difference and its limit are null. Limit: the larger of 0.25 points and 1% of the VIX.
    """
    recomputed = recompute_vix(quotes, mark.quote_at, mark.curve)
    vix = recomputed.vix_pts
    row = {
        "session_date": mark.session_date,
        "vix_recomputed_pts": vix,
        "vix_published_pts": published_pts,
        "difference_pts": None if vix is None or published_pts is None else vix - published_pts,
        "limit_pts": None if published_pts is None else max(rules.limit_pts, rules.limit_frac * published_pts),
        "reason": recomputed.reason,
        **_term("near", recomputed.near),
        **_term("next", recomputed.next),
    }
    return pl.DataFrame([row], schema=MART_VIX_CHECKS_DAILY.polars_schema)


def _term(name: str, term: StripTerm | None) -> dict[str, object]:
    if term is None:
        return {}
    return {
        f"{name}_root": term.expiry.root,
        f"{name}_expiry_date": term.expiry.expiry_date,
        f"{name}_minutes": term.expiry.minutes,
        f"{name}_rate_frac": term.rate_frac,
        f"{name}_forward_pts": term.strip.forward_pts,
        f"{name}_k0_pts": term.strip.k0_pts,
        f"{name}_strikes_qty": term.strip.strikes_qty,
        f"{name}_variance": term.strip.variance,
    }
