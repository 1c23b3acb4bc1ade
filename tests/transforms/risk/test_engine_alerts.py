"""What a diagonal calls for: RED and CRITICAL when STRESSED, a warning for many debits lost (METHODOLOGY 6.4, 6.6)."""

from __future__ import annotations

import polars as pl
import pytest

from tests.transforms.book.toy_book import ToyMarket, ToyNight, condor_fills, fill, fills_of, night
from transforms.book.layer_signals import MarketScores
from transforms.risk.engine_alerts import engine_alerts
from warehouse.tables.mart import MART_SECOND_ENGINE_DAILY

BOOK = fills_of(
    *condor_fills(),
    fill("VIX 2026-08-19 C 21", 1, 2.5, structure="d"),
    fill("VIX 2026-06-17 C 25", -1, 0.5, structure="d"),
)


def evening(contango_frac: float, vix_pts: float = 16.0) -> ToyNight:
    scores = MarketScores(arm_score=0, accel_score=0, vix_pts=vix_pts, contango_frac=contango_frac)
    return night(BOOK, ToyMarket(scores=scores))


def of_rule(tonight: ToyNight, rule_id: str) -> list[dict[str, object]]:
    return tonight.alerts.filter(rule_id=rule_id).to_dicts()


@pytest.fixture(scope="module")
def stressed() -> ToyNight:
    """M1 a hundredth of a per cent above M2, everything else as calm as can be."""
    return evening(-0.0001)


def test_an_inverted_curve_makes_the_engine_red_and_the_book_critical(stressed: ToyNight) -> None:
    (alert,) = of_rule(stressed, "second_engine_stressed")
    assert (alert["severity"], alert["subject"], alert["value"], alert["threshold"]) == ("RED", "d", -0.0001, 0.0)
    assert alert["is_new"] is True
    (row,) = stressed.book.to_dicts()
    assert (row["status"], row["status_rule_id"]) == ("CRITICAL", "second_engine_stressed")
    assert (row["status_value"], row["status_threshold"], row["status_unit"]) == (-0.0001, 0.0, "fraction")
    assert row["status_reason"].startswith("d: second engine STRESSED: M1 above M2")


def test_its_message_says_the_worst_loss_and_the_margin(stressed: ToyNight) -> None:
    """The naked 25 call: its price and a tenth of the VIX of 16 (Cboe margin manual), to the dollar."""
    (engine,) = stressed.engine.to_dicts()
    short = stressed.legs.filter(pl.col("part") == "second_engine", pl.col("quantity_qty") < 0)["mark_pts"].item()
    for rule_id in ("second_engine_stressed", "second_engine_loss_multiple"):
        message = str(of_rule(stressed, rule_id)[0]["message"]).replace(",", "")
        assert f"{-engine['worst_grid_loss_usd']:.0f} USD" in message
        assert f"margin {100 * (short + 1.6):.0f} USD" in message


def test_a_flat_curve_is_no_stress_and_the_loss_still_warns() -> None:
    tonight = evening(0.0)
    assert of_rule(tonight, "second_engine_stressed") == []
    (alert,) = of_rule(tonight, "second_engine_loss_multiple")
    (engine,) = tonight.engine.to_dicts()
    assert (alert["severity"], alert["threshold"]) == ("AMBER", 3.0)
    assert alert["value"] == pytest.approx(-engine["worst_grid_loss_usd"] / 200.0)  # 2.50 - 0.50 paid
    assert tonight.book["status"].item() == "WATCH"


@pytest.mark.parametrize(("multiple", "count"), [(3.0, 0), (3.001, 1), (None, 0)])
def test_the_warning_begins_above_three_times_the_debit(multiple: float | None, count: int) -> None:
    row = {"structure_id": ["d"], "account": ["A"], "state": ["ON"], "debit_usd": [100.0], "loss_multiple": [multiple]}
    loss = None if multiple is None else -100.0 * multiple
    rows = pl.DataFrame(row | {"worst_grid_loss_usd": [loss]}, schema_overrides={"loss_multiple": pl.Float64})
    assert (
        engine_alerts(MART_SECOND_ENGINE_DAILY.conform(rows.cast({"worst_grid_loss_usd": pl.Float64}))).height == count
    )
