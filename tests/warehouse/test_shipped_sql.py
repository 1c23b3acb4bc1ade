"""Every view and named query runs on a migrated warehouse and says what it answers."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from tests.flows.invented_rows import row_of
from tests.new_home import open_home
from warehouse.dictionary import DICTIONARY_PATH, ER_PATH, data_dictionary
from warehouse.er import er_picture
from warehouse.errors import UnknownQuery
from warehouse.queries import NamedQuery, list_queries, list_views, load_query
from warehouse.store import Store, open_writer
from warehouse.tables import ALL_TABLES
from warehouse.tables.mart import (
    MART_ATTRIBUTION_PERIODS_DAILY,
    MART_BOOK_DAILY,
    MART_CONDORS_DAILY,
    MART_SCENARIOS_DAILY,
    MART_VENDOR_CLAIMS_DAILY,
    MART_VX_CURVE_DAILY,
)

SESSION = dt.date(2023, 3, 13)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_writer(tmp_path_factory.mktemp("home"), "desk:1")


@pytest.mark.parametrize("view", list_views(), ids=lambda view: view.name)
def test_a_view_answers_and_describes_itself(empty: Store, view: NamedQuery) -> None:
    assert empty.query(f"select * from {view.name}").is_empty()
    comment = empty.query("select comment from duckdb_views() where view_name = $name", {"name": view.name}).item()
    assert comment == view.description
    assert view.description.endswith(".")


@pytest.mark.parametrize("query", list_queries(), ids=lambda query: query.name)
def test_a_named_query_answers_and_describes_itself(empty: Store, query: NamedQuery) -> None:
    params = {"session_date": SESSION} if "$session_date" in query.sql else None
    assert empty.query(query.sql, params).width > 1
    assert "?" in query.description


def test_an_unknown_query_names_the_known_ones() -> None:
    with pytest.raises(UnknownQuery, match="no query named nonsense; there are active_without_position, "):
        load_query("nonsense")


def test_a_view_that_is_no_longer_shipped_is_dropped(tmp_path: Path) -> None:
    with open_writer(tmp_path, "desk:1") as store:
        store.execute("create view v_old as select 1 as a")
    with open_writer(tmp_path, "desk:1") as store:
        names = store.query("select view_name from duckdb_views() where not internal").get_column("view_name")
    assert sorted(names) == sorted(view.name for view in list_views())


def test_views_of_another_text_are_put_anew_and_their_comments_with_them(tmp_path: Path) -> None:
    described = "select table_name, column_name, comment from duckdb_columns() where schema_name = 'main' order by all"
    with open_home(tmp_path, "desk:1") as store:
        shipped = store.query(described)
        store.execute("create or replace view v_today as select 1 as a")
        store.execute("create or replace macro meta.views_in_place() as 'of an older program'")
    with open_writer(tmp_path, "desk:1") as store:
        assert store.query(described).equals(shipped)
        placed = store.query("select meta.views_in_place()").item()
    with open_writer(tmp_path, "desk:1") as store:  # and what is in place stays
        assert store.query(described).equals(shipped)
        assert store.query("select meta.views_in_place()").item() == placed


def test_the_vx_curve_lies_in_one_row(store: Store) -> None:
    # VX settlements of 2023-03-13 as Cboe published them are not in the project; these are made up.
    curve = pl.DataFrame({"rank": [1, 2], "settle_pts": [25.0, 24.0], "expiry_date": [SESSION, SESSION]})
    curve = curve.with_columns(session_date=pl.lit(SESSION), days_to_expiry_days=9, settle_method=pl.lit("settle"))
    store.replace(MART_VX_CURVE_DAILY, curve, SESSION)
    row = store.query("select rank_1_pts, rank_2_pts, rank_3_pts, rank_1_to_2_frac from v_vx_curve").row(0)
    assert row == (25.0, 24.0, None, 24.0 / 25.0 - 1)


def test_the_scenario_matrix_has_a_column_a_shock(store: Store) -> None:
    cells = pl.DataFrame({"spot_shock_frac": [-0.07, -0.05, 0.0], "pnl_usd": [-900.0, None, 0.0]})
    cells = cells.with_columns(
        session_date=pl.lit(SESSION),
        account=pl.lit("main"),
        part=pl.lit("condor"),
        vol_response=pl.lit("base"),
        horizon=pl.lit("now"),
        reason=pl.when(pl.col("pnl_usd").is_null()).then(pl.lit("a leg has no mark")),
    )
    store.replace(MART_SCENARIOS_DAILY, cells, SESSION)
    row = store.query("select pnl_m7_usd, pnl_m5_usd, pnl_0_usd from v_scenario_matrix").row(0)
    assert row == (-900.0, None, 0.0)


def test_a_vendor_claim_is_held_against_the_latest_measure(store: Store) -> None:
    claims = pl.DataFrame(
        {
            "claim_id": ["above", "below", "unmeasured", "within"],
            "claimed_low": [0.01, 0.40, 4.0, 0.15],
            "claimed_high": [0.02, 0.40, 8.0, 0.25],
            "measured": [0.031, 0.17, None, 0.25],
            "reason": [None, None, "2 sessions", None],
        }
    )
    text = {name: pl.lit("x") for name in ("account", "claim_text", "source_ref", "status", "unit", "measured_as")}
    for day in (SESSION - dt.timedelta(days=3), SESSION):
        dated = claims.with_columns(session_date=pl.lit(day), **text).filter(
            pl.lit(day == SESSION) | (pl.col("claim_id") == "above")
        )
        store.replace(MART_VENDOR_CLAIMS_DAILY, dated, day)
    lies = dict(store.query("select claim_id, measured_lies from v_vendor_vs_measured").iter_rows())
    assert lies == {
        "above": "above the claim",
        "below": "below the claim",
        "unmeasured": None,
        "within": "within the claim",
    }


def test_the_committed_data_dictionary_is_the_generated_one() -> None:
    assert DICTIONARY_PATH.read_text(encoding="utf-8") == data_dictionary(), (
        "run `python -m warehouse.dictionary --write`"
    )


def test_the_committed_picture_of_the_tables_is_the_generated_one() -> None:
    assert ER_PATH.read_text(encoding="utf-8") == er_picture(), "run `python -m warehouse.dictionary --write`"


def test_every_table_is_in_the_picture_once_a_layer() -> None:
    for table in ALL_TABLES:
        assert f'["{table.full_name}"] {{' in er_picture(), table.full_name


def silent_ones(store: Store, named: str, objects: str) -> list[str]:
    """Those of the warehouse itself that carry no comment; beside it a lake has its own catalog."""
    ours = f"from {objects} where not internal and database_name = current_database()"
    assert store.query(f"select count(*) {ours}").item() > 0
    found: list[str] = store.query(f"select {named} as name {ours} and coalesce(comment, '') = ''")["name"].to_list()
    return found


COLUMN = "table_name || '.' || column_name"


def test_every_table_and_view_and_column_of_a_table_says_in_the_database_what_it_is(empty: Store) -> None:
    of_tables = (
        "(select c.* from duckdb_columns() as c semi join duckdb_tables() as t "
        "on t.table_oid = c.table_oid and t.database_name = c.database_name)"
    )
    assert silent_ones(empty, "table_name", "duckdb_tables()") == []
    assert silent_ones(empty, "view_name", "duckdb_views()") == []
    assert silent_ones(empty, COLUMN, of_tables) == []


@pytest.mark.file  # a lake keeps no comments on columns of views
def test_every_column_of_a_view_says_in_the_database_what_it_is(empty: Store) -> None:
    assert silent_ones(empty, COLUMN, "duckdb_columns()") == []
    described = "select comment from duckdb_columns() where table_name = $table and column_name = $column"
    coverage = empty.query(described, {"table": "v_hedge_status", "column": "coverage_frac"}).item()
    assert coverage == "Units held / units wanted; null where none are wanted. [fraction (0.01 = 1%)]"
    inherited = [
        empty.query(described, {"table": table, "column": "short_put_pts"}).item()
        for table in ("v_condor_status", "condors_daily")
    ]
    assert inherited[0] == inherited[1]


def test_a_view_describes_only_columns_it_has(empty: Store) -> None:
    for view in list_views():
        assert set(view.column_meanings) <= set(empty.query(f"from {view.name}").columns), view.name


def condor_night(day: int, condor_id: str, put_state: str | None, state: str | None = None) -> pl.DataFrame:
    return row_of(
        MART_CONDORS_DAILY,
        session_date=dt.date(2023, 3, day),
        account="MAIN",
        condor_id=condor_id,
        campaign_id="spring",
        put_state=put_state,
        state=state or put_state,
        expiry_date=dt.date(2023, 4, 21),
        short_put_pts=3900.0,
        **dict.fromkeys(
            (name for name in MART_CONDORS_DAILY.column_names if name.endswith("_reason")), "nothing is priced"
        ),
    )


def test_breach_episodes_by_hand(store: Store) -> None:
    """Two runs of condor a (the second ended by a roll to b), one of b that lasts: P&L and cushion added up by hand."""
    nights = {
        # session: condors, then P&L of condors and hedge of the day.
        6: ([("a", "BREACHED", None)], -500.0, 200.0),
        7: ([("a", "WING", None)], -300.0, 90.0),
        8: ([("a", "ITM", None)], 100.0, -10.0),
        9: ([("a", "BREACHED", None)], -150.0, 30.0),
        10: ([("b", "OK", None)], -50.0, None),
        13: ([("b", "BREACHED", None)], -10.0, 5.0),
    }
    for day, (condors, condors_usd, hedge_usd) in nights.items():
        session = dt.date(2023, 3, day)
        store.replace(MART_CONDORS_DAILY, pl.concat([condor_night(day, *condor) for condor in condors]), session)
        book = row_of(MART_BOOK_DAILY, session_date=session, account="MAIN", status="ALERT")
        store.replace(MART_BOOK_DAILY, book, session)
        parts = [
            row_of(
                MART_ATTRIBUTION_PERIODS_DAILY,
                session_date=session,
                account="MAIN",
                part=part,
                period="day",
                from_date=session,
                actual_usd=usd,
                reason=None if usd is not None else "no mark",
            )
            for part, usd in (("condor", condors_usd), ("hedge", hedge_usd))
        ]
        store.replace(MART_ATTRIBUTION_PERIODS_DAILY, pl.concat(parts), session)
    told = store.query(
        "select condor_id, day(breach_date), day(last_breach_date), day(end_date), breached_sessions, worst_state, "
        "condors_pnl_usd, hedge_pnl_usd, mtm_cushion_frac, rolls_qty, outcome, outcome_state "
        "from v_breach_episodes order by breach_date"
    ).rows()
    assert told == [
        ("a", 6, 7, 8, 2, "WING", -200.0, 80.0, 0.4, 0, "RECOVERED", "ITM"),
        ("a", 9, 9, 10, 1, "BREACHED", -50.0, None, None, 1, "ROLLED", None),
        ("b", 13, 13, 13, 1, "BREACHED", None, None, None, 0, "STILL BREACHED", "BREACHED"),
    ]
