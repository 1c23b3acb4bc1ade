import datetime as dt
import math

import polars as pl
import pytest

from transforms.market.edr import EdrRule, add_edr, add_hv20, expected_move_pts, probability_inside_frac, straddle_pts

FIRST = dt.date(2024, 1, 1)


def closes_of(log_returns: list[float]) -> pl.LazyFrame:
    levels = [100.0]
    for log_return in log_returns:
        levels.append(levels[-1] * math.exp(log_return))
    dates = [FIRST + dt.timedelta(days=n) for n in range(len(levels))]
    return pl.LazyFrame({"session_date": dates, "index_close_pts": levels})


def test_twenty_returns_of_plus_and_minus_one_per_cent_are_16_3_vol() -> None:
    # mean 0, sum of squares 20 * 0.01^2, ddof 1: 0.01 * sqrt(20/19) * sqrt(252) = 0.162869
    hv20 = add_hv20(closes_of([0.01, -0.01] * 10)).collect()["hv20_vol"].to_list()
    assert hv20[:20] == [None] * 20
    assert hv20[20] == pytest.approx(0.162869, abs=5e-7)


def test_realised_vol_leaves_the_mean_in_the_drift() -> None:
    assert add_hv20(closes_of([0.004] * 20)).collect()["hv20_vol"][-1] == pytest.approx(0.0, abs=1e-7)


def test_realised_vol_reads_the_dates_not_the_row_order() -> None:
    closes = closes_of([0.01, -0.01, 0.03, 0.002] * 6)
    assert add_hv20(closes.reverse()).collect().equals(add_hv20(closes).collect())


def test_a_missing_close_leaves_the_vol_null() -> None:
    closes = closes_of([0.01, -0.01] * 10).with_columns(
        index_close_pts=pl.when(pl.col("session_date") != FIRST + dt.timedelta(days=7)).then("index_close_pts")
    )
    assert add_hv20(closes).collect()["hv20_vol"].null_count() == 21


def edr_of(rule: EdrRule | None = None, **levels: float | None) -> dict[str, object]:
    row = {"vix_pts": 16.0, "vix9d_pts": 10.0, "hv20_vol": 0.20, "spot_pts": 5000.0} | levels
    frame = pl.LazyFrame([row], schema=dict.fromkeys(row, pl.Float64))
    return (add_edr(frame) if rule is None else add_edr(frame, rule)).collect().row(0, named=True)


def test_the_blend_is_six_parts_vix9d_and_four_parts_realised_vol() -> None:
    # (0.6 * 10% + 0.4 * 20%) / sqrt(252) = 14% / 15.8745 = 0.88192%
    edr = edr_of()
    assert edr["edr_frac"] == pytest.approx(0.0088192, abs=5e-8)
    assert edr["edr_pts"] == pytest.approx(44.096, abs=5e-4)
    assert (edr["edr_method"], edr["edr_multiplier"]) == ("blend", 1.0)


# METHODOLOGY 4.23; bands include their lower bound (3.8)
@pytest.mark.parametrize(
    ("vix", "multiplier"),
    [(9.0, 0.9), (14.99, 0.9), (15.0, 1.0), (19.99, 1.0), (20.0, 1.25), (29.99, 1.25), (30.0, 1.5), (82.7, 1.5)],
)
def test_the_vix_regime_sets_the_multiplier(vix: float, multiplier: float) -> None:
    edr = edr_of(vix_pts=vix)
    assert edr["edr_multiplier"] == multiplier
    assert edr["edr_frac"] == pytest.approx(multiplier * 0.14 / math.sqrt(252))


def test_vix_stands_in_for_a_missing_vix9d_and_is_flagged() -> None:
    edr = edr_of(vix9d_pts=None)
    assert edr["edr_frac"] == pytest.approx((0.6 * 0.16 + 0.4 * 0.20) / math.sqrt(252))
    assert edr["edr_method"] == "blend_vix"


@pytest.mark.parametrize("missing", ["vix_pts", "hv20_vol"])
def test_without_vix_or_realised_vol_there_is_no_range(missing: str) -> None:
    edr = edr_of(**{missing: None})
    assert (edr["edr_frac"], edr["edr_pts"], edr["edr_method"]) == (None, None, None)


def test_without_a_spot_the_range_is_a_fraction_only() -> None:
    edr = edr_of(spot_pts=None)
    assert edr["edr_pts"] is None
    assert edr["edr_frac"] is not None


def test_the_simple_range_takes_neither_blend_nor_multiplier() -> None:
    assert edr_of(vix_pts=32.0, vix9d_pts=None, hv20_vol=None)["edr_simple_frac"] == pytest.approx(
        0.32 / math.sqrt(252)
    )


def test_another_rule_moves_the_range() -> None:
    rule = EdrRule(
        vix9d_weight=0.0,
        hv20_weight=1.0,
        regime_from_vix_pts=(10.0, 90.0, 0.0, 99.0),
        regime_multiplier=(2.0, 8.0, 1.0, 9.0),
    )
    assert edr_of(rule)["edr_frac"] == pytest.approx(2 * 0.20 / math.sqrt(252))


def test_expected_moves_broadcast_and_scale_with_the_root_of_time() -> None:
    moves = expected_move_pts(6000, iv_vol=[0.16, 0.32], years=[[0.25], [1.0]])
    assert moves.tolist() == [[480.0, 960.0], [960.0, 1920.0]]


def test_a_straddle_is_the_mean_absolute_move() -> None:
    assert float(straddle_pts(100.0)) == pytest.approx(79.788, abs=5e-4)  # E|x| of a normal, sqrt(2/pi)


def test_one_standard_deviation_holds_68_per_cent() -> None:
    assert probability_inside_frac([1.0, 2.0], one_sd_pts=1.0) == pytest.approx([0.682689, 0.954500], abs=5e-7)
