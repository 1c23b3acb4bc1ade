"""Chains of several expiries with a known smile, priced by QuantLib, as the vendor would quote them."""

import datetime as dt
import math
from collections.abc import Callable, Mapping

import polars as pl
import QuantLib

from transforms.market.calendar import quote_table_instant, settlement_instant, years_to
from transforms.market.forwards import Mark
from transforms.market.quotes import type_quotes
from transforms.market.rates import par_curve
from transforms.market.surface import PricedChain, price_chain
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY
from warehouse.tables.raw import RAW_OPTION_QUOTES

NIGHT = dt.date(2023, 2, 7)
RATE = 2 * math.log(1.0225)  # 4.5% par, both tenors
FORWARD = 4166.9
QUOTED_AT = quote_table_instant(NIGHT)
TYPE = {"C": QuantLib.Option.Call, "P": QuantLib.Option.Put}

# Vol at k = ln(K/F), by root and expiry.
SmileOf = Mapping[tuple[str, dt.date], Callable[[float], float]]


def years(root: str, expiry: dt.date) -> float:
    return years_to(settlement_instant(root, expiry), QUOTED_AT)


def black_pts(right: str, strike: float, vol: float, t_years: float, discount: float = 1.0) -> float:
    return float(QuantLib.blackFormula(TYPE[right], strike, FORWARD, vol * math.sqrt(t_years), discount))


def quoted(
    smiles: SmileOf,
    *,
    half: float = 0.05,
    sds: float = 4.0,
    step: float = 25.0,
    shifted: Mapping[tuple[str, str, float], float] | None = None,
) -> PricedChain:
    """Price a chain quoted `half` points to either side of its value, `sds` standard deviations wide.

    `shifted` moves single quotes by points: `{("SPXW", "P", 4000.0): 3.0}`. What is worth less than its spread is left
    out.
    """
    rows = []
    for (root, expiry), smile in smiles.items():
        t_years = max(years(root, expiry), 1 / 365)  # the series that settled today is still listed
        reach = sds * smile(0.0) * math.sqrt(t_years) * FORWARD
        lowest, highest = (max(round((FORWARD + side * reach) / step), 1) for side in (-1, 1))
        for strike in (step * n for n in range(lowest, highest + 1)):
            vol, discount = smile(math.log(strike / FORWARD)), math.exp(-RATE * t_years)
            for right in "CP":
                value = black_pts(right, strike, vol, t_years, discount)
                value += (shifted or {}).get((root, right, strike), 0.0)
                if value > 2 * half:
                    quote = (root, str(expiry), right, str(strike), repr(value - half), repr(value + half))
                    rows.append(("a", len(rows) + 2, *quote))
    names = ["load_id", "source_line", "root", "expiry", "option_right", "strike", "bid", "ask"]
    raw = RAW_OPTION_QUOTES.conform(pl.DataFrame(rows, schema=names, orient="row"))
    typed = type_quotes(raw.with_columns(source_file=pl.lit("chain.csv")))
    vx = CORE_VX_SETTLEMENTS_DAILY.empty()
    curve = par_curve(NIGHT, {30: 0.045, 3650: 0.045})
    return price_chain(typed.rows, Mark(session_date=NIGHT, quote_at=QUOTED_AT, curve=curve, vx=vx))
