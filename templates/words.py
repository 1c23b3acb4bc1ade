"""What the codes of the warehouse mean, in a trader's words."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "OK": "nothing is threatened",
    "WATCH": "keep an eye on it",
    "ALERT": "something is in trouble",
    "CRITICAL": "act now",
    "DATA_HOLD": "tonight’s data cannot be trusted",
    "TESTED": "short strike is close",
    "ITM": "short strike in the money",
    "BREACHED": "past break-even",
    "WING": "beyond the long strike: about the maximum loss",
    "SETTLED": "settled",
    "AM_GAP": "Settles on tomorrow’s opening prices: an overnight gap is left",
    "UNHEDGED_BY_ALVH": "Call side: VIX calls do not protect it",
    "OPEN_ALL": "all entries open",
    "NO_AGGRESSIVE": "no aggressive entries",
    "HOLD_NEW": "hold new entries",
    "CLOSED": "no entries",
    "PRE": "an event comes before the next close",
    "EVENT_DAY": "an event was today",
    "POST": "an event was the session before",
    "CLEAR": "nothing that counts before the next close",
    "EXTREME_CONTANGO": "extreme contango",
    "STEEP": "steep contango",
    "NORMAL": "normal contango",
    "FLAT": "flat",
    "INVERTED": "inverted",
    "STRESS": "stress: strongly inverted",
    "fomc_decision": "FOMC decision",
    "fomc_minutes": "FOMC minutes",
    "cpi": "CPI",
    "ppi": "PPI",
    "nfp": "Non-farm payrolls",
    "vix_expiry": "VIX expiration",
    "opex": "Option expiration",
    "condor": "Condor",
    "second_engine": "Second engine",
    "other": "Other",
    "fit": "parity fit",
    "treasury": "parity, Treasury rate",
    "future": "VX future",
    "parity": "put-call parity",
    "curve": "interpolated VX curve",
}


def in_words(code: str) -> str:
    """A code in words; a code without words stands for itself."""
    return WORDS.get(code, code)
