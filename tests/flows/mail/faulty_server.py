"""A mail server that goes wrong where it is told to, and remembers what it has really taken.

It speaks just enough SMTP, one connection at a time, and shares no code with the program. `taken` is the truth the
outbox is held against: a message stands there from the moment the server has it, whatever the client was told.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl

STEPS = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "content", "dot")
GREETINGS = {
    "connect": "220 mail.invalid ready",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go on",
    "dot": "250 taken",
    "auth": "235 welcome",
    "starttls": "220 go on",
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong at a step.

    `what`: a reply such as `451 later`, or drop, hang, garble, or cut (half a reply). `is_taken`: at the dot, the
    message is kept although the client is not told so. `times`: in how many connections; `for_address`: only at this
    RCPT.
    """

    step: str
    what: str
    times: int = 1_000
    is_taken: bool = False
    for_address: str = ""


@dataclass
class Taken:
    """One message the server has."""

    recipients: tuple[str, ...]
    content: bytes


class _GoneError(Exception):
    """The conversation is over."""


@dataclass
class FaultyServer:
    """The server; use it as a context."""

    faults: tuple[Fault, ...] = ()
    context: ssl.SSLContext | None = None
    is_tls_from_the_start: bool = False
    size_limit: int = 0
    taken: list[Taken] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        """Listen."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._release = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of whoever still waits."""
        self._release.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)
        assert not self._thread.is_alive()

    def times_taken(self, address: str) -> int:
        """How many messages an address has."""
        return sum(address in message.recipients for message in self.taken)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(5)
            with contextlib.suppress(_GoneError, OSError):
                _Conversation(self, connection).hold()
            connection.close()

    def fault_at(self, step: str, address: str = "") -> Fault | None:
        for fault in self.faults:
            if fault.step == step and self.connections <= fault.times and fault.for_address in {"", address}:
                return fault
        return None

    def wait_until_released(self, connection: socket.socket) -> None:
        """Say nothing until the client has gone or the test is over."""
        connection.settimeout(0.02)
        while not self._release.is_set():
            try:
                if connection.recv(4096) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return


class _Conversation:
    """One connection."""

    def __init__(self, server: FaultyServer, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._is_safe = server.is_tls_from_the_start
        if server.is_tls_from_the_start and server.context:
            self._wrap()
        self._file = self._connection.makefile("rb")
        self._recipients: list[str] = []

    def _wrap(self) -> None:
        assert self._server.context is not None
        self._connection = self._server.context.wrap_socket(self._connection, server_side=True)

    def hold(self) -> None:
        try:
            self._answer("connect")
            while line := self._file.readline():
                self._heed(line.decode("latin-1").rstrip("\r\n"))
        finally:
            self._file.close()
            self._connection.close()

    def _heed(self, line: str) -> None:
        self._server.heard.append(line)
        verb = line.split(" ", maxsplit=1)[0].split(":", maxsplit=1)[0].upper()
        match verb:
            case "EHLO" | "HELO":
                self._answer("ehlo", reply=self._features())
            case "STARTTLS":
                self._answer("starttls")
                self._wrap()
                self._is_safe = True
                self._file = self._connection.makefile("rb")
            case "AUTH":
                self._answer("auth")
            case "MAIL":
                self._recipients = []
                self._answer("mail")
            case "RCPT":
                address = re.search(r"<(.*)>", line)
                assert address
                if self._answer("rcpt", address=address[1]):
                    self._recipients.append(address[1])
            case "DATA":
                if self._answer("data"):
                    self._take()
            case "QUIT":
                self._say("221 bye")
                raise _GoneError
            case _:
                self._say("500 what?")

    def _features(self) -> str:
        offers = ["mail.invalid", "8BITMIME"]
        if self._server.size_limit:
            offers.append(f"SIZE {self._server.size_limit}")
        if self._server.context and not self._is_safe:
            offers.append("STARTTLS")
        else:
            offers.append("AUTH PLAIN")
        return "\r\n".join([*(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}"])

    def _take(self) -> None:
        fault = self._server.fault_at("content")
        lines: list[bytes] = []
        while (line := self._file.readline()) != b".\r\n":
            if not line:
                raise _GoneError
            if fault is not None:
                raise _GoneError
            lines.append(line[1:] if line.startswith(b".") else line)
        fault = self._server.fault_at("dot")
        if fault is None or fault.is_taken or fault.what.startswith("2"):
            self._server.taken.append(Taken(tuple(self._recipients), b"".join(lines)))
        self._answer("dot")

    def _answer(self, step: str, *, reply: str = "", address: str = "") -> bool:
        """Say what belongs to a step, or go wrong; whether the client may go on."""
        fault = self._server.fault_at(step, address)
        if fault is None:
            self._say(reply or GREETINGS[step])
            return True
        match fault.what:
            case "drop":
                raise _GoneError
            case "hang":
                self._server.wait_until_released(self._connection)
                raise _GoneError
            case "garble":
                self._say("xyz what is this")
            case "cut":
                self._connection.sendall(b"25")
                raise _GoneError
            case said:
                self._say(said)
                if said.startswith("421"):
                    raise _GoneError
        return False

    def _say(self, reply: str) -> None:
        self._connection.sendall(reply.encode() + b"\r\n")
