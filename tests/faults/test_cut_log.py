"""A write-ahead log that was cut short: what it held is made good from the archive and the journal, and said so.

A night is killed before its snapshot, when all it has committed stands in the log alone. DuckDB takes a log that ends
anywhere without a word; what it lacks is known from the journal.
"""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults.builds import Hashes, published_hashes, written_hashes
from warehouse.home import WarehousePaths

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    Run = Callable[..., CompletedProcess[str]]
    Command = Callable[[Path, Path], list[object]]

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def killed_home(
    *,
    condorwatch: Run,
    night: Command,
    old_home: Path,
    restated_landing: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A restatement that died just before it was published."""
    home = Path(shutil.copytree(old_home, tmp_path_factory.mktemp("killed") / "home"))
    ended = condorwatch(*night(home, restated_landing), CONDORWATCH_FAULT_AT="publish.begin")
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    return home


@pytest.mark.parametrize("kept_frac", [0.0, 0.02, 0.25, 0.5, 0.75, 0.999])
def test_a_log_cut_anywhere_is_made_good(
    *,
    kept_frac: float,
    killed_home: Path,
    condorwatch_here: Run,
    night: Command,
    restated_landing: Path,
    old: Hashes,
    new: Hashes,
    tmp_path: Path,
) -> None:
    home = Path(shutil.copytree(killed_home, tmp_path / "home"))
    build = WarehousePaths(home).build
    log = build.with_name(f"{build.name}.wal")
    size = log.stat().st_size
    log.write_bytes(log.read_bytes()[: int(size * kept_frac)])
    assert published_hashes(home) == old
    ended = condorwatch_here(*night(home, restated_landing))
    assert ended.returncode == 0, ended.stderr
    assert published_hashes(home) == written_hashes(home) == new
    is_quarantined = (home / "quarantine" / "1" / build.name).exists()
    print(f"\n{kept_frac:.1%} of {size:,} bytes kept: quarantined {is_quarantined}; {ended.stderr}")  # noqa: T201 - the figure
    assert is_quarantined == ("The warehouse is damaged, and is made again." in ended.stderr)
    if kept_frac == 0:  # the newer chain had been taken in
        assert "It lacks what was committed: 1 files" in ended.stderr
