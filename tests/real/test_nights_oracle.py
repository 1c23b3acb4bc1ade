"""The reference book of the independent values, through the whole pipeline: files, warehouse, marts.

Expected values and tolerances: oracles/dev and its README. The book of a night there holds that night's fills only, so
each night has a home of its own.
"""

import csv
import datetime as dt
import functools
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.build import curve_of
from transforms.market.rates import rate_at
from warehouse.store import Reader, open_reader, open_writer
from warehouse.tables import CORE_TABLES, MART_TABLES
from warehouse.tables.meta import META_CHECKS

pytestmark = pytest.mark.real

Run = Callable[..., CompletedProcess[str]]
Row = dict[str, object]

WITH_BOOK = ("2023-02-07", "2023-02-15", "2023-06-09")
EACH_BOOK = pytest.mark.parametrize("session", WITH_BOOK)
OF_THE_SESSION = [*(table for table in (*CORE_TABLES, *MART_TABLES) if table.partition == "session_date"), META_CHECKS]
# In the order of arrival that the night without other files gets: the reverse of their names.
CHAINS_0215 = (
    "chains/datashop/2023-02-15_VIX_UnderlyingOptionsEODQuotes.csv",
    "chains/datashop/2023-02-15_SPX_UnderlyingOptionsEODQuotes.csv",
)


def oracle_rows(oracle_dir: Path, name: str, session: str) -> list[dict[str, str]]:
    with (oracle_dir / f"{name}.csv").open() as file:
        return [row for row in csv.DictReader(file) if row["night"] == session]


@pytest.fixture(scope="module")
def reference_book(oracle_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The fills of one night."""

    def write(session: str) -> Path:
        header, *fills = (oracle_dir / "fills.csv").read_text().splitlines()
        path = tmp_path_factory.mktemp("book") / "book.csv"
        path.write_text("\n".join([header, *(fill for fill in fills if fill.startswith(session))]) + "\n")
        return path

    return write


@pytest.fixture(scope="module")
def homes(
    condorwatch_here: Run,
    another_home: Callable[[], Path],
    nightly_of: Callable[[str, Path], list[object]],
    reference_book: Callable[[str], Path],
) -> Callable[[str], Path]:
    """A home where a night has run with its reference book; 2022-02-04 has none."""

    @functools.cache
    def run(session: str) -> Path:
        home = another_home()
        book = ["--book", reference_book(session)] if session in WITH_BOOK else []
        ended = condorwatch_here(*nightly_of(session, home), *book)
        assert ended.returncode == 0, ended.stderr
        return home

    return run


def mart_rows(home: Path, table: str, session: str) -> list[Row]:
    with open_reader(home) as reader:
        return reader.query(f"select * from {table} where session_date = $day", {"day": session}).to_dicts()


def approx(text: str, *, rel: float | None = None, abs_: float | None = None) -> object:
    """A value of the oracle with its tolerance; what it leaves empty must be null."""
    return pytest.approx(float(text), rel=rel, abs=abs_) if text else None


@EACH_BOOK
def test_legs(homes: Callable[[str], Path], oracle_dir: Path, session: str) -> None:
    found = {
        (leg["root"], str(leg["expiry_date"]), leg["right"], leg["strike_pts"]): leg
        for leg in mart_rows(homes(session), "mart.legs_daily", session)
    }
    expected = oracle_rows(oracle_dir, "book_legs", session)
    assert len(found) == len(expected)
    for row in expected:
        leg = found[row["root"], row["expiry"], row["right"], float(row["strike"])]
        name = leg["instrument_id"]
        assert (leg["part"], leg["forward_method"]) == (row["part"], row["forward_method"]), name
        assert leg["mark_pts"] == approx(row["mid"], abs_=1e-9), name
        assert leg["forward_pts"] == approx(row["forward"], abs_=0.25), name
        assert leg["iv_vol"] == approx(row["iv"], abs_=0.0005), name
        assert leg["delta"] == approx(row["delta_forward"], abs_=0.003), name
        assert leg["gamma_usd_per_pt2"] == approx(row["spx_gamma_usd_per_pt2"], rel=0.005), name
        assert leg["theta_usd_per_day"] == approx(row["theta_usd_per_day"], rel=0.01), name
        assert leg["value_usd"] == approx(row["value_usd"], abs_=1e-6), name
        assert leg["delta_usd_per_pt"] == approx(row["spx_delta_usd_per_pt"], rel=0.005), name
        assert leg["eps"] == approx(row["eps"], rel=0.005), name
        vega = "vega_usd_per_volpt" if row["part"] == "condor" else "volvol_vega_usd_per_volpt"
        assert leg[vega] == approx(row["vega_usd_per_volpt"], rel=0.005), name


@EACH_BOOK
def test_book(homes: Callable[[str], Path], oracle_dir: Path, session: str) -> None:
    (book,) = mart_rows(homes(session), "mart.book_daily", session)
    (expected,) = oracle_rows(oracle_dir, "book_summary", session)
    assert book["spot_pts"] == approx(expected["spot_used"], abs_=0.25)
    assert book["max_loss_usd"] == approx(expected["max_loss_usd"], abs_=1e-6)
    assert book["condor_delta_usd_per_pt"] == approx(expected["condor_delta_usd_per_pt"], abs_=0.5)
    assert book["hedge_delta_usd_per_pt"] == approx(expected["hedge_delta_usd_per_pt"] or "0", rel=0.005)
    assert book["net_delta_usd_per_pt"] == approx(expected["net_delta_usd_per_pt"], abs_=0.5)
    assert book["vega_usd_per_volpt"] == approx(expected["condor_vega_usd_per_volpt"], rel=0.005)
    theta = float(expected["condor_theta_usd_per_day"]) + float(expected["hedge_theta_usd_per_day"] or 0)
    assert book["theta_usd_per_day"] == pytest.approx(theta, rel=0.01)
    # Filled at tonight's mids, without fees: nothing earned. A fresh condor is short delta: no local offset.
    assert book["pnl_usd"] == pytest.approx(0, abs=1e-6)
    assert book["offset_local_frac"] is None


@EACH_BOOK
def test_break_evens_of_the_condor(homes: Callable[[str], Path], oracle_dir: Path, session: str) -> None:
    """Filled at tonight's mids, without fees: at its settlement the condor comes out even at strike less credit."""
    (expected,) = oracle_rows(oracle_dir, "book_summary", session)
    levels = [row for row in mart_rows(homes(session), "mart.break_evens_daily", session) if row["part"] == "condor"]
    assert [row["spot_pts"] for row in levels] == pytest.approx([float(expected["be_put"]), float(expected["be_call"])])


def test_past_days_are_replayed_from_the_loaded_history(homes: Callable[[str], Path]) -> None:
    """SPX closes and VIX closes of those days as published everywhere; VX by contract from the archive."""
    replays = {
        row["cell"]: row
        for row in mart_rows(homes("2023-02-15"), "mart.stress_sets_daily", "2023-02-15")
        if (row["stress_set"], row["part"]) == ("replay", "total")
    }
    vix_tonight = 18.23
    for day, before_spx, spx, before_vix, vix in (
        ("2018-02-05", 2762.13, 2648.94, 17.31, 37.32),
        ("2020-02-24", 3337.75, 3225.89, 17.08, 25.03),
        ("2020-03-16", 2711.02, 2386.13, 57.83, 82.69),
    ):
        assert replays[day]["spot_shock_frac"] == pytest.approx(spx / before_spx - 1, abs=1e-6)
        assert replays[day]["vix_pts"] == pytest.approx(vix_tonight * vix / before_vix)
        assert replays[day]["reason"] is None
    assert replays["2024-08-05"]["pnl_usd"] is None
    assert replays["2024-08-05"]["reason"] == "the day lies after this session"
    # The worst days of 2004-2023 but those named; returns of SPX closes.
    worst = {
        day: row["spot_shock_frac"]
        for day, row in replays.items()
        if day not in {"2018-02-05", "2020-02-24", "2020-03-16", "2024-08-05"}
    }
    assert worst == {
        "2020-03-12": pytest.approx(-0.0951, abs=5e-5),
        "2008-10-15": pytest.approx(-0.0903, abs=5e-5),
        "2008-12-01": pytest.approx(-0.0893, abs=5e-5),
        "2008-09-29": pytest.approx(-0.0881, abs=2e-4),
        "2008-10-09": pytest.approx(-0.0762, abs=5e-5),
    }


@EACH_BOOK
def test_the_grid_says_of_tonight_what_the_book_says(homes: Callable[[str], Path], session: str) -> None:
    (book,) = mart_rows(homes(session), "mart.book_daily", session)
    cells = mart_rows(homes(session), "mart.scenarios_daily", session)
    assert len(cells) == 8 * 15 * 4 * 4
    (still,) = (
        row
        for row in cells
        if (row["part"], row["horizon"], row["vol_response"], row["spot_shock_frac"]) == ("total", "now", "base", 0.0)
    )
    assert still["delta_usd_per_1pct"] == pytest.approx(book["net_delta_usd_per_1pct"])
    with open_reader(homes(session)) as reader:
        checks = reader.query("select is_passed from meta.checks where check_id = 'scenario_value_in_bounds'")
    assert checks["is_passed"].to_list() == [True]


@EACH_BOOK
def test_scenarios(homes: Callable[[str], Path], oracle_dir: Path, session: str) -> None:
    cells = {
        (row["part"], row["spot_shock_frac"]): row
        for row in mart_rows(homes(session), "mart.scenarios_daily", session)
        if (row["vol_response"], row["horizon"]) == ("base", "now")
    }
    (book,) = mart_rows(homes(session), "mart.book_daily", session)
    for expected in oracle_rows(oracle_dir, "book_scenarios", session):
        shock, condor_usd = float(expected["shock"]), float(expected["condor_pnl_usd"])
        assert cells["condor", shock]["vix_pts"] == approx(expected["vix1"], rel=1e-9)
        assert cells["condor", shock]["pnl_usd"] == pytest.approx(condor_usd, abs=max(75, 0.01 * abs(condor_usd)))
        hedge_usd = 0.0
        for part in ("L1", "L2", "L3", "hedge"):
            hedge_usd = float(expected[f"{part.lower()}_pnl_usd"] or 0)
            tolerance_usd = max(2, 0.005 * abs(hedge_usd))
            assert cells[part, shock]["pnl_usd"] == pytest.approx(hedge_usd, abs=tolerance_usd), (part, shock)
        key = {-0.03: "m3", -0.05: "m5", -0.10: "m10"}.get(shock)
        if key and -condor_usd >= 0.05 * float(str(book["max_loss_usd"])):
            assert book[f"offset_{key}_frac"] == pytest.approx(-hedge_usd / condor_usd, rel=0.015)
        elif key:  # README: null where the condor loss is under 5% of the maximum loss
            assert (book[f"offset_{key}_frac"], bool(book[f"offset_{key}_reason"])) == (None, True)


NIGHTS = ("2022-02-04", "2023-02-07", "2023-02-15", "2023-06-09")
EACH_NIGHT = pytest.mark.parametrize("session", NIGHTS)
NO_SMILE = "no 30-day smile of SPX stored for this session"
# Column of signals.csv: column of mart.signals_daily, what makes its unit that of the oracle, relative tolerance.
SIGNALS = {
    "spx_close": ("index_close_pts", 1, 1e-9),
    "vix": ("vix_pts", 1, 0),
    "vix9d": ("vix9d_pts", 1, 0),
    "vix3m": ("vix3m_pts", 1, 0),
    "vix6m": ("vix6m_pts", 1, 0),
    "vvix": ("vvix_pts", 1, 0),
    "skew_index": ("skew_index_pts", 1, 0),
    "m1": ("m1_pts", 1, 0),
    "m2": ("m2_pts", 1, 0),
    "contango": ("contango_frac", 1, 1e-6),
    "ann_roll": ("annual_roll_frac", 1, 1e-6),
    "basis": ("basis_pts", 1, 1e-6),
    "cm30": ("cm30_pts", 1, 1e-6),
    "macd": ("macd_pts", 1, 1e-6),
    "macd_signal": ("macd_signal_pts", 1, 1e-6),
    "macd_hist": ("macd_histogram_pts", 1, 1e-6),
    "macd_hist_prev": ("macd_histogram_previous_pts", 1, 1e-6),
    "rsi14_vix": ("rsi14_vix", 1, 1e-6),
    "rsi14_spx": ("rsi14_spx", 1, 1e-6),
    "hv20": ("hv20_vol", 100, 1e-6),
    "edr_simple_pct": ("edr_simple_frac", 100, 1e-6),
    "edr_regime_multiplier": ("edr_multiplier", 1, 0),
    "edr_blend_regime_pct": ("edr_frac", 100, 1e-6),
    "adv": ("advances_qty", 1, 0),
    "dec": ("declines_qty", 1, 0),
    "unch": ("unchanged_qty", 1, 0),
    "net_adv": ("net_advances_qty", 1, 0),
    "rana": ("rana", 1, 1e-6),
    "mcclellan_ratio": ("mcclellan_osc", 1, 1e-6),
    "mcclellan_raw": ("mcclellan_raw_osc", 1, 1e-6),
    "ad_z": ("ad_z", 1, 1e-6),
    "spx_1d_return": ("spx_return_frac", 1, 1e-6),
}


@EACH_NIGHT
def test_signals(homes: Callable[[str], Path], oracle_dir: Path, session: str) -> None:
    """Tolerances are those of the oracle's README or tighter; its `_if_` columns are other conventions."""
    (row,) = mart_rows(homes(session), "mart.signals_daily", session)
    (oracle,) = oracle_rows(oracle_dir, "signals", session)
    for theirs, (ours, scale, tolerance) in SIGNALS.items():
        assert scale * float(str(row[ours])) == approx(oracle[theirs], rel=tolerance, abs_=0), theirs
    for theirs, ours in (("m1_expiry", "m1_expiry_date"), ("m2_expiry", "m2_expiry_date")):
        assert str(row[ours]) == oracle[theirs]
    assert row["spot_pts"] == approx(oracle["spx_parity"], abs_=0.25)
    rsi, change = (float(str(row[name])) for name in ("rsi14_vix", "rsi14_vix_change_5"))
    assert rsi - change == approx(oracle["rsi14_vix_5_sessions_ago"], rel=1e-6)
    assert 100 * float(str(row["edr_frac"])) / float(str(row["edr_multiplier"])) == approx(
        oracle["edr_blend_m1_pct"], rel=1e-6
    )
    assert oracle["breadth_last_date"] == session
    spot_expiry = [
        forward
        for forward in mart_rows(homes(session), "core.forwards_daily", session)
        if (forward["root"], str(forward["expiry_date"])) == ("SPXW", oracle["spx_parity_nearest_expiry"])
    ]
    assert [forward["forward_pts"] for forward in spot_expiry] == [row["spot_pts"]]


@EACH_NIGHT
def test_vx_curve(homes: Callable[[str], Path], oracle_dir: Path, session: str) -> None:
    rows = mart_rows(homes(session), "mart.vx_curve_daily", session)
    by_rank = {
        str(row["rank"]): (str(row["expiry_date"]), str(row["days_to_expiry_days"]), row["settle_pts"]) for row in rows
    }
    expected = oracle_rows(oracle_dir, "vx_curve", session)
    assert len(expected) >= 7
    for row in expected:
        assert by_rank[row["rank"]] == (row["expiry"], row["days"], float(row["settle"]))


@EACH_NIGHT
def test_next_events(homes: Callable[[str], Path], oracle_dir: Path, session: str) -> None:
    listed = mart_rows(homes(session), "mart.upcoming_events_daily", session)
    ahead = {row["kind"]: row for row in listed if row["is_next_of_kind"]}
    tonight = {row["kind"] for row in listed if row["days_to_days"] == 0}
    expected = oracle_rows(oracle_dir, "events", session)
    assert len(expected) == 7
    for row in expected:
        event = ahead[row["kind"]]
        at = event["event_at"]
        assert isinstance(at, dt.datetime)
        assert str(event["event_date"]) == row["next_date"]
        assert at.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M") == row["next_time_et"]
        assert str(event["days_to_days"]) == row["days_to"]
        assert (row["kind"] in tonight) == (row["on_the_day"] == "True")


@EACH_NIGHT
def test_treasury(homes: Callable[[str], Path], oracle_dir: Path, session: str) -> None:
    with open_writer(homes(session), "the test") as store:
        curve = curve_of(store, dt.date.fromisoformat(session))
    expected = oracle_rows(oracle_dir, "treasury", session)
    assert curve is not None
    assert {str(curve.curve_date)} == {row["curve_date"] for row in expected}
    assert [str(days) for days in curve.tenor_days] == [row["tenor_days"] for row in expected]
    assert [100 * y for y in curve.yields_frac] == [approx(row["par_yield_pct"], rel=1e-12) for row in expected]
    assert list(rate_at(curve, curve.tenor_days)) == [approx(row["r_continuous"], abs_=1e-11) for row in expected]


@EACH_NIGHT
def test_skew_and_valuation_are_those_stored(homes: Callable[[str], Path], session: str) -> None:
    """A first night has no percentile of its skew; Shiller's ratio has its place among 60 months known by then."""
    (row,) = mart_rows(homes(session), "mart.signals_daily", session)
    (tenor,) = [
        tenor for tenor in mart_rows(homes(session), "mart.smile_tenors_daily", session) if tenor["tenor_days"] == 30
    ]
    assert row["skew_25d_vol"] == tenor["skew_25d_vol"]
    assert row["skew_reason"] == ("1 of 60 sessions of skew" if tenor["skew_25d_vol"] else NO_SMILE)
    valued = {value["measure"]: value for value in mart_rows(homes(session), "mart.valuations_daily", session)}
    with open_reader(homes(session)) as reader:
        known = reader.query(
            "select value from core.valuation_monthly where measure = 'pe10' and known_from_date <= $day "
            "order by known_from_date desc limit 60",
            {"day": dt.date.fromisoformat(session)},
        )["value"].to_list()
    assert valued["pe10"]["value"] == known[0]
    assert row["valuation_measure"] == "pe10"
    assert row["valuation_percentile_5y_frac"] == sum(value <= known[0] for value in known) / 60


@pytest.mark.parametrize("session", ["2022-02-04", "2023-02-07", "2023-02-15"])
def test_the_vix_recomputed_meets_the_published_close(
    homes: Callable[[str], Path], oracle_dir: Path, session: str
) -> None:
    (check,) = mart_rows(homes(session), "mart.vix_checks_daily", session)
    (expected,) = oracle_rows(oracle_dir, "vix_index", session)
    assert abs(float(str(check["difference_pts"]))) <= 0.05
    assert check["vix_recomputed_pts"] == approx(expected["vix_recomputed"], abs_=0.01)
    assert check["vix_published_pts"] == approx(expected["vix_published"], abs_=1e-9)


def test_without_a_pair_of_expiries_about_thirty_days_the_vix_is_null_with_its_reason(
    homes: Callable[[str], Path],
) -> None:
    (check,) = mart_rows(homes("2023-06-09"), "mart.vix_checks_daily", "2023-06-09")
    assert (check["vix_recomputed_pts"], check["difference_pts"]) == (None, None)
    assert check["vix_published_pts"] == 13.83  # VIX_History.csv, line 8431
    assert "30 days" in str(check["reason"])


def hashes_of(reader: Reader, session: str) -> dict[str, str]:
    day = {"day": session}
    return {table.full_name: reader.content_hash(table, "session_date = $day", day) for table in OF_THE_SESSION}


@pytest.mark.soak
def test_neither_order_of_arrival_nor_files_of_other_nights_move_a_figure(
    *,
    condorwatch_here: Run,
    real_data: Path,
    homes: Callable[[str], Path],
    reference_book: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """A home that saw only this night's chains and the series, one by one and last name first."""
    series = [path for path in sorted((real_data / "series").rglob("*"), reverse=True) if path.is_file()]
    landing, home = tmp_path / "landing", tmp_path / "home"
    landing.mkdir()
    for chain in CHAINS_0215:
        (landing / Path(chain).name).write_bytes((real_data / chain).read_bytes())
    condorwatch_here("ingest", *(real_data / chain for chain in CHAINS_0215), *series, "--home", home)
    command = [
        "nightly",
        "--source",
        "files",
        "--landing",
        landing,
        "--session",
        "2023-02-15",
        "--direct",
        "--no-email",
    ]

    ended = condorwatch_here(*command, "--book", reference_book("2023-02-15"), "--home", home)

    assert ended.returncode == 0, ended.stderr
    with open_reader(home) as alone, open_reader(homes("2023-02-15")) as among_all:
        assert hashes_of(alone, "2023-02-15") == hashes_of(among_all, "2023-02-15")


# One start of Prefect for all: the night as the command runs it, then a look of the schedule on the next morning and a
# backfill of what is done already.
BACKFILL = ("first", "last", "count", "source", "reports", "jobs", "config", "home")
IN_THE_ENGINE = """
import datetime as dt, os
from flows.cli import main
try:
    main()
except SystemExit as ended:
    if ended.code:
        raise
from flows import engine
engine.now = lambda: dt.datetime(2023, 2, 8, 12, tzinfo=dt.UTC)
print(engine.scheduled_flow(home=os.environ["DESK"]))
print(engine.backfill_flow(first="2023-02-07", last="2023-02-07", reports="none", home=os.environ["DESK"]))
"""


@pytest.mark.engine
def test_the_engine_gives_the_same_night(
    *,
    real_data: Path,
    another_home: Callable[[], Path],
    nightly_of: Callable[[str, Path], list[object]],
    homes: Callable[[str], Path],
    reference_book: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """Through Prefect, with a server of its own that ends with it."""
    home = another_home()
    command = [word for word in nightly_of("2023-02-07", home) if word != "--direct"]

    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("CONDORWATCH_", "PREFECT_"))
    }
    environment |= {"PREFECT_HOME": f"{tmp_path / 'prefect'}", "DESK": f"{home}", "CONDORWATCH_LANDING": f"{real_data}"}
    ended = subprocess.run(
        [sys.executable, "-c", IN_THE_ENGINE, *map(str, command), "--book", reference_book("2023-02-07")],
        capture_output=True, text=True, check=False, timeout=300, env=environment,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    *night, scheduled, backfilled = ended.stdout.splitlines()
    assert scheduled == "No session is due: 2023-02-07 is done."
    assert backfilled == "1 sessions: 0 built, 1 already done, 0 on data hold."
    reports = list(map(Path, night[1:]))
    assert [report.suffix for report in reports] == [".html", ".pdf", ".json"]
    for report in reports:
        assert report.read_bytes() == (homes("2023-02-07") / report.relative_to(home)).read_bytes(), report.name
    with open_reader(home) as through_engine, open_reader(homes("2023-02-07")) as direct:
        assert hashes_of(through_engine, "2023-02-07") == hashes_of(direct, "2023-02-07")
    artifacts, parameters = kept_by_prefect(tmp_path / "prefect" / "prefect.db")
    assert artifacts["hedge-status"].startswith(f"# {night[0]}")
    assert f"[{json.loads(artifacts['book'])[0]['status']}]" in night[0]
    assert reports[0].as_uri() in artifacts["report"]
    assert artifacts["progress"] == 100
    assert "ingested-files" in artifacts
    assert [set(given) for given in parameters] == [
        {"session", "source"},
        {"config", "home"},
        {*BACKFILL},
    ]  # no setting


def kept_by_prefect(database: Path) -> tuple[dict[str, Any], list[dict[str, object]]]:
    """What the engine has stored: artifacts by key, and the parameters of its flow runs."""
    with closing(sqlite3.connect(database)) as opened:
        artifacts = dict(opened.execute("select key, data from artifact where key is not null"))
        parameters = [
            json.loads(given) for (given,) in opened.execute("select parameters from flow_run order by start_time")
        ]
    return {key: json.loads(data) if isinstance(data, str) else data for key, data in artifacts.items()}, parameters
