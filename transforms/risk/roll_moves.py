"""Which rolls there are for a threatened condor: the seven moves of METHODOLOGY 4.6, on tonight's listed strikes.

| move | what it does | untested side |
|---|---|---|
| R1 | tested spread out in time, same strikes | rolled along, closed, or kept in its expiry |
| R2 | tested spread out in time and away from the money | the same |
| R3 | whole condor out in time, around the forward there | rolled |
| R4 | untested spread nearer to the money, same expiry: more credit, less room | |
| R5 | wing of the tested spread nearer or farther, same expiry | kept |
| R6 | close now | closed |
| R7 | hold | kept |

A kept side makes two spreads of one condor, which can both be lost: no relief of one side's margin, and as a rule a
larger maximum loss than before. The mirror image serves a threatened call.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from transforms.risk.roll_structures import OTHER_RIGHT, OUTWARD, Spread, Structure, condor_spreads

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from transforms.risk.roll_rules import RollRules
    from transforms.risk.roll_structures import Ladder, Listing, Right, Series

CLOSE: Final = "R6"
HOLD: Final = "R7"
REFERENCES: Final = (CLOSE, HOLD)
ROLLED: Final = "rolled"
CLOSED: Final = "closed"
KEPT: Final = "kept"
SIDES: Final[dict[str, tuple[Right, ...]]] = {"PUT": ("P",), "CALL": ("C",), "BOTH": ("P", "C")}
SHORT_DATED: Final = "1dte"
MONTHLY: Final = "monthly"


@dataclass(frozen=True)
class Move:
    """One way to go on: what the condor becomes, by which move and rule, and what happens to its untested side."""

    move: str
    after: Structure
    tested: Right | None = None
    untested: str | None = None
    strike_rule: str | None = None

    @cached_property
    def candidate(self) -> str:
        """A name of its own: the move and what it makes."""
        if self.move in REFERENCES:
            return f"{self.move} {'close' if self.move == CLOSE else 'hold'}"
        return f"{self.move} {self.after.name}"


def references(condor: Mapping[str, Any]) -> list[Move]:
    """Give what every roll is held against: close now, and hold."""
    nothing = Structure({"P": None, "C": None})
    return [Move(CLOSE, nothing, untested=CLOSED), Move(HOLD, Structure(condor_spreads(condor)), untested=KEPT)]


def roll_moves(condor: Mapping[str, Any], listing: Listing, rules: RollRules) -> list[Move]:
    """List every roll of a condor, each structure once a move.

    `condor`: a row of mart.condors_daily with its `profile`. Strikes other than the present ones are taken from quotes
    one can trade on.
    """
    book = _Book(condor_spreads(condor), SIDES[condor["side"]], listing, rules)
    series = roll_series(condor, listing, rules)
    found: dict[str, Move] = {}
    for move in (*book.out_same_strikes(series), *book.out_and_away(series), *book.recentred(series), *book.in_place()):
        found.setdefault(move.candidate, move)
    return list(found.values())


def roll_series(condor: Mapping[str, Any], listing: Listing, rules: RollRules) -> list[Series]:
    """List the expiries a condor may be rolled to: of profile 1dte the next week's, else the next three a week ahead.

    Both roots of a date are listed: SPX settles in the morning, SPXW at the close.
    """
    own, session = condor["expiry_date"], condor["session_date"]
    later = sorted(series for series in listing.ladders if series.expiry_date > own)
    if condor["profile"] == SHORT_DATED:
        first, last = rules.short_dated_days
        return [series for series in later if first <= (series.expiry_date - session).days <= last]
    first, last = rules.monthly_added_days
    ahead = [series for series in later if first <= (series.expiry_date - own).days <= last]
    dates = sorted({series.expiry_date for series in ahead})[: rules.monthly_expiries_qty]
    return [series for series in ahead if series.expiry_date in dates]


@dataclass(frozen=True, slots=True)
class _Book:
    """A condor, its tested sides, and where it can go."""

    own: Mapping[Right, Spread]
    tested: tuple[Right, ...]
    listing: Listing
    rules: RollRules

    def out_same_strikes(self, series: list[Series]) -> Iterator[Move]:
        """R1."""
        for right in self.tested:
            for later in series:
                yield from self._with_other_side("R1", right, self.own[right].moved_to(later), "same strikes")

    def out_and_away(self, series: list[Series]) -> Iterator[Move]:
        """R2."""
        for right in self.tested:
            for later in series:
                for rule, short in self._away(right, later):
                    spread = self._spread(right, later, short)
                    if spread:
                        yield from self._with_other_side("R2", right, spread, rule)

    def recentred(self, series: list[Series]) -> Iterator[Move]:
        """R3: the span between the short strikes kept and its middle put on the forward, or both at one delta."""
        put, call = self.own["P"], self.own["C"]
        half_span = (call.short_pts - put.short_pts) / 2.0
        high, middle, low = self.rules.short_delta
        for later in series:
            ladders, forward = self.listing.ladders[later], self.listing.forward_pts[later]
            shorts = {
                "same span": {
                    right: ladders[right].nearest(forward + out * half_span) for right, out in OUTWARD.items()
                },
                f"delta {middle:.2f}": {
                    right: ladders[right].at_delta(middle, low=low, high=high) for right in OUTWARD
                },
            }
            for rule, short in shorts.items():
                spreads = {right: self._spread(right, later, short[right]) for right in OUTWARD}
                if spreads["P"] and spreads["C"] and spreads["P"].short_pts < spreads["C"].short_pts:
                    yield Move("R3", Structure(spreads), self.tested[0], ROLLED, rule)

    def in_place(self) -> Iterator[Move]:
        """R4 and R5."""
        if len(self.tested) == 1:
            yield from self._untested_nearer(OTHER_RIGHT[self.tested[0]])
        for right in self.tested:
            yield from self._other_wing(right)

    def _untested_nearer(self, right: Right) -> Iterator[Move]:
        own, tested, out = self.own[right], self.own[OTHER_RIGHT[right]], OUTWARD[right]
        for rule, short in self._at_deltas(right, own.series):
            spread = self._spread(right, own.series, short)
            if spread and out * tested.short_pts < out * spread.short_pts < out * own.short_pts:
                yield Move("R4", Structure.of(right, spread, tested), OTHER_RIGHT[right], ROLLED, rule)

    def _other_wing(self, right: Right) -> Iterator[Move]:
        own, other = self.own[right], self.own[OTHER_RIGHT[right]]
        step = self.rules.wing_step_frac * own.width_pts
        for rule, width in (("narrower", own.width_pts - step), ("wider", own.width_pts + step)):
            long = self._ladder(right, own.series).wing(own.short_pts, width) if self._is_listed(own.series) else None
            if long is not None and long != own.long_pts:
                after = Structure.of(right, Spread(own.series, own.short_pts, long), other)
                yield Move("R5", after, right, KEPT, rule)

    def _with_other_side(self, move: str, right: Right, spread: Spread, rule: str) -> Iterator[Move]:
        """A tested spread in its new place, beside each thing that can be done with the untested one."""
        other = self.own[OTHER_RIGHT[right]]
        along = other.moved_to(spread.series)
        for untested, place in ((ROLLED, along), (CLOSED, None), (KEPT, other)):
            is_crossed = place is not None and OUTWARD[right] * (spread.short_pts - place.short_pts) <= 0.0
            if not is_crossed:
                yield Move(move, Structure.of(right, spread, place), right, untested, rule)

    def _away(self, right: Right, later: Series) -> Iterator[tuple[str, float | None]]:
        """Short strikes farther from the money than the present one."""
        own, out = self.own[right], OUTWARD[right]
        rules = [*self._at_deltas(right, later)]
        if later in self.listing.expected_move_pts:
            by = self.rules.expected_moves
            level = own.short_pts + out * by * self.listing.expected_move_pts[later]
            rules.append((f"{by:g} expected move", self._ladder(right, later).nearest(level)))
        for rule, short in rules:
            if short is not None and out * short > out * own.short_pts:
                yield rule, short

    def _at_deltas(self, right: Right, series: Series) -> Iterator[tuple[str, float | None]]:
        if self._is_listed(series):
            low, high = min(self.rules.short_delta), max(self.rules.short_delta)
            for delta in self.rules.short_delta:
                yield f"delta {delta:.2f}", self._ladder(right, series).at_delta(delta, low=low, high=high)

    def _spread(self, right: Right, series: Series, short_pts: float | None) -> Spread | None:
        """A spread as wide as the present one, or the widest below that."""
        if short_pts is None:
            return None
        long_pts = self._ladder(right, series).wing(short_pts, self.own[right].width_pts)
        return None if long_pts is None else Spread(series, short_pts, long_pts)

    def _ladder(self, right: Right, series: Series) -> Ladder:
        return self.listing.ladders[series][right]

    def _is_listed(self, series: Series) -> bool:
        return series in self.listing.ladders
