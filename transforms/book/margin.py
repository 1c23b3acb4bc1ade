"""What a strategy-based broker holds against short options: a condor's wider side, a spread's width, a naked leg.

Long options are paid in full and cost no margin (METHODOLOGY 7: Cboe margin manual, RG07-043; C2 RG11-017 for AM and
PM). A calendar of VIX options is two bets on two futures: its short leg is naked unless the rule says otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from transforms.market.calendar import settlement_instant
from transforms.thresholds import STANDARD, threshold

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

SPX: Final = "SPX"
VIX: Final = "VIX"
UNDERLYING_OF_ROOT: Final = {"SPX": SPX, "SPXW": SPX, "VIX": VIX, "VIXW": VIX}
NAKED: Final = "naked"
COVERED: Final = "covered"
MANUAL: Final = "Cboe margin manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginRules:
    """What a naked leg and a future need, and whether a later VIX call covers an earlier one."""

    NAME: ClassVar[str] = "margin"

    spx_naked_frac: float = threshold(
        0.15,
        unit="fraction",
        says="Naked SPX option: of the index, less what it is out of",
        source=STANDARD,
        ref=MANUAL,
    )
    spx_naked_least_frac: float = threshold(
        0.10, unit="fraction", says="Naked SPX option: at least, of index or put strike", source=STANDARD, ref=MANUAL
    )
    vix_naked_frac: float = threshold(
        0.20,
        unit="fraction",
        says="Naked VIX option: of spot VIX, less what it is out of",
        source=STANDARD,
        ref="Cboe VIX options specification",
    )
    vix_naked_least_frac: float = threshold(
        0.10,
        unit="fraction",
        says="Naked VIX option: at least, of spot VIX or put strike",
        source=STANDARD,
        ref="Cboe VIX options specification",
    )
    future_frac: float = threshold(
        0.40, unit="fraction", says="VIX future: of its price at entry, broker's figure may differ", ref="house"
    )
    vix_calendar: str = threshold(
        NAKED, unit="", says="Short VIX call before a later long one", ref="METHODOLOGY 7", choices=(NAKED, COVERED)
    )


RULES: Final = MarginRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginLeg:
    """One open leg. `price_pts` is what a naked option was sold at or is worth, and what a future was bought at."""

    root: str
    expiry_date: dt.date
    right: str | None
    strike_pts: float | None
    quantity: int
    multiplier_usd: float
    price_pts: float | None

    @property
    def strike(self) -> float:
        """The strike; a future has 0."""
        return self.strike_pts or 0.0

    @property
    def name(self) -> str:
        """The leg as a trader reads it."""
        option = f" {self.right} {self.strike:g}" if self.right else ""
        return f"{self.root} {self.expiry_date}{option}"


@dataclass(frozen=True, slots=True)
class Margin:
    """A requirement in USD, positive; null with a reason."""

    usd: float | None
    reason: str | None = None


def strategy_margin(
    legs: Sequence[MarginLeg], *, index_pts: Mapping[str, float | None], rules: MarginRules = RULES
) -> Margin:
    """Say what the legs of one structure need: the worst payoff of covered legs, and the formula of each naked one.

    `index_pts` has the level of SPX and of VIX, asked for naked legs only. A short option is covered by a long one of
    its right that settles no earlier: a condor needs its wider side once, a long AM option covers no short PM one.
    """
    needed = [_future(leg, rules) for leg in legs if leg.right is None]
    for underlying in (SPX, VIX):
        options = [leg for leg in legs if leg.right and UNDERLYING_OF_ROOT[leg.root] == underlying]
        crosses = underlying == SPX or rules.vix_calendar == COVERED
        covered = _covered(options, crosses=crosses)
        needed += [Margin(_worst_loss_usd(group)) for group in covered.groups]
        needed += [Margin(_width_usd(short, long)) for short, long in covered.pairs]
        needed += [_naked(leg, underlying, index_pts.get(underlying), rules) for leg in covered.naked]
    unknown = sorted({margin.reason for margin in needed if margin.reason})
    if unknown:
        return Margin(None, "; ".join(unknown))
    return Margin(sum(margin.usd for margin in needed if margin.usd is not None))


def structure_margins(
    legs: pl.DataFrame, *, index_pts: Mapping[str, float | None], rules: MarginRules = RULES
) -> pl.DataFrame:
    """Say what every structure held needs tonight, naked legs at their marks.

    `legs` of `price_legs`. One row per account and structure: `account, structure_id, margin_usd, margin_reason`, the
    amount null with the reason.
    """
    grouped: defaultdict[tuple[str, str], list[MarginLeg]] = defaultdict(list)
    for row in legs.sort("account", "structure_id", "instrument_id").iter_rows(named=True):
        grouped[row["account"], row["structure_id"]].append(_leg_of(row))
    found = {key: strategy_margin(group, index_pts=index_pts, rules=rules) for key, group in grouped.items()}
    rows = [(*key, margin.usd, margin.reason) for key, margin in found.items()]
    schema = {
        "account": pl.String,
        "structure_id": pl.String,
        "margin_usd": pl.Float64,
        "margin_reason": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def naked_contracts(legs: pl.DataFrame) -> pl.DataFrame:
    """List what is short and covered by nothing in its structure: its loss has no end.

    `legs` of `price_legs`. One row per `account, structure_id, leg` with `naked_qty` (positive). A long option of the
    same right that settles no earlier covers, a later VIX call an earlier one too; a short future has no cover.
    """
    grouped: defaultdict[tuple[str, str], list[MarginLeg]] = defaultdict(list)
    for row in legs.sort("account", "structure_id", "instrument_id").iter_rows(named=True):
        grouped[row["account"], row["structure_id"]].append(_leg_of(row))
    rows = [(*key, leg.name, -leg.quantity) for key, group in grouped.items() for leg in _without_cover(group)]
    schema = {"account": pl.String, "structure_id": pl.String, "leg": pl.String, "naked_qty": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _without_cover(legs: Sequence[MarginLeg]) -> Iterator[MarginLeg]:
    yield from (leg for leg in legs if leg.right is None and leg.quantity < 0)
    for underlying in (SPX, VIX):
        options = [leg for leg in legs if leg.right and UNDERLYING_OF_ROOT[leg.root] == underlying]
        yield from _covered(options, crosses=True).naked


@lru_cache(maxsize=1 << 10)
def _settles_at(root: str, expiry_date: dt.date) -> dt.datetime:
    return settlement_instant(root, expiry_date)


def _leg_of(row: Mapping[str, object]) -> MarginLeg:
    is_future = row["right"] is None
    return MarginLeg(
        price_pts=row["entry_price_pts"] if is_future else row["mark_pts"],  # type: ignore[arg-type]
        quantity=row["quantity_qty"],  # type: ignore[arg-type]
        **{name: row[name] for name in ("root", "expiry_date", "right", "strike_pts", "multiplier_usd")},  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class _Cover:
    """How legs cover each other: groups that settle together, pairs across settlements, and what nothing covers."""

    groups: list[list[MarginLeg]]
    pairs: list[tuple[MarginLeg, MarginLeg]]
    naked: list[MarginLeg]


def _covered(options: Sequence[MarginLeg], *, crosses: bool) -> _Cover:
    """Sort legs by what covers them; shorts in excess of the longs are the farthest out, whose formula asks least."""
    by_instant: defaultdict[dt.datetime, list[MarginLeg]] = defaultdict(list)
    for leg in options:
        by_instant[_settles_at(leg.root, leg.expiry_date)].append(leg)
    groups, excess, spare = [], [], []
    for instant, group in sorted(by_instant.items(), key=lambda item: item[0]):
        kept: list[MarginLeg] = []
        for right in ("P", "C"):
            short, long, rest = _split([leg for leg in group if leg.right == right])
            excess += [(instant, leg) for leg in short]
            spare += [(instant, leg) for leg in long]
            kept += rest
        groups.append(kept)
    pairs, naked = _paired(excess, spare if crosses else [])
    return _Cover(groups, pairs, naked)


def _split(legs: Sequence[MarginLeg]) -> tuple[list[MarginLeg], list[MarginLeg], list[MarginLeg]]:
    """Split legs of one right and settlement: shorts beyond the longs, longs beyond the shorts, and what balances."""
    balance = sum(leg.quantity for leg in legs)
    if balance == 0:
        return [], [], list(legs)
    farthest = sorted(legs, key=lambda leg: leg.strike, reverse=bool(legs and legs[0].right == "C"))
    surplus, rest, left = [], [], abs(balance)
    for leg in farthest:
        is_of_surplus_side = (leg.quantity > 0) == (balance > 0)
        size = min(left, abs(leg.quantity)) if is_of_surplus_side else 0
        sign = 1 if leg.quantity > 0 else -1
        if size:
            surplus.append(replace(leg, quantity=sign * size))
            left -= size
        if abs(leg.quantity) > size:
            rest.append(replace(leg, quantity=leg.quantity - sign * size))
    return (surplus, [], rest) if balance < 0 else ([], surplus, rest)


def _paired(
    excess: list[tuple[dt.datetime, MarginLeg]], spare: list[tuple[dt.datetime, MarginLeg]]
) -> tuple[list[tuple[MarginLeg, MarginLeg]], list[MarginLeg]]:
    """Cover shorts by spare longs of their right that settle later; the rest is naked."""
    pairs, naked, free = [], [], list(spare)
    for settled, short in excess:
        open_qty = -short.quantity
        for position, (instant, long) in enumerate(free):
            size = min(open_qty, long.quantity) if instant > settled and long.right == short.right else 0
            if size:
                pairs.append((replace(short, quantity=-size), replace(long, quantity=size)))
                free[position] = instant, replace(long, quantity=long.quantity - size)
                open_qty -= size
        if open_qty:
            naked.append(replace(short, quantity=-open_qty))
    return pairs, naked


def _worst_loss_usd(legs: Sequence[MarginLeg]) -> float:
    """The most that legs which settle together can cost, at 0 or at a strike: beyond the last one no short is left."""
    terms = [(leg.quantity * leg.multiplier_usd, leg.strike, leg.right == "C") for leg in legs]
    levels = [0.0, *(strike for _, strike, _ in terms)]
    return max(0.0, *(-_payoff_usd(terms, level) for level in levels))


def _payoff_usd(terms: Sequence[tuple[float, float, bool]], level_pts: float) -> float:
    """What options of these sizes, strikes and rights (true for a call) pay at one level."""
    return sum(
        [
            size_usd * max(level_pts - strike if is_call else strike - level_pts, 0.0)
            for size_usd, strike, is_call in terms
        ]
    )


def _width_usd(short: MarginLeg, long: MarginLeg) -> float:
    width_pts = short.strike - long.strike if short.right == "P" else long.strike - short.strike
    return max(width_pts, 0.0) * -short.quantity * short.multiplier_usd


def _naked(leg: MarginLeg, underlying: str, level_pts: float | None, rules: MarginRules) -> Margin:
    """Premium and a share of the index less what the option is out of the money, or at least a smaller share."""
    if leg.price_pts is None:
        return Margin(None, f"{leg.name} is naked and has no mark")
    if level_pts is None:
        return Margin(None, f"{leg.name} is naked and the level of {underlying} is not known")
    is_spx = underlying == SPX
    share = rules.spx_naked_frac if is_spx else rules.vix_naked_frac
    least = rules.spx_naked_least_frac if is_spx else rules.vix_naked_least_frac
    out_pts = max(leg.strike - level_pts if leg.right == "C" else level_pts - leg.strike, 0.0)
    least_pts = least * (level_pts if leg.right == "C" else leg.strike)
    return Margin((leg.price_pts + max(share * level_pts - out_pts, least_pts)) * -leg.quantity * leg.multiplier_usd)


def _future(leg: MarginLeg, rules: MarginRules) -> Margin:
    if leg.price_pts is None:
        return Margin(None, f"{leg.name} has no price")
    return Margin(rules.future_frac * leg.price_pts * abs(leg.quantity) * leg.multiplier_usd)
