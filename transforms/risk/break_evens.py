"""Where SPX has to stand when the nearest condor settles for the book to come out even (METHODOLOGY 4.18).

P&L since entry, net of fees, at that settlement: what tonight's marks say plus what the way there adds, volatility
answering by the base response. With the hedge the roots are not those of the condors alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from transforms.risk.part_sums import NO_SPOT, TOTAL, summed
from transforms.risk.repricing import Cells, LegTerms, Passed, law_move
from warehouse.tables.mart import MART_BREAK_EVENS_DAILY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from transforms.risk.part_sums import MissingLegs
    from transforms.risk.scenarios import Grid

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]

PARTS: Final = ("condor", TOTAL)
# Two crossings within one step of the search are not seen.
SEARCHED_FRAC: Final = np.linspace(-0.30, 0.20, 201)
ROUNDS: Final = 30
CLOSE_ENOUGH_FRAC: Final = 1e-12
NO_PNL: Final = "P&L since entry is not known"


@dataclass(frozen=True, slots=True, eq=False)
class _Searched:
    """A part of an account whose break-evens are looked for."""

    scope: str
    part: str
    passed: Passed
    members: Positions
    pnl_now_usd: float


def break_evens(grid: Grid, pnl_usd: Mapping[tuple[str, str], float | None]) -> pl.DataFrame:
    """Find the break-evens of the condors alone and of the whole book, per account.

    `pnl_usd` is the P&L since entry tonight, by account and part. One row per root, lowest first, as
    mart.break_evens_daily declares; a single row without a level where there is none or it is not known, with a reason.
    """
    rows: list[dict[str, Any]] = []
    searched: list[_Searched] = []
    terms = LegTerms.of(grid.held.contracts, grid.market)

    @cache
    def still(passed: Passed) -> MissingLegs:
        return grid.held.missing(_change_usd(grid, terms, passed, np.zeros(1)), grid.market)

    for scope in grid.held.scopes:
        for part in PARTS:
            found = _searched(
                grid, scope, part, grid.nearest[scope], pnl_now_usd=pnl_usd.get((scope, part)), still=still
            )
            if isinstance(found, _Searched):
                searched.append(found)
            else:
                rows.append(found)
    in_order = sorted(searched, key=_horizon)
    for _, together in groupby(in_order, key=_horizon):
        rows += _roots(grid, terms, list(together))
    dated = [row | {"session_date": grid.market.session_date} for row in rows]
    frame = pl.DataFrame(dated, infer_schema_length=None)
    return MART_BREAK_EVENS_DAILY.conform(frame).sort("account", "part", "root_number")


def _horizon(searched: _Searched) -> float:
    return searched.passed.years


def _searched(  # noqa: PLR0913 - one part of one account, its horizon, its P&L and what it does without a move
    grid: Grid,
    scope: str,
    part: str,
    passed: Passed | str,
    *,
    pnl_now_usd: float | None,
    still: Callable[[Passed], MissingLegs],
) -> _Searched | dict[str, Any]:
    """What there is to search, or the row that says why there is nothing."""
    absent = {"account": scope, "part": part, "root_number": 0}
    if isinstance(passed, str):
        return absent | {"reason": passed}
    absent |= {"horizon_days": passed.days}
    members = grid.held.members(scope, part)
    reason = NO_SPOT if grid.market.spot_pts is None else NO_PNL if pnl_now_usd is None else None
    reason = reason or still(passed).reasons(members)[0]
    if reason or pnl_now_usd is None:
        return absent | {"reason": reason}
    return _Searched(scope, part, passed, members, pnl_now_usd)


def _change_usd(grid: Grid, terms: LegTerms, passed: Passed, shocks: Floats) -> Floats:
    """What each leg makes until the settlement, for jumps of SPX."""
    cells = Cells.of(shocks, passed)
    return grid.pnl_usd(terms.reprice(cells, law_move(grid.market, cells, 1.0)).carried)


def _roots(grid: Grid, terms: LegTerms, searched: Sequence[_Searched]) -> Iterator[dict[str, Any]]:
    """Every root of parts that share a horizon, searched and narrowed together."""
    passed = searched[0].passed

    def pnl(shocks: Floats) -> Floats:
        change = _change_usd(grid, terms, passed, shocks)
        return np.stack([one.pnl_now_usd + summed(change, one.members) for one in searched])

    found = roots_of(pnl, SEARCHED_FRAC)
    level_now = pnl(np.zeros(1))[:, 0]
    for one, roots, level in zip(searched, found, level_now, strict=True):
        common = {"account": one.scope, "part": one.part, "horizon_days": passed.days}
        if not roots:
            low, high = (f"{edge:+.0%}" for edge in SEARCHED_FRAC[[0, -1]])
            result = "gains" if level > 0.0 else "loses" if level < 0.0 else "is even"
            yield common | {"root_number": 0, "reason": f"{result} at every SPX between {low} and {high}"}
        for number, (shock, is_loss_below) in enumerate(roots, start=1):
            level_pts = grid.market.spot * (1.0 + shock)
            yield common | {
                "root_number": number,
                "spot_pts": level_pts,
                "distance_frac": shock,
                "is_loss_below": is_loss_below,
            }


def roots_of(pnl: Callable[[Floats], Floats], searched: Floats) -> list[list[tuple[float, bool]]]:
    """Find where each of several P&Ls crosses zero, ascending, and whether it loses just below.

    `pnl` gives one row per P&L for shocks across. Brackets of the search are narrowed all at once, by the secant with
    the weight of an end that stays halved (the Illinois rule), so that a kink cannot hold it up.
    """
    values = pnl(searched)
    rows, at = np.nonzero((values[:, :-1] < 0.0) != (values[:, 1:] < 0.0))
    low, high = searched[at], searched[at + 1]
    below, above = values[rows, at], values[rows, at + 1]
    starts_with_loss = below < 0.0
    middle = low
    for _ in range(ROUNDS if rows.size else 0):
        middle = low - below * (high - low) / (above - below)
        value = pnl(middle)[rows, np.arange(rows.size)]
        is_low_side = (value < 0.0) == (below < 0.0)
        was_low, was_high = low, high
        low, high = np.where(is_low_side, middle, low), np.where(is_low_side, high, middle)
        below, above = (
            np.where(is_low_side, value, below / 2.0),
            np.where(is_low_side, above / 2.0, value),
        )
        moved = np.minimum(np.abs(low - was_low) + np.abs(high - was_high), np.abs(high - low))
        if (moved < CLOSE_ENOUGH_FRAC).all() or not value.any():
            break
    roots: list[list[tuple[float, bool]]] = [[] for _ in values]
    for row, root, is_loss in zip(rows, middle, starts_with_loss, strict=True):
        roots[int(row)].append((float(root), bool(is_loss)))
    return roots
