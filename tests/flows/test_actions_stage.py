"""The stage of rolls and decisions on a small simulated night: stored, of the right expiries, and silent on hold."""

import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import polars as pl
import pytest

from flows.actions import build_actions
from flows.cli import main
from transforms.simulated.files import files_for
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.store import Store, open_writer
from warehouse.tables.mart import MART_ACTION_TABLES, MART_BOOK_DAILY

HEADER = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note\n"
# SPX stands at 4,925 with the next day's puts at the money: sold that evening, so of profile 1dte.
SOLD = (("P", 4900, 3, 8.0), ("P", 4925, -3, 17.0), ("C", 5000, -3, 6.0), ("C", 5025, 3, 3.0))

pytestmark = pytest.mark.file  # the night is built once and its home copied for each test


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night with one condor of a day and a VIX call whose roll is due."""
    folder = tmp_path_factory.mktemp("actions")
    for file in files_for(simulate(7), FEATURE_SESSION, size="small"):
        if not file.name.startswith("before") and not file.name.endswith(("fills.csv", "accounts.csv")):
            path = folder / "landing" / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    book = folder / "book.csv"
    condor = (
        f"D{strike},DESK,{FEATURE_SESSION}T16:10:00-04:00,SPXW,2026-04-30,{right},{strike},{qty},{price},3.0,day,day-1,\n"
        for right, strike, qty, price in SOLD
    )
    call = "H1,DESK,2026-01-28T16:10:00-05:00,VIX,2026-06-17,C,20,4,2.5,2.0,hedge,,\n"
    book.write_text("".join([HEADER, *condor, call]))
    command = ["condorwatch", "nightly", "--source", "files", "--no-email", "--direct", "--landing"]
    options = [str(folder / "landing"), "--session", f"{FEATURE_SESSION}", "--book", str(book)]
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        patch.setattr("sys.argv", [*command, *options, "--home", str(folder / "home")])
        with pytest.raises(SystemExit) as ending:
            main()
    assert ending.value.code == 0
    return folder / "home"


@pytest.fixture
def store(home: Path, tmp_path: Path) -> Iterator[Store]:
    """The night's own warehouse, to be written to."""
    with open_writer(Path(shutil.copytree(home, tmp_path / "home")), "desk:1") as opened:
        yield opened


def test_a_condor_of_a_day_is_rolled_within_a_week(store: Store) -> None:
    rows = store.query("select * from mart.roll_candidates_daily")
    assert set(rows["profile"]) == {"1dte"}
    assert set(rows["session_date"]) == {FEATURE_SESSION}
    out = rows.filter(pl.col("move").is_in(["R1", "R2", "R3"]))
    assert {f"{day}" for day in out["new_expiry_date"].unique()} == {"2026-05-01", "2026-05-04"}
    assert out.filter(status="FEASIBLE").height > 0


def test_the_decisions_of_every_threatened_condor_are_stored(store: Store) -> None:
    decided = store.query("select * from mart.decisions_daily order by decision")
    names = ["ADD_HEDGE", "CLOSE", "HOLD", "REDUCE", "ROLL", "ROLL_AND_HEDGE"]
    assert decided["decision"].to_list() == names
    best = store.query("select candidate from mart.roll_candidates_daily where rank = 1").item()
    assert decided.filter(decision="ROLL")["candidate"].item() == best
    due = store.query("select * from mart.hedge_rolls_daily").to_dicts()[0]
    assert (due["entry_layer"], due["current_layer"], due["status"]) == ("L2", "L1", "FEASIBLE")
    both = decided.filter(decision="ROLL_AND_HEDGE")["cash_today_usd"].item()
    alone = decided.filter(decision="ROLL")["cash_today_usd"].item()
    assert both == pytest.approx(alone - due["hedge_roll_cost_usd"])


def test_the_cover_as_it_stands_is_that_of_the_book(store: Store) -> None:
    """The table is about the book of the night: holding shows its offset, delta and scenario."""
    held = store.query("select * from mart.decisions_daily where decision = 'HOLD'").to_dicts()[0]
    book = store.query("select * from mart.book_daily").to_dicts()[0]
    assert held["offset_m5_frac"] == pytest.approx(book["offset_m5_frac"])
    assert held["net_delta_usd_per_1pct"] == pytest.approx(book["net_delta_usd_per_1pct"])
    cell = store.query(
        "select pnl_usd from mart.scenarios_daily where part = 'total' and horizon = '1d' "
        "and vol_response = 'base' and spot_shock_frac = -0.05"
    ).item()
    assert held["book_pnl_m5_tomorrow_usd"] == pytest.approx(cell)


def test_a_second_run_of_the_stage_changes_nothing(store: Store) -> None:
    before = {table.full_name: store.content_hash(table) for table in MART_ACTION_TABLES}
    build_actions(store, FEATURE_SESSION)
    assert {table.full_name: store.content_hash(table) for table in MART_ACTION_TABLES} == before


def test_on_data_hold_nothing_is_proposed(store: Store) -> None:
    held = store.read(MART_BOOK_DAILY).with_columns(is_data_hold=pl.lit(value=True))
    store.replace(MART_BOOK_DAILY, held, FEATURE_SESSION)
    build_actions(store, FEATURE_SESSION)
    assert all(store.read(table).is_empty() for table in MART_ACTION_TABLES)
