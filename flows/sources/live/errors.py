"""Why a source gave nothing that can be used: what happened, and what to do about it.

    NoAnswer
    ├── TryAgain            it may pass by itself: broken off, 429, 5xx
    │   └── Silence         no connection, no word, or no end
    ├── Declined            it will not: 403, 404, a redirect that is not followed, too large, an unknown encoding
    └── NotWhatWasAsked     an answer came whole, but its content cannot be used

One source without an answer never ends the night; what depends on it is for the gates to judge.
"""

from __future__ import annotations

LATER = "run the night again later, or put the file into the landing folder"
BY_HAND = (
    "open the address in a browser; get the file by hand into the landing folder, or name another address in [cboe]"
)


class NoAnswer(Exception):  # noqa: N818  an outcome of asking, of which a night reports several
    """A source gave nothing that can be used: a phrase that says what happened, and a hint."""

    def __init__(self, reason: str, hint: str) -> None:
        """Keep both; neither holds an address, which is printed masked beside them."""
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class TryAgain(NoAnswer):
    """What may pass by itself; `after_seconds` is how long the source asks to be left alone."""

    def __init__(self, reason: str, hint: str = LATER, *, after_seconds: float = 0.0) -> None:
        """As for any answer that did not come, and how long to wait."""
        super().__init__(reason, hint)
        self.after_seconds = after_seconds


class Silence(TryAgain):
    """Nobody there, or somebody who does not come to an end."""


class Declined(NoAnswer):
    """What will be no different on the next try."""

    def __init__(self, reason: str, hint: str = BY_HAND) -> None:
        """As for any answer that did not come."""
        super().__init__(reason, hint)


class NotWhatWasAsked(NoAnswer):
    """An answer that came whole and cannot be used."""
