"""The night's e-mail: every configured account's report, read from the published snapshot, through the outbox."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flows import publish
from flows.delivery import Delivery, Post
from flows.email_message import Bodies, Letter
from flows.errors import ExitCode
from flows.recovery import opened_warehouse
from transforms.book.positions import ALL_ACCOUNTS
from transforms.report.build import build_report
from transforms.report.status_line import status_line
from warehouse.outbox import Outbox
from warehouse.store import open_reader
from warehouse.tables import meta

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from flows.email_settings import EmailSettings
    from flows.settings import Settings
    from transforms.report.inputs import ReportInputs
    from warehouse.store import Store

    Clock = Callable[[], dt.datetime]

NAMED_FOR: Final = timedelta(days=10)  # how long an e-mail that is owed to someone is named every night


@dataclass(frozen=True, slots=True)
class Mailbag:
    """The letters of a session, and the configured accounts that have no report."""

    letters: tuple[Letter, ...]
    without_report: tuple[str, ...]


def mailbag(settings: Settings, email: EmailSettings, session_date: dt.date) -> Mailbag:
    """Write every configured account's letter.

    Raises:
        UsageError: the session is not in the published snapshot.
    """
    with open_reader(settings.home) as reader:
        inputs = publish.counted(publish.report_inputs(reader, settings, session_date))
    main = publish.main_account(inputs)
    whose = {name: main if name == ALL_ACCOUNTS else name for name in email.recipients}
    known = {name: account for name, account in whose.items() if account in inputs.book["account"]}
    letters = tuple(_letter(inputs, settings, email, name, account) for name, account in known.items())
    return Mailbag(letters, tuple(name for name in whose if name not in known))


def _letter(inputs: ReportInputs, settings: Settings, email: EmailSettings, name: str, account: str) -> Letter:
    from templates.email_bodies import Enclosure, render_email_html, render_email_text
    from templates.render import render_json

    session_date = inputs.stamp.session_date
    report = build_report(replace(inputs, stamp=replace(inputs.stamp, account=account)))
    stem = publish.report_stem(account, main=publish.main_account(inputs))
    view = render_json(report).encode()
    line = status_line(inputs, account)
    pdf = _pdf_beside(settings, session_date, stem, view)
    pdf_name = stem.replace("hedge-status", f"hedge-status-{session_date}", 1) + ".pdf"
    place = email.report_link.format(session=session_date, file=pdf.name) or str(pdf.absolute())
    attached, linked = (
        Bodies(render_email_text(report, line, enclosure), render_email_html(report, line, enclosure))
        for enclosure in (Enclosure(pdf_name), Enclosure(pdf_name, place))
    )
    return Letter(
        session_date=session_date,
        account=name,
        subject=line if name == ALL_ACCOUNTS else f"{line} | {name}",
        report_sha256=hashlib.sha256(view).hexdigest(),
        attached=attached,
        linked=linked,
        pdf=pdf.read_bytes(),
        pdf_name=pdf_name,
    )


def _pdf_beside(settings: Settings, session_date: dt.date, stem: str, view: bytes) -> Path:
    """The PDF of this very report: where the files are missing or of an earlier build, they are written again."""
    folder = publish.report_folder(settings, session_date)
    pdf, beside = folder / f"{stem}.pdf", folder / f"{stem}.json"
    if not (pdf.is_file() and beside.is_file() and beside.read_bytes() == view):
        publish.write_reports(settings, session_date)
    return pdf


def opened_post(store: Store, email: EmailSettings, clock: Clock) -> Post:
    """Take over the outbox: what a killed process was sending is unknown from now on."""
    outbox = Outbox(store)
    outbox.bury_the_dead(clock())
    return Post(outbox, email, clock)


def sent(post: Post, bag: Mailbag, session_date: dt.date, *, is_resend: bool = False) -> Delivery:
    """Deliver a session's letters, and name what is owed of other sessions."""
    delivery = post.deliver(bag.letters, is_resend=is_resend)
    if bag.without_report:
        names = ", ".join(bag.without_report)
        line = f"No e-mail for {names}: the book of {session_date} has no such account ([email.recipients])."
        delivery = delivery.and_also(Delivery((line,), is_complete=False))
    return delivery.and_also(Delivery(tuple(_owed(post, session_date))))


def _owed(post: Post, session_date: dt.date) -> list[str]:
    owed = post.outbox.unsettled(session_date, within=NAMED_FOR)
    return [
        f"E-mail of {day}, {account}, is still {state}: condorwatch send --session {day} says more, and tries again."
        for day, account, state in owed.select("session_date", "account", "state").iter_rows()
    ]


def is_shown(store: Store, home: Path) -> bool:
    """Whether the published snapshot shows every e-mail as it stands."""
    tables = (meta.META_OUTBOX, meta.META_OUTBOX_RECIPIENTS)
    with open_reader(home) as reader:
        return all(reader.content_hash(table) == store.content_hash(table) for table in tables)


def send_session(
    settings: Settings, session_date: dt.date, *, is_resend: bool, clock: Clock, echo: Callable[[str], object]
) -> ExitCode:
    """`condorwatch send`: deliver a published session; nobody gets it twice unless it is said.

    Raises:
        UsageError: the session is not published, or a password is missing.
    """
    if settings.email is None:
        echo("No e-mail is configured, so none is sent; docs/configuration.md describes [email].")
        return ExitCode.DONE
    with opened_warehouse(settings) as store:
        post = opened_post(store, settings.email, clock)
        delivery = sent(post, mailbag(settings, settings.email, session_date), session_date, is_resend=is_resend)
    for line in delivery.lines:
        echo(line)
    if not delivery.is_complete:
        return ExitCode.DELIVERY_FAILED
    return ExitCode.DONE if delivery.is_anything_sent else ExitCode.NOTHING_TO_DO
