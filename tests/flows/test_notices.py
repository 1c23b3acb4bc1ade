"""Health check and webhook, told over HTTP by a server of this machine; a notice that fails changes no night."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from flows.cli import main
from flows.errors import ExitCode, UsageError
from flows.night import NightOutcome
from flows.notices import announced, given
from flows.operation_settings import NoticeSettings
from flows.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = dt.date(2031, 3, 12)
GOOD = NightOutcome(ExitCode.DONE, "[OK] 2031-03-12 SPX 6,120", (), ("a note",))
DONE_BEFORE = NightOutcome(ExitCode.NOTHING_TO_DO, GOOD.status_line, ())
HOLD = NightOutcome(ExitCode.DATA_HOLD, "[DATA_HOLD] 2031-03-12", (), is_data_hold=True)
UNMAILED = NightOutcome(ExitCode.DELIVERY_FAILED, GOOD.status_line, (), ("nobody got it",))


class Ear:
    """What was heard: method, path and body; `answers` are the status codes to give, the last one for ever."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []
        self.answers = [200]
        self.url = ""

    def next_answer(self) -> int:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def listening() -> Iterator[Ear]:
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        def _hear(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            ear.heard.append((self.command, self.path, body))
            self.send_response(ear.next_answer())
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = _hear  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ear.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ear
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Ear]:
    with listening() as ear:
        yield ear


@pytest.fixture
def ear(server: Ear) -> Ear:
    server.heard.clear()
    server.answers = [200]
    return server


def notices(url: str, **more: object) -> NoticeSettings:
    return NoticeSettings.model_validate(
        {"healthcheck_url": f"{url}/ping/s3cret?rid=1", "webhook_url": f"{url}/hook/s3cret", "backoff_seconds": 0}
        | more
    )


def settings(url: str, **more: object) -> Settings:
    return load_settings(None, notices=notices(url, **more))


def test_a_good_night_gives_a_sign_of_life_and_its_status_line(ear: Ear) -> None:
    assert announced(settings(ear.url), DAY, lambda: GOOD) == GOOD
    (ping, hook) = ear.heard
    assert ping == ("GET", "/ping/s3cret?rid=1", "")
    assert hook[:2] == ("POST", "/hook/s3cret")
    assert json.loads(hook[2]) == {"text": "[OK] 2031-03-12 SPX 6,120\na note"}  # what Slack takes


@pytest.mark.parametrize(("outcome", "path"), [(HOLD, "/ping/s3cret?rid=1"), (UNMAILED, "/ping/s3cret/fail?rid=1")])
def test_a_night_on_hold_has_run_and_one_nobody_was_told_of_has_failed(
    outcome: NightOutcome, path: str, ear: Ear
) -> None:
    announced(settings(ear.url), DAY, lambda: outcome)
    assert [heard[1] for heard in ear.heard] == [path, "/hook/s3cret"]


def test_a_night_already_done_is_no_news(ear: Ear) -> None:
    announced(settings(ear.url), DAY, lambda: DONE_BEFORE)
    assert [heard[0] for heard in ear.heard] == ["GET"]


def test_a_night_that_breaks_is_told_and_breaks_all_the_same(ear: Ear) -> None:
    def broken() -> NightOutcome:
        raise UsageError("the book is gone")

    with pytest.raises(UsageError, match="the book is gone"):
        announced(settings(ear.url), DAY, broken)
    assert [heard[1] for heard in ear.heard] == ["/ping/s3cret/fail?rid=1", "/hook/s3cret"]
    assert "failed: the book is gone" in ear.heard[1][2]
    outcome = announced(settings(ear.url), DAY, broken, is_error_raised=False)
    assert (outcome.exit_code, outcome.status_line) == (ExitCode.USAGE, f"condorwatch {DAY} failed: the book is gone")


@pytest.mark.parametrize(
    ("answers", "heard_qty", "said"),
    [
        ([503, 200], 2, ()),
        ([429, 500, 200], 3, ()),
        ([500], 3, ("notices.healthcheck_url was not told: it answered 500.",)),
        ([404], 1, ("notices.healthcheck_url was not told: it answered 404.",)),
        ([302], 1, ("notices.healthcheck_url was not told: it answered 302.",)),
    ],
)
def test_what_may_pass_is_tried_again_and_what_fails_is_said_without_the_address(
    answers: list[int], heard_qty: int, said: tuple[str, ...], ear: Ear
) -> None:
    ear.answers = answers
    assert given(notices(ear.url, webhook_url=None), None, is_well=True) == said
    assert len(ear.heard) == heard_qty


def test_a_server_that_is_down_changes_no_exit_code_and_gives_nothing_away(caplog: pytest.LogCaptureFixture) -> None:
    with listening() as gone:
        pass
    outcome = announced(settings(gone.url), DAY, lambda: GOOD)
    assert outcome.exit_code == ExitCode.DONE
    assert outcome.notes == (
        "a note",
        "notices.healthcheck_url was not told: no answer (ConnectError).",
        "notices.webhook_url was not told: no answer (ConnectError).",
    )
    assert "s3cret" not in f"{outcome} {caplog.text}"


def test_without_addresses_nothing_is_called() -> None:
    assert announced(load_settings(None), DAY, lambda: GOOD) == GOOD


def test_the_doctor_tells_both_only_when_it_is_to(
    ear: Ear, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith(("CONDORWATCH_", "PREFECT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CONDORWATCH_NOTICES__HEALTHCHECK_URL", f"{ear.url}/ping")
    monkeypatch.setenv("CONDORWATCH_NOTICES__WEBHOOK_URL", f"{ear.url}/hook")
    for arguments, code in ((), 0), (("--notify",), 0), (("--notify", "--expect-session", "yesterday"), 1):
        monkeypatch.setattr(sys, "argv", ["condorwatch", "doctor", "--home", str(tmp_path), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code, capsys.readouterr().out
    assert [heard[:2] for heard in ear.heard] == [("GET", "/ping"), ("GET", "/ping/fail"), ("POST", "/hook")]
    assert "BAD  snapshot" in json.loads(ear.heard[-1][2])["text"]
