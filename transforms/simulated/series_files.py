"""The histories of the simulated market as the vendors publish them: index levels, VX, breadth, rates, events.

Each writer takes a range of sessions, so that a night can add the month under way to what was there before.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from transforms.simulated.calendar_events import event_rows
from transforms.simulated.listings import vx_expiries
from transforms.simulated.par_rates import TENOR_YEARS, par_yield_pct
from transforms.simulated.story import FIRST_SESSION, LAST_SESSION
from transforms.simulated.streams import Stream, generator
from transforms.simulated.vendor_file import VendorFile, vendor_file

if TYPE_CHECKING:
    import numpy.typing as npt

    from transforms.simulated.market import SimulatedMarket

    Floats = npt.NDArray[np.float64]

BREADTH_FILES: Final = {
    "advances": "NYSE_ADV_tradingview.csv",
    "declines": "NYSE_DECL_tradingview.csv",
    "unchanged": "NYSE_UCHG_tradingview.csv",
    "new_highs": "NYSE_MAHN_tradingview.csv",
    "new_lows": "NYSE_MALN_tradingview.csv",
}
_EVENTS_AHEAD: Final = dt.timedelta(days=184)
_VX_HEADER: Final = ",Trade Date,Futures,Open,High,Low,Close,Settle,Change,Total Volume,EFP,Open Interest"


def series_files(market: SimulatedMarket, rows: range) -> list[VendorFile]:
    """Write every series of the sessions at these rows of the market."""
    return [
        *_index_files(market, rows),
        _vx_file(market, rows),
        *_breadth_files(market, rows),
        _rates_file(market, rows),
    ]


def events_file(market: SimulatedMarket) -> VendorFile:
    """Write the whole calendar: what will be is known beforehand."""
    text = event_rows(FIRST_SESSION, LAST_SESSION + _EVENTS_AHEAD).write_csv()
    return vendor_file("macro_events.csv", market.seed, text)


def _us_dates(market: SimulatedMarket, rows: range) -> list[str]:
    return [f"{market.sessions[row]:%m/%d/%Y}" for row in rows]


def _index_files(market: SimulatedMarket, rows: range) -> list[VendorFile]:
    dates, files = _us_dates(market, rows), []
    part = slice(rows.start, rows.stop)
    for symbol, bars in market.bars.items():
        levels = {
            "OPEN": bars.open_pts[part],
            "HIGH": bars.high_pts[part],
            "LOW": bars.low_pts[part],
            "CLOSE": bars.close_pts[part],
        }
        files.append(_index_file(market, symbol, {"DATE": dates, **levels}))
    files.append(_index_file(market, "VVIX", {"DATE": dates, "VVIX": market.vvix_pts[part]}))
    files.append(_index_file(market, "SKEW", {"DATE": dates, "SKEW": market.skew_pts[part]}))
    return files


def _index_file(market: SimulatedMarket, symbol: str, columns: dict[str, list[str] | Floats]) -> VendorFile:
    return vendor_file(f"{symbol}_History.csv", market.seed, pl.DataFrame(columns).write_csv(float_precision=6))


def _vx_file(market: SimulatedMarket, rows: range) -> VendorFile:
    lines = [line for row in rows for line in _vx_lines(market, row)]
    numbered = [f"{number},{line}" for number, line in enumerate(lines)]
    return vendor_file("vx_contracts.csv", market.seed, "\n".join([_VX_HEADER, *numbered]) + "\n")


def _vx_lines(market: SimulatedMarket, row: int) -> list[str]:
    """One line a contract; on the morning a contract settles its line holds the final settlement and no trade."""
    session_date = market.sessions[row]
    expiries = vx_expiries(session_date)
    chance = generator(market.seed, Stream.FUTURES, session_date.toordinal()).standard_normal((len(expiries), 6))
    settled = market.states[row].vix_futures_at(expiries)
    yesterday = market.states[row - 1].vix_futures_at(expiries) if row else settled
    lines = []
    for rank, expiry in enumerate(expiries):
        open_interest = int(90_000 * np.exp(-0.55 * rank + 0.08 * chance[rank, 4]))
        volume = int(80_000 * np.exp(-0.7 * rank + 0.35 * chance[rank, 5])) + 20
        final, traded = float(settled[rank]), _traded(yesterday[rank], settled[rank], chance[rank])
        if expiry == session_date:
            final, traded, volume = market.vix_settlement_pts(expiry), (0.0, 0.0, 0.0, 0.0), 0
        prices = ",".join(f"{price:g}" for price in traded)
        change = final - yesterday[rank]
        lines.append(
            f"{session_date},{expiry},{prices},{final:.4f},{change:.4f},{volume},{volume // 40},{open_interest}"
        )
    return lines


def _traded(yesterday: float, settled: float, chance: Floats) -> tuple[float, ...]:
    """Open, high, low and close on the contract's tick of 0.05."""
    opened = yesterday + 0.35 * (settled - yesterday) + 0.004 * settled * chance[0]
    closed = settled + 0.02 * chance[1]
    high = max(opened, closed) + abs(0.01 * settled * chance[2])
    low = min(opened, closed) - abs(0.01 * settled * chance[3])
    return tuple(round(round(price / 0.05) * 0.05, 2) for price in (opened, high, low, closed))


def _breadth_files(market: SimulatedMarket, rows: range) -> list[VendorFile]:
    part, days = slice(rows.start, rows.stop), [market.sessions[row] for row in rows]
    files = []
    for series, name in BREADTH_FILES.items():
        count = getattr(market.breadth, series)[part]
        frame = pl.DataFrame({"time": days, "open": count, "high": count, "low": count, "close": count})
        text = frame.with_columns(pl.lit("").alias("Volume"), pl.lit("").alias("Volume MA")).write_csv(
            quote_style="never"
        )
        files.append(vendor_file(name, market.seed, text))
    return files


def _rates_file(market: SimulatedMarket, rows: range) -> VendorFile:
    """The par curve, newest first, to a hundredth of a per cent."""
    lines = [",".join(["Date", *TENOR_YEARS])]
    tenors = np.array(list(TENOR_YEARS.values()))
    for row in reversed(rows):
        day = market.sessions[row]
        yields = ",".join(f"{value:.2f}" for value in par_yield_pct(market.rates[row], tenors))
        lines.append(f"{day.month}/{day.day}/{day:%y},{yields}")
    return vendor_file("treasury_par.csv", market.seed, "\n".join(lines) + "\n")
