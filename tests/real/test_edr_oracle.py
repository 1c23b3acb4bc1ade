"""Realised vol and expected daily range of four real nights against independently computed values."""

import os
from pathlib import Path

import polars as pl
import pytest

from transforms.market.edr import add_edr, add_hv20

DATA = Path(os.environ.get("CONDORWATCH_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
INDEX = DATA / "series" / "index"
SIGNALS = DATA.parent / "oracles" / "dev" / "signals.csv"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not SIGNALS.is_file(), reason="no oracles beside the real data: set CONDORWATCH_REAL_DATA"),
]


def cboe_closes(symbol: str, column: str) -> pl.LazyFrame:
    history = pl.scan_csv(INDEX / f"{symbol}_History.csv")
    return history.select(session_date=pl.col("DATE").str.to_date("%m/%d/%Y"), **{column: pl.col("CLOSE")})


def test_realised_vol_and_daily_range_of_the_four_nights() -> None:
    spx = pl.scan_csv(INDEX / "SPX_daily_hlc.csv").select(
        session_date=pl.col("Date").str.to_date(), index_close_pts="Close"
    )
    levels = (
        add_hv20(spx)
        .join(cboe_closes("VIX", "vix_pts"), on="session_date", how="left")
        .join(cboe_closes("VIX9D", "vix9d_pts"), on="session_date", how="left")
        .with_columns(spot_pts="index_close_pts")
    )
    expected = pl.read_csv(SIGNALS, try_parse_dates=True).sort("night")
    nights = (
        add_edr(levels).filter(pl.col("session_date").is_in(expected["night"].implode())).sort("session_date").collect()
    )
    assert nights.height == 4
    assert nights["edr_method"].to_list() == ["blend"] * 4
    assert nights["edr_multiplier"].to_list() == expected["edr_regime_multiplier"].to_list()
    for ours, theirs in (
        ("hv20_vol", "hv20"),
        ("edr_frac", "edr_blend_regime_pct"),
        ("edr_simple_frac", "edr_simple_pct"),
    ):
        assert (100 * nights[ours]).to_list() == pytest.approx(expected[theirs].to_list(), rel=1e-6)
