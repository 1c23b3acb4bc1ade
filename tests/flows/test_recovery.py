"""A warehouse that is damaged, cut short or gone: moved aside, said so, and made again to the same content hashes.

One damage is in test_rebuild.py, every time.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.delivery import Post
from flows.doctor import examine
from flows.rebuild_command import REBUILT_TABLES
from flows.recovery import opened_warehouse
from tests.flows.landed_nights import VIX
from tests.flows.mail.invented_mail import letter, mail_settings
from tests.flows.restatement_cases import moved
from tests.flows.restatements import (
    LATER,
    SHORT_PUT,
    SPX,
    Restatement,
    first_landing,
    first_night,
    restated,
    settings_of,
)
from warehouse.archive import Archive
from warehouse.errors import ArchiveDamaged, CannotOpen, QueryFailed
from warehouse.home import WarehousePaths
from warehouse.journal import Journal
from warehouse.outbox import Outbox, Reply
from warehouse.publish import publish
from warehouse.store import open_reader, open_writer, published_path
from warehouse.tables import meta

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.settings import Settings
    from warehouse.connection import Connection

pytestmark = pytest.mark.soak

KEPT = (meta.META_RUNS, meta.META_ISSUED_FIGURES, meta.META_OUTBOX, meta.META_OUTBOX_RECIPIENTS)


def hashes_of(connection: Connection) -> dict[str, str]:
    return {table.full_name: connection.content_hash(table) for table in (*REBUILT_TABLES, *KEPT)}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A night restated by a corrected chain, with a chain and a file of accounts withdrawn, and an e-mail sent."""
    landing, folder = first_landing(), tmp_path_factory.mktemp("recovery")
    later = Restatement(later=moved(landing, SPX, SHORT_PUT, 1.0), withdrawn=(VIX, "accounts.csv"))
    built = restated(first_night(folder / "first", landing), folder / "home", later)
    with open_writer(built.home, "test") as store:
        publish(store, built.home)
        post = Post(Outbox(store), mail_settings(1), lambda: LATER)
        entry = post.queue(letter())
        post.outbox.mark_sending(entry.message_id, entry.addresses, LATER)
        post.outbox.mark_accepted(entry.message_id, entry.addresses, Reply(250, "ok"), LATER)
    opened_warehouse(built).close()
    return built


@pytest.fixture(scope="module")
def expected(settings: Settings) -> dict[str, str]:
    with open_writer(settings.home, "test") as store:
        return hashes_of(store)


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Path:
    return Path(shutil.copytree(settings.home, tmp_path / "home"))


def recovered(home: Path, *, is_read_whole: bool = False) -> dict[str, str]:
    with opened_warehouse(settings_of(home), is_read_whole=is_read_whole) as store:
        found = hashes_of(store)
    with open_reader(home) as reader:
        assert hashes_of(reader) == found
    print(f"\n{len(found)} tables made again")  # noqa: T201 - the figure
    return found


def spx_chains(home: Path) -> list[str]:
    with open_reader(home) as reader:
        chains = reader.query("select load_id from core.option_chains where underlying = 'SPX' order by load_id")
    assert chains.height > 1
    return chains["load_id"].to_list()


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[:200] = b"\xff" * 200
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut_short, overwritten, emptied])
def test_a_damaged_database_is_kept_aside_and_made_again_from_the_snapshot_and_the_archive(
    damage: Callable[[Path], None], home: Path, expected: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    build = WarehousePaths(home).build
    damage(build)
    damaged = build.read_bytes()
    assert recovered(home) == expected
    assert (home / "quarantine" / "1" / "build.duckdb").read_bytes() == damaged
    said = capsys.readouterr().err
    assert "The warehouse is damaged, and is made again." in said
    assert f"is kept in {home / 'quarantine' / '1'}." in said
    assert not list(home.glob("recovering-*"))
    (finding,) = (one for one in examine(settings_of(home), expected=None, now=LATER) if one.subject == "quarantine")
    assert finding.line.startswith("BAD  quarantine: build.duckdb damaged, kept in ")
    assert recovered(home) == expected  # and from then on it is as any other
    assert capsys.readouterr().err == ""


def test_commits_that_a_cut_log_has_lost_are_noticed_and_made_good(
    home: Path, expected: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The snapshot is from before the e-mail; with it in the place of the database, that it was taken is lost."""
    shutil.copy(published_path(home), WarehousePaths(home).build)
    with opened_warehouse(settings_of(home)) as store:
        assert hashes_of(store) == expected
        assert store.query("select state from meta.outbox").rows() == [("accepted",)]
    assert "It lacks what was committed: 1 states of e-mails" in capsys.readouterr().err


def test_a_damaged_snapshot_is_published_again(
    home: Path, expected: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cut_short(published_path(home))
    with pytest.raises(CannotOpen, match="Hint: `condorwatch rebuild --replace`"):
        open_reader(home)
    assert recovered(home) == expected
    assert (home / "quarantine" / "1" / "condorwatch.duckdb").exists()
    assert "The published snapshot was damaged, and is published again" in capsys.readouterr().err


def test_damage_that_only_reading_shows_is_named_with_its_remedy_and_found_when_all_is_read(
    home: Path, expected: dict[str, str]
) -> None:
    build = WarehousePaths(home).build
    content = bytearray(build.read_bytes())
    for place in range(300_000, len(content) - 300_000, 4_096):
        content[place] ^= 0xFF
    build.write_bytes(content)
    with (
        suppress(CannotOpen),
        open_writer(home, "test") as store,
        pytest.raises(QueryFailed, match="rebuild --replace"),
    ):
        hashes_of(store)
    assert recovered(home, is_read_whole=True) == expected


@pytest.mark.parametrize("is_journal_kept", [True, False])
def test_with_both_databases_lost_everything_is_made_again_from_the_archive(
    *,
    is_journal_kept: bool,
    settings: Settings,
    home: Path,
    expected: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without the journal the files have no names, and nothing was withdrawn: what their contents tell is loaded."""
    cut_short(published_path(home))
    WarehousePaths(home).build.unlink()
    if not is_journal_kept:
        Journal(home).path.unlink()
    found = recovered(home)
    said = capsys.readouterr().err
    assert "build.duckdb is missing" in said
    assert "made again from the archive" in said
    if is_journal_kept:
        assert found == expected
    else:
        assert "without their names" in said
        assert spx_chains(home) == spx_chains(settings.home)


def test_a_file_that_is_missing_in_the_archive_is_named_and_nothing_is_moved(home: Path) -> None:
    cut_short(published_path(home))
    cut_short(WarehousePaths(home).build)
    sha256 = Journal(home).entries()["file"][0]["content_sha256"]
    Archive(home).path_of(sha256).chmod(0o644)
    Archive(home).path_of(sha256).write_bytes(b"rot")
    with pytest.raises(ArchiveDamaged, match=sha256[:12]):
        opened_warehouse(settings_of(home))
    assert not (home / "quarantine").exists()
