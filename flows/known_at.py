"""`condorwatch report --known-at`: a session as it looked from what was known at an instant.

A copy of the published warehouse is taken back to that instant: loads that came later are taken out, withdrawals that
came later are undone, and the nights before that were built again since are built from the loads known then.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from flows.errors import UsageError
from flows.publish import publish_snapshot, report_folder, write_reports
from flows.replay import nights_built
from flows.rules import Rules
from flows.series import STAGE, recompute
from flows.stages import BUILT_TABLES, build_session
from warehouse.copying import copy_published
from warehouse.ledger import this_holder
from warehouse.store import open_writer
from warehouse.tables import meta

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from flows.settings import Settings
    from warehouse.store import Store

_LATER_LOADS: Final = "loaded_at > $known_at"
_LATER_WITHDRAWALS: Final = "load_id in (select load_id from meta.withdrawn_loads where withdrawn_at > $known_at)"
# What says how it is known, or what became of it, after the instant.
_FORGET: Final = """
    delete from meta.applied_loads where load_id not in (select load_id from meta.loads);
    delete from meta.rejected_rows where load_id not in (select load_id from meta.loads);
    delete from core.option_chains where load_id not in (select load_id from meta.loads);
"""


def render_as_known(
    settings: Settings, session_date: dt.date, *, known_at: dt.datetime, now: dt.datetime, out: Path | None
) -> tuple[str, ...]:
    """Write the report of a session as it was known at an instant, and say where.

    Without `out` it lies beside the current one, in a folder named by the instant.

    Raises:
        UsageError: the instant lies ahead, or nothing of the session was known at it.
        NotPublished: nothing has been published yet.
    """
    if known_at > now:
        raise UsageError(f"{known_at:%Y-%m-%d %H:%M} UTC lies ahead.", hint="Name an instant that has passed.")
    folder = out or report_folder(settings, session_date) / f"known-at-{known_at:%Y%m%dT%H%M%SZ}"
    with as_known(settings, session_date, known_at=known_at) as back_then:
        return write_reports(back_then, session_date, out=folder, known_at=known_at).paths


@contextmanager
def as_known(settings: Settings, session_date: dt.date, *, known_at: dt.datetime) -> Iterator[Settings]:
    """Settings of a temporary home whose published warehouse holds the session as it was known at an instant.

    Raises as `render_as_known`.
    """
    rules = Rules.of(settings)
    with TemporaryDirectory(prefix="known-at-", dir=settings.home) as folder:
        back_then = settings.model_copy(update={"home": Path(folder)})
        copy_published(settings.home, back_then.home)
        with open_writer(back_then.home, this_holder()) as store:
            _require_known(store, session_date, known_at)
            _take_back(store, rules, known_at)
            for day in _nights_to_build(store, session_date, known_at):
                build_session(store, day, rules)
            publish_snapshot(store, back_then)
        yield back_then


def _require_known(store: Store, session_date: dt.date, known_at: dt.datetime) -> None:
    """Refuse an instant before the first file, or before anything of the session was there."""
    first = store.query("select min(loaded_at) as first_at from meta.loads")["first_at"][0]
    if first is None or first > known_at:
        came = f"the first file came at {first:%Y-%m-%d %H:%M} UTC" if first else "no file has come yet"
        raise UsageError(f"Nothing was known at {known_at:%Y-%m-%d %H:%M} UTC: {came}.", hint="Name a later instant.")
    chains = store.query(
        "select min(l.loaded_at) as first_at from core.option_chains as c join meta.loads as l "
        "on l.load_id = c.load_id where c.session_date = $day",
        {"day": session_date},
    )["first_at"][0]
    built = [night.at for night in nights_built(store) if night.session_date == session_date]
    instants = [*built, *([chains] if chains else [])]
    if not instants:
        raise UsageError(
            f"Session {session_date} is not in the published snapshot.", hint="Run condorwatch nightly for it."
        )
    if min(instants) > known_at:
        raise UsageError(
            f"Of session {session_date} nothing was known at {known_at:%Y-%m-%d %H:%M} UTC: "
            f"it came at {min(instants):%Y-%m-%d %H:%M} UTC.",
            hint="Name a later instant.",
        )


def _take_back(store: Store, rules: Rules, known_at: dt.datetime) -> None:
    """Leave in core what the loads of that instant say."""
    params = {"known_at": known_at}
    later = store.read(meta.META_LOADS, _LATER_LOADS, params)
    restored = store.read(meta.META_LOADS, f"not ({_LATER_LOADS}) and {_LATER_WITHDRAWALS}", params)
    with store.stage(STAGE):
        store.execute("delete from meta.loads where loaded_at > $known_at", params)
        store.execute("delete from meta.withdrawn_loads where withdrawn_at > $known_at", params)
        store.execute("delete from meta.issued_figures where issued_at > $known_at", params)
        store.execute("delete from meta.refused_files where refused_at > $known_at", params)
        store.execute("delete from meta.live_answers where asked_at > $known_at", params)
        store.execute(_FORGET)
        touched = later.vstack(restored)
        if touched.height:
            recompute(store, touched, rules)


def _nights_to_build(store: Store, session_date: dt.date, known_at: dt.datetime) -> list[dt.date]:
    """The session, and the nights before it that were built again since; what was first built later is taken out."""
    nights = nights_built(store)
    then = {night.session_date for night in nights if night.at <= known_at}
    since = {night.session_date for night in nights if night.at > known_at}
    with store.stage("nights"):
        for table in BUILT_TABLES:
            store.execute(
                f"delete from {table.full_name} where {table.partition} <= $day "
                f"and list_contains($days, {table.partition})",
                {"day": session_date, "days": sorted(since)},
            )
    return [*sorted(day for day in since & then if day < session_date), session_date]
