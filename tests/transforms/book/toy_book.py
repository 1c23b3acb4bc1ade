"""A toy night for the book: fills written as a trader says them, a market that can quote any of them.

SPX 6000 unless said otherwise, forwards at 2.9% carry, a skewed smile, VIX futures rising with tenor. Instruments are
spelled `SPXW 2026-06-08 P 5650`, a future `VX 2026-06-17`.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.book.alerts import AlertInputs, alerts
from transforms.book.carry import VxLine
from transforms.book.condors import CondorInputs, SpxNight, condors
from transforms.book.layer_signals import MarketScores
from transforms.book.legs import price_legs
from transforms.book.margin import SPX, VIX, structure_margins
from transforms.book.payoffs import settlement_levels, with_payoffs
from transforms.book.positions import account_scopes, fills_by_leg, held_book, holdings, positions
from transforms.book.second_engine import second_engine
from transforms.book.states import SETTLED_STATE
from transforms.book.structure_rows import structures
from transforms.market.calendar import quote_table_instant, settlement_instant, settlement_of, years_to
from transforms.market.elasticity_curve import PRIOR_CURVE
from transforms.market.fitted_surface import FittedSurface
from transforms.market.smile_odds import SmileNight
from transforms.market.surface import Smiles
from transforms.pricing.black76 import price
from transforms.pricing.greeks import greeks
from transforms.risk.book_summary import BookInputs, book_summary
from transforms.risk.day_attribution import Attribution, attribution
from transforms.risk.day_pnl import PreviousNight
from transforms.risk.engine_alerts import engine_alerts
from transforms.risk.engine_risk import EngineInputs, engine_risk
from transforms.risk.engine_states import engine_states
from transforms.risk.hedge_ledger import HedgeLedger, LedgerInputs, LedgerRules, hedge_ledger
from transforms.risk.hedge_unit import VixNight
from transforms.risk.leg_days import Tonight
from transforms.risk.repricing import NO_LINE, ScenarioMarket
from transforms.risk.scenarios import scenarios
from warehouse.tables.core import (
    CORE_ACCOUNTS_DAILY,
    CORE_FILLS,
    CORE_FORWARDS_DAILY,
    CORE_OPTION_MARKS_DAILY,
    CORE_SMILE_FITS_DAILY,
    CORE_SMILE_NODES_DAILY,
    CORE_VX_SETTLEMENTS_DAILY,
)
from warehouse.tables.mart import MART_BOOK_DAILY, MART_HEDGE_LAYERS_DAILY, MART_VX_CURVE_DAILY
from warehouse.tables.meta import META_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FRIDAY = dt.date(2026, 5, 8)
MONDAY = dt.date(2026, 5, 11)
CONDOR_LEGS = (
    ("SPXW 2026-06-08 P 5650", 10, 20.0),
    ("SPXW 2026-06-08 P 5700", -10, 27.0),
    ("SPXW 2026-06-08 C 6250", -10, 12.0),
    ("SPXW 2026-06-08 C 6300", 10, 7.0),
)
UNIT_LEGS = (("VIX 2026-06-17 C 20", 4, 2.0), ("VIX 2026-08-19 C 21", 4, 2.5), ("VIX 2026-12-16 C 22", 2, 2.75))

CALM = MarketScores(arm_score=0, accel_score=0, vix_pts=16.0, contango_frac=0.05)

_numbers = count(1)


def fill(
    instrument: str,
    quantity: int,
    price_pts: float,
    *,
    on: dt.date = FRIDAY,
    structure: str | None = "condor-1",
    campaign: str | None = None,
    account: str = "A",
    fees: float = 0.0,
    fill_id: str = "",
) -> dict[str, object]:
    root, expiry, *option = instrument.split()
    return {
        "fill_id": fill_id or f"F{next(_numbers):06d}",
        "account": account,
        "filled_at": dt.datetime.combine(on, dt.time(18), tzinfo=dt.UTC),
        "root": root,
        "expiry_date": dt.date.fromisoformat(expiry),
        "settlement": settlement_of(root),
        "right": option[0] if option else None,
        "strike_pts": float(option[1]) if option else None,
        "quantity_qty": quantity,
        "price_pts": price_pts,
        "fees_usd": fees,
        "structure": structure,
        "campaign": campaign,
    }


def condor_fills(**facts: object) -> list[dict[str, object]]:
    return [fill(*leg, **facts) for leg in CONDOR_LEGS]  # type: ignore[arg-type]


def unit_fills(**facts: object) -> list[dict[str, object]]:
    return [fill(*leg, **({"structure": None} | facts)) for leg in UNIT_LEGS]  # type: ignore[arg-type]


def fills_of(*fills: dict[str, object]) -> pl.DataFrame:
    return CORE_FILLS.conform(pl.DataFrame(list(fills))) if fills else CORE_FILLS.empty()


@dataclass(frozen=True, slots=True)
class ToySmile:
    """A smile that falls with the strike, the same for every expiry."""

    def index_of(self, contracts: pl.DataFrame) -> npt.NDArray[np.intp]:
        return np.zeros(contracts.height, dtype=np.intp)

    def vol_at(self, expiry_index: npt.ArrayLike, k: npt.ArrayLike) -> npt.NDArray[np.float64]:
        _, moneyness = np.broadcast_arrays(np.asarray(expiry_index), np.asarray(k, dtype=np.float64))
        return np.maximum(0.08, 0.16 - 0.4 * moneyness)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyMarket:
    """What the night looks like.

    `unquoted` roots have no chain, `crossed` instruments no usable quote, `quoted_too` are quoted though never traded.
    """

    session_date: dt.date = FRIDAY
    spot_pts: float | None = 6000.0
    vix_pts: float | None = 16.0
    edr_pts: float | None = 60.0
    hv20_vol: float | None = 0.14
    unquoted: tuple[str, ...] = ()
    crossed: tuple[str, ...] = ()
    checks: pl.DataFrame = field(default_factory=META_CHECKS.empty)
    accounts: pl.DataFrame = field(default_factory=CORE_ACCOUNTS_DAILY.empty)
    settlements: pl.DataFrame = field(default_factory=settlement_levels)
    scores: MarketScores = CALM
    entry_futures: pl.DataFrame = field(default_factory=CORE_VX_SETTLEMENTS_DAILY.empty)
    quoted_too: tuple[str, ...] = ()
    valuation_state: str | None = None
    hold_reason: str | None = None
    rules: LedgerRules = field(default_factory=LedgerRules)

    @property
    def mark_at(self) -> dt.datetime:
        return quote_table_instant(self.session_date)

    def vx_pts(self, expiry: dt.date) -> float:
        return 18.0 + 0.01 * (expiry - self.session_date).days


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyNight:
    """Every mart of one night."""

    positions: pl.DataFrame
    lots: pl.DataFrame
    holdings: pl.DataFrame
    legs: pl.DataFrame
    structures: pl.DataFrame
    condors: pl.DataFrame
    layers: pl.DataFrame
    ledger: HedgeLedger
    engine: pl.DataFrame
    engine_states: pl.DataFrame
    alerts: pl.DataFrame
    scenarios: pl.DataFrame
    book: pl.DataFrame
    attribution: Attribution

    def frames(self) -> dict[str, pl.DataFrame]:
        named = {name: getattr(self, name) for name in self.__slots__ if name not in {"attribution", "ledger"}}
        ledger = {name: getattr(self.ledger, name) for name in self.ledger.__slots__}
        days = {"attribution_legs": self.attribution.legs, "attribution_periods": self.attribution.periods}
        return named | ledger | days


def marks_of(fills: pl.DataFrame, market: ToyMarket) -> pl.DataFrame:
    """Quote every option that was ever traded and has not settled, and what else the market says it quotes."""
    more = fills_of(*(fill(instrument, 1, 1.0) for instrument in market.quoted_too))
    quoted = pl.concat([fills, more])
    contracts = quoted.filter(pl.col("strike_pts").is_not_null()).unique(["root", "expiry_date", "right", "strike_pts"])
    rows = [
        _mark(row, market)
        for row in contracts.sort("root", "expiry_date", "right", "strike_pts").to_dicts()
        if row["root"] not in market.unquoted and settlement_instant(row["root"], row["expiry_date"]) > market.mark_at
    ]
    return CORE_OPTION_MARKS_DAILY.conform(pl.DataFrame(rows)) if rows else CORE_OPTION_MARKS_DAILY.empty()


def _mark(row: dict[str, object], market: ToyMarket) -> dict[str, object]:
    root, expiry, strike = str(row["root"]), row["expiry_date"], float(row["strike_pts"])  # type: ignore[arg-type]
    assert isinstance(expiry, dt.date)
    years = years_to(settlement_instant(root, expiry), market.mark_at)
    is_spx = root in {"SPX", "SPXW"}
    forward = (market.spot_pts or 6000.0) * math.exp(0.029 * years) if is_spx else market.vx_pts(expiry)
    vol = float(ToySmile().vol_at(0, math.log(strike / forward))) if is_spx else 0.7
    terms = {"vol": vol, "years": years, "cp": 1.0 if row["right"] == "C" else -1.0}
    discount = math.exp(-0.042 * years)
    found = greeks(forward, strike, **terms, discount_factor=discount)
    mark = float(price(forward, strike, **terms, discount_factor=discount))
    is_crossed = f"{root} {expiry} {row['right']} {strike:g}" in market.crossed
    return {
        "session_date": market.session_date,
        **{key: row[key] for key in ("root", "expiry_date", "settlement", "right", "strike_pts")},
        "underlying": "SPX" if is_spx else "VIX",
        "mid_pts": mark,
        "iv_vol": vol,
        "bid_pts": mark - 0.05,
        "ask_pts": mark + 0.05,
        "mark_pts": None if is_crossed else mark,
        "mark_quality": "CROSSED" if is_crossed else "OK",
        "mark_method": None if is_crossed else "mid",
        "iv_status": "crossed" if is_crossed else "ok",
        "forward_pts": forward,
        "discount_factor_frac": discount,
        "t_years": years,
        "smile_vol": vol,
        "delta": float(found.delta_forward),
        "delta_b76": float(found.delta_b76),
        "gamma_b76": float(found.gamma_b76),
        "vega_pts_per_volpt": float(found.vega_per_volpt),
        "theta_pts_per_day": float(found.theta_per_day),
        "extrinsic_pts": 0.0,
    }


def smiles_of(marks: pl.DataFrame) -> SmileNight:
    """The quoted smiles of what is quoted, and no fit."""
    series = marks.filter(pl.col("underlying") == "SPX").unique(["root", "expiry_date", "settlement"])
    rows = series.sort("root", "expiry_date").select(
        *("session_date", "root", "expiry_date", "settlement", "underlying"),
        *("forward_pts", "discount_factor_frac", "t_years"),
        atm_iv_vol=pl.lit(float(ToySmile().vol_at(0, 0.0))),
    )
    return SmileNight(
        forwards=CORE_FORWARDS_DAILY.conform(rows),
        smiles=Smiles.of_marks(marks),
        surface=FittedSurface.of_tables(CORE_SMILE_FITS_DAILY.empty(), CORE_SMILE_NODES_DAILY.empty()),
    )


def vx_of(fills: pl.DataFrame, market: ToyMarket) -> pl.DataFrame:
    expiries = fills.filter(pl.col("root").is_in(["VX", "VXM"]))["expiry_date"].unique().sort().to_list()
    rows = {
        "session_date": [market.session_date] * len(expiries),
        "expiry_date": expiries,
        "settle_pts": [market.vx_pts(expiry) for expiry in expiries],
        "settle_method": ["settle"] * len(expiries),
    }
    quoted = pl.DataFrame(rows, schema_overrides={"expiry_date": pl.Date}) if "VX" not in market.unquoted else None
    return CORE_VX_SETTLEMENTS_DAILY.empty() if quoted is None else CORE_VX_SETTLEMENTS_DAILY.conform(quoted)


def priced_legs(fills: pl.DataFrame, market: ToyMarket) -> pl.DataFrame:
    """The legs of one night, and nothing else of it."""
    return price_legs(
        positions(fills, market.session_date, market.mark_at),
        marks_of(fills, market),
        CORE_FORWARDS_DAILY.empty(),
        vx=vx_of(fills, market),
        spot_pts=market.spot_pts,
    )


def vx_curve_of(market: ToyMarket) -> pl.DataFrame:
    """Nine monthly futures on the toy's line."""
    days = [30 * rank for rank in range(1, 10)]
    return MART_VX_CURVE_DAILY.conform(
        pl.DataFrame(
            {
                "session_date": [market.session_date] * len(days),
                "rank": list(range(1, 10)),
                "expiry_date": [market.session_date + dt.timedelta(days=left) for left in days],
                "days_to_expiry_days": days,
                "settle_pts": [market.vx_pts(market.session_date + dt.timedelta(days=left)) for left in days],
                "settle_method": ["settle"] * len(days),
            }
        )
    )


def scenario_market(market: ToyMarket) -> ScenarioMarket:
    """The same night as a scenario sees it."""
    has_curve = "VX" not in market.unquoted
    return ScenarioMarket(
        session_date=market.session_date,
        spot_pts=market.spot_pts,
        vix_pts=market.vix_pts,
        smiles=ToySmile(),
        vx_line=VxLine.of_curve(vx_curve_of(market)) if has_curve else NO_LINE,
    )


def _previous(before: ToyNight, fills: pl.DataFrame, mixed: Callable[[pl.DataFrame], pl.DataFrame]) -> PreviousNight:
    session_date = before.book["session_date"][0]
    mark_at = quote_table_instant(session_date)
    return PreviousNight(
        session_date=session_date,
        mark_at=mark_at,
        legs=mixed(before.legs),
        book=mixed(before.book),
        holdings=holdings(fills, session_date, mark_at),
        vx_curve=mixed(vx_curve_of(ToyMarket(session_date=session_date))),
        attribution_periods=mixed(before.attribution.periods),
    )


def _engine(
    paid: pl.DataFrame, legs: pl.DataFrame, rows: pl.DataFrame, market: ToyMarket, *, scopes: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The diagonals with their risk, and the state of each account's second engine."""
    held = rows.filter(pl.col("state").ne_missing(SETTLED_STATE)).sort("account", "condor_id")
    engine = engine_risk(
        EngineInputs(
            rows=second_engine(paid, legs),
            legs=legs,
            market=scenario_market(market),
            marks=CORE_OPTION_MARKS_DAILY.empty(),
            vx_curve=vx_curve_of(market),
            margins=structure_margins(legs, index_pts={SPX: market.spot_pts, VIX: market.vix_pts}),
            condor_max_loss_usd=dict(
                held.group_by("account", maintain_order=True).agg(pl.col("max_loss_usd").sum()).iter_rows()
            ),
            contango_frac=market.scores.contango_frac,
            hold_reason=market.hold_reason,
        )
    )
    states = engine_states(
        engine, market.scores, session_date=market.session_date, scopes=scopes, hold_reason=market.hold_reason
    )
    return engine, states


def night(
    fills: pl.DataFrame, market: ToyMarket | None = None, *, before: ToyNight | None = None, shuffle: int | None = None
) -> ToyNight:
    """Run the whole book of one night; `shuffle` seeds a permutation of the rows of every frame handed on."""

    def mixed(frame: pl.DataFrame) -> pl.DataFrame:
        return frame if shuffle is None else frame.sample(fraction=1.0, shuffle=True, seed=shuffle)

    market = market or ToyMarket()
    fills, session_date, mark_at = mixed(fills), market.session_date, market.mark_at
    held, by_leg = mixed(holdings(fills, session_date, mark_at)), fills_by_leg(fills, mark_at)
    scopes = account_scopes(held)
    places = mixed(positions(fills, session_date, mark_at))
    legs = mixed(
        price_legs(
            places,
            mixed(marks_of(fills, market)),
            CORE_FORWARDS_DAILY.empty(),
            vx=mixed(vx_of(fills, market)),
            spot_pts=market.spot_pts,
        )
    )
    spx = SpxNight(session_date=session_date, mark_at=mark_at, spot_pts=market.spot_pts, edr_pts=market.edr_pts)
    rows = condors(
        CondorInputs(
            night=spx,
            holdings=held,
            legs=legs,
            settlements=mixed(market.settlements),
            smiles=smiles_of(mixed(marks_of(fills, market))),
            hv20_vol=market.hv20_vol,
            entry_marks=mixed(marks_of(fills, market)),
            previous=mixed(before.condors) if before else None,
            history=mixed(before.condors) if before else None,
        )
    )
    paid = mixed(with_payoffs(held, mixed(market.settlements)))
    toy = scenario_market(market)
    grid = scenarios(legs, toy, scopes)
    ledger = hedge_ledger(
        LedgerInputs(
            lots=mixed(held_book(fills, session_date, mark_at).lots),
            held=paid,
            legs=legs,
            condors=mixed(rows),
            scenarios=mixed(grid),
            accounts=mixed(market.accounts),
            entry_futures=mixed(market.entry_futures),
            previous_layers=mixed(before.layers) if before else MART_HEDGE_LAYERS_DAILY.empty(),
            night=VixNight(
                marks=mixed(marks_of(fills, market)),
                forwards=CORE_FORWARDS_DAILY.empty(),
                vx=mixed(vx_of(fills, market)),
                vx_curve=mixed(vx_curve_of(market)),
                elasticity=PRIOR_CURVE,
            ),
            market=toy,
            scores=market.scores,
            valuation_state=market.valuation_state,
            hold_reason=market.hold_reason,
        ),
        market.rules,
    )
    layers = ledger.layers
    engine, engine_states = _engine(paid, legs, mixed(rows), market, scopes=scopes)
    found = alerts(
        AlertInputs(
            session_date=session_date,
            condors=mixed(rows),
            hedge_layers=mixed(layers),
            sizing=mixed(ledger.sizing),
            legs=legs,
            checks=mixed(market.checks),
            engine=mixed(engine_alerts(engine)),
            previous=mixed(before.alerts) if before else None,
        )
    )
    earlier = before and _previous(before, fills, mixed)
    book = book_summary(
        BookInputs(
            night=spx,
            holdings=held,
            legs=legs,
            condors=mixed(rows),
            scenarios=mixed(grid),
            alerts=mixed(found),
            checks=mixed(market.checks),
            accounts=mixed(market.accounts),
            settlements=mixed(market.settlements),
            previous=earlier,
            judged=mixed(before.book) if before else MART_BOOK_DAILY.empty(),
        )
    )
    return ToyNight(
        positions=positions(fills, session_date, mark_at),
        lots=held_book(fills, session_date, mark_at).lots,
        holdings=holdings(fills, session_date, mark_at),
        structures=structures(paid, legs, mixed(rows)),
        legs=legs.sort("account", "structure_id", "instrument_id"),
        condors=rows,
        layers=layers,
        ledger=ledger,
        engine=engine,
        engine_states=engine_states,
        alerts=found,
        scenarios=grid,
        book=book,
        attribution=attribution(
            Tonight(
                session_date=session_date,
                holdings=held,
                legs=legs,
                settlements=mixed(market.settlements),
                marks=mixed(marks_of(fills, market)),
                fills_by_leg=by_leg,
            ),
            earlier,
            spot_pts=market.spot_pts,
            scopes=scopes,
        ),
    )
