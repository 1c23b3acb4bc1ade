"""Reads files in processes of their own, each with so much more memory and so many seconds; prints what became of them.

Arguments: megabytes, seconds, files. A child that is killed by a limit answers nothing.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

from flows.sources.errors import FileRefused
from flows.sources.recognise import parse
from tests.faults.valid_files import RULES

MEGABYTE = 2**20


def main() -> None:
    """One child a file."""
    megabytes, seconds, *paths = sys.argv[1:]
    told = {path: told_by_a_child(Path(path), int(megabytes), int(seconds)) for path in paths}
    sys.stdout.write(json.dumps(told))


def told_by_a_child(path: Path, megabytes: int, seconds: int) -> dict[str, object]:
    """Rule, seconds and megabytes of memory on top of what the program takes before it opens anything."""
    content = path.read_bytes()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (in_use + megabytes * MEGABYTE,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        os.write(writer, json.dumps(outcome(path.name, content)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    found: dict[str, object] = json.loads(said) if said else {"rule": f"killed by its limits ({status})"}
    return found


def outcome(name: str, content: bytes) -> dict[str, object]:
    """How reading ended."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    try:
        parse(name, content, chain_rules=RULES)
        rule = "loaded"
    except FileRefused as refusal:
        rule = refusal.rule_id
    except MemoryError:
        rule = "out of memory"
    spent = time.process_time() - started
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / MEGABYTE
    return {"rule": rule, "seconds": round(spent, 3), "megabytes": round(peak, 1)}


if __name__ == "__main__":
    main()
