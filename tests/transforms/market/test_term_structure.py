"""The VX curve. Prices are round numbers, so that each expected value is a sum done by hand."""

import datetime as dt

import polars as pl
import pytest

from transforms.market.term_structure import VxForward, front_pairs, vx_curve, vx_curves, vx_forward
from warehouse.tables.core import CORE_VX_SETTLEMENTS_DAILY

SESSION = dt.date(2023, 2, 15)


def settlements(*contracts: tuple[int, float], session_date: dt.date = SESSION, monthly: bool = True) -> pl.DataFrame:
    """Contracts as (calendar days to expiry, settlement)."""
    return CORE_VX_SETTLEMENTS_DAILY.conform(
        pl.DataFrame(
            [
                {
                    "session_date": session_date,
                    "expiry_date": session_date + dt.timedelta(days=days),
                    "settle_pts": settle,
                    "settle_method": "settle",
                    "is_monthly": monthly,
                    "load_id": "a",
                }
                for days, settle in contracts
            ]
        )
    )


def test_ranks_begin_after_the_session_and_the_settling_contract_is_nought() -> None:
    vx = pl.concat([settlements((35, 20.0), (0, 18.69), (63, 21.0)), settlements((28, 19.5), monthly=False)])
    curve = vx_curve(vx, SESSION)
    assert curve.select("rank", "days_to_expiry_days", "settle_pts").rows() == [
        (0, 0, 18.69),
        (1, 35, 20.0),
        (2, 63, 21.0),
    ]


def test_without_a_settling_contract_ranks_begin_at_one() -> None:
    assert vx_curve(settlements((8, 19.0), (43, 20.0)), SESSION)["rank"].to_list() == [1, 2]


def test_the_front_pair_leaves_out_a_contract_with_fewer_than_five_days() -> None:
    pair = front_pairs(vx_curves(settlements((4, 30.0), (32, 20.0), (60, 21.0)))).row(0, named=True)
    assert (pair["m1_pts"], pair["m1_days"], pair["m2_pts"], pair["m2_days"]) == (20.0, 32, 21.0, 60)


def test_five_days_are_enough() -> None:
    assert front_pairs(vx_curves(settlements((5, 30.0), (33, 20.0))))["m1_pts"].to_list() == [30.0]


def test_one_contract_alone_is_no_pair() -> None:
    pair = front_pairs(vx_curves(settlements((35, 20.0)))).row(0, named=True)
    assert (pair["m1_pts"], pair["m2_pts"], pair["m2_expiry_date"]) == (20.0, None, None)


def test_every_session_has_its_own_curve() -> None:
    earlier = settlements((10, 15.0), (40, 18.0), session_date=dt.date(2023, 2, 14))
    both = front_pairs(vx_curves(pl.concat([settlements((35, 20.0), (63, 21.0)), earlier])))
    assert both["session_date"].to_list() == [dt.date(2023, 2, 14), SESSION]
    assert both["m2_pts"].to_list() == [18.0, 21.0]


@pytest.mark.parametrize(
    ("days", "forward"),
    [
        (35, VxForward(20.0, "future")),
        (0, VxForward(18.69, "future")),
        (49, VxForward(20.5, "curve")),
        (28, VxForward(19.75, "curve")),
        (64, None),
    ],
)
def test_forward_of_a_settlement_date(days: int, forward: VxForward | None) -> None:
    curve = vx_curve(settlements((0, 18.69), (35, 20.0), (63, 21.0)), SESSION)
    found = vx_forward(curve, SESSION + dt.timedelta(days=days))
    assert (found and found.method) == (forward and forward.method)
    assert (found and found.forward_pts) == pytest.approx(forward and forward.forward_pts)


def test_no_curve_no_forward() -> None:
    assert vx_forward(vx_curve(settlements((35, 20.0)), SESSION), SESSION + dt.timedelta(days=20)) is None
    assert vx_forward(vx_curve(settlements((35, 20.0)), dt.date(2023, 2, 14)), SESSION) is None
