"""The night as one script: what a competent trader writes with pandas, vollib (py_vollib's engine) and matplotlib.

    python bench/plain_night.py LANDING OUT

Reads the files `condorwatch nightly` reads, prices every contract, measures condors and hedge, draws five charts and
writes a PDF for the whole book and for each account, and the priced chain as Parquet. It keeps no history, checks
nothing, and writes no HTML. Prints the seconds of its stages as JSON.
"""

import json
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

STARTED = time.perf_counter()

import matplotlib as mpl  # noqa: E402  the clock starts before the imports: they are part of a script's night
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy.interpolate import CubicSpline  # noqa: E402
from scipy.special import ndtr  # noqa: E402

mpl.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.backends.backend_pdf import PdfPages  # noqa: E402

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from vollib.black import black
    from vollib.black.greeks import analytical
    from vollib.black.implied_volatility import implied_volatility

YEAR_MINUTES = 525_600
ONE_DAY_YEARS = 1 / 365
NEAREST_STRIKES = 10
TENOR_DAYS = (30, 60, 91, 121, 182, 365, 730, 1095, 1825, 2555, 3650, 7300, 10950)
SHOCKS = np.array([-0.10, -0.07, -0.05, -0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.05])
LAYERS = {"L1": (1, 69, 4), "L2": (70, 164, 4), "L3": (165, 400, 2)}
HISTORY_SESSIONS = 80
SMALLEST_PARITY_FIT = 3
EXPIRY = ["root", "expiry"]


@dataclass
class Night:
    """What the script carries from stage to stage."""

    session: pd.Timestamp
    chain: pd.DataFrame
    vx: pd.DataFrame
    series: dict[str, pd.Series]
    smiles: dict[tuple[str, pd.Timestamp], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    spot: float = np.nan


def main() -> None:
    """Run the night."""
    landing, out = Path(sys.argv[1]), Path(sys.argv[2])
    seconds = {"imports": time.perf_counter() - STARTED}

    def lap(stage: str) -> None:
        seconds[stage] = time.perf_counter() - STARTED - sum(seconds.values())

    night = read_night(landing)
    fills = read_all(landing, "fills.csv", header=1)
    lap("read")
    add_forwards(night)
    lap("forwards")
    add_vols(night)
    lap("implied vols")
    add_greeks(night)
    lap("greeks")
    books = books_of(night, fills)
    lap("book")
    out.mkdir(parents=True, exist_ok=True)
    night.chain.to_parquet(out / "chain.parquet")
    write_reports(night, books, out)
    lap("charts and pdf")
    print(json.dumps({"seconds": seconds, "contracts_qty": len(night.chain), "reports_qty": len(books)}))


def read_all(landing: Path, name: str, **options: object) -> pd.DataFrame:
    """All files of a name, the older folder first."""
    return pd.concat([pd.read_csv(path, **options) for path in sorted(landing.rglob(name), reverse=True)])


def read_night(landing: Path) -> Night:
    """Both chains with years and rate, the futures curve of the session, and the index and breadth series."""
    spx, mark = read_chain(landing / "spx_quotedata.csv")
    vix, _ = read_chain(landing / "vix_quotedata.csv")
    chain = pd.concat([spx, vix], ignore_index=True)
    is_pm = chain["root"].eq("SPXW")
    settles = chain["expiry"] + pd.to_timedelta(np.where(is_pm, 16 * 60, 9 * 60 + 30), unit="min")
    chain["years"] = (settles - mark).dt.total_seconds() / 60 / YEAR_MINUTES
    chain["dte"] = (chain["expiry"] - mark.normalize()).dt.days
    chain = chain[chain["years"].gt(0) & chain["ask"].gt(0) & chain["ask"].ge(chain["bid"])].copy()
    chain["mid"] = (chain["bid"] + chain["ask"]) / 2
    session = mark.normalize()
    yields = read_all(landing, "treasury_par.csv", header=1).assign(
        day=lambda f: pd.to_datetime(f["Date"], format="%m/%d/%y")
    )
    today = yields.set_index("day").sort_index().drop(columns="Date").loc[:session].iloc[-1]
    spline = CubicSpline(TENOR_DAYS, today.to_numpy(dtype=float) / 100, bc_type="natural")
    chain["rate"] = 2 * np.log1p(spline(np.maximum(chain["years"] * 365, TENOR_DAYS[0])) / 2)
    vx = read_all(landing, "vx_contracts.csv", header=1, index_col=0, parse_dates=["Trade Date", "Futures"])
    return Night(session, chain, vx, read_series(landing))


def read_chain(path: Path) -> tuple[pd.DataFrame, pd.Timestamp]:
    """A Cboe quote table, one row a contract, and the instant its quotes end (16:15 New York)."""
    with path.open() as file:
        date_line = [next(file) for _ in range(3)][2]
    day = pd.to_datetime(date_line.split('"')[1].removeprefix("Date: ").split(" at ")[0])
    table = pd.read_csv(path, skiprows=3)
    sides = {"Calls": "", "Puts": ".1"}
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "symbol": table[side],
                    "strike": table["Strike"],
                    "bid": table[f"Bid{suffix}"],
                    "ask": table[f"Ask{suffix}"],
                    "open_interest": table[f"Open Interest{suffix}"],
                }
            )
            for side, suffix in sides.items()
        ],
        ignore_index=True,
    )
    parts = rows["symbol"].str.extract(r"^([A-Z]+)(\d{6})([CP])\d{8}$")
    rows["root"], rows["right"] = parts[0], parts[2].str.lower()
    rows["expiry"] = pd.to_datetime(parts[1], format="%y%m%d")
    return rows, day + pd.Timedelta(hours=16, minutes=15)


def read_series(landing: Path) -> dict[str, pd.Series]:
    """Closes of the indices and of advances and declines."""
    found: dict[str, pd.Series] = {}
    for name in ("SPX", "VIX", "VIX9D", "VIX3M", "VIX6M"):
        table = read_all(landing, f"{name}_History.csv", header=1)
        found[name] = table.set_index(pd.to_datetime(table["DATE"], format="%m/%d/%Y"))["CLOSE"].sort_index()
    for name in ("ADV", "DECL"):
        table = read_all(landing, f"NYSE_{name}_tradingview.csv", header=1)
        found[name] = table.set_index(pd.to_datetime(table["time"]))["close"].sort_index()
    return found


def add_forwards(night: Night) -> None:
    """Forward and discount factor of every expiry: parity for SPX, the future for VIX where one settles with it."""
    curve = night.vx[night.vx["Trade Date"].eq(night.session)].set_index("Futures")["Settle"]
    keys = [*EXPIRY, "strike"]
    both = night.chain[night.chain["bid"].gt(0)].pivot_table(index=keys, columns="right", values=["mid", "bid", "ask"])
    both = both.dropna()
    found = {}
    for (root, expiry), group in both.groupby(level=EXPIRY):
        first = night.chain.loc[night.chain["root"].eq(root) & night.chain["expiry"].eq(expiry)].iloc[0]
        factor = np.exp(-first["rate"] * first["years"])
        forward, fitted = parity(group, factor, first["years"])
        is_future = root.startswith("VIX") and expiry in curve.index
        found[root, expiry] = (curve[expiry], factor) if is_future else (forward, fitted)
    table = pd.DataFrame.from_dict(found, orient="index", columns=["forward", "factor"])
    table.index = pd.MultiIndex.from_tuples(table.index, names=EXPIRY)
    night.chain = night.chain.join(table, on=EXPIRY).dropna(subset=["forward"])
    nearest = night.chain[night.chain["root"].eq("SPXW") & night.chain["dte"].ge(1)].nsmallest(1, "years")
    night.spot = float(nearest["forward"].iloc[0])


def parity(group: pd.DataFrame, factor: float, years: float) -> tuple[float, float]:
    """Weighted line through call minus put on the ten strikes nearest the money; else the curve's own discount."""
    strikes = group.index.get_level_values("strike").to_numpy()
    difference = (group["mid", "c"] - group["mid", "p"]).to_numpy()
    spread = (group["ask", "c"] - group["bid", "c"] + group["ask", "p"] - group["bid", "p"]).to_numpy()
    nearest = np.argsort(np.abs(difference))[:NEAREST_STRIKES]
    strikes, difference, weight = strikes[nearest], difference[nearest], 1 / np.maximum(spread[nearest], 0.01)
    if len(strikes) >= SMALLEST_PARITY_FIT:
        slope, level = np.polyfit(strikes, difference, 1, w=weight)
        if slope < 0 and abs(np.log(-slope) - np.log(factor)) <= 0.002 + 0.005 * years:
            return level / -slope, -slope
    return float(np.average(strikes + difference / factor, weights=weight**2)), factor


def add_vols(night: Night) -> None:
    """Implied vol of every contract with a bid, then the out-of-the-money smile at every strike."""
    chain = night.chain
    quoted = chain[chain["bid"].gt(0)]
    chain["rate_used"] = -np.log(chain["factor"]) / chain["years"]
    columns = [chain.loc[quoted.index, name] for name in ("mid", "forward", "strike", "rate_used", "years", "right")]
    chain.loc[quoted.index, "iv"] = [implied(*row) for row in zip(*columns, strict=True)]
    chain["k"] = np.log(chain["strike"] / chain["forward"])
    is_otm = chain["right"].eq("p") == chain["strike"].lt(chain["forward"])
    chain["smile"] = np.nan
    for expiry, group in chain.groupby(EXPIRY):
        smile = group[is_otm[group.index] & group["iv"].gt(0)].sort_values("k")
        if len(smile):
            night.smiles[expiry] = smile["k"].to_numpy(), smile["iv"].to_numpy()
            chain.loc[group.index, "smile"] = np.interp(group["k"], *night.smiles[expiry])


def implied(*contract: float) -> float:
    """One vol; NaN under intrinsic value."""
    try:
        return implied_volatility(*contract)
    except Exception:  # noqa: BLE001  vollib raises half a dozen kinds; a script wants the row gone
        return np.nan


def add_greeks(night: Night) -> None:
    """Delta, gamma, vega and one day's theta by repricing, for every contract on its smile."""
    chain = night.chain
    priced = chain[chain["smile"].gt(0)]
    names = ("right", "forward", "strike", "years", "rate_used", "smile")
    rows = list(zip(*(priced[name] for name in names), strict=True))
    for name in ("delta", "gamma", "vega"):
        measure = getattr(analytical, name)
        chain.loc[priced.index, name] = [measure(*row) for row in rows]
    chain.loc[priced.index, "theta"] = [
        black(flag, F, K, max(t - ONE_DAY_YEARS, 1e-9), r, vol) - black(flag, F, K, t, r, vol)
        for flag, F, K, t, r, vol in rows
    ]


@dataclass
class Book:
    """One account, or all of them."""

    name: str
    legs: pd.DataFrame
    condors: pd.DataFrame
    layers: pd.DataFrame
    scenarios: pd.DataFrame


def books_of(night: Night, fills: pd.DataFrame) -> list[Book]:
    """Open positions with their marks, for the whole book and for each account."""
    fills["expiry"] = pd.to_datetime(fills["expiry"])
    fills["right"] = fills["right"].str.lower()
    fills["strike"] = fills["strike"].astype(float)
    fills["cost"] = fills["quantity"] * fills["price"] * 100 + fills["fees"]
    keys = ["account", "structure", *EXPIRY, "right", "strike"]
    held = fills.groupby(keys, as_index=False)[["quantity", "cost"]].sum().query("quantity != 0")
    legs = held.merge(night.chain, on=[*EXPIRY, "right", "strike"])
    legs["value"] = legs["quantity"] * legs["mid"] * 100
    legs["pnl"] = legs["value"] - legs["cost"]
    is_spx = legs["root"].str.startswith("SPX")
    elasticity = np.where(is_spx, 1.0, -6.0 * (1 + legs["dte"] / 25) ** -0.67 * 20 / legs["forward"])
    legs["to_spx"] = elasticity * legs["forward"] / night.spot
    legs["delta_usd"] = legs["quantity"] * 100 * legs["delta"] * legs["to_spx"]
    legs["gamma_usd"] = legs["quantity"] * 100 * legs["gamma"] * legs["to_spx"] ** 2
    legs["vega_usd"] = legs["quantity"] * 100 * legs["vega"]
    legs["theta_usd"] = legs["quantity"] * 100 * legs["theta"]
    scopes = {"ALL": legs} | dict(iter(legs.groupby("account")))
    return [book_of(name, scope, night) for name, scope in scopes.items()]


def book_of(name: str, legs: pd.DataFrame, night: Night) -> Book:
    """Condors, hedge layers and scenarios of one scope."""
    is_condor = legs["structure"].str.startswith("condor")
    is_layer = legs["structure"].str.match(r"L\d")
    condors = [condor_of(group, night.spot) for _, group in legs[is_condor].groupby(["account", "structure"])]
    hedge = legs[is_layer]
    layers = pd.DataFrame(
        [
            {"layer": layer, "units": picked["quantity"].sum() / weight}
            | picked[["value", "pnl", "delta_usd", "theta_usd"]].sum().to_dict()
            for layer, (low, high, weight) in LAYERS.items()
            for picked in [hedge[hedge["dte"].between(low, high)]]
        ]
    )
    scenarios = pd.DataFrame(
        {
            "shock": SHOCKS,
            "condors": [shocked_pnl(legs[is_condor], night, shock) for shock in SHOCKS],
            "hedge": [shocked_pnl(hedge, night, shock) for shock in SHOCKS],
        }
    )
    scenarios["net"] = scenarios["condors"] + scenarios["hedge"]
    scenarios["offset"] = (-scenarios["hedge"] / scenarios["condors"]).where(scenarios["condors"].lt(0))
    return Book(name, legs, pd.DataFrame(condors), layers, scenarios)


def condor_of(legs: pd.DataFrame, spot: float) -> dict[str, float | str]:
    """Strikes, credit, break-evens, distances and Greeks of one condor."""
    shorts = legs[legs["quantity"].lt(0)].set_index("right")["strike"]
    longs = legs[legs["quantity"].gt(0)].set_index("right")["strike"]
    quantity = legs["quantity"].abs().max()
    credit = -legs["cost"].sum() / 100 / quantity
    return {
        "condor": f"{legs['account'].iloc[0]} {legs['structure'].iloc[0]}",
        "dte": legs["dte"].iloc[0],
        "short_put": shorts["p"],
        "short_call": shorts["c"],
        "credit": credit,
        "be_put": shorts["p"] - credit,
        "be_call": shorts["c"] + credit,
        "to_short_put": spot - shorts["p"],
        "max_loss": (max(shorts["p"] - longs["p"], longs["c"] - shorts["c"]) - credit) * 100 * quantity,
        "pnl": legs["pnl"].sum(),
        "delta": legs["delta_usd"].sum(),
        "gamma": legs["gamma_usd"].sum(),
        "theta": legs["theta_usd"].sum(),
        "vega": legs["vega_usd"].sum(),
    }


def shocked_pnl(legs: pd.DataFrame, night: Night, shock: float) -> float:
    """Reprice after an instant move of SPX: smile carried with moneyness, vol up with VIX, futures on a power path."""
    if legs.empty:
        return 0.0
    is_spx = legs["root"].str.startswith("SPX").to_numpy()
    vix = night.series["VIX"].loc[: night.session].iloc[-1]
    vix_after = min(vix * (1 + shock) ** (-6.1 * 20 / vix * (0.85 if shock > 0 else 1.0)), max(85.0, vix))
    elasticity = -6.0 * (1 + legs["dte"] / 25) ** -0.67 * 20 / legs["forward"] * (0.85 if shock > 0 else 1.0)
    forward = legs["forward"] * np.where(is_spx, 1 + shock, (1 + shock) ** elasticity)
    spillover = ((30 / legs["dte"].clip(lower=7)) ** 0.40).clip(0.2, 2.0) * 0.85 * (vix_after - vix) / 100
    carried = smile_at(night, legs, np.log(legs["strike"] / forward))
    vol = np.where(is_spx, np.maximum(carried + spillover, 0.05), legs["smile"])
    value = black_value(forward, legs, vol)
    before = black_value(legs["forward"], legs, legs["smile"])
    return float((legs["quantity"] * 100 * (value - before)).sum())


def smile_at(night: Night, legs: pd.DataFrame, k: pd.Series) -> np.ndarray:
    """Each leg's expiry's smile at a new moneyness."""
    rows = zip(legs["root"], legs["expiry"], k, strict=True)
    return np.array([np.interp(moneyness, *night.smiles[root, expiry]) for root, expiry, moneyness in rows])


def black_value(forward: pd.Series, legs: pd.DataFrame, vol: np.ndarray | pd.Series) -> np.ndarray:
    """Black-76 of some legs at once."""
    cp = np.where(legs["right"].eq("c"), 1.0, -1.0)
    total = vol * np.sqrt(legs["years"])
    d1 = np.log(forward / legs["strike"]) / total + total / 2
    return legs["factor"] * cp * (forward * ndtr(cp * d1) - legs["strike"] * ndtr(cp * (d1 - total)))


def signals_of(night: Night) -> dict[str, float]:
    """The few market numbers a trader looks at first."""
    series = {name: values.loc[: night.session] for name, values in night.series.items()}
    curve = night.vx[night.vx["Trade Date"].eq(night.session) & night.vx["Futures"].gt(night.session)]
    front = curve.sort_values("Futures")["Settle"].to_numpy()
    change = series["VIX"].diff().dropna()
    gain, loss = (
        part.ewm(alpha=1 / 14, adjust=False).mean().iloc[-1] for part in (change.clip(lower=0), -change.clip(upper=0))
    )
    hv20 = np.log(series["SPX"]).diff().tail(20).std() * np.sqrt(252) * 100
    net = series["ADV"] - series["DECL"]
    return {
        "SPX (parity)": night.spot,
        "VIX": series["VIX"].iloc[-1],
        "VIX9D/VIX": series["VIX9D"].iloc[-1] / series["VIX"].iloc[-1],
        "VIX/VIX3M": series["VIX"].iloc[-1] / series["VIX3M"].iloc[-1],
        "contango %": 100 * (front[1] / front[0] - 1),
        "RSI of VIX": 100 * gain / (gain + loss),
        "HV20": hv20,
        "EDR %": (0.6 * series["VIX9D"].iloc[-1] + 0.4 * hv20) / np.sqrt(252),
        "A/D z": (net.tail(5).mean() - net.tail(60).mean()) / net.tail(60).std(),
    }


def write_reports(night: Night, books: list[Book], out: Path) -> None:
    """One PDF a scope: a page of tables, then the charts; those of the market are drawn once."""
    signals = signals_of(night)
    market = [chart_smiles(night), chart_curve(night)]
    for book in books:
        pages = [
            page_of_tables(book, signals, night.session),
            chart_scenarios(book),
            chart_hedge(book),
            chart_price(night, book),
            *market,
        ]
        with PdfPages(out / f"hedge-status-{book.name}.pdf") as pdf:
            for page in pages:
                pdf.savefig(page)
    plt.close("all")


def page_of_tables(book: Book, signals: dict[str, float], session: pd.Timestamp) -> plt.Figure:
    """Signals, condors, layers, scenarios and legs."""
    figure, axes = plt.subplots(5, 1, figsize=(8.3, 11.7), height_ratios=[1, 1, 1, 2, 4])
    figure.suptitle(f"Hedge status {session:%Y-%m-%d}, {book.name}")
    shown = ["root", "expiry", "right", "strike", "quantity", "mid", "smile", "value", "pnl", "delta_usd", "theta_usd"]
    legs = book.legs[shown].assign(expiry=book.legs["expiry"].dt.strftime("%Y-%m-%d"))
    for axis, frame in zip(
        axes, (pd.DataFrame([signals]), book.condors, book.layers, book.scenarios, legs), strict=True
    ):
        axis.axis("off")
        cells = frame.map(lambda cell: f"{cell:,.2f}" if isinstance(cell, float) else str(cell))
        table = axis.table(cells.to_numpy().tolist(), colLabels=list(frame.columns), loc="upper center")
        table.auto_set_font_size(False)  # noqa: FBT003  matplotlib's signature
        table.set_fontsize(5)
    return figure


def chart_scenarios(book: Book) -> plt.Figure:
    """P&L of condors, hedge and both by shock."""
    figure, axis = plt.subplots(figsize=(8.3, 5))
    for part in ("condors", "hedge", "net"):
        axis.plot(book.scenarios["shock"] * 100, book.scenarios[part], marker="o", label=part)
    axis.axhline(0, color="grey", linewidth=0.8)
    axis.set(title="Instant shock of SPX", xlabel="%", ylabel="USD")
    axis.legend()
    return figure


def chart_hedge(book: Book) -> plt.Figure:
    """SPX delta of condors and layers."""
    figure, axis = plt.subplots(figsize=(8.3, 5))
    condors = book.condors["delta"].sum() if len(book.condors) else 0.0
    axis.bar(["condors", *book.layers["layer"]], [condors, *book.layers["delta_usd"]])
    axis.axhline(0, color="grey", linewidth=0.8)
    axis.set(title="SPX-equivalent delta", ylabel="USD per point")
    return figure


def chart_price(night: Night, book: Book) -> plt.Figure:
    """SPX against the strikes that are short."""
    figure, axis = plt.subplots(figsize=(8.3, 5))
    axis.plot(night.series["SPX"].loc[: night.session].tail(HISTORY_SESSIONS))
    for _, condor in book.condors.iterrows():
        axis.axhline(condor["short_put"], color="tab:red", linestyle="--")
        axis.axhline(condor["short_call"], color="tab:orange", linestyle="--")
    axis.set(title="SPX and short strikes", ylabel="points")
    return figure


def chart_smiles(night: Night) -> plt.Figure:
    """Four SPX smiles."""
    figure, axis = plt.subplots(figsize=(8.3, 5))
    spxw = night.chain[night.chain["root"].eq("SPXW")]
    for days in (7, 30, 60, 180):
        nearest = spxw.loc[(spxw["dte"] - days).abs().idxmin(), "dte"]
        smile = spxw[spxw["dte"].eq(nearest) & spxw["k"].between(-0.3, 0.15)].sort_values("k")
        axis.plot(smile["k"], smile["smile"] * 100, label=f"{nearest} days")
    axis.set(title="SPX smiles", xlabel="ln(K/F)", ylabel="vol %")
    axis.legend()
    return figure


def chart_curve(night: Night) -> plt.Figure:
    """The VX curve tonight and five sessions ago, with VIX."""
    figure, axis = plt.subplots(figsize=(8.3, 5))
    days = np.sort(night.vx["Trade Date"].unique())
    tonight = np.searchsorted(days, night.session.to_datetime64())
    for day in days[[tonight, max(tonight - 5, 0)]]:
        curve = night.vx[night.vx["Trade Date"].eq(day) & night.vx["Futures"].gt(day)].sort_values("Futures")
        axis.plot(curve["Futures"], curve["Settle"], marker="o", label=str(day)[:10])
    axis.axhline(night.series["VIX"].loc[: night.session].iloc[-1], linestyle=":", label="VIX")
    axis.set(title="VX curve", ylabel="points")
    axis.legend()
    return figure


if __name__ == "__main__":
    main()
