"""The real series, typed: how many rows each rule touches, and the four nights against independently computed values.

Files are read here with a few lines of Polars into the shape of raw rows, so that the parsers are not under test.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from transforms.market.index_levels import type_index_levels
from transforms.market.term_structure import vx_curve
from transforms.market.treasury import type_treasury_yields
from transforms.market.typing_rules import Typed
from transforms.market.vx_settlements import type_vx_settlements
from transforms.signals.breadth import type_breadth
from transforms.signals.events import type_events

pytestmark = pytest.mark.real

OHLC = {"date": 0, "open": 1, "high": 2, "low": 3, "close": 4}
VALUE = {"date": 0, "close": 1}
FUTURES = {
    "trade_date": 0,
    "contract": 1,
    "open": 2,
    "high": 3,
    "low": 4,
    "close": 5,
    "settle": 6,
    "volume": 8,
    "open_interest": 10,
}
NIGHTS = (dt.date(2022, 2, 4), dt.date(2023, 2, 7), dt.date(2023, 2, 15), dt.date(2023, 6, 9))


@dataclass(frozen=True)
class Csv:
    """One vendor file: which column is which field, and what the load says of it."""

    path: Path
    columns: dict[str, int]
    vendor: str = "csv"
    first_line: int = 1  # of the header; 0 where there is none

    def raw(self, **constants: str) -> pl.DataFrame:
        """Its rows as the warehouse holds them, joined with their load."""
        grid = pl.read_csv(
            self.path, infer_schema=False, has_header=self.first_line > 0, skip_rows=max(self.first_line - 1, 0)
        )
        return grid.select(**{name: pl.nth(place) for name, place in self.columns.items()}).select(
            pl.all(),
            **{name: pl.lit(value) for name, value in constants.items()},
            load_id=pl.lit(self.path.name),
            source_line=pl.int_range(pl.len()) + self.first_line + 1,
            source_file=pl.lit(self.path.name),
            format=pl.lit(self.vendor),
            loaded_at=pl.lit(dt.datetime(2026, 11, 23, tzinfo=dt.UTC)).dt.cast_time_unit("us"),
        )


def rejects(typed: Typed) -> dict[str, int]:
    return dict(typed.rejected.group_by("rule_id").len().sort("rule_id").rows())


@pytest.fixture(scope="session")
def index_raw(real_data: Path) -> pl.DataFrame:
    folder = real_data / "series" / "index"
    files = [
        Csv(folder / f"{symbol}_History.csv", OHLC).raw(symbol=symbol) for symbol in ("VIX", "VIX9D", "VIX3M", "VIX6M")
    ]
    files += [Csv(folder / f"{symbol}_History.csv", VALUE).raw(symbol=symbol) for symbol in ("VVIX", "SKEW")]
    files += [
        Csv(folder / "vix_daily_iso_dates.csv", OHLC).raw(symbol="VIX"),
        Csv(folder / "SPX_daily_ohlc_2019.csv", OHLC).raw(symbol="SPX"),
        Csv(folder / "SPX_daily_hlc.csv", {"date": 0, "high": 1, "low": 2, "close": 3}).raw(symbol="SPX"),
    ]
    return pl.concat(files, how="diagonal")


@pytest.fixture(scope="session")
def index_levels(index_raw: pl.DataFrame) -> Typed:
    return type_index_levels(index_raw)


@pytest.fixture(scope="session")
def vx_raw(real_data: Path) -> pl.DataFrame:
    folder = real_data / "series" / "vx_futures"
    contracts = [
        Csv(path, FUTURES, first_line=2 if path.read_text().startswith("CFE data") else 1).raw(symbol="")
        for path in sorted((folder / "cfe_archive").glob("*.csv"))
    ]
    shifted = {name: place + 1 for name, place in FUTURES.items()}
    return pl.concat([*contracts, Csv(folder / "cdn" / "vx_contracts_2013_2026.csv", shifted).raw(symbol="")])


@pytest.fixture(scope="session")
def vx(vx_raw: pl.DataFrame) -> Typed:
    return type_vx_settlements(vx_raw)


@pytest.fixture(scope="session")
def breadth(real_data: Path) -> Typed:
    folder = real_data / "series" / "breadth"
    names = {"advances": "ADV", "declines": "DECL", "unchanged": "UCHG", "new_highs": "MAHN", "new_lows": "MALN"}
    tradingview = [
        Csv(folder / f"NYSE_{name}_tradingview.csv", {"date": 0, "value": 4}, "tradingview_export").raw(series=series)
        for series, name in names.items()
    ]
    names = {"advances": "advn", "declines": "decln", "unchanged": "unchn", "new_highs": "newhi", "new_lows": "newlo"}
    names |= {"up_volume": "advv", "down_volume": "declv"}
    unicorn = [
        Csv(folder / f"NYSE_{name}.csv", {"date": 0, "value": 1}, "unicorn_breadth", first_line=0).raw(series=series)
        for series, name in names.items()
    ]
    return type_breadth(pl.concat([*tradingview, *unicorn]))


@pytest.fixture(scope="session")
def treasury(real_data: Path) -> Typed:
    path = real_data / "series" / "rates" / "treasury_par_1990_2023.csv"
    tenors = path.read_text().splitlines()[0].split(",")[1:]
    wide = Csv(path, {"date": 0} | {tenor: place for place, tenor in enumerate(tenors, start=1)}).raw()
    long = wide.unpivot(tenors, index=[name for name in wide.columns if name not in tenors], variable_name="tenor")
    return type_treasury_yields(long.rename({"value": "yield_pct"}).filter(pl.col("yield_pct").str.len_chars() > 0))


@pytest.fixture(scope="session")
def events(real_data: Path) -> Typed:
    path = real_data / "series" / "events" / "macro_events_to_2023.csv"
    columns = {"date": 0, "kind": 1, "detail": 2, "ref_period": 3, "time_et": 4, "source": 5}
    return type_events(Csv(path, columns).raw(status=""))


def test_index_rejects_are_those_the_files_are_known_for(index_levels: Typed) -> None:
    # Two files hold the same VIX: 33 closed days and 47 impossible ranges each. One range of VIX6M.
    assert rejects(index_levels) == {"impossible_ohlc": 2 * 47 + 1, "not_a_session": 2 * 33, "vvix_before_2007": 150}


def test_us_and_iso_vix_files_give_one_table(index_raw: pl.DataFrame) -> None:
    us, iso = (
        type_index_levels(index_raw.filter(pl.col("source_file") == name)).rows.drop("load_id")
        for name in ("VIX_History.csv", "vix_daily_iso_dates.csv")
    )
    assert us["session_date"].max() == dt.date(2026, 7, 22)
    assert us.equals(iso.filter(pl.col("session_date") <= dt.date(2026, 7, 22)))


def test_no_series_depends_on_the_order_of_its_rows(index_raw: pl.DataFrame, vx_raw: pl.DataFrame) -> None:
    for raw, to_facts in ((index_raw, type_index_levels), (vx_raw, type_vx_settlements)):
        once, again = to_facts(raw), to_facts(raw.sample(fraction=1.0, shuffle=True, seed=1))
        assert once.rows.equals(again.rows)
        assert once.rejected.equals(again.rejected)


def test_vx_rejects_are_those_the_files_are_known_for(vx: Typed) -> None:
    assert rejects(vx) == {
        "labelled_a_month_early": 9,
        "no_settlement": 325,  # 315 archive rows before trading began, 10 of the table where even the close is nought
        "not_a_session": 27,  # nine contracts on 2015-04-03, 2018-12-05 and 2025-01-09
        "placeholder_settle": 2,
    }
    assert vx.rows["is_monthly"].all()


def test_the_last_trade_stands_in_only_where_there_is_no_archive(vx: Typed) -> None:
    stand_ins = vx.rows.filter(pl.col("settle_method") == "last_trade")
    assert stand_ins.group_by("expiry_date").len().rows() == [(dt.date(2014, 1, 22), 20)]


def test_the_table_alone_has_842_last_trades(vx_raw: pl.DataFrame) -> None:
    table = type_vx_settlements(vx_raw.filter(pl.col("source_file") == "vx_contracts_2013_2026.csv"))
    assert (table.rows["settle_method"] == "last_trade").sum() == 842
    assert rejects(table)["no_settlement"] == 852 - 842


def test_three_contracts_are_rescaled_and_join_on_without_a_jump(vx_raw: pl.DataFrame, vx: Typed) -> None:
    old_scale = vx_raw.filter(pl.col("settle").str.strip_chars().cast(pl.Float64) > 100)
    assert old_scale.group_by("contract").len().sort("contract").rows() == [
        ("G (Feb 08)", 24),
        ("K (May 07)", 252),
        ("K (May 08)", 231),
    ]
    assert vx.rows["settle_pts"].max() == 72.625  # 2020-03-16: in today's scale no settlement was ever near 100
    around = vx.rows.filter(pl.col("session_date").is_in([dt.date(2007, 3, 23), dt.date(2007, 3, 26)]))
    by_contract = around.sort("expiry_date", "session_date").group_by("expiry_date", maintain_order=True)
    assert by_contract.agg(jump=pl.col("settle_pts").diff().abs().last())["jump"].to_list() == pytest.approx(
        [0.08, 0.01, 0.04]
    )


def test_every_full_contract_ends_on_its_expiry_and_was_listed_nine_months_before(vx: Typed) -> None:
    contracts = vx.rows.group_by("expiry_date").agg(
        first=pl.col("session_date").min(), last=pl.col("session_date").max()
    )
    ended = contracts.filter(pl.col("expiry_date") <= dt.date(2026, 4, 17))
    assert ended.filter(pl.col("last") != pl.col("expiry_date")).is_empty()
    of_2025 = contracts.filter(pl.col("expiry_date") >= dt.date(2025, 1, 1))
    months_before = 12 * (pl.col("expiry_date").dt.year() - pl.col("first").dt.year()) + (
        pl.col("expiry_date").dt.month().cast(pl.Int32) - pl.col("first").dt.month().cast(pl.Int32)
    )
    assert of_2025.select(months=months_before)["months"].unique().to_list() == [9]
    assert dt.date(2026, 3, 18) not in of_2025["expiry_date"].to_list()


def test_without_the_mistyped_label_the_other_eight_are_moved_all_the_same(vx_raw: pl.DataFrame, vx: Typed) -> None:
    typed = type_vx_settlements(vx_raw.filter(pl.col("contract") != "20268-03-18"))
    assert rejects(typed)["labelled_a_month_early"] == 8
    assert typed.rows.equals(vx.rows.filter(pl.col("expiry_date") != dt.date(2026, 4, 15)))


def test_breadth_rejects_are_those_the_files_are_known_for(breadth: Typed) -> None:
    # 33 closed days in five files of one vendor, 27 in its highs and lows, 3 in the other's.
    assert rejects(breadth) == {"bad_total": 6, "not_a_session": 5 * 33 + 2 * 27 + 2 * 3}


def test_no_total_of_issues_jumps_where_tradingview_is_believed(breadth: Typed) -> None:
    totals = breadth.rows.filter(pl.col("session_date") >= dt.date(1996, 1, 29)).select(
        "session_date", total=pl.sum_horizontal("advances_qty", "declines_qty")
    )
    off = totals.with_columns(ratio=pl.col("total") / pl.col("total").shift().rolling_median(20)).filter(
        (pl.col("ratio") - 1).abs() > 0.25
    )
    assert off.is_empty()


def test_up_and_down_volume_have_one_unit(breadth: Typed) -> None:
    volume = breadth.rows.drop_nulls("up_volume_qty").select(
        year=pl.col("session_date").dt.year(), shares=pl.col("up_volume_qty") + pl.col("down_volume_qty")
    )
    median = dict(volume.group_by("year").agg(pl.col("shares").median()).rows())
    # NYSE Fact Book: 1,240 million shares a day in 2001, 1,441 million in 2002.
    assert median[2001] == pytest.approx(1240e6, rel=0.06)
    assert median[2003] / median[2001] == pytest.approx(1.2, abs=0.15)


def test_treasury_has_every_yield_of_the_file(treasury: Typed) -> None:
    assert treasury.rejected.is_empty()
    assert treasury.rows.height == 90_333


def test_every_month_of_the_calendar_has_one_release_of_a_kind(events: Typed) -> None:
    assert rejects(events) == {"release_before_period": 20}
    releases = events.rows.filter(pl.col("kind").is_in(["cpi", "ppi", "nfp"]))
    a_month = releases.group_by("kind", pl.col("event_date").dt.truncate("1mo")).len()
    assert a_month["len"].unique().to_list() == [1]
    assert a_month.height == 3 * 12 * 24
    payrolls = releases.filter(pl.col("kind") == "nfp", pl.col("event_date").dt.month() == 1)
    assert payrolls.filter(pl.col("event_date").dt.weekday() != 5).is_empty()


def test_vx_curve_of_the_nights(vx: Typed, oracle_dir: Path) -> None:
    expected = pl.read_csv(oracle_dir / "vx_curve.csv", try_parse_dates=True)
    for night, rank, expiry, days, settle in expected.iter_rows():
        row = vx_curve(vx.rows, night).filter(pl.col("rank") == rank).row(0, named=True)
        assert (row["expiry_date"], row["days_to_expiry_days"], row["settle_pts"]) == (expiry, days, settle)


def test_treasury_of_the_nights(treasury: Typed, oracle_dir: Path) -> None:
    expected = pl.read_csv(oracle_dir / "treasury.csv", try_parse_dates=True)
    joined = expected.join(treasury.rows, on=["curve_date", "tenor_days"], how="left")
    assert (100 * joined["par_yield_frac"]).to_list() == pytest.approx(joined["par_yield_pct"].to_list(), rel=1e-12)
    per_night = treasury.rows.filter(pl.col("curve_date").is_in(NIGHTS)).height
    assert per_night == expected.height
