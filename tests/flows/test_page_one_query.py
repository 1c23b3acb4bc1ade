"""Every figure of page one is what the named query reads, on a night of two accounts and on a held one."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import duckdb
import polars as pl
import pytest

from flows.publish import report_inputs
from flows.settings import Settings, load_settings
from tests.flows.sample_nights import two_nights
from transforms.report.build import build_report
from transforms.report.definitions import definitions
from transforms.simulated.market import FEATURE_SESSION
from warehouse.queries import load_query
from warehouse.store import open_reader, published_path

ACCOUNTS = ("ALL", "MAIN", "FAMILY")
Page = dict[str, Any]
Key = tuple[str, str]
MEASURE = {"value", "unit", "reason"}
# Where a page shows one column of several, the query has them all.
BY_SIDE = {"distance": "distance_pts", "distance_frac": "distance_frac"}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The simulated session with the short put in the money, and the one before it."""
    return load_settings(None, home=two_nights(tmp_path_factory), simulated_size="small")


@pytest.fixture(scope="module")
def held_night(night: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same night, had a critical check failed."""
    home = tmp_path_factory.mktemp("held") / "home"
    shutil.copytree(night.home, home)
    with duckdb.connect(published_path(home)) as connection:
        connection.execute("update mart.book_daily set is_data_hold = true, status = 'DATA_HOLD'")
    return night.model_copy(update={"home": home})


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_figure_is_the_querys(night: Settings, account: str) -> None:
    figures, answered = _figures(night, account), _answers(night, account)
    assert len(figures) > 60
    assert {key: _rounded(answered.get(_place(key))) for key in figures} == {
        key: _rounded(value) for key, value in figures.items()
    }
    assert sum(value is not None for value in figures.values()) > 50


def test_what_a_held_night_withholds_the_query_withholds_too(held_night: Settings) -> None:
    figures, answered = _figures(held_night, "ALL"), _answers(held_night, "ALL")
    assert {key: _rounded(answered.get(_place(key))) for key in figures} == {
        key: _rounded(value) for key, value in figures.items()
    }
    assert figures["totals.offsets.m5", ""] is None
    assert figures["layers.gap_cost", "L1"] is None
    assert figures["totals.net_delta", ""] is not None


def test_every_figure_has_its_definition_and_no_definition_is_idle(night: Settings) -> None:
    shown = {figure for account in ACCOUNTS for figure, _ in _figures(night, account)}
    assert shown == {definition.figure for definition in definitions()}
    assert all(definition.meaning.endswith(".") for definition in definitions())


def _figures(settings: Settings, account: str) -> dict[Key, float | None]:
    """Figures of page one by name and subject; a condor's subject names the side its distance is of."""
    with open_reader(settings.home) as reader:
        inputs = report_inputs(reader, settings, FEATURE_SESSION)
    verdict = build_report(replace(inputs, stamp=replace(inputs.stamp, account=account))).verdict
    page = asdict(verdict)
    figures = dict(_walk(page))
    held_checks = _count(page["status"]["failed_critical"])
    assert len(figures) == _count(page) - held_checks
    return figures


def _walk(verdict: Page) -> Iterator[tuple[Key, float | None]]:
    """Every measure of the page; what stands on it many times is told apart by its subject."""
    for section in ("market", "totals", "second_engine", "hedge_size"):
        yield from _measures(verdict[section] or {}, section, "")
    for offset in verdict["totals"]["offsets"]:
        shock = "m" + re.sub(r"\D", "", offset["label"])
        yield (f"totals.offsets.{shock}", ""), offset["offset"]["value"]
        yield (f"totals.with_second_engine.{shock}", ""), offset["with_second_engine"]["value"]
        yield (f"totals.offset_condor_pnl.{shock}", f"condor {shock}"), offset["condor_pnl"]["value"]
        yield (f"totals.offset_hedge_pnl.{shock}", f"hedge {shock}"), offset["hedge_pnl"]["value"]
        yield (f"totals.offset_vix.{shock}", f"condor {shock}"), offset["vix"]["value"]
    for condor in verdict["condors"]["first_page"]:
        yield from _measures(condor, "condors", f"{condor['account']} {condor['condor_id']} {condor['nearest_side']}")
    for layer in verdict["layers"]:
        yield from _measures(layer, "layers", layer["layer"])
    for alert in verdict["status"]["top_alerts"]:
        yield from _measures(alert, "alerts", f"{alert['account']} {alert['rule_id']} {alert['subject']}")
    for name in ("best", "cheapest"):
        yield from _measures((verdict["roll"] or {}).get(name) or {}, "roll", name)


def _measures(node: Page, section: str, subject: str) -> Iterator[tuple[Key, float | None]]:
    for name, child in node.items():
        if isinstance(child, dict) and set(child) == MEASURE:
            yield (f"{section}.{name}", subject), child["value"]


def _count(node: object) -> int:
    """How many measures a page holds at any depth: none may be forgotten above."""
    if isinstance(node, dict):
        return 1 if set(node) == MEASURE else sum(map(_count, node.values()))
    return sum(map(_count, node)) if isinstance(node, tuple | list) else 0


def _place(key: Key) -> tuple[str, str, str, str]:
    """Account, table, subject and column of a figure, as the query names them; an empty account is the page's own."""
    figure, subject = key
    found = next(one for one in definitions() if one.figure == figure)
    table, column, name = found.table, found.column, figure.rsplit(".", maxsplit=1)[-1]
    if figure.startswith("condors."):
        account, condor, side = subject.rsplit(" ", maxsplit=2)
        column = f"short_{side.lower()}_{BY_SIDE[name]}" if name in BY_SIDE else column
        return account, table, condor, column
    if figure.startswith("alerts."):
        account, alert = subject.split(" ", maxsplit=1)
        return account, table, alert, "measured_value" if name == "value" else column
    if figure.startswith("market."):
        return "", "mart.signals_daily", "", column
    return "", table, subject, column


def _answers(settings: Settings, account: str) -> dict[tuple[str, str, str, str], float]:
    with open_reader(settings.home) as reader:
        rows = reader.query(load_query("page_one_of_session").sql, {"session_date": FEATURE_SESSION})
    answered = {}
    for row in rows.with_columns(pl.col("account").fill_null("")).iter_rows(named=True):
        is_of_its_own = row["table_name"] in {"mart.condors_daily", "mart.alerts_daily"}
        owners = [row["account"]] if is_of_its_own else [""] * (row["account"] in {"", account})
        for owner in owners:
            answered[owner, row["table_name"], row["subject"], row["figure"]] = row["value"]
    return answered


def _rounded(value: float | None) -> float | None:
    """Ten significant digits: sums of the page and of the database add in another order."""
    return None if value is None else float(f"{value:.10g}")
