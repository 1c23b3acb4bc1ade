"""Ask every hostile statement in this process, and tell what came of it: `hostile_probe.py HOME FOLDER HOST PORT`.

Python's audit hook sees what Python opens and connects to. What DuckDB opens it does not see: the kernel does, so the
bait folder, which is HOME and the working directory too, is watched by inotify. The network is a listener of the test.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys
from pathlib import Path

from flows.errors import CondorwatchError
from flows.sql_answer import answer
from flows.sql_command import Question
from tests.flows.hostile_statements import ENDLESS, STATEMENTS, TOO_MUCH
from warehouse.errors import WarehouseError
from warehouse.reading import ReadingLimits
from warehouse.store import open_reader

# A busy machine is no reason to run out of time: only what is endless gets little.
AMPLE = ReadingLimits(memory_mb=256, time_seconds=120, rows_qty=10_000)
SHORT = ReadingLimits(memory_mb=256, time_seconds=0.2, rows_qty=10_000)
IN_ANY = 0xFFF  # opened, read, written, made, moved, deleted, its attributes changed
IN_NONBLOCK = 0o4000
SETTINGS = "select name, value from duckdb_settings() order by name"

heard: list[str] = []


def listen(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" or event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "shutil.")):
        heard.append(f"{event} {arguments[0] if arguments else ''}")


def watched(folder: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(IN_NONBLOCK)
    assert libc.inotify_add_watch(descriptor, folder.encode(), IN_ANY) > 0
    return int(descriptor)


def has_stirred(descriptor: int) -> bool:
    try:
        return bool(os.read(descriptor, 65536))
    except BlockingIOError:
        return False


def main(home: Path, folder: str, host: str, port: int) -> None:
    warehouse = home / "warehouse"
    url = f"http://{host}:{port}"
    sys.addaudithook(listen)
    eyes = watched(folder)
    # The instruments work: one file read, one connection made.
    (Path(folder) / "bait.csv").read_bytes()
    socket.create_connection((host, port), timeout=10).close()
    told: dict[str, object] = {"control": [has_stirred(eyes), len(heard)]}
    outcomes = []
    with open_reader(home, AMPLE) as kept:
        settings = kept.query(SETTINGS)
        for statement in STATEMENTS:
            asked = statement.format(folder=folder, url=url)
            heard.clear()
            try:
                answered = answer(home, Question(query=asked, output="csv"), SHORT if statement in ENDLESS else AMPLE)
                outcome: dict[str, object] = {"code": 0, "sentence": answered, "hint": ""}
            except CondorwatchError as refused:
                outcome = {"code": int(refused.exit_code), "sentence": refused.sentence, "hint": refused.hint}
            try:
                outcome["again"] = statement in (*TOO_MUCH, *ENDLESS) or kept.query(asked).rows()
            except WarehouseError:
                outcome["again"] = True
            outcome["heard"] = [one for one in heard if not one.endswith(f"{warehouse}/condorwatch.duckdb")]
            outcome["stirred"] = has_stirred(eyes)
            outcome["settings"] = kept.query(SETTINGS).equals(settings)
            outcomes.append(outcome)
    told["outcomes"] = outcomes
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
