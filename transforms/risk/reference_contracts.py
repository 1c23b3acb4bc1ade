"""The contracts two public benchmarks would trade tonight in our own chain, by their published rules (METHODOLOGY 7).

CNDR: short the 20-delta put and call, long the 5-delta ones, of monthly SPX. VXTH: long the 30-delta monthly VIX call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.market.expirations import is_spx_monthly, is_vix_monthly
from transforms.risk.hedge_rules import SIZING
from transforms.thresholds import STANDARD, threshold
from warehouse.tables.mart import MART_REFERENCE_CONDORS_DAILY

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from transforms.risk.hedge_rules import HedgeSizingRules

CONDOR_LEGS: Final = 4
USD_PER_POINT: Final = 100.0
CONTRACT: Final = ("root", "expiry_date", "settlement", "right", "strike_pts")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkRules:
    """The published rules of the two benchmarks, and what stands in for what they leave to the index's own file."""

    NAME: ClassVar[str] = "benchmarks"

    collateral_multiple: float = threshold(
        10.0, unit="multiple", says="CNDR: Treasury bills, of the maximum loss", source=STANDARD, ref="Cboe CNDR"
    )
    tail_delta: float = threshold(0.30, unit="delta", says="VXTH: VIX call at", source=STANDARD, ref="Cboe VXTH")
    tail_levels_pts: tuple[float, float, float] = threshold(
        (15.0, 30.0, 50.0),
        unit="index points",
        says="VXTH: weight changes above forward VIX",
        source=STANDARD,
        ref="Cboe VXTH",
    )
    tail_weights_frac: tuple[float, float, float, float] = threshold(
        (0.0, 0.01, 0.005, 0.0), unit="fraction", says="VXTH: weights of the calls", source=STANDARD, ref="Cboe VXTH"
    )
    tail_days: int = threshold(
        30, unit="calendar days", says="VXTH: the monthly nearest", source=STANDARD, ref="Cboe VXTH"
    )

    def tail_weight(self, forward_vix_pts: float) -> float:
        """Give the share of VXTH in VIX calls at this forward VIX: a level belongs to the band below it."""
        return self.tail_weights_frac[sum(forward_vix_pts > level for level in self.tail_levels_pts)]


RULES: Final = BenchmarkRules()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Quoted contracts of the chain, `quantity_qty` each; none with the reason."""

    legs: pl.DataFrame
    reason: str | None = None

    @property
    def price_pts(self) -> float:
        """What one of it costs at the marks; a credit is negative."""
        return float((self.legs["quantity_qty"] * self.legs["mark_pts"]).sum())

    @property
    def strikes(self) -> list[float]:
        """Strikes in rising order."""
        return self.legs["strike_pts"].to_list()

    def first(self, column: str) -> object:
        """A value all legs share."""
        return self.legs[column][0]


def cndr_condor(marks: pl.DataFrame, rules: HedgeSizingRules = SIZING) -> Chosen:
    """Choose the condor CNDR would sell tonight: the SPX monthly nearest 30 days, strikes by N(d1), ties the lower one.

    `marks` of core.option_marks_daily. Where the chain has no SPX (AM) series the SPXW of a third Friday stands in, as
    the root says. Only contracts with a bid are taken. Without a condor there are no legs, and the reason.
    """
    quoted = _quoted(marks, "SPX")
    am = quoted.filter(root="SPX")
    series = quoted.filter(root="SPXW").pipe(_only_monthly, is_spx_monthly) if am.is_empty() else am
    month = _nearest(series, rules.reference_days)
    wanted = (
        ("P", -rules.reference_long_delta, 1),
        ("P", -rules.reference_short_delta, -1),
        ("C", rules.reference_short_delta, -1),
        ("C", rules.reference_long_delta, 1),
    )
    legs = pl.concat([_at_delta(month, *leg) for leg in wanted])
    strikes = legs["strike_pts"].to_list()
    if len(set(strikes)) != CONDOR_LEGS or strikes != sorted(strikes):
        deltas = f"{100 * rules.reference_short_delta:g} and {100 * rules.reference_long_delta:g} delta"
        return Chosen(legs.clear(), f"no monthly SPX options at {deltas} in tonight's chain")
    return Chosen(legs)


def tail_call(marks: pl.DataFrame, rules: BenchmarkRules = RULES) -> Chosen:
    """Choose the call VXTH would buy tonight: the VIX monthly nearest 30 days at 0.30 delta, ties the lower strike."""
    monthlies = _quoted(marks, "VIX").filter(right="C").pipe(_only_monthly, is_vix_monthly)
    if monthlies.is_empty():
        return Chosen(monthlies, "no monthly VIX call is quoted tonight")
    return Chosen(_at_delta(_nearest(monthlies, rules.tail_days), "C", rules.tail_delta, 1))


def reference_condor_row(chosen: Chosen, session_date: dt.date) -> pl.DataFrame:
    """Describe tonight's reference condor, one contract: a row of mart.reference_condors_daily."""
    if chosen.reason is not None:
        return MART_REFERENCE_CONDORS_DAILY.conform(
            pl.DataFrame([{"session_date": session_date, "reason": chosen.reason}])
        )
    legs, strikes, credit = chosen.legs, chosen.strikes, -chosen.price_pts
    quantity, deltas = legs["quantity_qty"], legs["delta"].to_list()
    at_quotes = pl.Series([row["bid_pts"] if row["quantity_qty"] < 0 else row["ask_pts"] for row in legs.to_dicts()])
    width = max(strikes[1] - strikes[0], strikes[3] - strikes[2])
    named = dict(
        zip(("long_put", "short_put", "short_call", "long_call"), zip(strikes, deltas, strict=True), strict=True)
    )
    row = {
        "session_date": session_date,
        **{name: chosen.first(name) for name in ("root", "expiry_date", "settlement", "dte_days", "forward_pts")},
        **{f"{name}_pts": strike for name, (strike, _) in named.items()},
        **{f"{name}_delta": delta for name, (_, delta) in named.items()},
        "credit_pts": credit,
        "credit_at_quotes_pts": -float((quantity * at_quotes).sum()),
        "max_loss_usd": (width - credit) * USD_PER_POINT,
        "margin_usd": width * USD_PER_POINT,
        "break_even_put_pts": strikes[1] - credit,
        "break_even_call_pts": strikes[2] + credit,
        "theta_usd_per_day": float((quantity * legs["theta_pts_per_day"]).sum()) * USD_PER_POINT,
    }
    return MART_REFERENCE_CONDORS_DAILY.conform(pl.DataFrame([row]))


def _quoted(marks: pl.DataFrame, underlying: str) -> pl.DataFrame:
    """What can be traded tonight and settles later: a bid, a mark, a delta."""
    has_price = pl.all_horizontal(pl.col("mark_pts", "delta", "forward_pts").is_not_null())
    return (
        marks.with_columns(dte_days=(pl.col("expiry_date") - pl.col("session_date")).dt.total_days())
        .filter(pl.col("underlying") == underlying, pl.col("bid_pts") > 0.0, pl.col("dte_days") > 0, has_price)
        .select(*CONTRACT, *("dte_days", "bid_pts", "ask_pts", "mark_pts", "delta", "forward_pts", "theta_pts_per_day"))
    )


def _only_monthly(quoted: pl.DataFrame, is_monthly: Callable[[dt.date], bool]) -> pl.DataFrame:
    monthly = [day for day in quoted["expiry_date"].unique() if is_monthly(day)]
    return quoted.filter(pl.col("expiry_date").is_in(monthly))


def _nearest(quoted: pl.DataFrame, target_days: int) -> pl.DataFrame:
    """The quotes of the expiry nearest the target, the earlier of two as near."""
    off_target = (pl.col("dte_days") - target_days).abs()
    nearest = quoted.select("expiry_date", off=off_target).sort("off", "expiry_date").head(1)
    return quoted.join(nearest.select("expiry_date"), on="expiry_date", how="semi", maintain_order="left")


def _at_delta(quoted: pl.DataFrame, right: str, delta: float, quantity: int) -> pl.DataFrame:
    return (
        quoted.filter(right=right)
        .with_columns(off_delta=(pl.col("delta") - delta).abs(), quantity_qty=pl.lit(quantity, dtype=pl.Int64))
        .sort("off_delta", "strike_pts")
        .drop("off_delta")
        .head(1)
    )
