"""An e-mail as bytes: headers, a text and an HTML body, the PDF attached. Equal reports give equal Message-IDs."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from warehouse.outbox import Entry

if TYPE_CHECKING:
    import datetime as dt

    from pydantic import SecretStr

    from flows.email_settings import EmailSettings, Recipients

CONTENT_KIND: Final = "hedge_status"
LONGEST_SUBJECT: Final = 400
# Every server takes seven bits and lines that end in CRLF.
_POLICY: Final = policy.SMTP.clone(cte_type="7bit")


@dataclass(frozen=True, slots=True)
class Bodies:
    """One e-mail's two bodies."""

    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One account's report, ready to be sent.

    `account` is the name the configuration gives it. `attached` are the bodies of the mail with the PDF, `linked` those
    of the mail that only says where it lies.
    """

    session_date: dt.date
    account: str
    subject: str
    report_sha256: str
    attached: Bodies
    linked: Bodies
    pdf: bytes
    pdf_name: str


def entry_of(letter: Letter, recipients: Recipients, email: EmailSettings) -> Entry:
    """What the outbox keeps of a letter."""
    people = "\n".join(f"{field}:{address.lower()}" for address, field in recipients.by_address)
    recipients_sha256 = hashlib.sha256(people.encode()).hexdigest()
    parts = (
        f"{letter.session_date}",
        letter.account,
        CONTENT_KIND,
        email.sender.lower(),
        recipients_sha256,
        letter.report_sha256,
    )
    digest = hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()
    return Entry(
        message_id=f"<{letter.session_date:%Y%m%d}.{digest[:24]}@{email.domain}>",
        session_date=letter.session_date,
        account=letter.account,
        content_kind=CONTENT_KIND,
        report_sha256=letter.report_sha256,
        recipients_sha256=recipients_sha256,
        subject=printable(letter.subject),
        recipients=recipients.by_address,
    )


def composed(  # noqa: PLR0913 - one argument a part of the mail
    letter: Letter,
    entry: Entry,
    recipients: Recipients,
    email: EmailSettings,
    *,
    now: dt.datetime,
    is_attached: bool,
) -> bytes:
    """The e-mail as it goes over the wire; Bcc is in the envelope only."""
    message = _headed(entry.message_id, entry.subject, recipients, email, now=now)
    bodies = letter.attached if is_attached else letter.linked
    message.set_content(bodies.text, cte="quoted-printable")
    message.add_alternative(bodies.html, subtype="html", cte="quoted-printable")
    if is_attached:
        message.add_attachment(letter.pdf, maintype="application", subtype="pdf", filename=printable(letter.pdf_name))
    return _on_the_wire(message)


def plain_message(  # noqa: PLR0913 - one argument a part of the mail
    message_id: str, subject: str, text: str, recipients: Recipients, email: EmailSettings, *, now: dt.datetime
) -> bytes:
    """An e-mail of text alone, as it goes over the wire."""
    message = _headed(message_id, printable(subject), recipients, email, now=now)
    message.set_content(text, cte="quoted-printable")
    return _on_the_wire(message)


def _headed(
    message_id: str, subject: str, recipients: Recipients, email: EmailSettings, *, now: dt.datetime
) -> EmailMessage:
    """The headers of every e-mail; `subject` is printable."""
    message = EmailMessage(policy=_POLICY)
    message["Message-ID"] = message_id
    message["Date"] = format_datetime(now)
    message["From"] = Address(display_name=printable(email.sender_name), addr_spec=email.sender)
    for header, field in (("To", "to"), ("Cc", "cc")):
        if named := recipients.named_in(field):
            message[header] = [Address(addr_spec=address) for address in named]
    if email.reply_to:
        message["Reply-To"] = Address(addr_spec=email.reply_to)
    message["Subject"] = subject
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in answer
    return message


def _on_the_wire(message: EmailMessage) -> bytes:
    wire = message.as_bytes()
    return wire if wire.endswith(b"\r\n") else wire + b"\r\n"


def printable(text: str) -> str:
    """One line of a header: names in it come from brokers' files, and none may end the line.

    The library decodes what looks like an encoded word (RFC 2047), line breaks in it too; so nothing may look like one.
    """
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split()).replace("=?", "= ?")
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def encrypted(pdf: bytes, password: SecretStr) -> bytes:
    """A PDF that opens with a password only (AES-256)."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.encrypt(user_password=password.get_secret_value(), algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
