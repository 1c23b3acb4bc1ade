"""A real mail server (aiosmtpd) with TLS and a log-in, on this machine."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme

PASSWORD = "correct horse 7731"  # noqa: S105 - of a server that lives for one test
USER = "desk"


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


class Kept:
    """Keeps what aiosmtpd hands over."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return "250 OK"


def authenticated(_server: object, _session: object, _envelope: object, _how: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))


@contextmanager
def real_server(context: ssl.SSLContext, *, is_tls_from_the_start: bool = False) -> Iterator[tuple[Kept, int]]:
    kept = Kept()
    how: dict[str, Any] = {"ssl_context": context}  # aiosmtpd offers no log-in here
    if not is_tls_from_the_start:
        how = {"tls_context": context, "require_starttls": True, "authenticator": authenticated, "auth_required": True}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port, **how)
    controller.start()
    try:
        yield kept, port
    finally:
        controller.stop()


def parsed(envelope: Envelope) -> EmailMessage:
    message = message_from_bytes(bytes(envelope.content or b""), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message
