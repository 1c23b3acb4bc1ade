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
    lines = [_VX_HEADER]
    for row in rows:
        lines += [f"{len(lines) - 1 + count},{line}" for count, line in enumerate(_vx_lines(market, row))]
    return vendor_file("vx_contracts.csv", market.seed, "\n".join(lines) + "\n")


def _vx_lines(market: SimulatedMarket, row: int) -> list[str]:
    """One line a contract; on the morning a contract settles its line holds the final settlement and no trade."""
    session_date, state = market.sessions[row], market.states[row]
    before = market.states[row - 1] if row else state
    lines = []
    for rank, expiry in enumerate(vx_expiries(session_date)):
        yesterday = before.vix_future_at(expiry)
        chance = generator(market.seed, Stream.FUTURES, session_date.toordinal(), expiry.toordinal())
        open_interest = int(90_000 * np.exp(-0.55 * rank) * chance.uniform(0.85, 1.15))
        if expiry == session_date:
            settled = market.vix_settlement_pts(expiry)
            traded, volume = [0.0] * 4, 0
        else:
            settled = state.vix_future_at(expiry)
            traded = _traded(yesterday, settled, chance)
            volume = int(80_000 * np.exp(-0.7 * rank) * chance.uniform(0.5, 1.8)) + 20
        change = settled - yesterday if row else 0.0
        prices = ",".join(f"{price:g}" for price in traded)
        lines.append(
            f"{session_date},{expiry},{prices},{settled:.4f},{change:.4f},{volume},{volume // 40},{open_interest}"
        )
    return lines


def _traded(yesterday: float, settled: float, chance: np.random.Generator) -> list[float]:
    """Open, high, low and close on the contract's tick of 0.05."""
    opened = yesterday + 0.35 * (settled - yesterday) + 0.004 * settled * chance.standard_normal()
    closed = settled + 0.02 * chance.standard_normal()
    high = max(opened, closed) + abs(0.01 * settled * chance.standard_normal())
    low = min(opened, closed) - abs(0.01 * settled * chance.standard_normal())
    return [round(round(price / 0.05) * 0.05, 2) for price in (opened, high, low, closed)]


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
