"""The doctor's own way out: an e-mail beside the outbox, for it has to go when the night hangs and holds its lock."""

from __future__ import annotations

import hashlib
import socket
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_exponential

from flows.delivery import LONGEST_PAUSE_SECONDS
from flows.email_message import plain_message
from flows.email_secrets import smtp_password
from flows.errors import CondorwatchError, ExitCode
from flows.smtp import Envelope, attempt
from transforms.book.positions import ALL_ACCOUNTS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from flows.doctor import Finding
    from flows.email_settings import EmailSettings, Recipients
    from flows.settings import Settings
    from warehouse.outbox import Reply


class NotMailed(CondorwatchError):  # noqa: N818 - named by what happened, as its neighbours are
    """The doctor's e-mail did not reach everyone."""

    exit_code = ExitCode.DELIVERY_FAILED


def report_text(findings: Sequence[Finding]) -> tuple[str, str]:
    """Subject and body: what is wrong first, then all that was looked at."""
    wrong = [finding for finding in findings if not finding.is_fine]
    subject = f"condorwatch doctor at {socket.gethostname()}: {len(wrong)} of {len(findings)} wrong"
    lines = [finding.line for finding in (*wrong, *(one for one in findings if one.is_fine))]
    return subject, "\n".join(lines) + "\n"


def send_report(settings: Settings, findings: Sequence[Finding], *, now: dt.datetime) -> str:
    """Mail the findings to the operator; a sentence about who has it.

    Raises:
        UsageError: a password is missing.
        NotMailed: no e-mail is configured, or somebody did not get it.
    """
    email = settings.email
    if email is None:
        raise NotMailed("The findings were not mailed: no [email] is configured.", hint="docs/configuration.md, E-mail")
    recipients = _operator(email)
    subject, body = report_text(findings)
    digest = hashlib.sha256(f"{now.isoformat()}\n{body}".encode()).hexdigest()[:24]
    message_id = f"<doctor.{now:%Y%m%d%H%M%S}.{digest}@{email.domain}>"
    message = plain_message(message_id, subject, body, recipients, email, now=now)
    journal = _Journal([address for address, _ in recipients.by_address])
    envelope, password = Envelope(email.sender, (), message, message), smtp_password(email)

    def once() -> bool:
        attempt(replace(envelope, addresses=tuple(journal.owed)), email, password, journal)
        return bool(journal.owed)

    Retrying(
        stop=stop_after_attempt(email.attempts),
        wait=wait_exponential(multiplier=email.backoff_seconds, max=LONGEST_PAUSE_SECONDS),
        retry=retry_if_result(bool),
        retry_error_callback=lambda _: True,
    )(once)
    if journal.said:
        said = "; ".join(f"{address}: {reply.sentence}" for address, reply in journal.said.items())
        raise NotMailed(f"The findings did not reach everyone: {said}.", hint="docs/runbook.md, E-mail")
    return f"Mailed to {', '.join(journal.taken)}."


def _operator(email: EmailSettings) -> Recipients:
    found = email.operator or email.recipients.get(ALL_ACCOUNTS)
    if found is None:
        raise NotMailed(
            "The findings were not mailed: nobody is named to get them.",
            hint='[email.operator] to = ["..."], or recipients of ALL.',
        )
    return found


@dataclass(slots=True)
class _Journal:
    """What became of one message, in memory: a second copy of it does no harm, a lost one does."""

    owed: list[str]
    taken: list[str] = field(default_factory=list)
    said: dict[str, Reply] = field(default_factory=dict)

    def sending(self, addresses: Collection[str]) -> None:
        """The server is about to be given the message for these."""

    def accepted(self, addresses: Collection[str], reply: Reply) -> None:  # noqa: ARG002 - the journal's protocol
        """The server has taken it for these."""
        self.taken += addresses
        self._settle(addresses)

    def refused(self, replies: dict[str, Reply]) -> None:
        """The server will not take it for these."""
        self._settle(replies)
        self.said |= replies

    def deferred(self, replies: dict[str, Reply]) -> None:
        """It was not taken for these now."""
        self.said |= replies

    def unknown(self, addresses: Collection[str], reply: Reply) -> None:
        """It may have been taken for these: asked again, for one too many is better than none."""
        self.said |= dict.fromkeys(addresses, reply)

    def _settle(self, addresses: Collection[str]) -> None:
        self.owed = [address for address in self.owed if address not in set(addresses)]
        for address in addresses:
            self.said.pop(address, None)
