"""What a decision about one condor makes of its whole account: net delta, the hedge's cover, P&L tomorrow (4.16)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from transforms.book.states import SETTLED_STATE
from transforms.risk.offsets import Amount, Offset, Parts, exposure_of, shock_offset
from transforms.risk.single_contracts import FALL, RISE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transforms.risk.offsets import CondorExposure

NO_CELL: Final = "the move is not in the scenario grid"
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
    accounts = {account: _Account.of(book, account) for account in rows["account"].unique()}
    found = [accounts[row["account"]].after(row) for row in rows.iter_rows(named=True)]
    return pl.concat([rows, pl.DataFrame(found, schema=BOOK_SCHEMA, orient="row")], how="horizontal")


@dataclass(frozen=True, slots=True)
class _Account:
    """One account as it is tonight."""

    condors: pl.DataFrame
    spot_pts: float | None
    net_delta: float | None
    fall_now: Mapping[str, Amount]
    fall_tomorrow_usd: float | None
    rise_tomorrow_usd: float | None

    @classmethod
    def of(cls, book: BookNight, account: str) -> _Account:
        summary = book.summary.filter(account=account).row(0, named=True)
        cells = book.scenarios.filter(account=account, vol_response="base")
        held = book.condors.filter(pl.col("account") == account, pl.col("state").ne_missing(SETTLED_STATE))
        return cls(
            held,
            summary["spot_pts"],
            summary["net_delta_usd_per_pt"],
            {part: _cell(cells, part, FALL, "now") for part in OFFSET_PARTS},
            _cell(cells, "total", FALL, "1d").usd,
            _cell(cells, "total", RISE, "1d").usd,
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
        is_own = pl.col("condor_id") == row["condor_id"]
        others = self.condors.filter(~is_own)
        if row["decision"] == "CLOSE":
            return exposure_of(others)
        exposure = exposure_of(self.condors)
        own_usd = row["max_loss_after_usd"] + (row["hedge_cash_usd"] or 0.0)
        return replace(exposure, max_loss_usd=exposure_of(others).max_loss_usd + own_usd)


def _cell(cells: pl.DataFrame, part: str, shock_frac: float, horizon: str) -> Amount:
    found = cells.filter(
        pl.col("part") == part,
        (pl.col("spot_shock_frac") - shock_frac).abs() < SAME_SHOCK,
        pl.col("horizon") == horizon,
    )
    return Amount(*found.select("pnl_usd", "reason").row(0)) if found.height else Amount(None, NO_CELL)


def _moved(part: Amount, change_usd: float | None) -> Amount:
    if part.usd is None:
        return part
    return Amount(None, "a contract of it cannot be repriced") if change_usd is None else Amount(part.usd + change_usd)


def _plus(*amounts: float | None) -> float | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
