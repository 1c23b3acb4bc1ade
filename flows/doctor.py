"""Is this machine, this configuration and this home fit for the night? Every finding is one line, with a remedy."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flows.email_secrets import PDF_PASSWORD, SMTP_PASSWORD, pdf_password, smtp_password
from flows.errors import UsageError
from flows.setting_tables import is_table, without_none
from flows.settings import Settings
from flows.sources.live.addresses import masked
from transforms.market.calendar import LAST_DAY
from transforms.thresholds import nearest_name
from warehouse.steps import FAULT_VARIABLE

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from flows.email_settings import EmailSettings

# What WeasyPrint loads when it draws a PDF.
_LIBRARIES: Final = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
_PREFIX: Final = "CONDORWATCH_"
_OTHER_VARIABLES: Final = (SMTP_PASSWORD, PDF_PASSWORD, FAULT_VARIABLE, "CONDORWATCH_REAL_DATA")
_GB: Final = 1e9
_HEALTH_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; where it is not fine, `remedy` says what to do."""

    subject: str
    message: str
    is_fine: bool
    remedy: str = ""

    @property
    def line(self) -> str:
        """The finding as printed."""
        if self.is_fine:
            return f"ok   {self.subject}: {self.message}"
        return f"BAD  {self.subject}: {self.message}. Hint: {self.remedy}"


def examine(settings: Settings, *, expected: dt.date | None, now: dt.datetime) -> list[Finding]:
    """Look at the machine, the configuration, and the published snapshot. Nothing is written and nothing is sent."""
    from flows.doctor_snapshot import examine_snapshot

    return [
        *_machine(),
        _home(settings),
        _disk(settings),
        *_quarantine(settings),
        *_landing(settings),
        *_variables(),
        *_email(settings.email),
        *_prefect(),
        _calendar(settings, now),
        *examine_snapshot(settings, expected=expected, now=now),
    ]


def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", version, is_fine=sys.version_info >= (3, 11), remedy="make setup PYTHON=python3.11")
    is_whole = True
    for library in _LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            is_whole = False
            yield Finding(library, "missing, and the PDF needs it", is_fine=False, remedy="make setup installs it")
        else:
            yield Finding(library, "found", is_fine=True)
    if is_whole:
        yield _pdf_engine()


def _pdf_engine() -> Finding:
    from templates.render import pdf_engine

    try:
        return Finding("pdf", pdf_engine(), is_fine=True)
    except (ImportError, OSError) as problem:
        message = f"WeasyPrint does not load: {str(problem).splitlines()[0]}"
        return Finding("pdf", message, is_fine=False, remedy="make setup installs what it needs")


def _home(settings: Settings) -> Finding:
    """A home that is not there yet is made by the first night, where its folder can be written."""
    folder = settings.home.absolute()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    is_writable = existing.is_dir() and os.access(existing, os.W_OK)
    return Finding(
        "home",
        f"{folder} {'can' if is_writable else 'cannot'} be written",
        is_fine=is_writable,
        remedy="give the user of the night leave to write there, or name another folder: home",
    )


def _disk(settings: Settings) -> Finding:
    folder = settings.home.absolute()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free_gb, wanted_gb = shutil.disk_usage(existing).free / _GB, settings.doctor.free_disk_gb
    return Finding(
        "disk",
        f"{free_gb:.1f} GB free at {existing}, {wanted_gb:g} wanted (doctor.free_disk_gb)",
        is_fine=free_gb >= wanted_gb,
        remedy="make room; old folders of home/reports can go (condorwatch report makes them again), home/raw cannot",
    )


def _quarantine(settings: Settings) -> Iterator[Finding]:
    """A file that was damaged wants a person's look, however well all has been made again since."""
    kept = sorted(path.name for path in (settings.home / "quarantine").glob("*/*"))
    if kept:
        yield Finding(
            "quarantine",
            f"{', '.join(kept)} damaged, kept in {settings.home.absolute() / 'quarantine'}",
            is_fine=False,
            remedy="look for the cause (docs/runbook.md, A damaged warehouse), then remove that folder",
        )


def _landing(settings: Settings) -> Iterator[Finding]:
    if settings.landing is not None:
        is_there = settings.landing.is_dir()
        yield Finding(
            "landing",
            f"{settings.landing.absolute()} {'is there' if is_there else 'is not a folder'}",
            is_fine=is_there,
            remedy="make it or mount it, or name another folder: landing",
        )


def _variables() -> Iterator[Finding]:
    """A misspelt variable is silently nothing, unlike a misspelt key of the file."""
    given = sorted(name for name in os.environ if name.startswith(_PREFIX))
    settings = {f"{_PREFIX}{name.upper()}": field for name, field in Settings.model_fields.items()}
    known = {*settings, *_OTHER_VARIABLES}
    for name in given:
        table, separator, _ = name.partition("__")
        is_of_a_table = bool(separator) and table in settings and _holds_keys(settings[table].annotation)
        if name not in known and not is_of_a_table:
            remedy = f"the nearest is {nearest_name(name, known)}; unset it, or spell it so"
            yield Finding("environment", f"{name} is no setting, and is not heeded", is_fine=False, remedy=remedy)


def _holds_keys(annotation: object) -> bool:
    kind = without_none(annotation)
    return is_table(kind) or getattr(kind, "__origin__", None) is dict


def _email(email: EmailSettings | None) -> Iterator[Finding]:
    """Whether what an e-mail needs is there; nothing is sent and no server is asked."""
    if email is None:
        return
    try:
        has_password = smtp_password(email) is not None
        pdf_password(email)
    except UsageError as problem:
        yield Finding("e-mail", problem.sentence.rstrip("."), is_fine=False, remedy=problem.hint)
        return
    if email.ca_file is not None and not email.ca_file.is_file():
        remedy = "name the file of your authorities, or leave email.ca_file out"
        yield Finding("e-mail", f"{email.ca_file} is not there", is_fine=False, remedy=remedy)
        return
    login = f"as {email.user}, its password is there" if has_password else "without a user"
    yield Finding("e-mail", f"through {email.host}:{email.port_used} {login}", is_fine=True)


def _prefect() -> Iterator[Finding]:
    address = os.environ.get("PREFECT_API_URL", "")
    if not address:
        return
    from flows.web_hooks import answers

    reason = answers(f"{address.rstrip('/')}/health", timeout_seconds=_HEALTH_SECONDS)
    message = f"{masked(address)} {'answers' if reason is None else f'does not answer: {reason}'}"
    remedy = "start it (prefect server start), or unset PREFECT_API_URL; nights with --direct need none"
    yield Finding("prefect", message, is_fine=reason is None, remedy=remedy)


def _calendar(settings: Settings, now: dt.datetime) -> Finding:
    left = LAST_DAY - now.date()
    return Finding(
        "calendar",
        f"sessions are known until {LAST_DAY}, {left.days} days ahead",
        is_fine=left >= timedelta(days=settings.doctor.calendar_days),
        remedy="update condorwatch; its session table is frozen (docs/calendar.md)",
    )
