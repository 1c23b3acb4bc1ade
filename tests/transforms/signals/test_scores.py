"""Scores: each item at its threshold, what a missing figure counts, and what lets arming count."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from transforms.signals.history import SignalRules
from transforms.signals.scores import add_scores, signal_items
from warehouse.tables.mart import MART_SIGNAL_ITEMS_DAILY

ITEMS = SignalRules().items
FIGURES = sorted({condition.column for item in ITEMS for condition in item.conditions})
REASONS = ("vx_reason", "macd_reason", "rsi_reason", "breadth_reason", "skew_reason", "event_reason")
BOOLEANS = ("is_distribution", "is_macd_bull", "is_macd_confirmed", "is_event_pre")
# A night on which every figure is there and no item is hit.
CALM: dict[str, Any] = dict.fromkeys(FIGURES, 0.0) | dict.fromkeys(BOOLEANS, False) | {"contango_frac": 0.05}


def night(**figures: Any) -> pl.DataFrame:  # noqa: ANN401 - figures of any kind
    row = {"session_date": dt.date(2023, 2, 15)} | CALM | figures | dict.fromkeys(REASONS, None) | figures
    schema = (
        dict.fromkeys(FIGURES, pl.Float64) | dict.fromkeys(BOOLEANS, pl.Boolean) | dict.fromkeys(REASONS, pl.String)
    )
    return add_scores(pl.DataFrame([row], schema={"session_date": pl.Date} | schema), ITEMS)


def hits(scored: pl.DataFrame) -> list[str]:
    items = signal_items(scored, ITEMS).filter("is_hit")
    return [f"{score} {item}" for score, item in items.select("score", "item").iter_rows()]


def test_a_calm_night_scores_nought_of_everything() -> None:
    row = night().row(0, named=True)
    assert hits(night()) == []
    counts = {"arm": 7, "accel": 6, "press": 5, "vol_expansion": 10}
    assert {score: (row[f"{score}_score"], row[f"{score}_n_available"]) for score in counts} == {
        score: (0, available) for score, available in counts.items()
    }
    assert row["arm_effective_score"] == 0


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        # At the bound and just beyond it: METHODOLOGY 4.7, 4.8, 4.22, 5.7.
        ({"vix_pts": 16.0}, []),
        ({"vix_pts": 16.01}, ["arm vix_or_edr", "vol_expansion vix_raised"]),
        ({"edr_frac": 0.0094}, []),
        ({"edr_frac": 0.00941}, ["arm vix_or_edr", "vol_expansion edr"]),
        ({"contango_frac": 0.035}, []),
        ({"contango_frac": 0.0349}, ["arm contango"]),
        ({"contango_frac": 0.0}, ["arm contango"]),
        ({"contango_frac": -0.0001}, ["arm contango", "accel inversion"]),
        ({"contango_frac": 0.12}, ["press contango"]),
        ({"rsi14_vix": 59.99}, []),
        ({"rsi14_vix": 60.0}, ["arm rsi_vix"]),
        ({"rsi14_vix": 70.0}, ["arm rsi_vix", "accel rsi_vix"]),
        ({"rsi14_vix_change_5": 15.0}, ["accel rsi_vix"]),
        ({"divergence_sessions": 5}, ["arm breadth"]),
        ({"divergence_sessions": 4}, []),
        ({"mcclellan_osc": -70.0}, ["arm breadth", "accel breadth"]),
        ({"ad_z": -1.0}, ["arm breadth", "accel breadth"]),
        ({"is_distribution": True}, ["arm breadth", "press distribution"]),
        ({"is_macd_bull": True}, ["arm macd_bull"]),
        ({"is_macd_confirmed": True}, ["accel macd_confirmed"]),
        ({"skew_change_vol": 0.01}, []),
        ({"skew_percentile_frac": 0.8}, []),
        ({"skew_change_vol": 0.01, "skew_percentile_frac": 0.8}, ["arm skew_pressure"]),
        ({"is_event_pre": True}, ["arm event_pre"]),
        ({"spx_return_edr": -1.5}, ["accel spx_shock"]),
        ({"spx_return_edr": -1.49}, []),
        ({"spx_return_3_frac": -0.025}, ["accel spx_shock"]),
        ({"vix_change_frac": 0.15}, ["vol_expansion vix_jump"]),
        (
            {"vix_pts": 20.0, "vix_change_frac": 0.15},
            ["arm vix_or_edr", "accel vix_jump", "vol_expansion vix_raised", "vol_expansion vix_jump"],
        ),
        (
            {"vix_pts": 25.01},
            ["arm vix_or_edr", *(f"vol_expansion vix_{level}" for level in ("raised", "high", "extreme"))],
        ),
        ({"vix_deviations_20": 1.51}, ["vol_expansion vix_above_mean"]),
        ({"m1_to_mean": 1.01}, ["vol_expansion future_above_mean"]),
        ({"vix9d_to_vix": 1.01}, ["vol_expansion vix9d_above_vix"]),
        ({"vix_to_vix3m": 1.01}, ["vol_expansion vix_above_vix3m"]),
        ({"vvix_pts": 110.0}, ["vol_expansion vvix"]),
        ({"vix_to_mean_200": 1.01}, ["press vix_above_mean"]),
        ({"m1_to_hv30": 1.18}, ["press future_premium"]),
        ({"rsi14_spx": 68.01}, ["press rsi_spx"]),
    ],
)
def test_an_item_is_hit_from_its_threshold_on(figures: dict[str, Any], expected: list[str]) -> None:
    assert hits(night(**figures)) == expected


def test_a_missing_item_counts_nought_and_is_not_available() -> None:
    scored = night(rsi14_vix=None, rsi_reason="99 of 100 sessions of VIX without a gap", is_macd_bull=True)
    row = scored.row(0, named=True)
    assert (row["arm_score"], row["arm_n_available"]) == (1, 6)
    item = signal_items(scored, ITEMS).filter(pl.col("item") == "rsi_vix", pl.col("score") == "arm")
    assert item.row(0, named=True) == {
        "session_date": dt.date(2023, 2, 15),
        "score": "arm",
        "item": "rsi_vix",
        "figure": "rsi14_vix",
        "value": None,
        "comparison": ">=",
        "threshold": 60.0,
        "unit": "RSI points",
        "is_hit": False,
        "is_available": False,
        "has_measured_information": True,
        "reason": "99 of 100 sessions of VIX without a gap",
    }


def test_of_two_figures_one_that_is_there_can_decide() -> None:
    def vix_or_edr(**figures: float | None) -> dict[str, Any]:
        items = signal_items(night(**figures), ITEMS)
        return items.filter(pl.col("item") == "vix_or_edr").row(0, named=True)

    hit = vix_or_edr(vix_pts=20.0, edr_frac=None)
    assert (hit["is_hit"], hit["is_available"], hit["figure"], hit["value"]) == (True, True, "vix_pts", 20.0)
    by_range = vix_or_edr(vix_pts=15.0, edr_frac=0.01)
    assert (by_range["figure"], by_range["value"], by_range["threshold"]) == ("edr_frac", 0.01, 0.0094)
    open_ = vix_or_edr(vix_pts=15.0, edr_frac=None)
    assert (open_["is_hit"], open_["is_available"], open_["figure"]) == (False, False, "vix_pts")
    assert open_["reason"] == "no VIX close or fewer than 20 SPX returns"


def test_where_all_are_needed_the_first_that_fails_decides() -> None:
    jump = signal_items(night(vix_pts=21.0, vix_change_frac=0.1), ITEMS).filter(
        pl.col("score") == "accel", pl.col("item") == "vix_jump"
    )
    assert jump.select("figure", "value", "is_hit").row(0) == ("vix_change_frac", 0.1, False)
    enough = signal_items(night(vix_pts=19.0, vix_change_frac=None), ITEMS).filter(
        pl.col("score") == "accel", pl.col("item") == "vix_jump"
    )
    assert enough.select("figure", "is_hit", "is_available").row(0) == ("vix_pts", False, True)


@pytest.mark.parametrize(
    ("figures", "score", "effective"),
    [
        ({"is_macd_bull": True, "is_event_pre": True, "divergence_sessions": 6}, 3, 0),
        ({"is_macd_bull": True, "is_event_pre": True, "vix_pts": 17.0}, 3, 3),
        ({"is_macd_bull": True, "divergence_sessions": 6, "ad_z": -1.2}, 2, 2),
        ({"is_macd_bull": True, "divergence_sessions": 6, "is_distribution": True}, 2, 2),
        ({"is_event_pre": True, "skew_change_vol": 0.02, "skew_percentile_frac": 0.9}, 2, 2),
        ({"is_event_pre": True, "contango_frac": 0.02}, 2, 2),
        ({"is_event_pre": True, "rsi14_vix": 65.0}, 2, 2),
    ],
)
def test_vendor_items_without_information_do_not_arm_alone(figures: dict[str, Any], score: int, effective: int) -> None:
    row = night(**figures).row(0, named=True)
    assert (row["arm_score"], row["arm_effective_score"]) == (score, effective)


def test_divergence_alone_is_said_to_have_no_information() -> None:
    def breadth_item(**figures: float) -> dict[str, Any]:
        items = signal_items(night(**figures), ITEMS)
        return items.filter(pl.col("score") == "arm", pl.col("item") == "breadth").row(0, named=True)

    assert breadth_item(divergence_sessions=6)["has_measured_information"] is False
    assert breadth_item(divergence_sessions=6, ad_z=-1.5)["has_measured_information"] is True
    assert breadth_item()["has_measured_information"] is True


def test_where_nothing_can_be_looked_at_there_is_no_score() -> None:
    row = night(**dict.fromkeys(FIGURES, None)).row(0, named=True)
    assert (row["arm_score"], row["arm_effective_score"], row["accel_score"]) == (None, None, None)
    assert (row["arm_n_available"], row["press_n_available"]) == (0, 0)


def test_items_fit_their_table() -> None:
    items = signal_items(night(), ITEMS)
    assert items.schema == MART_SIGNAL_ITEMS_DAILY.polars_schema
    assert items.select("score", "item").is_duplicated().any() is False
