"""A sending process killed as by a power cut, between the states: nothing is sent twice, nothing is forgotten."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.mail import opened_post
from tests.flows.mail.faulty_server import FaultyServer
from tests.flows.mail.invented_mail import Ticking, letter, mail_settings, states
from tests.new_home import begin_home
from warehouse.store import open_writer

if TYPE_CHECKING:
    from flows.delivery import Delivery

ROOT = Path(__file__).resolve().parents[3]
SENDING = """
import sys
from pathlib import Path
from flows.delivery import Post
from tests.flows.mail.invented_mail import Ticking, letter, mail_settings
from warehouse.outbox import Outbox
from warehouse.store import open_writer

home, port, account = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
settings = mail_settings(port, recipients={account: {"to": "a@one.example"}})
with open_writer(home, "the process that dies") as store:
    Post(Outbox(store), settings, Ticking()).deliver([letter(account=account)])
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return begin_home(tmp_path_factory.mktemp("killed"))


def delivered(home: Path, server: FaultyServer, account: str, *, is_resend: bool = False) -> tuple[Delivery, set[str]]:
    settings = mail_settings(server.port, recipients={account: {"to": "a@one.example"}})
    with open_writer(home, "the test") as store:
        post = opened_post(store, settings, Ticking())
        told = post.deliver([letter(account=account)], is_resend=is_resend)
        return told, set(states(post, letter(account=account)).values())


# The boundary it dies at: how many messages the server has then, and what the next delivery makes of it.
@pytest.mark.parametrize(
    ("boundary", "taken", "state"),
    [
        ("outbox-queued.committed", 0, "accepted"),  # nothing was said yet: sent now
        ("outbox-sending.committed", 0, "unknown"),  # nothing was handed over, but nobody can know that
        ("outbox-accepted.begin", 1, "unknown"),  # the server has it, the outbox does not say so
        ("outbox-accepted.committed", 1, "accepted"),  # done: nothing is sent
    ],
)
def test_a_killed_delivery_is_sent_or_asked_about_and_never_sent_twice(
    boundary: str, taken: int, state: str, home: Path
) -> None:
    with FaultyServer() as server:
        command = [sys.executable, "-c", SENDING, str(home), str(server.port), boundary]
        environment = {**os.environ, "CONDORWATCH_FAULT_AT": boundary}
        killed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=120)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert len(server.taken) == taken

        told, stands = delivered(home, server, boundary)
        assert stands == {state}
        assert told.is_complete == (state == "accepted")
        assert len(server.taken) == (taken if state == "unknown" else 1)
        if state == "unknown":
            assert "--resend" in told.lines[0]
            assert delivered(home, server, boundary)[0] == told  # asked for as long as it is not answered
            told, stands = delivered(home, server, boundary, is_resend=True)
            assert (told.is_complete, stands, len(server.taken)) == (True, {"accepted"}, taken + 1)
