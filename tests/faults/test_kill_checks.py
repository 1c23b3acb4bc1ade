"""The checks of a killed home find what is planted: a mixed build, a lost commit, a torn file, an e-mail nobody has."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.kill_checks import Course, Episode, Findings
from tests.faults.mailbox import Mailbox
from warehouse.home import WarehousePaths
from warehouse.outbox import Entry, Outbox, Reply
from warehouse.store import open_writer, published_path

if TYPE_CHECKING:
    from tests.faults.builds import Hashes

pytestmark = pytest.mark.soak

NOW = dt.datetime(2026, 4, 30, 22, tzinfo=dt.UTC)


@pytest.fixture
def episode(old_home: Path, old: Hashes, new: Hashes, tmp_path: Path) -> Episode:
    """A home that is about to be restated in a single commit."""
    home = Path(shutil.copytree(old_home, tmp_path / "home"))
    return Episode(home, Course((old, new), ((0, "states.committed"),)), Findings(), Mailbox())


def found(episode: Episode, *steps: str) -> tuple[list[str], list[str], list[str]]:
    episode.look(steps, "here")
    findings = episode.findings
    return findings.mixed, findings.lost, findings.torn


def put(new_home: Path, episode: Episode, *, is_published: bool = False) -> None:
    """Put the restated database in the place of the old one, and publish it."""
    place = published_path(episode.home) if is_published else WarehousePaths(episode.home).build
    shutil.copy(WarehousePaths(new_home).build, place)


def spoil(database: Path) -> None:
    """Take a row out of one table, in a home that is made of this one database."""
    home = database.parent / "spoiling"
    paths = WarehousePaths(home)
    paths.folder.mkdir(parents=True)
    shutil.move(database, paths.build)
    with open_writer(home, "test") as store:
        store.execute("delete from mart.capital_daily")
    shutil.move(paths.build, database)
    shutil.rmtree(home)


def test_the_build_before_and_the_one_after_are_sound(episode: Episode, new_home: Path) -> None:
    assert found(episode, "states.written") == ([], [], [])
    put(new_home, episode)
    assert found(episode, "states.committed") == ([], [], [])
    put(new_home, episode, is_published=True)
    assert found(episode, "publish.renamed") == ([], [], [])


def test_a_build_that_is_neither_is_mixed(episode: Episode) -> None:
    spoil(WarehousePaths(episode.home).build)
    spoil(published_path(episode.home))
    assert found(episode) == (["here: published", "here: mart.capital_daily"], [], [])


def test_the_old_build_after_a_commit_is_a_loss(episode: Episode) -> None:
    mixed, lost, _ = found(episode, "states.committed", "publish.renamed", "night.done")
    assert not mixed
    assert lost[0] == "here: the snapshot"
    assert lost[1].startswith("here: core.option_chains, ")
    assert len(lost) == 2


def test_a_snapshot_and_an_archived_file_that_are_gone_are_a_loss(episode: Episode) -> None:
    published_path(episode.home).unlink()
    kept = [path for path in episode.home.glob("raw/??/*") if not path.name.startswith(".")]
    kept[0].unlink()
    assert found(episode, *["archive.kept"] * len(kept)) == ([], ["here: the snapshot", "here: an archived file"], [])


def test_half_a_file_is_torn(episode: Episode) -> None:
    archived = next(path for path in episode.home.glob("raw/??/*") if not path.name.startswith("."))
    report = next(episode.home.glob("reports/*/hedge-status.html"))
    for path in (archived, report):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:100])
    assert found(episode) == ([], [], [f"here: {archived}", f"here: {report}"])


def test_an_email_said_to_be_taken_that_nobody_has_and_one_taken_of_which_nothing_is_known(episode: Episode) -> None:
    address = "desk@one.example"
    assert found(episode, "outbox-accepted.committed") == ([], ["here: an e-mail taken"], [])
    episode.findings.lost.clear()
    entry = Entry(
        message_id="<1@sender.example>",
        session_date=NOW.date(),
        account="ALL",
        content_kind="report",
        report_sha256="0" * 64,
        recipients_sha256="0" * 64,
        subject="one",
        recipients=((address, "to"),),
    )
    with open_writer(episode.home, "test") as store:
        outbox = Outbox(store)
        outbox.queue(entry, NOW)
        outbox.mark_sending(entry.message_id, entry.addresses, NOW)
        outbox.mark_accepted(entry.message_id, entry.addresses, Reply(250, "ok"), NOW)
    assert found(episode) == (["here: an e-mail said to be taken that nobody has"], [], [])
    assert episode.mailbox is not None
    episode.mailbox.times_taken[address] += 1
    episode.findings.mixed.clear()
    assert found(episode) == ([], [], [])
