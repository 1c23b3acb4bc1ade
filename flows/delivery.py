"""Letters through the outbox: who is owed one, who is not asked twice, what the server said, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_exponential

from flows.email_message import Letter, composed, encrypted, entry_of
from flows.email_secrets import pdf_password, smtp_password
from flows.smtp import Envelope, attempt
from warehouse.outbox import Reply

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Iterator

    from tenacity import RetryCallState

    from flows.email_settings import EmailSettings
    from warehouse.outbox import Entry, Outbox

BYTES_A_MB: Final = 1_000_000
LONGEST_PAUSE_SECONDS: Final = 900
MAY_HAVE_ARRIVED: Final = ("unknown", "sending")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of letters, in sentences.

    `is_complete`: everyone has what they are to get. `is_anything_sent`: a server took something this time.
    """

    lines: tuple[str, ...] = ()
    is_complete: bool = True
    is_anything_sent: bool = False

    def and_also(self, other: Delivery) -> Delivery:
        """Both together."""
        return Delivery(
            (*self.lines, *other.lines),
            self.is_complete and other.is_complete,
            self.is_anything_sent or other.is_anything_sent,
        )


@dataclass(frozen=True, slots=True)
class Post:
    """The way out: the outbox, the mail server and the clock."""

    outbox: Outbox
    email: EmailSettings
    clock: Callable[[], dt.datetime]

    def queue(self, letter: Letter) -> Entry:
        """Put a letter into the outbox; what waited of an earlier report of the session is withdrawn."""
        entry = entry_of(letter, self.email.recipients[letter.account], self.email)
        self.outbox.queue(entry, self.clock())
        return entry

    def deliver(self, letters: Iterable[Letter], *, is_resend: bool = False) -> Delivery:
        """Send what is owed.

        Nobody gets a second e-mail of a session and account, nor one that may have arrived, unless `is_resend`: then
        those it may have reached get it again or, where there are none, everyone.
        """
        queued = [(letter, self.queue(letter)) for letter in letters]
        standings = [self.outbox.standing(entry) for _, entry in queued]
        is_all_again = is_resend and not any(state in MAY_HAVE_ARRIVED for one in standings for state in one.values())
        delivery = Delivery()
        for (letter, entry), standing in zip(queued, standings, strict=True):
            plan = _Plan.of(entry, standing, is_resend=is_resend, is_all_again=is_all_again)
            delivery = delivery.and_also(self._carry_out(letter, entry, plan))
        return delivery

    def _carry_out(self, letter: Letter, entry: Entry, plan: _Plan) -> Delivery:
        is_changed = self.outbox.spare(entry.message_id, (*plan.done, *plan.asking), self.clock())
        told = Delivery()
        if plan.asking:
            told = Delivery((_asking(entry, plan.asking),), is_complete=False)
        if plan.sending:
            return told.and_also(_summary(entry, self.email.host, self._send(letter, entry, plan.sending)))
        return told if plan.asking else Delivery((_sent_already(entry, is_changed=is_changed),))

    def _send(self, letter: Letter, entry: Entry, addresses: tuple[str, ...]) -> Outcome:
        """Try until nobody is owed, or for as often as is configured."""
        password, envelope = smtp_password(self.email), self._envelope(letter, entry)
        outcome = Outcome(self.outbox, entry.message_id, self.clock, list(addresses))

        def once() -> bool:
            attempt(replace(envelope, addresses=tuple(outcome.owed)), self.email, password, outcome)
            return bool(outcome.owed)

        Retrying(
            stop=stop_after_attempt(self.email.attempts),
            wait=wait_exponential(multiplier=self.email.backoff_seconds, max=LONGEST_PAUSE_SECONDS),
            retry=retry_if_result(bool),
            retry_error_callback=_last_result,
        )(once)
        outcome.give_up(self.email.attempts)
        return outcome

    def _envelope(self, letter: Letter, entry: Entry) -> Envelope:
        """The mail with the PDF, and the one that says where it lies."""
        key, recipients, now = pdf_password(self.email), self.email.recipients[letter.account], self.clock()
        sealed = letter if key is None else replace(letter, pdf=encrypted(letter.pdf, key))
        full, small = (
            composed(sealed, entry, recipients, self.email, now=now, is_attached=is_attached)
            for is_attached in (True, False)
        )
        is_too_big = len(full) > self.email.max_size_mb * BYTES_A_MB
        return Envelope(self.email.sender, (), small if is_too_big else full, small)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who gets a mail now, who has it, and about whom only a person can say."""

    sending: tuple[str, ...]
    done: tuple[str, ...]
    asking: tuple[str, ...]

    @classmethod
    def of(cls, entry: Entry, standing: dict[str, str], *, is_resend: bool, is_all_again: bool) -> _Plan:
        sending, done, asking = [], [], []
        for address in entry.addresses:
            state = standing[address.lower()]
            if state in MAY_HAVE_ARRIVED and not is_resend:
                asking.append(address)
            elif state == "accepted" and not is_all_again:
                done.append(address)
            else:
                sending.append(address)
        return cls(tuple(sending), tuple(done), tuple(asking))


@dataclass(slots=True)
class Outcome:
    """The journal of one letter: commits each step to the outbox, and remembers how it ended for whom."""

    outbox: Outbox
    message_id: str
    clock: Callable[[], dt.datetime]
    owed: list[str]
    taken: list[str] = field(default_factory=list)
    failed: dict[str, Reply] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    waiting: dict[str, Reply] = field(default_factory=dict)

    def sending(self, addresses: Collection[str]) -> None:
        """The server is about to be given the message for these."""
        self.outbox.mark_sending(self.message_id, addresses, self.clock())

    def accepted(self, addresses: Collection[str], reply: Reply) -> None:
        """The server has taken the message for these."""
        self.outbox.mark_accepted(self.message_id, addresses, reply, self.clock())
        self.taken += addresses
        self._settle(addresses)

    def refused(self, replies: dict[str, Reply]) -> None:
        """The server will not take it for these."""
        self.outbox.mark(self.message_id, "failed", replies, self.clock())
        self.failed |= replies
        self._settle(replies)

    def deferred(self, replies: dict[str, Reply]) -> None:
        """It was not taken for these now."""
        self.outbox.mark(self.message_id, "queued", replies, self.clock())
        self.waiting |= replies

    def unknown(self, addresses: Collection[str], reply: Reply) -> None:
        """It may have been taken for these."""
        self.outbox.mark(self.message_id, "unknown", dict.fromkeys(addresses, reply), self.clock())
        self.lost += addresses
        self._settle(addresses)

    def give_up(self, attempts: int) -> None:
        """What is still owed after the last attempt has failed."""
        if self.owed:
            tried = f"after {attempts} attempts" if attempts > 1 else "at the only attempt"
            last = {address: self.waiting[address] for address in self.owed}
            self.refused({address: Reply(reply.code, f"{reply.text} ({tried})") for address, reply in last.items()})

    def _settle(self, addresses: Iterable[str]) -> None:
        self.owed = [address for address in self.owed if address not in set(addresses)]


def _last_result(state: RetryCallState) -> bool:
    """What tenacity returns in the end: the last attempt's result, or its exception."""
    return bool(state.outcome.result()) if state.outcome is not None else True


def _summary(entry: Entry, host: str, outcome: Outcome) -> Delivery:
    return Delivery(
        tuple(_sentences(entry, host, outcome)),
        is_complete=not outcome.failed and not outcome.lost,
        is_anything_sent=bool(outcome.taken),
    )


def _sentences(entry: Entry, host: str, outcome: Outcome) -> Iterator[str]:
    if outcome.taken:
        yield f"{_named(entry)}: {host} has taken it for {', '.join(outcome.taken)}."
    for address, reply in outcome.failed.items():
        yield (
            f"{_named(entry)}, was not delivered to {address}: {reply.sentence}. The report is published; mend the "
            f"cause, then condorwatch send --session {entry.session_date} tries again."
        )
    if outcome.lost:
        yield _asking(entry, outcome.lost)


def _asking(entry: Entry, addresses: Iterable[str]) -> str:
    return (
        f"{_named(entry)}, to {', '.join(addresses)} may or may not have arrived: the connection or the program ended "
        f"before the mail server had answered. Look for it there; if it has not come, condorwatch send --session "
        f"{entry.session_date} --resend sends it again. By itself it is not sent again."
    )


def _sent_already(entry: Entry, *, is_changed: bool) -> str:
    changed = " as it was then; the report has changed since" if is_changed else ""
    return (
        f"{_named(entry)}, was sent already{changed}. condorwatch send --session {entry.session_date} --resend "
        f"sends it {'as it is now' if is_changed else 'again'}."
    )


def _named(entry: Entry) -> str:
    return f"E-mail of {entry.session_date}, {entry.account}"
