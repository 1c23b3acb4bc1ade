"""Real nights as a user runs them: the landing folder is taken in once, each night works in a copy of that home."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import program
from tests.built_once import built_once

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="session")
def condorwatch() -> Run:
    """The program in a process of its own, without the configuration of this machine."""
    return program.condorwatch


@pytest.fixture(scope="session")
def condorwatch_here() -> Run:
    """The same program in this process: no second start, and every warning is an error."""
    return program.condorwatch_here


@pytest.fixture(scope="session")
def home_of_series(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that knows every series and no chain."""

    def build(folder: Path) -> None:
        said = program.condorwatch_here("ingest", real_data / "series", "--home", folder / "home")
        assert said.returncode == 3  # it holds index files that are not read

    built = built_once(tmp_path_factory, "home-of-series", build)
    return Path(shutil.copytree(built / "home", tmp_path_factory.mktemp("series") / "home"))


@pytest.fixture(scope="session")
def everything(
    home_of_series: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CompletedProcess[str]]:
    """A home that has taken in every real file, and what the program said meanwhile."""

    def build(folder: Path) -> None:
        home = shutil.copytree(home_of_series, folder / "home")
        said = program.condorwatch("ingest", real_data, "--home", home)
        (folder / "said.pickle").write_bytes(pickle.dumps(said))

    built = built_once(tmp_path_factory, "home-of-everything", build)
    said: CompletedProcess[str] = pickle.loads((built / "said.pickle").read_bytes())  # noqa: S301 - our own
    return Path(shutil.copytree(built / "home", tmp_path_factory.mktemp("everything") / "home")), said


@pytest.fixture(scope="session")
def another_home(
    everything: tuple[Path, CompletedProcess[str]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Path]:
    """Make a home that holds every real file and no night yet."""

    def copy() -> Path:
        return Path(shutil.copytree(everything[0], tmp_path_factory.mktemp("night") / "home"))

    return copy


@pytest.fixture(scope="session")
def nightly_of(real_data: Path) -> Callable[[str, Path], list[object]]:
    """Spell the command of a real night."""

    def arguments(session: str, home: Path) -> list[object]:
        command = ["nightly", "--source", "files", "--landing", real_data, "--session", session, "--no-email"]
        return [*command, "--direct", "--home", home]

    return arguments
