"""What a decision about one condor makes of its whole account: net delta, the hedge's cover, P&L tomorrow (4.16)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.states import SETTLED_STATE
from transforms.risk.offsets import Amount, Offset, Parts, exposure_of, shock_offset
from transforms.risk.single_contracts import FALL, RISE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transforms.risk.offsets import CondorExposure

NOT_THERE: Final = Amount(None, "the move is not in the scenario grid")
OFFSET_PARTS: Final = ("condor", "hedge", "second_engine")
SAME_SHOCK: Final = 1e-9
BOOK_SCHEMA: Final = {
    "net_delta_usd_per_1pct": pl.Float64,
    "offset_m5_frac": pl.Float64,
    "offset_m5_reason": pl.String,
    "book_pnl_m5_tomorrow_usd": pl.Float64,
    "book_pnl_p3_tomorrow_usd": pl.Float64,
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookNight:
    """The book of the night: mart.book_daily, mart.scenarios_daily, mart.condors_daily."""

    summary: pl.DataFrame
    scenarios: pl.DataFrame
    condors: pl.DataFrame


def with_book(rows: pl.DataFrame, book: BookNight) -> pl.DataFrame:
    """Add the account after each decision: rows of `decisions`, in order; null where a figure of the account is.

    P&L tomorrow is against tonight's marks, what the decision costs to trade included.
    """
    cells = book.scenarios.filter(
        pl.col("vol_response") == "base",
        pl.col("horizon").is_in(["now", "1d"]),
        pl.any_horizontal((pl.col("spot_shock_frac") - shock).abs() < SAME_SHOCK for shock in (FALL, RISE)),
    ).select("account", "part", "spot_shock_frac", "horizon", "pnl_usd", "reason")
    moves: defaultdict[str, dict[tuple[str, float, str], Amount]] = defaultdict(dict)
    for account, part, shock, horizon, pnl, reason in cells.iter_rows():
        moves[account][part, FALL if shock < 0.0 else RISE, horizon] = Amount(pnl, reason)
    accounts = {account: _Account.of(book, account, moves[account]) for account in rows["account"].unique()}
    found = [accounts[row["account"]].after(row) for row in rows.iter_rows(named=True)]
    return pl.concat([rows, pl.DataFrame(found, schema=BOOK_SCHEMA, orient="row")], how="horizontal")


@dataclass(frozen=True, slots=True)
class _Account:
    """One account as it is tonight: what its condors stand for, all of them and `without` each."""

    exposure: CondorExposure
    without: Mapping[str, CondorExposure]
    spot_pts: float | None
    net_delta: float | None
    fall_now: Mapping[str, Amount]
    fall_tomorrow_usd: float | None
    rise_tomorrow_usd: float | None

    @classmethod
    def of(cls, book: BookNight, account: str, found: Mapping[tuple[str, float, str], Amount]) -> _Account:
        summary = book.summary.filter(account=account).row(0, named=True)
        held = book.condors.filter(pl.col("account") == account, pl.col("state").ne_missing(SETTLED_STATE))
        return cls(
            exposure_of(held),
            {condor_id: exposure_of(held.filter(pl.col("condor_id") != condor_id)) for condor_id in held["condor_id"]},
            summary["spot_pts"],
            summary["net_delta_usd_per_pt"],
            {part: found.get((part, FALL, "now"), NOT_THERE) for part in OFFSET_PARTS},
            found.get(("total", FALL, "1d"), NOT_THERE).usd,
            found.get(("total", RISE, "1d"), NOT_THERE).usd,
        )

    def after(self, row: Row) -> Row:
        """The figures of the account once the decision is carried out."""
        if row["reason"] is not None:
            return dict.fromkeys(BOOK_SCHEMA)
        net = _plus(self.net_delta, row["delta_change_usd_per_pt"])
        cover = self._offset(row)
        return {
            "net_delta_usd_per_1pct": None if net is None or self.spot_pts is None else 0.01 * self.spot_pts * net,
            "offset_m5_frac": cover.frac,
            "offset_m5_reason": cover.reason,
            "book_pnl_m5_tomorrow_usd": _plus(
                self.fall_tomorrow_usd, row["traded_fall_tomorrow_usd"], row["trading_usd"]
            ),
            "book_pnl_p3_tomorrow_usd": _plus(
                self.rise_tomorrow_usd, row["traded_rise_tomorrow_usd"], row["trading_usd"]
            ),
        }

    def _offset(self, row: Row) -> Offset:
        """The cover at -5%, by the rules of the offset itself."""
        parts = Parts(
            condor=_moved(self.fall_now["condor"], row["condor_fall_now_usd"]),
            hedge=_moved(self.fall_now["hedge"], row["hedge_fall_now_usd"]),
            second_engine=self.fall_now["second_engine"],
        )
        return shock_offset(parts, self._exposure(row), FALL)

    def _exposure(self, row: Row) -> CondorExposure:
        """The condors as they then are: this one gone, or with the maximum loss it then has."""
        others = self.without.get(row["condor_id"], self.exposure)
        if row["decision"] == "CLOSE":
            return others
        own_usd = row["max_loss_after_usd"] + (row["hedge_cash_usd"] or 0.0)
        return replace(self.exposure, max_loss_usd=others.max_loss_usd + own_usd)


def _moved(part: Amount, change_usd: float | None) -> Amount:
    if part.usd is None:
        return part
    return Amount(None, "a contract of it cannot be repriced") if change_usd is None else Amount(part.usd + change_usd)


def _plus(*amounts: float | None) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
