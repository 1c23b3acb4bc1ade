"""Real nights as a user runs them: the landing folder is taken in once, each night works in a copy of that home."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from flows.cli import main

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="session")
def condorwatch() -> Run:
    """The installed program in a process of its own, without the configuration of this machine."""
    program = Path(sys.executable).with_name("condorwatch")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}

    def run(*arguments: object, **environment: str) -> CompletedProcess[str]:
        command = [str(program), *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=300, env={**inherited, **environment}
        )

    return run


@pytest.fixture(scope="session")
def condorwatch_here() -> Run:
    """The same program in this process: no second start, and every warning is an error."""

    def run(*arguments: object) -> CompletedProcess[str]:
        command = ["condorwatch", *map(str, arguments)]
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", command)
            with pytest.raises(SystemExit) as ending:
                main()
        return CompletedProcess(command, int(ending.value.code or 0), out.getvalue(), err.getvalue())

    return run


@pytest.fixture(scope="session")
def home_of_series(condorwatch_here: Run, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that knows every series and no chain."""
    home = tmp_path_factory.mktemp("series") / "home"
    said = condorwatch_here("ingest", real_data / "series", "--home", home)
    assert said.returncode == 3  # it holds index files that are not read
    return home


@pytest.fixture(scope="session")
def everything(
    condorwatch: Run, home_of_series: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CompletedProcess[str]]:
    """A home that has taken in every real file, and what the program said meanwhile."""
    home = Path(shutil.copytree(home_of_series, tmp_path_factory.mktemp("everything") / "home"))
    return home, condorwatch("ingest", real_data, "--home", home)


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
