"""What a chart shows: points, marks and words in the units its axis titles name. Templates add nothing to them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a chart; `label` says what it is in words, e.g. an expiry.

    `base` is where a bar starts, y its length; `is_marked` the one point the picture points at.
    """

    x: float
    y: float
    label: str = ""
    base: float = 0.0
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars, in a `panel` where a chart has several; without points it says why."""

    name: str
    points: tuple[Point, ...]
    reason: str = ""
    panel: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A level of the x axis worth a line: `kind` is spot, strike or break-even."""

    x: float
    label: str
    kind: str = "spot"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart's data; `kind` says how it is drawn, `chart_id` which one it is, `reason` why there is none.

    `band` is a range of the x axis that is shaded, e.g. the expected move.
    """

    chart_id: str
    title: str
    x_title: str
    y_title: str
    series: tuple[Series, ...]
    kind: str = ""
    marks: tuple[Mark, ...] = ()
    band: tuple[float, float] | None = None
    note: str = ""
    reason: str = ""

    @property
    def drawn_as(self) -> str:
        """The drawing it is made with."""
        return self.kind or self.chart_id
