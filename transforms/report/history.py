"""Rows of the sessions on record as points of a line: the x of a point is the number of its session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.report.chart_models import Point

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from transforms.report.inputs import ReportInputs
    from transforms.report.mart_rows import MartRow


def on_record(frame: pl.DataFrame, inputs: ReportInputs) -> pl.DataFrame:
    """The rows up to tonight, in order."""
    return frame.filter(pl.col("session_date") <= inputs.stamp.session_date).sort("session_date")


def dated(rows: Iterable[MartRow], column: str, days: Sequence[dt.date]) -> tuple[Point, ...]:
    """A point for each session with a figure, labelled with its date."""
    places = {day: float(at) for at, day in enumerate(days)}
    return tuple(
        Point(x=places[row.day("session_date")], y=float(row.values[column]), label=f"{row.day('session_date')}")
        for row in rows
        if row.values.get(column) is not None
    )


def stretches(rows: Iterable[MartRow], column: str, days: Sequence[dt.date]) -> tuple[Point, ...]:
    """A point for each stretch of sessions with one text: x its first session, y the one after its last."""
    places = {day: float(at) for at, day in enumerate(days)}
    found: list[Point] = []
    for row in rows:
        at, text = places[row.day("session_date")], row.text(column)
        if found and found[-1].label == text and found[-1].y == at:
            found[-1] = Point(x=found[-1].x, y=at + 1, label=text)
        else:
            found.append(Point(x=at, y=at + 1, label=text))
    return tuple(point for point in found if point.label)
