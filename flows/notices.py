"""Who is told, besides by e-mail, how a night or a doctor's visit has ended: a health check and a webhook.

Both are addresses of the user's. A notice that cannot be given is a sentence, never an error: the night is done.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flows.errors import CondorwatchError, ExitCode
from flows.night import NightOutcome

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator

    from pydantic import SecretStr

    from flows.operation_settings import NoticeSettings
    from flows.settings import Settings

WENT_WELL: Final = frozenset({ExitCode.DONE, ExitCode.DATA_HOLD, ExitCode.NOTHING_TO_DO})


def announced(
    settings: Settings, session_date: dt.date, run: Callable[[], NightOutcome], *, is_error_raised: bool = True
) -> NightOutcome:
    """Run a night and tell how it ended; a night already done is no news, only a sign of life.

    Where `is_error_raised` is not wanted, a night that breaks becomes an outcome with its exit code.
    """
    try:
        outcome = run()
    except Exception as problem:
        code = problem.exit_code if isinstance(problem, CondorwatchError) else ExitCode.UNEXPECTED
        outcome = NightOutcome(code, f"condorwatch {session_date} failed: {problem}", ())
        told = given(settings.notices, outcome.status_line, is_well=False)
        if is_error_raised:
            raise
        return replace(outcome, notes=told)
    is_news = outcome.exit_code != ExitCode.NOTHING_TO_DO
    text = "\n".join((outcome.status_line, *outcome.notes)) if is_news else None
    told = given(settings.notices, text, is_well=outcome.exit_code in WENT_WELL)
    return replace(outcome, notes=(*outcome.notes, *told))


def given(notices: NoticeSettings, text: str | None, *, is_well: bool) -> tuple[str, ...]:
    """Tell the health check whether all is well and, where there is a text, the webhook; what could not be told."""
    return tuple(_failures(notices, text, is_well=is_well))


def _failures(notices: NoticeSettings, text: str | None, *, is_well: bool) -> Iterator[str]:
    calls: list[tuple[str, SecretStr | None, dict[str, str] | None, str]] = [
        ("notices.healthcheck_url", notices.healthcheck_url, None, "" if is_well else "fail"),
    ]
    if text is not None:
        calls.append(("notices.webhook_url", notices.webhook_url, {"text": text}, ""))
    for setting, address, message, below in calls:
        if address is None:
            continue
        from flows.web_hooks import HookFailed, call

        try:
            call(address, notices, message=message, below=below)
        except HookFailed as problem:
            yield f"{setting} was not told: {problem}."
