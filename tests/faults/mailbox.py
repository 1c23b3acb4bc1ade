"""A real mail server on this machine that remembers what it has taken, whatever becomes of the program."""

from __future__ import annotations

import socket
from collections import Counter
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiosmtpd.smtp import Envelope


class Mailbox:
    """Keeps what aiosmtpd hands over; `times_taken` counts by address since the last `clear`."""

    def __init__(self) -> None:
        """Empty, for all time."""
        self.subjects: list[str] = []
        self.times_taken: Counter[str] = Counter()

    def clear(self) -> None:
        """Forget everything: a new episode begins."""
        self.subjects.clear()
        self.times_taken.clear()

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a message."""
        assert isinstance(envelope.content, bytes)
        self.subjects.append(str(message_from_bytes(envelope.content, policy=policy.default)["Subject"]))
        self.times_taken.update(envelope.rcpt_tos)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    """The server, on a free port of this machine."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, port
    finally:
        controller.stop()
