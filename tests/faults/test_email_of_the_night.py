"""The e-mail of a small night as a user meets it: sent once, said what became of it, sent again when asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.faults.builds import published_hashes
from tests.flows.mail.faulty_server import Fault, FaultyServer
from transforms.simulated.market import FEATURE_SESSION

Run = Callable[..., CompletedProcess[str]]
Command = Callable[[Path, Path], list[object]]

CONFIGURATION = """
[email]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "desk@sender.example"
attempts = 1
backoff_seconds = 0
[email.recipients.ALL]
to = "everyone@one.example"
[email.recipients.DESK]
to = "{desk}"
bcc = ["risk@two.example"]
"""


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., Path]:
    def write(port: int, desk: str = "desk@one.example", more: str = "") -> Path:
        path = tmp_path / "condorwatch.toml"
        path.write_text(CONFIGURATION.format(port=port, desk=desk) + more)
        return path

    return write


def test_the_night_is_mailed_once_and_again_only_when_asked(
    condorwatch_here: Run,
    night: Command,
    landing: Path,
    tmp_path: Path,
    configured: Callable[..., Path],
) -> None:
    home = tmp_path / "home"
    nightly = [argument for argument in night(home, landing) if argument != "--no-email"]
    send = ("send", "--session", FEATURE_SESSION, "--home", home)

    assert condorwatch_here("send", "--session", FEATURE_SESSION, "--home", home).returncode == 0  # none is configured

    with FaultyServer() as server:
        config = ("--config", configured(server.port))
        ran = condorwatch_here(*nightly, *config)
        assert (ran.returncode, len(server.taken)) == (0, 2), ran.stderr
        status, _, pdf, _ = ran.stdout.splitlines()
        whole, desk = (parsed(message.content) for message in server.taken)
        assert whole["Subject"] == status
        assert desk["Subject"] == f"{status} | DESK"
        assert (desk["To"], desk["Bcc"]) == ("desk@one.example", None)
        assert sorted(server.taken[1].recipients) == ["desk@one.example", "risk@two.example"]
        assert_the_bodies_are_page_one(whole, status)
        (attached,) = whole.iter_attachments()
        assert attached.get_content() == Path(pdf).read_bytes()
        assert attached.get_filename() == f"hedge-status-{FEATURE_SESSION}.pdf"

        again = condorwatch_here(*send, *config)
        assert (again.returncode, again.stdout.count("was sent already")) == (4, 2)
        assert len(server.taken) == 2
        asked = condorwatch_here(*send, "--resend", *config)
        assert (asked.returncode, len(server.taken)) == (0, 4), asked.stdout
        ids = [parsed(message.content)["Message-ID"] for message in server.taken]
        assert ids[:2] == ids[2:]
        assert ids[0] != ids[1]

        server.faults = (Fault("rcpt", "550 no such user", for_address="new@one.example"),)
        ghost = '[email.recipients.GHOST]\nto = "ghost@one.example"\n'
        config = ("--config", configured(server.port, desk="new@one.example", more=ghost))
        refused = condorwatch_here(*nightly, *config)
        assert (refused.returncode, refused.stdout) == (5, ran.stdout)
        assert "new@one.example: 550 no such user" in refused.stderr
        assert "No e-mail for GHOST" in refused.stderr
        assert len(server.taken) == 4  # those who have it get nothing again

    shown = condorwatch_here("sql", "select account, state, report_sha256 from meta.outbox order by all",
                             "--format", "json", "--home", home)  # fmt: skip
    mailed = json.loads(shown.stdout)
    written = hashlib.sha256(Path(pdf).with_suffix(".json").read_bytes()).hexdigest()
    assert mailed[0].pop("report_sha256") == written  # the report that was written is the one mailed: not made twice
    for other in mailed[1:]:
        other.pop("report_sha256")
    assert mailed == [
        {"account": "ALL", "state": "accepted"},
        {"account": "DESK", "state": "accepted"},
        {"account": "DESK", "state": "failed"},  # of the night that was done already: readers see that too
    ]


@pytest.mark.soak
def test_a_session_run_five_times_is_mailed_once_and_stays_the_same(
    condorwatch_here: Run,
    night: Command,
    landing: Path,
    tmp_path: Path,
    configured: Callable[..., Path],
) -> None:
    """Twice nothing has changed, twice it is built again all the same."""
    home = tmp_path / "home"
    nightly = [argument for argument in night(home, landing) if argument != "--no-email"]
    with FaultyServer() as server:
        config = ("--config", configured(server.port))
        first = condorwatch_here(*nightly, *config)
        assert (first.returncode, len(server.taken)) == (0, 2), first.stderr
        expected, files = published_hashes(home), written_files(first.stdout)
        for more, code in (((), 4), (("--force",), 0), ((), 4), (("--force",), 0)):
            again = condorwatch_here(*nightly, *config, *more)
            assert again.returncode == code, again.stderr
            assert published_hashes(home) == expected
            assert written_files(first.stdout) == files
            assert len(server.taken) == 2  # one for ALL, one for DESK


def written_files(said: str) -> dict[str, str]:
    """The hashes of the report's files that a night said it wrote."""
    paths = [Path(line) for line in said.splitlines() if line.startswith("/")]
    assert {path.suffix for path in paths} == {".html", ".pdf", ".json"}, said
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def assert_the_bodies_are_page_one(message: EmailMessage, status: str) -> None:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert status in text.get_content()
    assert "SIMULATED" in html.get_content()
    assert len(html.get_content().encode()) < 100_000


@pytest.mark.parametrize(
    "wrong",
    [
        'smtp_password = "hush-hush"',
        'sender = "two@a.example, b@c.example"',
        'security = "none"\nhost = "mail.example"',
        'user = "desk"',
        'report_link = "https://one.example/{home}"',
        "recipient = 1",
    ],
)
def test_what_does_not_fit_is_refused_before_the_night_and_no_password_is_repeated(
    wrong: str, condorwatch_here: Run, tmp_path: Path
) -> None:
    key = wrong.split(" ", maxsplit=1)[0]
    lines = [
        line for line in CONFIGURATION.format(port=25, desk="a@b.example").splitlines() if line.split(" ")[0] != key
    ]
    lines = [line for line in lines if not (line.startswith("host") and "host" in wrong)]
    config = tmp_path / "condorwatch.toml"
    config.write_text("\n".join([lines[0], lines[1], wrong, *lines[2:]]))
    ended = condorwatch_here("nightly", "--config", config, "--home", tmp_path / "home", "--debug")
    assert ended.returncode == 2, ended.stderr
    assert "email" in ended.stderr
    assert "hush" not in ended.stderr
    assert not (tmp_path / "home").exists()
