"""A small simulated night for the tests that break it: one account, one report, a second or two of work."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import program
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
