"""Names from brokers' files and settings cannot add a header, a recipient, a command or a second message."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from flows.delivery import Post
from flows.email_message import Bodies
from tests.flows.mail.faulty_server import FaultyServer
from tests.flows.mail.invented_mail import Ticking, letter, mail_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.outbox import Outbox

ENDS = [
    "\n",
    "\r",
    "\r\n",
    "\n\r",
    "\r\n\r\n",
    "\n\n",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "\x00",
    "\r\n ",
    "\n\t",
]
ADDITIONS = [
    "Bcc: thief@evil.example",
    "To: thief@evil.example",
    "Subject: other",
    "\r\n.\r\nMAIL FROM:<thief@evil.example>",
]
PAYLOADS = [f"IC-1{end}{addition}" for end in ENDS for addition in ADDITIONS]
PAYLOADS += [
    "=?utf-8?q?IC-1=0D=0ABcc:_thief@evil.example?=",
    "=?utf-8?b?SUMtMQ0KQmNjOiB0aGllZkBldmlsLmV4YW1wbGU=?=",
    'IC-1"; filename="other.exe"\r\nContent-Type: text/html',
    "IC-1\r\n.\r\nQUIT\r\n",
    "IC-1" + "x" * 5_000 + "\r\nBcc: thief@evil.example",
    "\u202eelpmaxe.live@feiht :ccB\u202c",
]
HEADERS = {"message-id", "date", "from", "to", "subject", "auto-submitted", "mime-version", "content-type"}


def test_there_are_at_least_fifty_payloads() -> None:
    assert len(PAYLOADS) >= 50


def test_what_arrives_has_the_headers_and_recipients_it_should_and_no_other(outbox: Outbox, account: str) -> None:
    """Every payload as subject, file name and body, in one evening; the server's own reading is what counts."""
    with FaultyServer() as server:
        for number, payload in enumerate(PAYLOADS):
            mine = f"{account} {number}"
            hostile = Bodies(f"{payload}\n", f"<p>{payload}</p>\n")
            sent = letter(account=mine, subject=f"[OK] {payload}", pdf_name=f"{payload}.pdf", attached=hostile)
            named = payload if payload.isprintable() else "condorwatch"
            settings = mail_settings(server.port, recipients={mine: {"to": "a@one.example"}}, sender_name=named)
            told = Post(outbox, settings, Ticking()).deliver([sent])
            assert told.is_complete, told.lines
            assert len(server.taken) == number + 1, repr(payload)
            assert_nothing_is_injected(server.taken[-1].content, payload)
    assert {message.recipients for message in server.taken} == {("a@one.example",)}
    commands = {line.split(" ", maxsplit=1)[0].lower() for line in server.heard}
    assert commands == {"ehlo", "mail", "rcpt", "data", "quit"}
    assert {line for line in server.heard if line.lower().startswith("mail")} == {
        line for line in server.heard if line.startswith("mail FROM:<desk@sender.example>")
    }


def assert_nothing_is_injected(content: bytes, payload: str) -> None:
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", content) is None, (
        "a bare CR or LF lets two servers disagree on where it ends"
    )
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert {name.lower() for name in message} == HEADERS, repr(payload)
    assert len(message) == len(HEADERS)
    assert message["To"] == "a@one.example"
    assert [one.addr_spec for one in message["From"].addresses] == ["desk@sender.example"]
    assert message["Subject"].startswith("[OK] ")
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    name = attachment.get_filename() or ""
    assert name.isprintable()
    assert len([part for part in message.walk() if not part.is_multipart()]) == 3


SETTINGS: dict[str, Callable[[str], dict[str, object]]] = {
    "sender": lambda text: {"sender": text},
    "a recipient": lambda text: {"recipients": {"ALL": {"bcc": text}}},
    "an answer's address": lambda text: {"reply_to": text},
    "the sender's name": lambda text: {"sender_name": text},
    "the host": lambda text: {"host": text},
    "the link": lambda text: {"report_link": f"https://one.example/{text}"},
}
PRINTABLE = [payload for payload in PAYLOADS if payload.isprintable()]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_that_holds_a_line_break_is_refused(setting: str) -> None:
    for payload in PAYLOADS:
        is_address = setting in {"sender", "a recipient", "an answer's address", "the host"}
        for text in (payload, f"a@one.example{payload}", f"a@one.example>{payload}") if is_address else (payload,):
            if payload in PRINTABLE and not is_address:
                continue
            with pytest.raises(ValidationError):
                mail_settings(25, **SETTINGS[setting](text))


NO_ADDRESSES = """
    a a@ @b.example a@b..example a@-b.example a@b.example,c@d.example <a@b.example> a@[1.2.3.4] a@b.example> ä@b.example
    =?utf-8?q?a=0D=0ABcc=3A?=@b.example
""".split()  # noqa: SIM905 - read as a list of words


@pytest.mark.parametrize(
    "address", [*NO_ADDRESSES, "", "a b@c.example", "a@b.example\n", '"a b"@c.example', "a" * 65 + "@b.example"]
)
def test_only_plain_addresses_are_taken(address: str) -> None:
    with pytest.raises(ValidationError):
        mail_settings(25, sender=address)


@pytest.mark.parametrize(
    "address", ["a@b.example", "first.last+tag@mail.b-c.example", "o'neil@b.example", "a@localhost"]
)
def test_plain_addresses_are_taken_as_they_are(address: str) -> None:
    assert mail_settings(25, sender=address).sender == address
