"""Every rule that makes an offset null, and the two that make it a number (METHODOLOGY 3.8, 4.5)."""

import pytest

from transforms.risk.offsets import CALL_SIDE, Amount, CondorExposure, Parts, local_offset, shock_offset

PUT_TESTED = CondorExposure(condors_qty=1, max_loss_usd=40_000.0, put_severity=2, call_severity=0)
CALM = CondorExposure(condors_qty=1, max_loss_usd=40_000.0, put_severity=0, call_severity=0)
CALL_TESTED = CondorExposure(condors_qty=1, max_loss_usd=40_000.0, put_severity=1, call_severity=2)
NONE_HELD = CondorExposure(condors_qty=0, max_loss_usd=0.0, put_severity=0, call_severity=0)
UNPRICED = Amount(None, "VIX 2026-06-17 AM C 20 (no VIX chain for this session)")


def parts(condor: float | None, hedge: float | None, engine: float | None = 0.0, *, why: Amount = UNPRICED) -> Parts:
    condor_amount, hedge_amount, engine_amount = (
        why if usd is None else Amount(usd) for usd in (condor, hedge, engine)
    )
    return Parts(condor=condor_amount, hedge=hedge_amount, second_engine=engine_amount)


def test_half_the_loss_covered_is_a_half() -> None:
    offset = shock_offset(parts(-10_000, 5_000, 1_000), CALM, -0.05)
    assert (offset.frac, offset.with_second_engine_frac, offset.reason) == (0.5, 0.6, None)


def test_no_hedge_held_covers_nothing_and_that_is_a_number() -> None:
    cover = shock_offset(parts(-10_000, 0), CALM, -0.05).frac

    assert cover == 0.0
    assert f"{cover:.0%}" == "0%"  # a minus nought would print as -0%


def test_a_hedge_that_loses_too_is_negative_cover() -> None:
    assert shock_offset(parts(-10_000, -500), CALM, -0.05).frac == -0.05


@pytest.mark.parametrize(
    ("amounts", "exposure", "said"),
    [
        (parts(-10_000, 5_000), NONE_HELD, "no condor is held"),
        (parts(None, 5_000), CALM, "no VIX chain"),
        (parts(100, 5_000), CALM, "do not lose at -5%"),
        (parts(100, 5_000), CALL_TESTED, CALL_SIDE),
        (parts(0, 5_000), CALM, "do not lose at -5%"),
        (parts(-1_999, 5_000), CALM, "lose 5.0% of their maximum loss at -5%, under 5%"),
        (parts(-10_000, None), CALM, "VIX 2026-06-17 AM C 20"),
    ],
)
def test_a_shock_offset_without_meaning_is_null_with_its_reason(
    amounts: Parts, exposure: CondorExposure, said: str
) -> None:
    offset = shock_offset(amounts, exposure, -0.05)
    assert (offset.frac, offset.with_second_engine_frac) == (None, None)
    assert said in (offset.reason or "")


def test_exactly_five_per_cent_of_the_maximum_loss_is_enough() -> None:
    assert shock_offset(parts(-2_000, 500), CALM, -0.05).frac == 0.25


def test_an_unpriced_second_engine_leaves_the_three_layers_their_figure() -> None:
    offset = shock_offset(parts(-10_000, 5_000, None), CALM, -0.05)
    assert (offset.frac, offset.with_second_engine_frac) == (0.5, None)
    assert "VIX 2026-06-17 AM C 20" in (offset.reason or "")


def test_the_local_offset_of_a_tested_put() -> None:
    assert local_offset(parts(40.0, -10.0), PUT_TESTED).frac == 0.25


@pytest.mark.parametrize(
    ("amounts", "exposure", "said"),
    [
        (parts(40.0, -10.0), NONE_HELD, "no condor is held"),
        (parts(40.0, -10.0), CALL_TESTED, CALL_SIDE),
        (parts(-40.0, -10.0), CALL_TESTED, CALL_SIDE),
        (parts(-25.0, -10.0), CALM, "short delta"),
        (parts(40.0, -10.0), CALM, "no put side is TESTED"),
        (parts(None, -10.0), PUT_TESTED, "VIX 2026-06-17"),
        (parts(40.0, None), PUT_TESTED, "VIX 2026-06-17"),
    ],
)
def test_a_local_offset_without_meaning_is_null_with_its_reason(
    amounts: Parts, exposure: CondorExposure, said: str
) -> None:
    offset = local_offset(amounts, exposure)
    assert offset.frac is None
    assert said in (offset.reason or "")
