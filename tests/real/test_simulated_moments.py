"""The simulated market beside the real one: do its moments look alike?

Run with `-s` to print the table of docs/simulated-market.md. Summary statistics only: no real row leaves the data.
"""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from transforms.simulated.listings import vx_expiries
from transforms.simulated.market import SimulatedMarket, simulate

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

pytestmark = pytest.mark.real
SEEDS = (7, 1, 2, 3, 4)
FIRST, LAST = dt.date(2013, 8, 1), dt.date(2025, 4, 30)  # VX: first settlement prices to the last whole month
TENORS = (30, 60, 110, 220)
INDICES = ("VIX", "VIX9D", "VIX3M", "VIX6M", "VVIX", "SKEW")

# How far the mean of the seeds may lie from the real figure. Wide where one selloff decides the figure.
TOLERANCE = {
    "SPX: sd of returns, % a year": 5.0,  # the real years hold March 2020
    "SPX: sd of return / VIX of the day before": 0.10,
    "VIX: 5th percentile": 2.0,
    "VIX: median": 3.0,
    "VIX: 95th percentile": 7.0,
    "VIX: sd of log change, %": 3.0,
    "VIX9D / VIX: median": 0.06,
    "VIX / VIX3M: median": 0.06,
    "VIX / VIX6M: median": 0.08,
    "VIX above VIX3M: share": 0.10,
    "points of VIX9D per point of VIX": 0.25,
    "points of VIX3M per point of VIX": 0.15,
    "points of VIX6M per point of VIX": 0.15,
    "correlation of returns, VIX and SPX": 0.12,
    "correlation of returns, VIX3M and SPX": 0.12,
    "correlation of returns, VVIX and SPX": 0.25,
    "VVIX: mean": 12.0,
    "SKEW: mean": 10.0,
    "M2 above M1: share": 0.12,
    "M2 / M1 - 1: median, %": 2.5,
    "M2 / M1 - 1: 5th percentile, %": 5.0,
    "A at 0 days (spot VIX)": 1.2,
    "A at 30 days": 0.7,
    "A at 60 days": 0.6,
    "A at 110 days": 0.5,
    "A at 220 days": 0.4,
    "R2 of the law at 30 days": 0.15,
    "R2 of the law at 110 days": 0.15,
    "net advances and SPX: correlation": 0.10,
    "net advances: sd of share": 0.10,
    "advances + declines + unchanged: median": 200.0,
}


@pytest.mark.soak
def test_the_simulated_market_moves_like_the_real_one(real_data: Path) -> None:
    real = moments(*real_series(real_data / "series"))
    simulated = {seed: moments(*simulated_series(simulate(seed))) for seed in SEEDS}
    mean = {name: float(np.mean([simulated[seed][name] for seed in SEEDS])) for name in real}
    lines = [f"| {'figure':45} | {'real':>8} | {'seed 7':>8} | {'mean of 5':>9} |"]
    lines += [f"| {name:45} | {real[name]:8.2f} | {simulated[7][name]:8.2f} | {mean[name]:9.2f} |" for name in real]
    print("\n" + "\n".join(lines))  # noqa: T201 - the table is what a reader runs this for
    apart = {
        name: (real[name], mean[name]) for name, limit in TOLERANCE.items() if abs(mean[name] - real[name]) > limit
    }
    assert not apart


def moments(levels: pl.DataFrame, futures: pl.DataFrame) -> dict[str, float]:
    """Summary statistics of a market: `levels` one row a session, `futures` one row a session and contract."""
    spx, vix = levels["SPX"].to_numpy(), levels["VIX"].to_numpy()
    move = np.diff(np.log(spx))
    ratio = {name: vix / levels[name].to_numpy() for name in ("VIX3M", "VIX6M")}
    net = ((levels["advances"] - levels["declines"]) / (levels["advances"] + levels["declines"])).to_numpy()
    contango = front_contango(futures)
    return {
        "SPX: sd of returns, % a year": float(move.std() * np.sqrt(252) * 100),
        "SPX: sd of return / VIX of the day before": float(np.std(move / (vix[:-1] / 100 / np.sqrt(252)))),
        **{f"VIX: {name}": float(np.percentile(vix, at)) for name, at in _PERCENTILES.items()},
        "VIX: sd of log change, %": float(np.std(np.diff(np.log(vix))) * 100),
        "VIX9D / VIX: median": float(np.nanmedian(levels["VIX9D"].to_numpy() / vix)),
        **{f"VIX / {name}: median": float(np.nanmedian(values)) for name, values in ratio.items()},
        "VIX above VIX3M: share": float(np.nanmean(ratio["VIX3M"] > 1.0)),
        **{f"points of {name} per point of VIX": _slope(levels, name, vix) for name in ("VIX9D", "VIX3M", "VIX6M")},
        **{f"correlation of returns, {name} and SPX": _correlation(levels, name, move) for name in INDICES},
        "VVIX: mean": float(np.nanmean(levels["VVIX"].to_numpy())),
        "SKEW: mean": float(np.nanmean(levels["SKEW"].to_numpy())),
        "M2 above M1: share": float(np.mean(contango > 0.0)),
        "M2 / M1 - 1: median, %": float(np.median(contango) * 100),
        "M2 / M1 - 1: 5th percentile, %": float(np.percentile(contango, 5) * 100),
        **elasticities(levels, futures, move),
        "net advances and SPX: correlation": float(_both(net[1:], move)),
        "net advances: sd of share": float(np.nanstd(net)),
        "advances + declines + unchanged: median": float(
            np.nanmedian((levels["advances"] + levels["declines"] + levels["unchanged"]).to_numpy())
        ),
        "new highs: median": float(np.nanmedian(levels["new_highs"].to_numpy())),
        "new lows: median": float(np.nanmedian(levels["new_lows"].to_numpy())),
    }


_PERCENTILES = {"5th percentile": 5, "median": 50, "95th percentile": 95}


def _both(one: Floats, other: Floats) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    return float(np.corrcoef(one[known], other[known])[0, 1])


def _correlation(levels: pl.DataFrame, name: str, move: Floats) -> float:
    return _both(np.diff(np.log(levels[name].to_numpy())), move)


def _slope(levels: pl.DataFrame, name: str, vix: Floats) -> float:
    change, of_vix = np.diff(levels[name].to_numpy()), np.diff(vix)
    known = np.isfinite(change) & np.isfinite(of_vix)
    return float(np.polyfit(of_vix[known], change[known], 1)[0])


def front_contango(futures: pl.DataFrame) -> Floats:
    """M2 / M1 - 1, M1 the first contract with at least five calendar days left."""
    alive = futures.filter(pl.col("days") >= 5).sort("session_date", "days")
    first_two = alive.group_by("session_date", maintain_order=True).agg(pl.col("settle_pts").head(2))
    pairs = first_two.filter(pl.col("settle_pts").list.len() == 2)["settle_pts"].to_list()
    return np.array([second / first - 1.0 for first, second in pairs])


def elasticities(levels: pl.DataFrame, futures: pl.DataFrame, move: Floats) -> dict[str, float]:
    """A(tau): slope of log returns on 20/F of the day before times the SPX return, same contract; and its R2."""
    days = levels["session_date"].to_list()
    by_day = {key[0]: frame for key, frame in futures.sort("days").group_by("session_date", maintain_order=True)}
    spot = levels["VIX"].to_numpy()
    found = {"A at 0 days (spot VIX)": _law(np.diff(np.log(spot)), spot[:-1], move)}
    for tenor in TENORS:
        rows = [_constant_maturity(by_day.get(a), by_day.get(b), tenor) for a, b in itertools.pairwise(days)]
        change, before = np.array(rows).T
        found[f"A at {tenor} days"] = _law(change, before, move)
    slopes = {name: slope for name, (slope, _) in found.items()}
    return slopes | {f"R2 of the law at {name.split()[2]} days": r2 for name, (_, r2) in found.items()}


def _constant_maturity(before: pl.DataFrame | None, after: pl.DataFrame | None, tenor: int) -> tuple[float, float]:
    if before is None or after is None:
        return np.nan, np.nan
    both = before.join(after.select("expiry_date", after_pts="settle_pts"), on="expiry_date").sort("days")
    days = both["days"].to_numpy()
    if days.size < 2 or not days[0] <= tenor <= days[-1]:
        return np.nan, np.nan
    change = np.log(both["after_pts"].to_numpy() / both["settle_pts"].to_numpy())
    return float(np.interp(tenor, days, change)), float(np.interp(tenor, days, both["settle_pts"].to_numpy()))


def _law(change: Floats, before: Floats, move: Floats) -> tuple[float, float]:
    known = np.isfinite(change) & np.isfinite(before)
    x, y = 20.0 / before[known] * move[known], change[known]
    slope, _ = np.polyfit(x, y, 1)
    return float(slope), float(np.corrcoef(x, y)[0, 1] ** 2)


def simulated_series(market: SimulatedMarket) -> tuple[pl.DataFrame, pl.DataFrame]:
    breadth = ("advances", "declines", "unchanged", "new_highs", "new_lows")
    levels = pl.DataFrame(
        {
            "session_date": list(market.sessions),
            **{symbol: bars.close_pts for symbol, bars in market.bars.items()},
            "VVIX": market.vvix_pts,
            "SKEW": market.skew_pts,
            **{name: getattr(market.breadth, name).astype(float) for name in breadth},
        }
    )
    rows = [
        (day, expiry, (expiry - day).days, state.vix_future_at(expiry))
        for day, state in zip(market.sessions, market.states, strict=True)
        for expiry in vx_expiries(day)
        if expiry > day
    ]
    return levels, pl.DataFrame(rows, schema=["session_date", "expiry_date", "days", "settle_pts"], orient="row")


def real_series(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    levels = (
        pl.read_csv(folder / "index" / "SPX_daily_hlc.csv")
        .select(session_date=pl.col("Date").str.to_date(), SPX="Close")
        .filter(pl.col("session_date").is_between(FIRST, LAST))
    )
    for symbol in INDICES:
        levels = levels.join(_real_index(folder, symbol), on="session_date", how="left")
    for name, code in _BREADTH.items():
        levels = levels.join(_real_breadth(folder, name, code), on="session_date", how="left")
    return levels.sort("session_date"), _real_futures(folder, levels["session_date"])


_BREADTH = {"advances": "ADV", "declines": "DECL", "unchanged": "UCHG", "new_highs": "MAHN", "new_lows": "MALN"}


def _real_index(folder: Path, symbol: str) -> pl.DataFrame:
    frame = pl.read_csv(folder / "index" / f"{symbol}_History.csv", infer_schema_length=0)
    day, close = pl.col("DATE").str.to_date("%m/%d/%Y"), pl.col(frame.columns[-1]).cast(pl.Float64)
    return frame.select(day.alias("session_date"), close.alias(symbol))


def _real_breadth(folder: Path, name: str, code: str) -> pl.DataFrame:
    frame = pl.read_csv(folder / "breadth" / f"NYSE_{code}_tradingview.csv", infer_schema_length=0)
    return frame.select(
        pl.col("time").str.to_date().alias("session_date"), pl.col("close").cast(pl.Float64).alias(name)
    )


def _real_futures(folder: Path, sessions: pl.Series) -> pl.DataFrame:
    frame = pl.read_csv(folder / "vx_futures" / "cdn" / "vx_contracts_2013_2026.csv", infer_schema_length=0)
    return (
        frame.select(
            session_date=pl.col("Trade Date").str.to_date(),
            expiry_date=pl.col("Futures").str.to_date(strict=False),
            settle_pts=pl.col("Settle").cast(pl.Float64),
        )
        .filter(pl.col("session_date").is_in(sessions.implode()), pl.col("settle_pts") > 0)
        .with_columns(days=(pl.col("expiry_date") - pl.col("session_date")).dt.total_days())
        .filter(pl.col("days") > 0)
    )
