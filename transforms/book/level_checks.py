"""The gates that hold a chain against levels: one forward curve, strikes out to the wings, the closes of its own day.

Measured on sixteen real SPX chains of 2022-2024: neighbouring forwards within 90 days stray by at most 0.06% from one
carry; in the fourteen that are not cut to near strikes the last strikes within 60 days have deltas of at most 0.003; at
the seven closes the level of the quotes is up to 0.18% from the official close a quarter of an hour earlier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import polars as pl

from transforms.book.legs import IS_VIX_OPTION
from transforms.book.night_facts import Check, Wording, only_number
from transforms.thresholds import threshold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from transforms.book.night_facts import NightFacts, Severity

NAMED: Final = 8
FEWEST_FORWARDS: Final = 3
FEWEST_FUTURES: Final = 2  # one may be marked late
# Two expiries nearer than a week tell no carry.
SHORTEST_CARRY_YEARS: Final = 7 / 365
EXPIRY: Final = ("root", "expiry_date", "settlement")
_HERE: Final = "docs/metrics.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRules:
    """How far the levels of a chain may stand from each other and from its day's closes."""

    NAME: ClassVar[str] = "level_checks"

    forward_frac: float = threshold(
        0.0025, unit="fraction", says="Data: neighbouring SPX forwards off their carry by at most", ref=_HERE
    )
    forward_days: int = threshold(90, unit="calendar days", says="Data: SPX forwards compared up to", ref=_HERE)
    end_delta: float = threshold(0.10, unit="of delta", says="Data: an expiry’s last strikes have at most", ref=_HERE)
    end_days: int = threshold(60, unit="calendar days", says="Data: SPX expiries that must reach out, up to", ref=_HERE)
    short_expiries_frac: float = threshold(
        0.50, unit="fraction", says="Data: a whole file, cut to near strikes, has more short expiries than", ref=_HERE
    )
    close_warn_frac: float = threshold(
        0.005, unit="fraction", says="Data: SPX quotes off the official close by at most", ref=_HERE
    )
    close_hold_frac: float = threshold(0.03, unit="fraction", says="Data: SPX quotes are no close beyond", ref=_HERE)
    other_close_frac: float = threshold(
        0.0025, unit="fraction", says="Data: SPX quotes are at another session’s close within", ref=_HERE
    )
    vix_off_pts: float = threshold(
        0.50, unit="index points", says="Data: VIX recomputed is not of the session beyond", ref=_HERE
    )
    other_vix_frac: float = threshold(
        0.03, unit="fraction", says="Data: VIX recomputed is another session’s within", ref=_HERE
    )
    vix_settle_pts: float = threshold(
        0.15,
        unit="index points",
        says="Data: VIX parity off tonight’s VX settlements by at most",
        ref="METHODOLOGY 3.5",
    )
    other_vix_settle_pts: float = threshold(
        0.075, unit="index points", says="Data: VIX parity is at another session’s VX settlements within", ref=_HERE
    )


RULES: Final = LevelRules()


def level_checks(facts: NightFacts, rules: LevelRules = RULES) -> Iterator[Check]:
    """Judge the levels of tonight's chains."""
    yield _forwards_in_line(facts, rules)
    yield from _strikes_reach_out(facts, rules)
    yield _spot_near_close(facts, rules)
    yield _spx_chain_of_this_session(facts, rules)
    yield _vix_chain_of_this_session(facts, rules)


def _forwards_in_line(facts: NightFacts, rules: LevelRules) -> Check:
    """SPX forwards that jump between expiries were quoted at two levels of SPX: two downloads in one file."""
    check_id = "forwards_in_line"
    known = facts.forwards.filter(
        pl.col("underlying") == "SPX",
        pl.col("t_years").is_between(0.0, rules.forward_days / 365, closed="right"),
        pl.col("forward_pts").is_not_null(),
    ).sort("t_years", "root")
    if known.height < FEWEST_FORWARDS:
        why = "Too few SPX forwards to compare them."
        return Check.not_applicable(check_id, why, severity="critical", subject="SPX")
    years, log_forward = known["t_years"].to_numpy(), np.log(known["forward_pts"].to_numpy())
    jumps = np.abs(np.diff(log_forward) - _carry(years, log_forward) * np.diff(years))
    worst = int(np.argmax(jumps))
    near, far = (f"{root} {expiry}" for root, expiry in known.select("root", "expiry_date").rows()[worst : worst + 2])
    return Check(
        check_id=check_id,
        subject="SPX",
        severity="critical",
        is_passed=bool(jumps[worst] <= rules.forward_frac),
        value=float(jumps[worst]),
        limit_value=rules.forward_frac,
        unit="fraction of the forward",
        rows_qty=int((jumps > rules.forward_frac).sum()),
        message=f"SPX forwards stray from one carry by at most {jumps[worst]:.2%}, between {near} and {far}.",
    )


def _carry(years: np.ndarray, log_forward: np.ndarray) -> float:
    """The median slope of the log forwards of two expiries at least a week apart (Theil 1950, Sen 1968); else none."""
    low, high = np.triu_indices(years.size, 1)
    apart = years[high] - years[low]
    is_told = apart >= SHORTEST_CARRY_YEARS
    if not is_told.any():
        return 0.0
    return float(np.median((log_forward[high] - log_forward[low])[is_told] / apart[is_told]))


def _strikes_reach_out(facts: NightFacts, rules: LevelRules) -> Iterator[Check]:
    """Expiries whose strikes stop near the money: some in a file that breaks off, most in a file of near strikes."""
    ends = _last_deltas(facts.marks, rules)
    if ends.is_empty():
        why = "No SPX expiry that is alive after tonight has a smile."
        yield Check.not_applicable("strikes_break_off", why, severity="critical", subject="SPX")
        yield Check.not_applicable("near_strikes_only", why, subject="SPX")
        return
    short = ends.filter(pl.col("end_delta") > rules.end_delta)
    share = short.height / ends.height
    is_cut = share > rules.short_expiries_frac
    wording = Wording(
        unit="expiries",
        at_fault="Strikes stop short of the wings, as in a file that breaks off, in",
        all_well="The strikes of every SPX expiry go on to the wings."
        if short.is_empty()
        else "Strikes stop short in most SPX expiries: the file was made of near strikes.",
        names_qty=NAMED,
    )
    names = [] if is_cut else [f"{root} {expiry}" for root, expiry, _ in short.select(EXPIRY).iter_rows()]
    yield Check.of_faults("strikes_break_off", names, wording, severity="critical", subject="SPX")
    within = f"SPX expiries within {rules.end_days} days"
    yield Check(
        check_id="near_strikes_only",
        subject="SPX",
        is_passed=not is_cut,
        value=share,
        limit_value=rules.short_expiries_frac,
        unit="fraction",
        rows_qty=short.height,
        message=f"Strikes of {short.height} of {ends.height} {within} stop near the money.",
    )


def _last_deltas(marks: pl.DataFrame, rules: LevelRules) -> pl.DataFrame:
    """The larger delta of highest call and lowest put of each near SPX expiry that has a smile: `end_delta`."""
    calls, puts = (pl.col("delta").filter(pl.col("right") == right) for right in ("C", "P"))
    return (
        marks.filter(
            pl.col("underlying") == "SPX",
            pl.col("dte_days").is_between(1, rules.end_days),
            pl.col("delta").is_not_null(),
        )
        .sort(*EXPIRY, "strike_pts")
        .group_by(EXPIRY, maintain_order=True)
        .agg(end_delta=pl.max_horizontal(calls.last(), puts.first().abs()))
    )


def _spot_near_close(facts: NightFacts, rules: LevelRules) -> Check:
    spot, close = (only_number(facts.signals, name) for name in ("spot_pts", "index_close_pts"))
    if spot is None or close is None:
        return Check.not_applicable("spot_near_close", "SPX quotes or the official close are missing.", subject="SPX")
    return Check(
        check_id="spot_near_close",
        subject="SPX",
        is_passed=abs(spot / close - 1.0) <= rules.close_warn_frac,
        value=spot / close - 1.0,
        limit_value=rules.close_warn_frac,
        unit="fraction",
        message=f"SPX in its options, {spot:,.2f}, is {spot / close - 1.0:+.2%} from the official close.",
    )


def _spx_chain_of_this_session(facts: NightFacts, rules: LevelRules) -> Check:
    """SPX quotes too far from tonight's close; or off it, at another session's close and at that session's VIX."""
    check_id = "chain_of_this_session"
    spot, close = (only_number(facts.signals, name) for name in ("spot_pts", "index_close_pts"))
    if spot is None or close is None:
        why = "SPX quotes or the official close are missing."
        return Check.not_applicable(check_id, why, severity="critical", subject="SPX")
    other = _session_of(spot, only_number(facts.vix_check, "vix_recomputed_pts"), facts, rules)
    off, limit = abs(spot / close - 1.0), rules.close_hold_frac if other is None else rules.close_warn_frac
    is_passed = off <= limit
    return Check(
        check_id=check_id,
        subject="SPX",
        severity="critical",
        is_passed=is_passed,
        value=off,
        limit_value=limit,
        unit="fraction",
        message="The level of the SPX chain is that of the session."
        if is_passed
        else f"SPX in its options, {spot:,.2f}, is {off:.2%} from the close of the session"
        + ("." if other is None else f", and with the VIX they make it is that of {other}."),
    )


def _session_of(spot: float, vix: float | None, facts: NightFacts, rules: LevelRules) -> dt.date | None:
    """The session before, where the chain meets its closes of SPX and VIX and its VIX is not tonight's.

    Yesterday's quotes read a day later give a VIX that is higher by a sixtieth.
    """
    published = only_number(facts.signals, "vix_pts")
    if vix is None or published is None or abs(vix - published) <= rules.vix_off_pts:
        return None
    earlier = facts.recent.index_levels.filter(pl.col("session_date") < facts.session_date)
    closes = dict(
        earlier.filter(pl.col("session_date") == pl.col("session_date").max()).select("symbol", "close_pts").rows()
    )
    is_met = (
        {"SPX", "VIX"} <= closes.keys()
        and abs(spot / closes["SPX"] - 1.0) <= rules.other_close_frac
        and abs(vix / closes["VIX"] - 1.0) <= rules.other_vix_frac
    )
    return earlier["session_date"].max() if is_met else None  # type: ignore[return-value]  # a column of dates


def _vix_chain_of_this_session(facts: NightFacts, rules: LevelRules) -> Check:
    """VIX option parity off tonight's VX settlements and on those of an earlier session: the chain is of that one."""
    check_id, is_held = "chain_of_this_session", not facts.legs.filter(IS_VIX_OPTION).is_empty()
    severity: Severity = "critical" if is_held else "warning"
    off = _off_settlements(facts)
    tonight = off.filter(session_date=facts.session_date)
    if tonight.is_empty():
        why = "Fewer than two VIX monthlies have both parity and a VX settlement."
        return Check.not_applicable(check_id, why, severity=severity, subject="VIX")
    value, limit = tonight["off_pts"].item(), rules.vix_settle_pts
    others = off.filter(
        pl.col("session_date") < facts.session_date, pl.col("off_pts") <= rules.other_vix_settle_pts
    ).sort("off_pts", "session_date")
    is_passed = value <= limit or others.is_empty()
    return Check(
        check_id=check_id,
        subject="VIX",
        severity=severity,
        is_passed=is_passed,
        value=value,
        limit_value=limit,
        unit="index points",
        rows_qty=tonight["futures_qty"].item(),
        message=f"VIX option parity is {value:.2f} from tonight's VX settlements"
        + ("." if is_passed else f", and {others['off_pts'][0]:.2f} from those of {others['session_date'][0]}."),
    )


def _off_settlements(facts: NightFacts) -> pl.DataFrame:
    """How far the monthlies' parity is from the VX settlements of each recent session: the median of two or more."""
    parity = facts.forwards.filter(pl.col("root") == "VIX", pl.col("parity_forward_pts").is_not_null())
    return (
        facts.recent.vx_settlements.join(parity.select("expiry_date", "parity_forward_pts"), on="expiry_date")
        .with_columns(off_pts=(pl.col("parity_forward_pts") - pl.col("settle_pts")).abs())
        .drop_nulls("off_pts")
        .sort("session_date", "expiry_date")
        .group_by("session_date", maintain_order=True)
        .agg(pl.col("off_pts").median(), futures_qty=pl.len())
        .filter(pl.col("futures_qty") >= FEWEST_FUTURES)
    )
