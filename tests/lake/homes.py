"""A pytest plugin: the homes of the tests have their tables in a lake, one lake a home. `scripts/lake-tests` loads it.

CONDORWATCH_TEST_LAKE is what libpq connects by, to a server where databases may be made. A lake that has been migrated
once serves as the template of all others: copying a database takes 0.1 s, migrating one several seconds. None is
dropped: the server goes with its folder.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from warehouse.home import WarehousePaths
from warehouse.lake import PREFIX, Lake
from warehouse.store import open_writer

SERVER = os.environ["CONDORWATCH_TEST_LAKE"]
TEMPLATE = "lake_template"
# Folders a test makes its home in, besides the one it is given.
BELOW = ("", "home")


class Lakes:
    """Makes lakes, each in a database of its own."""

    def __init__(self, folder: Path) -> None:
        self._server = psycopg.connect(SERVER, autocommit=True)
        self._numbers = itertools.count(1)
        self.made_qty = 0
        self._server.execute(f"drop database if exists {TEMPLATE}")
        self._server.execute(f"create database {TEMPLATE}")
        self._write(folder, TEMPLATE)
        open_writer(folder, "template").close()

    def give(self, home: Path) -> None:
        """Put the tables of a home into a new lake."""
        name = f"lake_{os.getpid()}_{next(self._numbers)}"
        self._server.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
        lake = self._write(home, name)
        with psycopg.connect(lake.conninfo) as database:
            database.execute(
                "update condorwatch.ducklake_metadata set value = %s where key = 'data_path'", (f"{lake.data_path}/",)
            )
        self.made_qty += 1

    def close(self) -> None:
        """Leave the server."""
        self._server.close()

    @staticmethod
    def _write(home: Path, database: str) -> Lake:
        paths = WarehousePaths(home)
        lake = Lake(f"{PREFIX}{make_conninfo(SERVER, dbname=database)}", str(paths.folder / "lake"))
        lake.write(paths.lake)
        return lake


class FactoryOfLakes(pytest.TempPathFactory):
    """`tmp_path_factory`, whose folders, so those of `tmp_path` too, are homes with a lake."""

    lakes: Lakes

    def mktemp(self, basename: str, numbered: bool = True) -> Path:  # noqa: FBT002 - the signature is pytest's
        """A new folder whose tables lie in a lake."""
        folder = super().mktemp(basename, numbered)
        for below in BELOW:
            self.lakes.give(folder / below)
        return folder


@pytest.fixture(scope="session")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakes]:
    """What makes lakes."""
    made = Lakes(pytest.TempPathFactory.mktemp(tmp_path_factory, "template"))
    yield made
    print(f"\n{made.made_qty} lakes were made.")  # noqa: T201 - the script shows it
    made.close()


@pytest.fixture(scope="session", autouse=True)
def _homes_are_lakes(tmp_path_factory: pytest.TempPathFactory, lakes: Lakes) -> None:
    tmp_path_factory.__class__ = FactoryOfLakes
    tmp_path_factory.lakes = lakes  # type: ignore[attr-defined]  # it is one now
