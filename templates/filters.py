"""How figures are printed: every one with its unit, a proper minus sign, and a reason where there is no figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from transforms.report.models import Measure

MINUS: Final = "−"
NONE: Final = "—"
NEW_YORK: Final = ZoneInfo("America/New_York")
CENTS_BELOW_USD: Final = 10
TWO_DECIMALS_BELOW: Final = 0.1
SHARE_OF: Final = "fraction of "  # the unit of a share that names its whole


def usd(value: float) -> str:
    """Dollars: whole ones, with cents below ten."""
    size = abs(value)
    digits = 2 if 0 < size < CENTS_BELOW_USD else 0
    return _minus(value, digits, f"${size:,.{digits}f}")


def pts(value: float) -> str:
    """Index points with two decimals at most."""
    return f"{number(value, 2)} pts"


def pct(value: float) -> str:
    """A fraction as per cent: one decimal, two where the second matters (below ten per cent)."""
    text = f"{abs(value) * 100:,.2f}"
    is_short = text.endswith("0") or abs(value) >= TWO_DECIMALS_BELOW
    return _minus(value * 100, 2, f"{abs(value) * 100:,.1f}%" if is_short else f"{text}%")


def number(value: float, digits: int = 0) -> str:
    """A plain number, trailing zeros kept only where digits say so."""
    return _minus(value, digits, f"{abs(value):,.{digits}f}")


def _minus(value: float, digits: int, text: str) -> str:
    """Put the sign before a text; what rounds to zero has none."""
    return f"{MINUS}{text}" if round(value, digits) < 0 else text


def _counted(one: str, many: str, digits: int = 0) -> Callable[[float], str]:
    return lambda value: f"{number(value, digits)} {one if value == 1 else many}"


def _delta_usd(value: float) -> str:
    return _minus(value, 1, f"${abs(value):,.1f}")  # one decimal, so that the parts add up to the net as printed


# The unit texts are those of the table declarations; a check or an alert may name its own: `print_value` prints that.
_PRINTERS: Final[dict[str, Callable[[float], str]]] = {
    "USD": usd,
    "USD per SPX point": lambda value: f"{_delta_usd(value)} per SPX point",
    "USD per 1% of SPX": lambda value: f"{usd(value)} per 1%",
    "USD per SPX point squared": lambda value: f"{number(value, 2)} $/pt²",
    "USD per point of the option's own VX future": lambda value: f"{usd(value)} per point of its VX future",
    "USD per vol point (0.01)": lambda value: f"{usd(value)} per vol point",
    "USD per calendar day": lambda value: f"{usd(value)} per day",
    "fraction (0.01 = 1%)": pct,
    "fraction": pct,
    "of net liquidation value": lambda value: f"{pct(value)} of net liquidation value",
    "index points": pts,
    "annualised volatility, decimal": pct,
    "annualised volatility": pct,
    "per 1.00 of the forward": lambda value: number(value, 2),
    "elasticity": lambda value: number(value, 2),
    "expected daily ranges": _counted("expected daily range", "expected daily ranges", 1),
    "calendar days": _counted("day", "days"),
    "trading sessions": _counted("session", "sessions"),
    "contracts": _counted("contract", "contracts"),
    "condors": _counted("condor", "condors"),
    "legs": _counted("leg", "legs"),
    "rows": _counted("row", "rows"),
    "hedge units": _counted("unit", "units", 2),
    "ratio": lambda value: f"{number(value, 2)}×",
    "multiple": lambda value: f"{number(value, 2)}×",
    "times the debit": lambda value: f"{number(value, 1)}× the debit",
    "vol": pct,
    "RSI points": lambda value: f"{number(value, 1)} RSI points",
    "standard deviations": lambda value: f"{number(value, 2)} sd",
    "previous expected daily ranges": lambda value: f"{number(value, 2)} ranges",
    "per thousand issues": lambda value: f"{number(value, 1)} per thousand",
    "issues": _counted("issue", "issues"),
    "of the credit": lambda value: f"{pct(value)} of the credit",
    "annual return, fraction": lambda value: f"{pct(value)} a year",
    "basis points of net liquidation value a week": lambda value: f"{number(value, 1)} bp of net liq a week",
    "basis points of margin a day": lambda value: f"{number(value, 1)} bp of margin a day",
    "days a year": lambda value: f"{number(value, 1)} days a year",
    "USD/USD": lambda value: f"{number(value, 2)} USD per USD",
    "index, 100 at its start": lambda value: number(value, 2),
    "yes is 1": lambda value: "yes" if value else "no",
}
_BARE: Final[dict[str, Callable[[float], str]]] = {
    "USD": lambda value: _minus(value, 0, f"${abs(value):,.0f}"),
    "USD per SPX point": _delta_usd,
    "USD per 1% of SPX": usd,
    "USD per SPX point squared": lambda value: number(value, 2),
    "USD per vol point (0.01)": usd,
    "USD per calendar day": usd,
    "index points": lambda value: number(value, 2),
    "basis points of margin a day": lambda value: number(value, 1),
    "calendar days": number,
    "trading sessions": number,
    "contracts": number,
    "condors": number,
    "legs": number,
    "rows": number,
    "cells": number,
    "items": number,
    "hedge units": lambda value: number(value, 2),
}


def print_value(measure: Measure) -> str:
    """The figure of a measure with its unit, as plain text; a dash with the reason where there is none."""
    if measure.value is None:
        return f"{NONE} ({measure.reason})" if measure.reason else NONE
    printer = _PRINTERS.get(measure.unit)
    if measure.unit.startswith(SHARE_OF):
        return f"{pct(measure.value)} of {measure.unit.removeprefix(SHARE_OF)}"
    return printer(measure.value) if printer else f"{measure.value:,.6g} {measure.unit}".replace("-", MINUS, 1).strip()


def shown(measure: Measure, length: int = 400) -> Markup:
    """A figure with its unit; the reason stands in small type where there is no figure."""
    if measure.value is None:
        return _absent(measure.reason, length)
    return escape(print_value(measure))


def span(low: Measure, high: Measure) -> str:
    """A range of one unit: both figures, the unit once; one figure where they are equal."""
    if low.value is None or high.value is None or low.value == high.value:
        return print_value(high if low.value is None else low)
    first = print_value(low).split(" ", maxsplit=1)[0]
    return f"{first} to {print_value(high)}"


def signed(measure: Measure, length: int = 400) -> Markup:
    """A figure with its unit and always a sign: for gains, losses and deltas."""
    if measure.value is None:
        return _absent(measure.reason, length)
    return escape(print_signed(measure))


def print_signed(measure: Measure) -> str:
    """As `print_value`, always with a sign."""
    return print_value(measure) if measure.value is None else _plus(measure.value, print_value(measure))


def bare(measure: Measure) -> Markup:
    """A figure for a column whose heading names the unit; a dash where there is none."""
    if measure.value is None:
        return Markup('<span class="none" title="{}">{}</span>').format(measure.reason, NONE)
    printer = _BARE.get(measure.unit)
    return escape(printer(measure.value) if printer else print_value(measure))


def bare_signed(measure: Measure) -> Markup:
    """As `bare`, always with a sign."""
    return bare(measure) if measure.value is None else escape(_plus(measure.value, str(bare(measure))))


def _plus(value: float, text: str) -> str:
    is_zero = not any(character in "123456789" for character in text.split(" ", maxsplit=1)[0])
    return f"+{text}" if value > 0 and not is_zero else text


def _absent(reason: str, length: int) -> Markup:
    if not reason:
        return Markup('<span class="none">{}</span>').format(NONE)
    return Markup('<span class="none">{} <small>{}</small></span>').format(NONE, clipped(reason, length))


def clipped(text: str, length: int) -> str:
    """A text no longer than `length`, cut with an ellipsis: page one must fit whatever a name holds."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def day(value: dt.date | None) -> str:
    """A date with its weekday."""
    return NONE if value is None else f"{value:%a} {value:%Y-%m-%d}"


def eastern(value: dt.datetime | None) -> str:
    """An instant in New York time."""
    return NONE if value is None else f"{value.astimezone(NEW_YORK):%Y-%m-%d %H:%M} ET"


def utc(value: dt.datetime) -> str:
    """An instant as the W3C writes it, for the PDF's metadata."""
    return f"{value:%Y-%m-%dT%H:%M:%SZ}"


def strike(value: float | None) -> str:
    """A strike without needless zeros; a dash where a condor has lost that leg."""
    if value is None:
        return "–"
    return f"{value:,.2f}".rstrip("0").rstrip(".")
