"""A real mail server (aiosmtpd) with TLS and a log-in: what arrives, and when nothing is said at all."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
import trustme
from pypdf import PdfReader, PdfWriter

from flows.delivery import Post
from flows.errors import UsageError
from tests.flows.mail.faulty_server import Fault, FaultyServer
from tests.flows.mail.invented_mail import SESSION, Ticking, letter, mail_settings, states
from tests.flows.mail.tls_server import PASSWORD, USER, context_of, parsed, real_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flows.email_settings import EmailSettings
    from warehouse.outbox import Outbox

PEOPLE = {"to": "Ann@One.example", "cc": ["b@two.example"], "bcc": ["c@three.example"]}


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def safely(ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., EmailSettings]:
    """Settings with TLS and a user, the password in the environment."""
    monkeypatch.setenv("CONDORWATCH_SMTP_PASSWORD", PASSWORD)

    def settings(port: int, account: str, **given: object) -> EmailSettings:
        safe = {"security": "starttls", "ca_file": ca_file, "user": USER, "recipients": {account: PEOPLE}}
        return mail_settings(port, **{**safe, **given})

    return settings


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_real_server_receives_the_whole_mail_once(
    security: str, safely: Callable[..., EmailSettings], authority: trustme.CA, outbox: Outbox, account: str
) -> None:
    sent = letter(account=account)
    context = context_of(authority.issue_cert("127.0.0.1"))
    with real_server(context, is_tls_from_the_start=security == "tls") as (kept, port):
        given = {"security": security, "user": USER if security == "starttls" else "", "sender_name": "Hedge desk"}
        post = Post(outbox, safely(port, account, **given), Ticking())
        assert post.deliver([sent]).is_complete
        assert not post.deliver([sent]).is_anything_sent
    (envelope,) = kept.envelopes
    assert envelope.mail_from == "desk@sender.example"
    assert sorted(envelope.rcpt_tos) == ["Ann@One.example", "b@two.example", "c@three.example"]
    message = parsed(envelope)
    assert (message["From"], message["To"], message["Cc"]) == (
        "Hedge desk <desk@sender.example>",
        "Ann@One.example",
        "b@two.example",
    )
    assert b"three.example" not in bytes(envelope.content or b"")  # Bcc is nobody's business
    assert message["Subject"] == sent.subject
    assert message["Message-ID"].endswith("@sender.example>")
    assert parsedate_to_datetime(message["Date"]).date() == SESSION
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == sent.attached.text.splitlines()
    assert html.get_content().splitlines() == sent.attached.html.splitlines()
    (pdf,) = message.iter_attachments()
    assert (pdf.get_content_type(), pdf.get_filename()) == ("application/pdf", "hedge-status-2031-03-12.pdf")
    assert pdf.get_content() == sent.pdf


BAD_CERTIFICATES: dict[str, Callable[[trustme.CA], trustme.LeafCert]] = {
    "self-signed": lambda _: trustme.CA().issue_cert("127.0.0.1"),
    "wrong host": lambda authority: authority.issue_cert("mail.other.example"),
    "expired": lambda authority: authority.issue_cert(
        "127.0.0.1",
        not_before=dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        not_after=dt.datetime(2021, 1, 1, tzinfo=dt.UTC),
    ),
}


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("which", BAD_CERTIFICATES)
def test_a_bad_certificate_ends_it_before_a_password_or_a_name_is_said(  # noqa: PLR0917 - fixtures
    which: str, security: str, safely: Callable[..., EmailSettings], authority: trustme.CA, outbox: Outbox, account: str
) -> None:
    context = context_of(BAD_CERTIFICATES[which](authority))
    with FaultyServer(context=context, is_tls_from_the_start=security == "tls") as server:
        post = Post(outbox, safely(server.port, account, security=security), Ticking())
        told = post.deliver([letter(account=account)])
    assert not told.is_complete
    assert "certificate is not trusted" in told.lines[0]
    assert [line for line in server.heard if not line.upper().startswith(("EHLO", "STARTTLS"))] == []
    assert server.taken == []


def test_without_starttls_nothing_is_sent_in_the_clear(
    safely: Callable[..., EmailSettings], outbox: Outbox, account: str
) -> None:
    with FaultyServer() as server:
        post = Post(outbox, safely(server.port, account), Ticking())
        told = post.deliver([letter(account=account)])
        assert "offers no STARTTLS" in told.lines[0]
    assert [line for line in server.heard if not line.upper().startswith(("EHLO", "QUIT"))] == []
    assert server.taken == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("starttls", "454 not now", 1), "accepted"),
        (Fault("starttls", "drop", 1), "accepted"),
        (Fault("starttls", "554 no"), "failed"),
        (Fault("auth", "454 not now", 1), "accepted"),
        (Fault("auth", "drop", 1), "accepted"),
        (Fault("auth", "535 who are you"), "failed"),
        (Fault("dot", "drop", is_taken=True), "unknown"),
    ],
    ids=lambda value: f"{value.step}: {value.what}" if isinstance(value, Fault) else value,
)
def test_faults_under_tls_end_as_they_do_without(  # noqa: PLR0917 - fixtures
    fault: Fault,
    expected: str,
    safely: Callable[..., EmailSettings],
    authority: trustme.CA,
    outbox: Outbox,
    account: str,
) -> None:
    sent = letter(account=account)
    with FaultyServer((fault,), context=context_of(authority.issue_cert("127.0.0.1"))) as server:
        post = Post(outbox, safely(server.port, account), Ticking())
        post.deliver([sent])
    assert set(states(post, sent).values()) == {expected}
    assert len(server.taken) == (0 if expected == "failed" else 1)


@pytest.mark.parametrize(
    "said",
    [
        f"535 {PASSWORD} is wrong",
        "535 AGRlc2sAY29ycmVjdCBob3JzZSA3NzMx is wrong",  # base64 of NUL, desk, NUL, the password: what PLAIN sends
    ],
    ids=["plain", "base64"],
)
def test_a_password_that_the_server_repeats_is_kept_nowhere(  # noqa: PLR0917 - fixtures
    said: str,
    safely: Callable[..., EmailSettings],
    authority: trustme.CA,
    outbox: Outbox,
    account: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secrets = (PASSWORD, "AGRlc2sAY29ycmVjdCBob3JzZSA3NzMx")
    for step in ("auth", "mail"):
        sent = letter(account=account, report_sha256=step)
        with FaultyServer((Fault(step, said),), context=context_of(authority.issue_cert("127.0.0.1"))) as server:
            post = Post(outbox, safely(server.port, account), Ticking())
            told = post.deliver([sent])
        kept = outbox.recipients(post.queue(sent).message_id).write_json()
        for place in (kept, " ".join(told.lines), caplog.text, repr(post.email), post.email.model_dump_json()):
            assert not [secret for secret in secrets if secret in place]
        assert any("535" in line for line in told.lines)


def test_a_user_without_a_password_is_told_where_to_put_it(
    ca_file: Path, outbox: Outbox, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONDORWATCH_SMTP_PASSWORD", raising=False)
    given = {"security": "tls", "ca_file": ca_file, "user": USER, "recipients": {account: PEOPLE}}
    with pytest.raises(UsageError) as refusal:
        Post(outbox, mail_settings(1, **given), Ticking()).deliver([letter(account=account)])
    assert "CONDORWATCH_SMTP_PASSWORD" in refusal.value.hint


def test_an_encrypted_pdf_opens_with_its_password_only(
    outbox: Outbox, account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(width=72, height=144)
    writer.write(plain)
    monkeypatch.setenv("CONDORWATCH_PDF_PASSWORD", "open sesame")
    with FaultyServer() as server:
        settings = mail_settings(server.port, recipients={account: PEOPLE}, encrypt_pdf=True)
        assert Post(outbox, settings, Ticking()).deliver([letter(account=account, pdf=plain.getvalue())]).is_complete
    message = message_from_bytes(server.taken[0].content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    (attached,) = message.iter_attachments()
    reader = PdfReader(BytesIO(attached.get_content()))
    assert reader.is_encrypted
    assert not reader.decrypt("guess")
    assert reader.decrypt("open sesame")
    assert reader.pages[0].mediabox.height == 144
