"""An invented letter and mail settings for a server on this machine: no waiting, short patience."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flows.email_message import Bodies, Letter, entry_of
from flows.email_settings import EmailSettings

if TYPE_CHECKING:
    from flows.delivery import Post

SESSION = dt.date(2031, 3, 12)
NOW = dt.datetime(2031, 3, 12, 22, 30, tzinfo=dt.UTC)
BODIES = Bodies("Page one\n.a line that begins with a dot\n", "<p>Page one</p>\n")
SMALLER = Bodies("It lies elsewhere\n", "<p>It lies elsewhere</p>\n")


class Ticking:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self._now = NOW

    def __call__(self) -> dt.datetime:
        self._now += dt.timedelta(seconds=1)
        return self._now


def letter(**given: Any) -> Letter:  # noqa: ANN401 - any field of a letter
    """A letter of the invented session."""
    of_itself = {
        "session_date": SESSION,
        "account": "ALL",
        "subject": "[ALERT] 2031-03-12 SPX 6,120 -2.1% | 1/2 condors ITM | data OK",
        "report_sha256": "0" * 64,
        "attached": BODIES,
        "linked": SMALLER,
        "pdf": b"%PDF-1.7 invented\n%%EOF\n",
        "pdf_name": "hedge-status-2031-03-12.pdf",
    }
    return Letter(**{**of_itself, **given})


def mail_settings(port: int, **given: Any) -> EmailSettings:  # noqa: ANN401 - any setting
    """Settings for a server on this machine."""
    of_itself = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "desk@sender.example",
        "recipients": {"ALL": {"to": "a@one.example"}},
        "attempts": 2,
        "backoff_seconds": 0,
        "timeout_seconds": 2,
        "final_timeout_seconds": 2,
    }
    return EmailSettings(**{**of_itself, **given})


def states(post: Post, sent: Letter) -> dict[str, str]:
    """Where each recipient of a letter stands in the outbox."""
    entry = entry_of(sent, post.email.recipients[sent.account], post.email)
    people = post.outbox.recipients(entry.message_id)
    return dict(people.select("address", "state").iter_rows())
