"""Realised vol and expected daily range of four real nights against independently computed values."""

from pathlib import Path

import polars as pl
import pytest

from transforms.market.edr import add_edr, add_hv20

pytestmark = pytest.mark.real


def cboe_closes(index_folder: Path, symbol: str, column: str) -> pl.LazyFrame:
    history = pl.scan_csv(index_folder / f"{symbol}_History.csv")
    return history.select(session_date=pl.col("DATE").str.to_date("%m/%d/%Y"), **{column: pl.col("CLOSE")})


def test_realised_vol_and_daily_range_of_the_four_nights(real_data: Path, oracle_dir: Path) -> None:
    index_folder = real_data / "series" / "index"
    spx = pl.scan_csv(index_folder / "SPX_daily_hlc.csv").select(
        session_date=pl.col("Date").str.to_date(), index_close_pts="Close"
    )
    levels = (
        add_hv20(spx)
        .join(cboe_closes(index_folder, "VIX", "vix_pts"), on="session_date", how="left")
        .join(cboe_closes(index_folder, "VIX9D", "vix9d_pts"), on="session_date", how="left")
        .with_columns(spot_pts="index_close_pts")
    )
    expected = pl.read_csv(oracle_dir / "signals.csv", try_parse_dates=True).sort("night")
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
