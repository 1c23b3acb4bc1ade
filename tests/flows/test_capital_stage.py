"""The capital stage on stored nights: what it reads from the stages before, and what SQL finds in what it stores."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pytest

from flows.capital import build_capital
from tests.new_home import open_home
from tests.transforms.book.toy_book import (
    FRIDAY,
    MONDAY,
    ToyMarket,
    ToyNight,
    condor_fills,
    fill,
    fills_of,
    marks_of,
    night,
    unit_fills,
)
from warehouse.store import Store
from warehouse.tables import core, mart
from warehouse.tables.types import Table

FILLS = fills_of(
    *condor_fills(on=dt.date(2026, 3, 30), fees=5.0),
    *unit_fills(on=dt.date(2026, 3, 30), structure=None),
    *condor_fills(on=dt.date(2026, 3, 30), account="B"),
)
MARKETS = {FRIDAY: ToyMarket(), MONDAY: ToyMarket(session_date=MONDAY, spot_pts=6030.0)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, dict[dt.date, ToyNight]]]:
    with open_home(tmp_path_factory.mktemp("home"), "desk:1") as writer:
        yield writer, stored_nights(writer, FILLS)


@pytest.fixture
def store(built: tuple[Store, dict[dt.date, ToyNight]]) -> Store:
    """Two nights, as they were built: a test that changes them puts back what it changed."""
    return built[0]


@pytest.fixture
def monday(built: tuple[Store, dict[dt.date, ToyNight]]) -> ToyNight:
    return built[1][MONDAY]


@contextmanager
def instead(store: Store, table: Table, frame: pl.DataFrame) -> Iterator[None]:
    """Build Monday's capital with other rows of a table; afterwards its own are there again, the capital with them."""
    own = store.read(table, "session_date = $day", {"day": MONDAY})
    store.replace(table, frame, MONDAY)
    build_capital(store, MONDAY)
    yield
    store.replace(table, own, MONDAY)
    build_capital(store, MONDAY)


def stored_nights(store: Store, fills: pl.DataFrame) -> dict[dt.date, ToyNight]:
    """Two nights as the stages before capital leave them, the second a quiet one."""
    store.replace_all(core.CORE_FILLS, fills.with_columns(load_id=pl.lit("a1")))
    friday = night(fills, MARKETS[FRIDAY])
    nights = {FRIDAY: friday, MONDAY: night(fills, MARKETS[MONDAY], before=friday)}
    for day, toy in nights.items():
        accounts = pl.DataFrame(
            {"account": ["A", "B"], "net_liq_usd": 100_000.0, "margin_used_usd": 50_000.0, "margin_debit_usd": 0.0}
        )
        store.replace(
            core.CORE_ACCOUNTS_DAILY,
            core.CORE_ACCOUNTS_DAILY.conform(accounts.with_columns(session_date=pl.lit(day), load_id=pl.lit("a1"))),
            day,
        )
        marks = marks_of(fills, MARKETS[day]).with_columns(load_id=pl.lit("a1"), iv_vol="smile_vol")
        store.replace(core.CORE_OPTION_MARKS_DAILY, marks, day)
        signals = {
            "vix_pts": 16.0,
            "vix_change_frac": 0.0,
            "contango_frac": 0.05,
            "spx_return_frac": 0.005,
            "hv20_vol": 0.12,
        }
        store.replace(mart.MART_SIGNALS_DAILY, pl.DataFrame([{"session_date": day} | signals]), day)
        for table, frame in (
            (mart.MART_LEGS_DAILY, toy.legs),
            (mart.MART_CONDORS_DAILY, toy.condors),
            (mart.MART_ATTRIBUTION_DAILY, toy.attribution.legs),
            (mart.MART_ATTRIBUTION_PERIODS_DAILY, toy.attribution.periods),
            (mart.MART_BOOK_DAILY, toy.book.with_columns(net_liq_usd=pl.lit(100_000.0))),
        ):
            store.replace(table, frame, day)
        build_capital(store, day)
    return nights


def capital_of(store: Store, account: str, day: dt.date = MONDAY) -> dict[str, object]:
    (row,) = store.read(
        mart.MART_CAPITAL_DAILY, "session_date = $day and account = $account", {"day": day, "account": account}
    ).to_dicts()
    return row


def test_the_day_of_the_hedge_is_that_of_its_attribution(store: Store, monday: ToyNight) -> None:
    hedge = monday.attribution.periods.filter(part="hedge", period="day", account="A")["actual_usd"][0]
    row = capital_of(store, "A")
    assert (row["hedge_day_pnl_usd"], row["is_quiet"]) == (hedge, True)
    # Friday had no night before it to compare with.
    assert (row["history_sessions"], row["unmeasured_sessions"], row["quiet_sessions"]) == (2, 1, 1)
    assert row["quiet_hedge_pnl_usd"] == hedge
    assert row["quiet_drag_reason"] == "1 quiet sessions with a known hedge P&L, 20 needed"


def test_a_night_on_hold_is_not_measured(store: Store, monday: ToyNight) -> None:
    with instead(store, mart.MART_BOOK_DAILY, monday.book.with_columns(is_data_hold=pl.lit(value=True))):
        row = capital_of(store, "A")
        assert (row["hedge_day_pnl_usd"], row["unmeasured_sessions"]) == (None, 2)


@pytest.mark.parametrize(("state", "quiet"), [("TESTED", False), (None, None), ("SETTLED", True)])
def test_a_tested_condor_makes_no_quiet_day(
    store: Store,
    monday: ToyNight,
    state: str | None,
    quiet: bool | None,
) -> None:
    is_b = pl.col("account") == "B"
    states = pl.when(is_b).then(pl.lit(state, dtype=pl.String)).otherwise(pl.lit("OK"))
    with instead(store, mart.MART_CONDORS_DAILY, monday.condors.with_columns(state=states)):
        assert [capital_of(store, name)["is_quiet"] for name in ("A", "B", "ALL")] == [True, quiet, quiet]


def test_sql_finds_the_return_from_what_is_stored(store: Store) -> None:
    """Flows up to the night, then the book liquidated and its margin released, all discounted at the IRR."""
    balance = store.query(
        """
        with
        capital as (select * from mart.capital_daily where session_date = $day and account = 'A'),
        flows as (
            select f.session_date, f.flow_usd, c.irr_book_frac as rate, c.first_flow_date as first_date
            from mart.cash_flows_daily as f, capital as c
            where f.account = 'A' and f.session_date <= $day
            union all
            select session_date, closing_value_usd + margin_held_usd, irr_book_frac, first_flow_date from capital
        )
        select sum(flow_usd / power(1 + rate, (session_date - first_date) / 365)) as balance_usd from flows
        """,
        {"day": MONDAY},
    )["balance_usd"][0]
    assert balance == pytest.approx(0.0, abs=1e-6)
    assert capital_of(store, "A")["irr_method"] == "XIRR"


def test_all_is_the_sum_of_the_accounts(store: Store) -> None:
    a, b, both = (capital_of(store, name) for name in ("A", "B", "ALL"))
    for column in ("net_liq_usd", "margin_used_usd", "strategy_margin_usd", "closing_value_usd", "pnl_to_date_usd"):
        assert both[column] == pytest.approx(a[column] + b[column])  # type: ignore[operator]
    assert (a["strategy_margin_usd"], both["peak_margin_usd"]) == (50_000.0, 100_000.0)


def test_running_again_changes_nothing(store: Store) -> None:
    before = {table: store.content_hash(table) for table in mart.MART_CAPITAL_TABLES}
    build_capital(store, MONDAY)
    assert {table: store.content_hash(table) for table in mart.MART_CAPITAL_TABLES} == before


def test_odds_theta_and_claims_are_stored_by_condor_and_account(store: Store) -> None:
    economics = store.read(mart.MART_CONDOR_ECONOMICS_DAILY, "session_date = $day", {"day": MONDAY})
    assert economics["condor_id"].to_list() == ["condor-1", "condor-1"]
    assert economics["margin_usd"].to_list() == [50_000.0, 50_000.0]
    assert economics["theta_capture_frac"].null_count() == 0
    claims = store.query("select distinct account from v_vendor_vs_measured order by account")
    assert claims["account"].to_list() == ["A", "ALL", "B"]
    lines = store.read(mart.MART_BENCHMARKS_DAILY, "session_date = $day", {"day": MONDAY})
    assert lines["benchmark"].to_list() == ["CNDR", "VXTH"]


def test_a_fill_that_comes_late_finds_its_session(store: Store) -> None:
    day, own = dt.date(2026, 4, 1), store.read(core.CORE_FILLS)
    late = fills_of(fill("VIX 2026-08-19 C 21", 1, 2.5, on=day, structure="late", fill_id="LATE"))
    store.replace_all(core.CORE_FILLS, pl.concat([own, late.with_columns(load_id=pl.lit("b2"))]))
    build_capital(store, MONDAY)
    rows = store.read(mart.MART_CASH_FLOWS_DAILY, "session_date = $day", {"day": day})
    store.replace_all(core.CORE_FILLS, own)
    build_capital(store, MONDAY)
    assert rows.select("account", "side", "flow_usd").rows() == [("A", "hedge", -250.0)]
    assert store.read(mart.MART_CASH_FLOWS_DAILY, "session_date = $day", {"day": day}).is_empty()
