"""The date line of a Cboe quote table: `Date: 9 June 2023, 1:40 PM EDT` in the language of whoever downloaded it.

Every word of the line must be understood; a line that is not is refused with its text, never guessed at.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

# Month names by language, January first. A word that means two months in two languages must not be added (Croatian
# and Polish `listopad`, for one).
_MONTH_NAMES = (
    "january february march april may june july august september october november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ene feb mar abr may jun jul ago sept oct nov dic",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
)
MONTHS = {word: number for names in _MONTH_NAMES for number, word in enumerate(names.split(), start=1)}
_JOINING_WORDS = frozenset({"at", "de", "del", "um", "uhr", "à", "às", "alle", "ore", "om", "г", "в", "a", "las", "@"})
_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "GMT": 0, "UTC": 0}
_NEW_YORK = ZoneInfo("America/New_York")

_CLOCK = re.compile(
    r"\b(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::[0-9]{2})?(?:\s*(?P<half>[ap])\.?\s?m\b\.?)?", re.IGNORECASE
)
_OFFSET = re.compile(r"\b(?:GMT|UTC)\s?(?P<sign>[+\-−])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?(?!\w)")
_ZONE_WORD = re.compile(rf"\b(?:{'|'.join(_ZONES)}|ET)\b")
_NOON = 12


class NotUnderstood(Exception):  # noqa: N818  an answer about a line, turned into a refusal by the caller
    """A part of the date line that is not understood; the message names it."""


def read_date_line(text: str) -> datetime:
    """The UTC instant a date line states.

    Raises:
        NotUnderstood: a word is unknown, or day, month, year, time or zone is missing or stands twice.
    """
    rest = re.sub(r"^\s*Date:", " ", text)
    zone, rest = _take_zone(rest)
    clock = _CLOCK.search(rest)
    if clock is None:
        raise NotUnderstood("there is no time of day")
    day = _read_day(rest[: clock.start()] + " " + rest[clock.end() :])
    try:
        return _at(day, clock).replace(tzinfo=zone).astimezone(UTC)
    except ValueError as error:
        raise NotUnderstood(str(error)) from error


def _take_zone(text: str) -> tuple[tzinfo, str]:
    """The time zone, and the text without it."""
    offset = _OFFSET.search(text)
    if offset is not None:
        sign = 1 if offset["sign"] == "+" else -1
        shift = sign * timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        if abs(shift) >= timedelta(hours=24):
            raise NotUnderstood(f"the offset {offset.group()}")
        return timezone(shift), text[: offset.start()] + " " + text[offset.end() :]
    word = _ZONE_WORD.search(text)
    if word is None:
        raise NotUnderstood("there is no time zone")
    rest = text[: word.start()] + " " + text[word.end() :]
    return (_NEW_YORK if word.group() == "ET" else timezone(timedelta(hours=_ZONES[word.group()]))), rest


def _read_day(text: str) -> tuple[int, int, int]:
    """Year, month and day from what is left of the line."""
    words = [word for word in re.split(r"[\s,.]+", text.lower()) if word and word not in _JOINING_WORDS]
    months = [MONTHS[word] for word in words if word in MONTHS]
    years = [int(word) for word in words if re.fullmatch(r"[0-9]{4}", word)]
    days = [int(word) for word in words if re.fullmatch(r"[0-9]{1,2}", word)]
    unknown = [word for word in words if word not in MONTHS and not re.fullmatch(r"[0-9]{1,2}|[0-9]{4}", word)]
    if unknown:
        raise NotUnderstood(f"the word '{unknown[0]}'")
    if (len(months), len(years), len(days)) != (1, 1, 1):
        raise NotUnderstood("it does not name one day, one month and one year")
    return years[0], months[0], days[0]


def _at(day: tuple[int, int, int], clock: re.Match[str]) -> datetime:
    hour = int(clock["hour"])
    if clock["half"]:
        if not 1 <= hour <= _NOON:
            raise NotUnderstood(f"the time {clock.group()}")
        hour = hour % _NOON + (_NOON if clock["half"].lower() == "p" else 0)
    return datetime(*day, hour, int(clock["minute"]))  # noqa: DTZ001  the zone of the line is set by the caller
