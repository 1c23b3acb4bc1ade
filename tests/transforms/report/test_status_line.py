"""The line the program prints and the e-mail's subject begins with, as METHODOLOGY 8 spells it."""

import datetime as dt

import polars as pl
import pytest

from transforms.report.inputs import ReportInputs, Stamp
from transforms.report.status_line import status_line
from warehouse.tables.mart import (
    MART_BOOK_DAILY,
    MART_HEDGE_LAYERS_DAILY,
    MART_ROLL_CANDIDATES_DAILY,
    MART_SIGNALS_DAILY,
)
from warehouse.tables.meta import META_CHECKS
from warehouse.tables.types import Table

SESSION = dt.date(2026, 5, 8)
STAMP = Stamp(
    session_date=SESSION,
    account="Main",
    stamped_at=dt.datetime(2026, 5, 8, 20, 15, tzinfo=dt.UTC),
    quote_at=None,
    config_hash="",
    code_version="",
)
BOOK = {"account": "Main", "status": "CRITICAL", "is_data_hold": False, "condors_qty": 3, "condors_itm_qty": 1}
SIGNALS = {"spot_pts": 5611.62, "spx_return_frac": -0.0213}
LAYERS = (("L3", "DORMANT", "FULL"), ("L1", "ACTIVE", "NONE"), ("L2", "ARMED", "EXPIRING"))


def frame(table: Table, *rows: dict[str, object]) -> pl.DataFrame:
    dated = [{"session_date": SESSION} | row for row in rows]
    return table.conform(pl.DataFrame(dated, infer_schema_length=None)) if rows else table.empty()


def _candidate(condor_id: str, rank: int | None, net: float) -> dict[str, object]:
    status = "BLOCKED" if rank is None else "FEASIBLE"
    named = {"account": "Main", "condor_id": condor_id, "candidate": f"R1 {net}", "state": "ITM", "profile": "monthly"}
    told = {"eligibility_text": "ITM", "move": "R1", "is_shown": rank is not None, "quantity_qty": 1}
    return named | told | {"status": status, "rank": rank, "roll_net_usd": net}


def line(
    *,
    book: dict[str, object] | None = None,
    signals: dict[str, object] | None = SIGNALS,
    failed: tuple[str, ...] = (),
    account: str = "Main",
    layers_told: tuple[tuple[str, str | None, str | None], ...] = LAYERS,
    rolls: tuple[tuple[str, int | None, float], ...] = (),
) -> str:
    layers = (
        {"account": "Main", "layer": layer, "signal_state": signal, "position_state": position}
        for layer, signal, position in layers_told
    )
    checks = [{"severity": severity, "is_passed": False, "check_id": f"{n}"} for n, severity in enumerate(failed)]
    sound = {"severity": "critical", "is_passed": True, "check_id": "sound"}
    inputs = ReportInputs(
        stamp=STAMP,
        book=frame(MART_BOOK_DAILY, BOOK | {"offset_m5_frac": 0.1234} | (book or {})),
        hedge_layers=frame(MART_HEDGE_LAYERS_DAILY, *layers),
        signals=frame(MART_SIGNALS_DAILY, *([signals] if signals else [])),
        checks=frame(META_CHECKS, *checks, sound),
        roll_candidates=frame(MART_ROLL_CANDIDATES_DAILY, *(_candidate(*roll) for roll in rolls)),
    )
    return status_line(inputs, account)


def test_the_line_reads_as_the_methodology_spells_it() -> None:
    assert line() == (
        "[CRITICAL] 2026-05-08 SPX 5,612 -2.1% | 1/3 condors ITM | L1 ACTIVE L2 ARMED L3 - | "
        "hedge covers 12% @-5% | data OK"
    )


def test_what_is_unknown_is_said_and_no_nought_stands_in() -> None:
    assert "SPX unknown | " in line(signals=None)
    assert "SPX 5,612 | " in line(signals=SIGNALS | {"spx_return_frac": None})
    # A dash is a DORMANT layer: what is held of a layer does not stand in for a signal nobody knows.
    assert "| L1 unknown L2 ARMED L3 - |" in line(layers_told=(("L1", None, "FULL"), *LAYERS[2:], LAYERS[0]))
    assert "| hedge cover @-5% n/a |" in line(book={"offset_m5_frac": None})


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (("warning",), "data: 1 warning"),
        (("warning", "warning"), "data: 2 warnings"),
        (("warning", "critical"), "DATA HOLD: 1 critical check failed"),
        (("critical", "critical"), "DATA HOLD: 2 critical checks failed"),
    ],
)
def test_the_data_are_trusted_or_not(failed: tuple[str, ...], said: str) -> None:
    assert line(failed=failed).endswith(f"| {said}")


def test_a_held_night_withholds_the_cover() -> None:
    held = line(book={"status": "DATA_HOLD", "is_data_hold": True}, failed=("critical",))
    assert held.startswith("[DATA_HOLD] 2026-05-08 ")
    assert "| cover withheld |" in held
    assert "12%" not in held


def test_the_sum_of_a_single_account_is_that_account() -> None:
    assert line(account="ALL") == line(account="Main")


def test_the_best_roll_stands_before_the_data() -> None:
    assert line(rolls=(("A", 1, 310.4),)).endswith("| hedge covers 12% @-5% | best roll +$310 | data OK")
    assert "| best roll -$1,205 |" in line(rolls=(("A", 1, -1205.0),))
    # The cheapest may give up the chance of profit: rank 1 is the best; of two condors the one that brings more.
    assert "| best roll +$120 |" in line(rolls=(("A", 1, -40.0), ("A", 2, 900.0), ("B", 1, 120.0)))


def test_without_a_feasible_roll_it_says_so_and_on_hold_it_says_nothing() -> None:
    assert "| no feasible roll | data OK" in line(rolls=(("A", None, 500.0),))
    assert "roll" not in line()
    assert "roll" not in line(rolls=(("A", 1, 310.0),), failed=("critical",))
