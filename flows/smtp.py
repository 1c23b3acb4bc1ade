"""One attempt to hand one message to a mail server, told step by step to whoever keeps the outbox.

What a server may be given twice and what not is decided here. Until the last line of a message, the dot, has been
handed over, the server has no message (RFC 5321 4.1.1.4), and whatever goes wrong may be tried again. From the dot on,
only a reply of the server says what became of it; without one it is unknown.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from flows.email_secrets import struck_out
from warehouse.outbox import Reply

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pydantic import SecretStr

    from flows.email_settings import EmailSettings

LONGEST_REPLY: Final = 200
QUIT_SECONDS: Final = 5
_START_MAIL: Final = 354
_LINE_STARTING_WITH_A_DOT = re.compile(rb"(?m)^\.")
_TEXT: Final = "utf-8"


class Journal(Protocol):
    """Where the steps of an attempt are committed, before and after the server is given the message."""

    def sending(self, addresses: Collection[str]) -> None:
        """The server is about to be given the message for these."""

    def accepted(self, addresses: Collection[str], reply: Reply) -> None:
        """The server has taken the message for these."""

    def refused(self, replies: dict[str, Reply]) -> None:
        """The server will not take it for these, whenever it is asked."""

    def deferred(self, replies: dict[str, Reply]) -> None:
        """It was not taken for these now; another time it may be."""

    def unknown(self, addresses: Collection[str], reply: Reply) -> None:
        """It may have been taken for these."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is handed over: the message in full, and one without its attachment where the server takes less."""

    sender: str
    addresses: tuple[str, ...]
    message: bytes
    smaller_message: bytes


class _NotTakenError(Exception):
    """Nothing was handed over to anyone; the reply says why, and whether asking again is of use."""

    def __init__(self, reply: Reply, *, is_final: bool) -> None:
        super().__init__(reply.sentence)
        self.reply = reply
        self.is_final = is_final


def attempt(envelope: Envelope, server: EmailSettings, password: SecretStr | None, journal: Journal) -> None:
    """Try once to hand a message over; every address ends in exactly one of the journal's states."""
    try:
        with _connected(server, password) as smtp:
            _transaction(smtp, envelope, server, _Telling(journal, server.user, password))
    except _NotTakenError as problem:
        replies = dict.fromkeys(envelope.addresses, _clean(problem.reply, server.user, password))
        (journal.refused if problem.is_final else journal.deferred)(replies)


@contextmanager
def _connected(server: EmailSettings, password: SecretStr | None) -> Iterator[smtplib.SMTP]:
    """A connection that is greeted, made safe and logged in."""
    smtp: smtplib.SMTP | None = None
    try:
        with _nothing_taken():
            smtp = _greeted(server)
            _prompt(smtp)
            if password is not None:
                _log_in(smtp, server.user, password)
        yield smtp
    finally:
        if smtp is not None:
            _leave(smtp)


def _greeted(server: EmailSettings) -> smtplib.SMTP:
    """Connect, and speak on only when the connection is as safe as the configuration asks."""
    host, port, name, seconds = server.host, server.port_used, _own_name(), server.timeout_seconds
    if server.security == "tls":
        safe = smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=seconds, context=_context(server))
        return _spoken_to(safe, server)
    return _spoken_to(smtplib.SMTP(host, port, local_hostname=name, timeout=seconds), server)


def _spoken_to(smtp: smtplib.SMTP, server: EmailSettings) -> smtplib.SMTP:
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            _start_tls(smtp, server)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _start_tls(smtp: smtplib.SMTP, server: EmailSettings) -> None:
    if not smtp.has_extn("starttls"):
        sentence = f"{server.host}:{server.port_used} offers no STARTTLS, and nothing is sent in the clear"
        raise _NotTakenError(Reply(None, sentence), is_final=True)
    smtp.starttls(context=_context(server))
    smtp.ehlo_or_helo_if_needed()


def _context(server: EmailSettings) -> ssl.SSLContext:
    """Certificate and host name are verified, always."""
    try:
        return ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)
    except OSError as problem:
        sentence = f"the authorities in {server.ca_file} cannot be read: {problem.strerror or problem}"
        raise _NotTakenError(Reply(None, sentence), is_final=True) from problem


def _log_in(smtp: smtplib.SMTP, user: str, password: SecretStr) -> None:
    """Log in; the server's words are left out, for they may repeat what it was told."""
    try:
        smtp.login(user, password.get_secret_value())
    except smtplib.SMTPAuthenticationError as problem:
        sentence = "the server does not accept the user or the password"
        raise _NotTakenError(Reply(problem.smtp_code, sentence), is_final=_is_final(problem.smtp_code)) from None
    except UnicodeEncodeError:  # it carries the password with it
        sentence = "the user or the password holds other than ASCII characters, which SMTP cannot send"
        raise _NotTakenError(Reply(None, sentence), is_final=True) from None
    except smtplib.SMTPException as problem:
        if type(problem) not in {smtplib.SMTPException, smtplib.SMTPNotSupportedError}:
            raise
        sentence = "the server takes no user and password in a way known here"
        raise _NotTakenError(Reply(None, sentence), is_final=True) from None


def _transaction(smtp: smtplib.SMTP, envelope: Envelope, server: EmailSettings, tell: _Telling) -> None:
    """MAIL, RCPT for everyone, DATA for those the server takes."""
    message = _fitting(smtp, envelope)
    with _nothing_taken():
        options = [f"size={len(message)}"] if smtp.has_extn("size") else []
        _require(smtp.mail(envelope.sender, options))
        taken, refused, deferred = _asked_for(smtp, envelope.addresses)
    tell.refused(refused)
    tell.deferred(deferred)
    if taken:
        _data(smtp, message, taken, server, tell)


def _fitting(smtp: smtplib.SMTP, envelope: Envelope) -> bytes:
    """The message, or the smaller one where the server announces that it takes less (RFC 1870)."""
    limit = smtp.esmtp_features.get("size", "").strip()
    is_too_big = limit.isdecimal() and 0 < int(limit) < len(envelope.message)
    return envelope.smaller_message if is_too_big else envelope.message


def _asked_for(
    smtp: smtplib.SMTP, addresses: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, Reply], dict[str, Reply]]:
    """Whom the server takes the message for, whom never, and whom not now."""
    taken: list[str] = []
    refused: dict[str, Reply] = {}
    deferred: dict[str, Reply] = {}
    for address in addresses:
        code, text = smtp.rcpt(address)
        if 200 <= code < 300:  # noqa: PLR2004 - RFC 5321 4.2.1: the first digit decides
            taken.append(address)
        elif _is_final(code):
            refused[address] = _reply(code, text)
        else:
            deferred[address] = _reply(code, text)
    return tuple(taken), refused, deferred


def _data(smtp: smtplib.SMTP, message: bytes, taken: tuple[str, ...], server: EmailSettings, tell: _Telling) -> None:
    """Commit, hand over, and commit what the server says right after it has said it."""
    tell.sending(taken)
    try:
        with _nothing_taken():
            smtp.putcmd("data")
            code, text = smtp.getreply()
            if code != _START_MAIL:
                raise smtplib.SMTPResponseException(code, text)
            smtp.send(_LINE_STARTING_WITH_A_DOT.sub(b"..", message))
    except _NotTakenError as problem:
        (tell.refused if problem.is_final else tell.deferred)(dict.fromkeys(taken, problem.reply))
        return
    try:
        _patient(smtp, server.final_timeout_seconds)
        smtp.send(b".\r\n")
        code, text = smtp.getreply()
    except (OSError, smtplib.SMTPException) as problem:
        tell.unknown(taken, Reply(None, f"no answer to the whole message: {_said(problem)}"))
        return
    reply = _reply(code, text)
    if 200 <= code < 300:  # noqa: PLR2004 - as above
        tell.accepted(taken, reply)
    elif 400 <= code < 600:  # noqa: PLR2004 - as above
        (tell.refused if _is_final(code) else tell.deferred)(dict.fromkeys(taken, reply))
    else:
        tell.unknown(taken, Reply(None, f"an answer to the whole message that is none: {reply.text}"))


@contextmanager
def _nothing_taken() -> Iterator[None]:
    """Turn whatever goes wrong before the server has the message into a reason, and whether to ask again."""
    try:
        yield
    except ssl.SSLCertVerificationError as problem:
        sentence = f"the server's certificate is not trusted: {problem.verify_message or problem.reason}"
        raise _NotTakenError(Reply(None, sentence), is_final=True) from problem
    except smtplib.SMTPResponseException as problem:
        reply = _reply(problem.smtp_code, problem.smtp_error)
        raise _NotTakenError(reply, is_final=_is_final(problem.smtp_code)) from problem
    except (OSError, smtplib.SMTPException) as problem:
        raise _NotTakenError(Reply(None, _said(problem)), is_final=False) from problem


def _require(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if not 200 <= code < 300:  # noqa: PLR2004 - as above
        raise smtplib.SMTPResponseException(code, text)


def _is_final(code: int) -> bool:
    """RFC 5321 4.2.1: 5xx is for good; all else may be otherwise another time."""
    return 500 <= code < 600  # noqa: PLR2004 - as above


def _prompt(smtp: smtplib.SMTP) -> None:
    """The dot goes out at once, not when the server has acknowledged what came before it (Nagle)."""
    if smtp.sock is not None:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _patient(smtp: smtplib.SMTP, seconds: float) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(seconds)


def _leave(smtp: smtplib.SMTP) -> None:
    """Say goodbye without waiting long: what mattered is committed."""
    with suppress(OSError, smtplib.SMTPException):
        _patient(smtp, min(QUIT_SECONDS, smtp.timeout))
        smtp.quit()
    smtp.close()


def _own_name() -> str:
    """How we greet, without asking DNS: the host's own name where it can be said."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9.-]{1,255}", name) else "localhost"


def _reply(code: int, text: bytes | str) -> Reply:
    words = text.decode(_TEXT, "replace") if isinstance(text, bytes) else str(text)
    return Reply(code if code > 0 else None, words or "no words")


def _said(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return "the server did not answer in time"
    return str(problem) or type(problem).__name__


def _clean(reply: Reply, user: str, password: SecretStr | None) -> Reply:
    """One line of printable characters, not long, without the password."""
    text = struck_out(reply.text, user, password)
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return Reply(reply.code, line[:LONGEST_REPLY])


@dataclass(frozen=True, slots=True)
class _Telling:
    """The journal, told only clean replies and only where there is something to tell."""

    journal: Journal
    user: str
    password: SecretStr | None

    def sending(self, addresses: Collection[str]) -> None:
        self.journal.sending(addresses)

    def accepted(self, addresses: Collection[str], reply: Reply) -> None:
        self.journal.accepted(addresses, _clean(reply, self.user, self.password))

    def unknown(self, addresses: Collection[str], reply: Reply) -> None:
        self.journal.unknown(addresses, _clean(reply, self.user, self.password))

    def refused(self, replies: dict[str, Reply]) -> None:
        if replies:
            self.journal.refused(self._cleaned(replies))

    def deferred(self, replies: dict[str, Reply]) -> None:
        if replies:
            self.journal.deferred(self._cleaned(replies))

    def _cleaned(self, replies: dict[str, Reply]) -> dict[str, Reply]:
        return {address: _clean(reply, self.user, self.password) for address, reply in replies.items()}
