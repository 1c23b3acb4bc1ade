"""What happens in the simulated market: which sessions are calm, where it falls, how it comes back.

Every seed lives through the same chapters on the same dates with its own noise, so that any seed shows the hedge at
work. Sessions before the nights are history for the indicators; they hold two smaller scares.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from transforms.market.calendar import sessions_between

FIRST_SESSION: Final = dt.date(2023, 8, 1)  # 360 sessions before the first night: what 252-session statistics need
FIRST_NIGHT: Final = dt.date(2025, 1, 6)  # 329 sessions up to and with the feature session
LAST_SESSION: Final = dt.date(2026, 6, 30)
FEATURE_SESSION: Final = dt.date(2026, 4, 29)
"""The night shown by default: in the selloff, a short put of the sample book in the money and the hedge at work."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Sessions that share a mood, from `start` until the next chapter.

    `drift_frac` a session; `noise` multiplies the size of chance; `vix_pull_pts` is where VIX is drawn, in points from
    its long level. `script_frac` are SPX moves so far, session by session, that replace drift: the chapter follows them
    with only little noise around.
    """

    name: str
    start: dt.date
    drift_frac: float = 0.0006
    noise: float = 1.0
    vix_pull_pts: float = 0.0
    script_frac: tuple[float, ...] = ()


CHAPTERS: Final = (
    Chapter("history", FIRST_SESSION),
    Chapter("first scare", dt.date(2024, 4, 10), drift_frac=-0.003, vix_pull_pts=6.0),
    Chapter("first relief", dt.date(2024, 4, 24), drift_frac=0.0022, vix_pull_pts=-2.0),
    Chapter("history again", dt.date(2024, 5, 20)),
    Chapter("second scare", dt.date(2024, 11, 11), drift_frac=-0.003, noise=1.1, vix_pull_pts=8.0),
    Chapter("second relief", dt.date(2024, 12, 2), drift_frac=0.0022, vix_pull_pts=-3.0),
    Chapter("nights begin", dt.date(2025, 1, 6), vix_pull_pts=1.0),
    Chapter("calm", dt.date(2025, 7, 1), drift_frac=0.0008, noise=0.75, vix_pull_pts=-3.0),
    Chapter(
        "minor pullback",
        dt.date(2026, 1, 20),
        script_frac=(-0.004, -0.009, -0.0085, -0.017, -0.020, -0.0225, -0.019, -0.015),
        vix_pull_pts=-2.0,
    ),
    Chapter("calm again", dt.date(2026, 1, 30), drift_frac=0.0008, noise=0.75, vix_pull_pts=-3.0),
    Chapter(
        "selloff",
        dt.date(2026, 4, 16),
        script_frac=(
            *(-0.006, -0.013, -0.010, -0.028, -0.036, -0.047, -0.0565, -0.0475, -0.0625, -0.0660, -0.0645, -0.0670),
            *(-0.0600, -0.0630, -0.054, -0.048, -0.043, -0.046, -0.036, -0.030),
        ),
        noise=0.9,
        vix_pull_pts=9.0,
    ),
    Chapter("recovery", dt.date(2026, 5, 14), drift_frac=0.0020, noise=0.8, vix_pull_pts=-1.0),
    Chapter("after", dt.date(2026, 6, 1), drift_frac=0.0008, noise=0.85, vix_pull_pts=-2.0),
)
SCRIPT_NOISE_FRAC: Final = 0.0012


@dataclass(frozen=True, slots=True)
class Mood:
    """One session's share of its chapter; `script_frac` is NaN where the chapter has no script for it."""

    drift_frac: float
    noise: float
    vix_pull_pts: float
    script_frac: float


def all_sessions() -> tuple[dt.date, ...]:
    """List every session of the simulated market, history included."""
    return tuple(sessions_between(FIRST_SESSION, LAST_SESSION))


def nights() -> tuple[dt.date, ...]:
    """List the sessions a night can be run for with a book."""
    return tuple(sessions_between(FIRST_NIGHT, LAST_SESSION))


def chapter_of(session_date: dt.date) -> Chapter:
    """Name the chapter a session belongs to."""
    return next(chapter for chapter in reversed(CHAPTERS) if chapter.start <= session_date)


def moods(sessions: tuple[dt.date, ...]) -> list[Mood]:
    """Spread the chapters over sessions, in order. Scripted moves come as the move of that session alone."""
    spread = []
    for position, session_date in enumerate(sessions):
        chapter = chapter_of(session_date)
        step = position - sessions.index(chapter.start) if chapter.script_frac else 0
        spread.append(
            Mood(chapter.drift_frac, chapter.noise, chapter.vix_pull_pts, _scripted_move(chapter.script_frac, step))
        )
    return spread


def _scripted_move(script_frac: tuple[float, ...], step: int) -> float:
    if step >= len(script_frac):
        return float("nan")
    before = script_frac[step - 1] if step else 0.0
    return float(np.log1p(script_frac[step]) - np.log1p(before))
