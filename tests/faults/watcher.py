"""A reader that never stops looking: a process that polls the published snapshot while nights are killed.

It writes a line for every snapshot it finds: the digest of its build, or what went wrong. `Watcher` is the other end.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Self

PAUSE_SECONDS = 0.1
# A reader opens the snapshot anew every so many looks: each costs as much processor time as a step of the night.
LOOKS_A_QUESTION = 5
MOVED, THERE = "another home", "there"
_MARKS = """
    select session_date, count(*) as marks_qty
    from core.option_marks_daily join mart.book_daily using (session_date)
    group by session_date order by session_date
"""


def watch(home: Path) -> None:
    """Look until told to stop; hash every snapshot when it is first seen, ask it something now and then."""
    from tests.faults.builds import digest_of, published_hashes
    from warehouse.errors import NotPublished
    from warehouse.store import open_reader, published_path

    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    print(json.dumps("ready"), flush=True)  # noqa: T201 - how the two ends talk
    seen: tuple[int, int] | None = None
    for look in count():
        if stopping:
            break
        place = home.resolve()
        try:
            status = published_path(home).stat()
            if seen != (status.st_ino, status.st_mtime_ns):
                seen = (status.st_ino, status.st_mtime_ns)
                found = digest_of(published_hashes(home))
            elif look % LOOKS_A_QUESTION:
                found = THERE
            else:
                with open_reader(home) as reader:
                    found = f"asked {reader.query(_MARKS).height > 0}"
        except (NotPublished, FileNotFoundError):
            found = "nothing"
        except Exception as problem:  # noqa: BLE001 - whatever a reader meets is a finding
            found = f"{type(problem).__name__}: {problem}"
        if home.resolve() != place:  # another home was put in the place of this one while it was looked at
            found = MOVED
        print(json.dumps(found), flush=True)  # noqa: T201 - as above
        time.sleep(PAUSE_SECONDS)


class Watcher:
    """Watches one home in a process of its own; use it as a context, then look at `found`."""

    def __init__(self, home: Path, log: Path) -> None:
        self._home, self._log = home, log
        self.found: Counter[str] = Counter()

    def __enter__(self) -> Self:
        """Begin."""
        with self._log.open("w") as out:
            command = [sys.executable, "-m", "tests.faults.watcher", str(self._home)]
            self._process = subprocess.Popen(command, stdout=out, env=dict(os.environ))
        while not self._log.read_text():
            assert self._process.poll() is None
            time.sleep(PAUSE_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._process.terminate()
        assert self._process.wait(60) == 0
        self.found = Counter(json.loads(line) for line in self._log.read_text().splitlines()[1:])


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
