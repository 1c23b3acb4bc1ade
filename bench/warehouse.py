"""Seconds on 30 million chain rows: replace a day, read a chain, a contract, ten years of ATM vol, publish.

Prints JSON for `bench.run`. One full chain of the simulated market is built to `core`, then repeated over 1,500
sessions inside DuckDB, as a backfill would have written it: session by session, in the order of its key. A contract
keeps its expiry and lives until then, quotes move by whole cents, vols and Greeks by a part of themselves, so that
nothing packs better than it would. Constant-maturity vols stand for 2,520 sessions, ten years. Nothing of it is kept.
"""

import argparse
import datetime as dt
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from bench.loads import SEED, take_in, write
from flows.build import build_core, build_market
from transforms.market.calendar import previous_session
from transforms.simulated.files import session_files
from transforms.simulated.market import FEATURE_SESSION, simulate
from warehouse.ddl import quoted
from warehouse.exchange import Piece
from warehouse.exporting import parquet_of, plan_export
from warehouse.publish import publish
from warehouse.store import Store, open_reader, open_writer
from warehouse.tables import core, mart
from warehouse.tables.types import Table

CHAIN_SESSIONS, VOL_SESSIONS, SESSIONS_AT_A_TIME = 1_500, 2_520, 50
MARKS = core.CORE_OPTION_MARKS_DAILY
VOLS = mart.MART_SMILE_TENORS_DAILY
# What differs from session to session, so that a column packs as a real one does.
CENTS = ("bid_pts", "ask_pts", "mid_pts", "mark_pts")
PARTS = (
    *("iv_vol", "smile_vol", "delta", "delta_b76", "gamma_b76", "vega_pts_per_volpt", "theta_pts_per_day"),
    *("extrinsic_pts", "fit_vol", "fit_residual_pts", "t_years", "forward_pts", "discount_factor_frac"),
)
CONTRACT = """
    select session_date, mark_pts, iv_vol, delta from core.option_marks_daily
    where root = $root and expiry_date = $expiry_date and "right" = $right and strike_pts = $strike_pts
    order by session_date
"""
ONE_CHAIN = "from core.option_marks_daily where session_date = $day"
# The same from the quotes themselves: of each session the expiry nearest to 30 days, its strike nearest to the forward.
CHAIN_VOL = """
    select session_date, arg_min(smile_vol, abs(dte_days - 30) + abs(strike_pts / forward_pts - 1)) as atm_iv_vol
    from core.option_marks_daily
    where underlying = 'SPX' and "right" = 'C' and dte_days between 25 and 35
        and strike_pts between 0.99 * forward_pts and 1.01 * forward_pts
    group by session_date order by session_date
"""
ATM_VOL = """
    select session_date, atm_iv_vol from mart.smile_tenors_daily
    where underlying = 'SPX' and tenor_days = 30 order by session_date
"""
Found = dict[str, object]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sessions")
    parser.add_argument("--folder", type=Path, help="where to build it; removed afterwards (default: a temporary one)")
    asked = parser.parse_args()
    sessions_qty = CHAIN_SESSIONS // 10 if asked.quick else CHAIN_SESSIONS
    with tempfile.TemporaryDirectory(prefix="condorwatch-bench-", dir=asked.folder) as folder:
        print(json.dumps(measure(Path(folder), sessions_qty=sessions_qty, rounds=asked.rounds)))


def measure(home: Path, *, sessions_qty: int, rounds: int) -> Found:
    """Fill a warehouse and time what is done with it."""
    found: Found = {"sessions_qty": sessions_qty}
    with open_writer(home, "bench") as store:
        template(store, home)
        begun = time.perf_counter()
        fill(store, sessions_qty)
        found["fill_s"] = time.perf_counter() - begun
        found["rows_qty"] = store.query("select count(*) from core.option_marks_daily").item()
        middle = days_before(sessions_qty)[sessions_qty // 2]
        chain = store.read(MARKS, "session_date = $day", {"day": middle})
        found["chain_rows_qty"] = chain.height
        found["replace_s"] = timed(lambda: store.replace(MARKS, chain, middle), rounds)
        found["publish_s"] = timed(lambda: publish(store, home), max(3, rounds // 2))
        found["bytes_a_chain_parquet"] = len(parquet_of(Piece(MARKS, middle), chain))
    found["build_bytes"] = (home / "warehouse" / "build.duckdb").stat().st_size
    contract = chain.filter(pl.col("iv_status") == "ok").filter(pl.col("dte_days").is_between(20, 40))
    row = contract.row(contract.height // 2, named=True)
    asked = {name: row[name] for name in ("root", "expiry_date", "right", "strike_pts")}
    with open_reader(home) as reader:
        found["contract_rows_qty"] = reader.query(CONTRACT, asked).height
        found["chain_s"] = timed(lambda: reader.query(ONE_CHAIN, {"day": middle}), rounds)
        found["contract_s"] = timed(lambda: reader.query(CONTRACT, asked), rounds)
        found["chain_vol_rows_qty"] = reader.query(CHAIN_VOL).height
        found["chain_vol_s"] = timed(lambda: reader.query(CHAIN_VOL), rounds)
        found["vol_rows_qty"] = reader.query(ATM_VOL).height
        found["vol_s"] = timed(lambda: reader.query(ATM_VOL), rounds)
        found["export_plan_s"] = timed(lambda: plan_export(reader, home / "none", [MARKS], None), 1)
    found["open_s"] = timed(lambda: open_reader(home).close(), rounds)
    return found


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of each round by the clock; the first, which fills caches, is not counted."""
    seconds = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return seconds[1:]


def template(store: Store, home: Path) -> None:
    """One full chain of the recorded session, from its file to core and its smiles."""
    files = {file.name: file.content for file in session_files(simulate(SEED), FEATURE_SESSION)}
    write(home / "landing", files.items())
    take_in(store, home, home / "landing")
    build_core(store, FEATURE_SESSION)
    build_market(store, FEATURE_SESSION)
    shutil.rmtree(home / "landing")


def days_before(sessions_qty: int) -> list[dt.date]:
    """So many sessions, the recorded one last."""
    days = [FEATURE_SESSION]
    while len(days) < sessions_qty:
        days.append(previous_session(days[-1]))
    return days[::-1]


def fill(store: Store, sessions_qty: int) -> None:
    """Repeat the chain over the sessions, in their order, and the constant-maturity vols over ten years."""
    store.execute(f"create temp table chain as select * from {MARKS.full_name}")
    store.execute(f"create temp table vols as select * from {VOLS.full_name}")
    for table in (MARKS, VOLS):
        store.execute(f"delete from {table.full_name}")
    days = days_before(sessions_qty)
    for start in range(0, sessions_qty, SESSIONS_AT_A_TIME):
        _repeat(store, MARKS, "chain", days[start : start + SESSIONS_AT_A_TIME])
    _repeat(store, VOLS, "vols", days_before(VOL_SESSIONS))
    store.execute("checkpoint")


def _repeat(store: Store, table: Table, source: str, days: list[dt.date]) -> None:
    names = ", ".join(map(quoted, table.column_names))
    moved = ", ".join(f"{_moved(name)} as {quoted(name)}" for name in table.column_names)
    store.execute(
        f"insert into {table.full_name} ({names}) select {moved} from {source} as t, unnest($days::date[]) as d(day) "
        f"order by {', '.join(map(quoted, table.grain))}",
        {"days": days},
    )


def _moved(column: str) -> str:
    """A column as it would be on another day: weeks of the calendar move the expiries, noise the figures."""
    noise = "(hash(t.strike_pts, d.day) % 2001)::double - 1000"
    if column == "session_date":
        return "d.day"
    if column == "expiry_date":
        return f"t.expiry_date + 7 * ((d.day - date '{FEATURE_SESSION}') // 7)::integer"
    if column in CENTS:
        return f"round(t.{column} * (1 + 1e-5 * ({noise})), 2)"
    if column in PARTS:
        return f"t.{column} * (1 + 1e-6 * ({noise}))"
    return f't."{column}"'


if __name__ == "__main__":
    main()
