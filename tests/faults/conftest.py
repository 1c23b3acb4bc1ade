"""A small simulated night for the tests that break it: one account, one report, a second or two of work."""

import datetime as dt
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import program
from tests.faults.builds import Hashes, published_hashes
from transforms.simulated.files import files_for
from transforms.simulated.market import FEATURE_SESSION, simulate

Run = Callable[..., CompletedProcess[str]]

HEADER = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note"


@pytest.fixture(scope="session")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of one small simulated night: two chains and the series of the month, without the market's own book."""
    folder = tmp_path_factory.mktemp("small") / "landing"
    for file in files_for(simulate(7), FEATURE_SESSION, size="small"):
        if not file.name.startswith("before") and not file.name.endswith(("fills.csv", "accounts.csv")):
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    return folder


@pytest.fixture(scope="session")
def book(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One condor, its short put 25 points from the market, and one VIX call, at invented prices and listed strikes."""
    spx, vix = ListedChain(landing / "spx_quotedata.csv"), ListedChain(landing / "vix_quotedata.csv")
    condor = [("P", -75, 1, 70), ("P", -25, -1, 90), ("C", 200, -1, 40), ("C", 250, 1, 32)]
    legs = [(spx.option(right, 30, offset_pts), quantity, price) for right, offset_pts, quantity, price in condor]
    legs.append((vix.option("C", 20, 2), 4, 2))
    path = tmp_path_factory.mktemp("book") / "book.csv"
    rows = (
        f"A{number},DESK,{FEATURE_SESSION}T15:00:00-04:00,{option},{quantity},{price},1.0,"
        f"{'condor-1' if 'SPX' in option else 'hedge-1'},campaign-1,"
        for number, (option, quantity, price) in enumerate(legs)
    )
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


class ListedChain:
    """What a simulated quote table lists, read off its symbols."""

    def __init__(self, file: Path) -> None:
        self._lines = file.read_text().splitlines()

    def option(self, right: str, days: int, offset_pts: float) -> str:
        """Root, expiry, right and strike of the listed option nearest to a tenor and a distance from the index."""
        level = float(self._lines[1].split("Last: ")[1].split(",")[0])
        symbols = (re.fullmatch(r"([A-Z]+)(\d{6})C(\d{8})", line.split(",")[1]) for line in self._lines[4:])
        listed = [
            (root, dt.datetime.strptime(expiry, "%y%m%d").date(), int(strike) / 1000)  # noqa: DTZ007 - a date
            for root, expiry, strike in (symbol.groups() for symbol in symbols if symbol)
            if root != "SPX"
        ]
        root, expiry, strike = min(
            listed, key=lambda one: (abs((one[1] - FEATURE_SESSION).days - days), abs(one[2] - level - offset_pts))
        )
        return f"{root},{expiry},{right},{strike:g}"


@pytest.fixture(scope="session")
def night(book: Path) -> Callable[[Path, Path], list[object]]:
    """Spell the command of the small night."""

    def arguments(home: Path, landing: Path) -> list[object]:
        command = ["nightly", "--source", "files", "--landing", landing, "--session", FEATURE_SESSION]
        return [*command, "--book", book, "--no-email", "--direct", "--home", home]

    return arguments


@pytest.fixture(scope="session")
def condorwatch() -> Run:
    """The program in a process of its own, without the configuration of this machine."""
    return program.condorwatch


@pytest.fixture(scope="session")
def condorwatch_here() -> Run:
    """The same program in this process: no second start, and every warning is an error."""
    return program.condorwatch_here


@pytest.fixture(scope="session")
def restated_landing(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same landing an hour later: the vendor has sent the SPX chain again, its calls ten cents lower."""
    folder = Path(shutil.copytree(landing, tmp_path_factory.mktemp("restated") / "landing"))
    chain = folder / "spx_quotedata.csv"
    later = chain.read_bytes().replace(b" 5:30 PM ", b" 6:30 PM ", 1)
    assert later != chain.read_bytes()
    lines = later.splitlines(keepends=True)
    (folder / "spx_quotedata_later.csv").write_bytes(b"".join([*lines[:4], *map(_a_tick_lower, lines[4:])]))
    return folder


def _a_tick_lower(line: bytes) -> bytes:
    """Take the call's quotes on a line ten cents down, where they are dear enough to bear it."""
    cells = line.split(b",")
    if float(cells[4]) > 1:
        cells[4:6] = [b"%.2f" % (float(cell) - 0.1) for cell in cells[4:6]]
    return b",".join(cells)


@pytest.fixture(scope="session")
def old_home(
    condorwatch_here: Run,
    night: Callable[[Path, Path], list[object]],
    landing: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A night that ran undisturbed."""
    home = tmp_path_factory.mktemp("old") / "home"
    assert condorwatch_here(*night(home, landing)).returncode == 0
    return home


@pytest.fixture(scope="session")
def old(old_home: Path) -> Hashes:
    return published_hashes(old_home)


@pytest.fixture(scope="session")
def new_home(
    condorwatch_here: Run,
    night: Callable[[Path, Path], list[object]],
    old_home: Path,
    restated_landing: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The same night, restated without disturbance."""
    home = Path(shutil.copytree(old_home, tmp_path_factory.mktemp("new") / "home"))
    assert condorwatch_here(*night(home, restated_landing)).returncode == 0
    return home


@pytest.fixture(scope="session")
def new(new_home: Path) -> Hashes:
    return published_hashes(new_home)
