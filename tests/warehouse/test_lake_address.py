"""What a home says of its lake, and what it must not say."""

from pathlib import Path

import pytest

from flows.errors import UsageError
from flows.settings import Settings, load_settings
from flows.warehouse_settings import settle_warehouse
from warehouse.errors import CannotOpen, LakeUnavailable
from warehouse.home import WarehousePaths
from warehouse.lake import Lake
from warehouse.store import has_warehouse, open_reader, published_path

CATALOG = "postgres:host=db.example.com dbname=desk user=condorwatch"
AWKWARD = Lake("postgres:host='a \\'quoted\\' \"host\"'", "/srv/a \\ b", "desk_2")


def settings_of(home: Path, catalog: str = CATALOG, data: str = "/srv/lake") -> Settings:
    return load_settings(None, home=home, warehouse={"lake": catalog, "lake_data": data})


def test_a_lake_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    AWKWARD.write(tmp_path / "lake.toml")
    assert Lake.read(tmp_path / "lake.toml") == AWKWARD


@pytest.mark.parametrize(
    "catalog",
    [
        "postgres:host=db password=very-secret",
        "postgres:host=db PASSWORD = very-secret",
        "postgres:passfile=/very-secret",
        "postgres:postgresql://desk:very-secret@db/condorwatch",
    ],
)
def test_a_password_is_refused_and_not_repeated(tmp_path: Path, catalog: str) -> None:
    with pytest.raises(UsageError, match="environment variable PGPASSWORD") as refusal:
        settings_of(tmp_path, catalog)
    assert "very-secret" not in f"{refusal.value.sentence} {refusal.value.hint}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lake": "sqlite:x", "lake_data": "/srv"}, "begins with postgres:"),
        ({"lake": CATALOG}, "set both lake and lake_data"),
        ({"lake_data": "/srv"}, "set both lake and lake_data"),
        ({"lake": CATALOG, "lake_data": "/srv", "lake_schema": 'x"; drop'}, "lower-case letters"),
    ],
)
def test_half_an_address_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_settings(None, warehouse=given)


def test_a_home_remembers_its_lake_and_refuses_another(tmp_path: Path) -> None:
    for _ in range(2):
        settle_warehouse(settings_of(tmp_path))
    assert Lake.read(WarehousePaths(tmp_path).lake) == Lake(CATALOG, "/srv/lake")
    assert published_path(tmp_path) == tmp_path / "warehouse" / "lake.toml"
    assert has_warehouse(tmp_path)
    with pytest.raises(UsageError, match="lie in another lake"):
        settle_warehouse(settings_of(tmp_path, data="/srv/other"))


@pytest.mark.file
def test_a_home_with_a_file_does_not_become_a_lake_unnoticed(tmp_path: Path) -> None:
    (tmp_path / "warehouse").mkdir()
    WarehousePaths(tmp_path).build.touch()
    with pytest.raises(UsageError, match="has its tables in a file"):
        settle_warehouse(settings_of(tmp_path))


def test_a_damaged_lake_file_is_a_plain_error(tmp_path: Path) -> None:
    paths = WarehousePaths(tmp_path)
    paths.folder.mkdir()
    paths.lake.write_text("catalog = 1\n")
    with pytest.raises(CannotOpen, match="names no lake"):
        Lake.read(paths.lake)


@pytest.mark.file
def test_without_the_extra_the_program_says_what_to_install(tmp_path: Path) -> None:
    Lake(CATALOG, "/srv/lake").write(WarehousePaths(tmp_path).lake)
    with pytest.raises(LakeUnavailable, match="psycopg is not installed") as refusal:
        open_reader(tmp_path)
    assert "extra `lake`" in refusal.value.hint
