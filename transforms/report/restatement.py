"""What of page one has changed since it was first issued: figure by figure, state by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from transforms.book.positions import ALL_ACCOUNTS
from transforms.report.definitions import definitions
from transforms.report.models import Measure
from transforms.report.restatement_models import Restated, RestatedFigure

if TYPE_CHECKING:
    from transforms.report.inputs import ReportInputs

MARKET: Final = "market."
# The market's figures stand in three tables, and the query that reads them names the first.
_MARKET_TABLE: Final = "mart.signals_daily"
# Columns the query names otherwise than the page: what is told of both sides of a condor, and a measured alert.
_OTHER_COLUMNS: Final = {
    ("mart.condors_daily", "short_call_distance_pts"): ("condors.distance", " call"),
    ("mart.condors_daily", "short_call_distance_frac"): ("condors.distance_frac", " call"),
    ("mart.condors_daily", "short_put_distance_pts"): ("condors.distance", " put"),
    ("mart.condors_daily", "short_put_distance_frac"): ("condors.distance_frac", " put"),
    ("mart.alerts_daily", "measured_value"): ("alerts.value", ""),
}
_STATES: Final = {
    "status.status": "Status of the book",
    "condors.state": "State of a condor",
    "layers.signal_state": "Signal of a hedge layer",
    "layers.position_state": "Position of a hedge layer",
}
_KEY: Final = ("account", "figure", "subject")
# Of whatever account, for the page of all accounts lists them all.
_LISTED: Final = ("condors.", "alerts.")
_UNIT_OF_THE_ROW: Final = "in `unit`"
NOT_THERE: Final = "not on the page"


def named_figures(answers: pl.DataFrame) -> pl.DataFrame:
    """Call the figures the query `page_one_of_session` reads as the report's JSON calls them.

    One row per account, figure and subject; the account of the market's figures is empty.
    """
    places = {
        (_MARKET_TABLE if one.figure.startswith(MARKET) else one.table, one.column): (one.figure, "")
        for one in definitions()
    } | _OTHER_COLUMNS
    keys = list(places)
    names = pl.DataFrame(
        {
            "table_name": [table for table, _ in keys],
            "column_name": [column for _, column in keys],
            "named": [places[key][0] for key in keys],
            "side": [places[key][1] for key in keys],
        }
    )
    return (
        answers.rename({"figure": "column_name"})
        .join(names, on=["table_name", "column_name"], how="inner")
        .select(
            account=pl.col("account").fill_null(""),
            figure=pl.col("named"),
            subject=pl.col("subject") + pl.col("side"),
            value=pl.col("value").cast(pl.Float64),
        )
        .sort(*_KEY)
    )


def restated_figures(inputs: ReportInputs) -> tuple[RestatedFigure, ...]:
    """What the page of this account now says otherwise than when it was first issued, in the order of the page."""
    account = inputs.stamp.account
    was, now = (_of_page(frame, account) for frame in (inputs.issued_figures, inputs.page_figures))
    if was.is_empty():
        return ()
    changed = was.join(now, on=_KEY, how="full", coalesce=True, suffix="_now").filter(
        pl.col("value").ne_missing(pl.col("value_now")) | pl.col("state").ne_missing(pl.col("state_now"))
    )
    units = {one.figure: (one.name, one.unit.replace(_UNIT_OF_THE_ROW, "")) for one in definitions()}
    known = {figure: (name, "") for figure, name in _STATES.items()} | units
    order = {figure: place for place, figure in enumerate(known)}
    rows = sorted(
        changed.iter_rows(named=True),
        key=lambda row: (order.get(row["figure"], len(order)), row["account"], row["subject"]),
    )
    return tuple(
        RestatedFigure(
            figure=row["figure"],
            name=known.get(row["figure"], (row["figure"], ""))[0],
            account=row["account"],
            subject=row["subject"],
            was=_measure(row["value"], known.get(row["figure"], ("", ""))[1]),
            now=_measure(row["value_now"], known.get(row["figure"], ("", ""))[1]),
            state_was=row["state"] or "",
            state_now=row["state_now"] or "",
        )
        for row in rows
    )


def restated_note(inputs: ReportInputs) -> Restated | None:
    """How much of it there is, for page one; nothing where the report says what its first issue said."""
    figures = restated_figures(inputs)
    if not figures:
        return None
    return Restated(first_issued_at=inputs.issued_figures["issued_at"][0], figures_qty=len(figures))


def _of_page(figures: pl.DataFrame, account: str) -> pl.DataFrame:
    """The figures an account's page shows: its own, the market's and, on the page of all, the lists of all."""
    is_shown = pl.col("account").is_in(["", account])
    if account == ALL_ACCOUNTS:
        is_shown |= pl.any_horizontal(pl.col("figure").str.starts_with(listed) for listed in _LISTED)
    return figures.filter(is_shown).select(*_KEY, "value", "state")


def _measure(value: float | None, unit: str) -> Measure:
    return Measure(value=value, unit=unit, reason="" if value is not None else NOT_THERE)
