"""Tonight's signals: from the session's own prints, or null."""

import datetime as dt
import math
from dataclasses import replace

import polars as pl
import pytest

from transforms.signals.entry_gate import entry_gate
from transforms.signals.history import SignalInputs
from transforms.signals.market_signals import MarketInputs, market_signals
from warehouse.tables.core import (
    CORE_BREADTH_DAILY,
    CORE_EVENTS,
    CORE_INDEX_LEVELS_DAILY,
    CORE_VX_SETTLEMENTS_DAILY,
)
from warehouse.tables.mart import MART_SIGNALS_DAILY

SESSION = dt.date(2023, 2, 15)
BEFORE = dt.date(2023, 2, 14)


def levels(symbol: str, *closes: tuple[dt.date, float]) -> pl.DataFrame:
    rows = [{"session_date": day, "symbol": symbol, "close_pts": close, "load_id": "a"} for day, close in closes]
    return CORE_INDEX_LEVELS_DAILY.conform(pl.DataFrame(rows))


def spx_history() -> pl.DataFrame:
    """22 closes, up and down by a per cent in turn: 20 returns of which ten are +1 and ten -1 per cent."""
    days = pl.date_range(dt.date(2023, 1, 17), SESSION, interval="1d", eager=True)
    weekdays = [day for day in days if day.weekday() < 5]
    return levels("SPX", *((day, 4000.0 * math.exp(0.01 * (i % 2))) for i, day in enumerate(weekdays)))


@pytest.fixture
def inputs() -> MarketInputs:
    vx = pl.DataFrame(
        [
            {"session_date": SESSION, "expiry_date": expiry, "settle_pts": settle, "settle_method": "settle"}
            for expiry, settle in ((dt.date(2023, 3, 22), 20.0), (dt.date(2023, 4, 19), 21.0))
        ]
    ).with_columns(is_monthly=True, load_id=pl.lit("a"))
    breadth = pl.DataFrame({"session_date": [SESSION], "universe": ["NYSE"], "advances_qty": [1720]}).with_columns(
        declines_qty=1237, vendor=pl.lit("v"), load_id=pl.lit("a")
    )
    return MarketInputs(
        session_date=SESSION,
        spot_pts=4010.0,
        spot_reason="parity of SPXW 2023-02-16",
        series=SignalInputs(
            index_levels=pl.concat(
                [
                    spx_history(),
                    levels("VIX", (BEFORE, 20.0), (SESSION, 19.0)),
                    levels("VIX9D", (SESSION, 16.0)),
                    levels("VVIX", (BEFORE, 84.0)),
                ]
            ),
            vx=CORE_VX_SETTLEMENTS_DAILY.conform(vx),
            breadth=CORE_BREADTH_DAILY.conform(breadth),
            events=CORE_EVENTS.empty(),
        ),
        mark_at=dt.datetime(2023, 2, 15, 21, 15, tzinfo=dt.UTC),
    )


def test_the_row_of_the_night(inputs: MarketInputs) -> None:
    signals = market_signals(inputs).signals
    row = signals.row(0, named=True)
    close = spx_history().filter(pl.col("session_date") == SESSION)["close_pts"].item()
    # Twenty returns of +-1% in equal number: their sample deviation is 1% * sqrt(20/19).
    hv20 = 0.01 * math.sqrt(20 / 19) * math.sqrt(252)
    edr = (0.6 * 0.16 + 0.4 * hv20) / math.sqrt(252)  # multiplier 1.0: VIX between 15 and 20
    assert signals.schema == MART_SIGNALS_DAILY.polars_schema
    assert row["session_date"] == SESSION
    assert (row["spot_pts"], row["spot_reason"]) == (4010.0, "parity of SPXW 2023-02-16")
    assert row["close_difference_pts"] == pytest.approx(4010.0 - close)
    assert abs(row["spx_return_frac"]) == pytest.approx(0.01, rel=0.01)
    assert (row["vix_pts"], row["vix_change_frac"]) == (19.0, pytest.approx(-0.05))
    assert row["hv20_vol"] == pytest.approx(hv20)
    assert (row["edr_frac"], row["edr_pts"]) == (pytest.approx(edr), pytest.approx(edr * 4010.0))
    assert (row["edr_multiplier"], row["edr_method"]) == (1.0, "blend")
    assert (row["m1_pts"], row["m2_pts"], row["contango_frac"]) == (20.0, 21.0, pytest.approx(0.05))
    assert (row["advances_qty"], row["declines_qty"]) == (1720, 1237)
    assert (row["gate"], row["next_event_kind"], row["next_event_at"]) == ("NO_AGGRESSIVE", None, None)


def tonight(inputs: MarketInputs, **series: pl.DataFrame) -> dict[str, object]:
    """The row of the night, with some of its series replaced."""
    return market_signals(replace(inputs, series=replace(inputs.series, **series))).signals.row(0, named=True)


def test_a_level_of_yesterday_never_stands_in(inputs: MarketInputs) -> None:
    assert tonight(inputs)["vvix_pts"] is None
    is_vix_tonight = (pl.col("symbol") == "VIX") & (pl.col("session_date") == SESSION)
    blind = tonight(inputs, index_levels=inputs.series.index_levels.filter(~is_vix_tonight))
    assert [blind[name] for name in ("vix_pts", "vix_change_frac", "gate", "edr_frac", "edr_method")] == [None] * 5
    assert blind["rsi_reason"] == "no VIX close"


def test_a_change_needs_the_previous_session(inputs: MarketInputs) -> None:
    row = tonight(inputs, index_levels=inputs.series.index_levels.filter(pl.col("session_date") != BEFORE))
    assert (row["vix_change_frac"], row["spx_return_frac"]) == (None, None)


def test_later_rows_are_not_looked_at(inputs: MarketInputs) -> None:
    later = levels("SPX", (dt.date(2023, 2, 16), 1.0))
    assert tonight(inputs, index_levels=pl.concat([inputs.series.index_levels, later])) == tonight(inputs)


def test_a_night_without_anything_says_why_of_each_family(inputs: MarketInputs) -> None:
    nothing = replace(
        inputs.series,
        index_levels=inputs.series.index_levels.clear(),
        vx=inputs.series.vx.clear(),
        breadth=inputs.series.breadth.clear(),
    )
    found = market_signals(replace(inputs, spot_pts=None, spot_reason="no SPXW pair", series=nothing))
    row = found.signals.row(0, named=True)
    reasons = {
        "spot_reason",
        *(f"{of}_reason" for of in ("rsi", "vx", "macd", "breadth", "skew", "event", "valuation")),
    }
    counts = {f"{score}_n_available" for score in ("arm", "accel", "press", "vol_expansion")}
    assert {name for name, value in row.items() if value is not None} == {"session_date"} | reasons | counts
    assert {row[name] for name in counts} == {0}
    assert found.items.height == 7 + 6 + 5 + 10
    assert not found.items["is_available"].any()
    assert not found.items["is_hit"].any()
    assert found.items["reason"].null_count() == 0


@pytest.mark.parametrize(
    ("vix_pts", "gate"),
    [
        # METHODOLOGY 6.2: VIX<15; 15<=VIX<=20; 20<VIX<=25; VIX>25.
        (14.99, "OPEN_ALL"),
        (15.0, "NO_AGGRESSIVE"),
        (20.0, "NO_AGGRESSIVE"),
        (20.01, "HOLD_NEW"),
        (25.0, "HOLD_NEW"),
        (25.01, "CLOSED"),
        (None, None),
    ],
)
def test_entry_gate(vix_pts: float | None, gate: str | None) -> None:
    frame = pl.DataFrame({"vix_pts": [vix_pts]}, schema={"vix_pts": pl.Float64})
    assert frame.select(gate=entry_gate(pl.col("vix_pts")))["gate"].to_list() == [gate]
