"""Archives and tables that unpack without end: refused within 100 MB and two seconds, the system itself counting."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.flows.sources.test_archive_members import BOMBS, MEGABYTE, ZEROS, zipped

pytestmark = pytest.mark.soak
ROOT: Final = Path(__file__).resolve().parents[2]
MEGABYTES, SECONDS = 100, 2


def many_equal_rows(rows_qty: int) -> bytes:
    """A Parquet table of a desk's columns in which every row is the same: kilobytes that unpack to gigabytes."""
    names = ("Asof", "Class", "Expires", "Type", "K", "B", "A", "L", "Vol", "OI", "IVpct", "D", "G", "Trader")
    buffer = io.BytesIO()
    one = pa.array(["03/22/2024"] * rows_qty)
    pq.write_table(pa.table(dict.fromkeys(names, one)), buffer, compression="zstd")
    return buffer.getvalue()


def entity_bomb() -> bytes:
    """A billion laughs."""
    nested = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    document_type = f'<!DOCTYPE FlexQueryResponse [<!ENTITY l0 "ha">{nested}]>'
    return f'<?xml version="1.0"?>\n{document_type}\n<FlexQueryResponse>&l9;'.encode()


def test_bombs_are_refused_within_memory_and_time(tmp_path: Path) -> None:
    bombs = {name.replace(" ", "-") + ".zip": (make(), rule) for name, (make, rule) in BOMBS.items()} | {
        "rows.parquet": (many_equal_rows(4_000_000), "parquet_ratio"),
        "laughs.xml": (entity_bomb(), "xml_not_allowed"),
        "deep.json": (b'{"data":' + b"[" * 2_000_000, "unknown_format"),
        "zip-in-gzip.csv.gz": (gzip.compress(zipped(("zeros.csv", ZEROS))), "zip_ratio"),
        "one-line.csv": (b"x" * (8 * MEGABYTE), "unknown_format"),
    }
    for name, (content, _) in bombs.items():
        assert len(content) <= 8 * MEGABYTE
        (tmp_path / name).write_bytes(content)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.bomb_probe", str(MEGABYTES), str(SECONDS)]
        + [str(tmp_path / name) for name in bombs],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "POLARS_MAX_THREADS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    told = {Path(path).name: found for path, found in json.loads(ended.stdout).items()}
    lines = [
        f"{name}: {found['rule']}, {found.get('seconds')} s, {found.get('megabytes')} MB"
        for name, found in told.items()
    ]
    print("\n" + "\n".join(lines))  # noqa: T201 - docs/reliability.md quotes it
    assert {name: found["rule"] for name, found in told.items()} == {name: rule for name, (_, rule) in bombs.items()}
    assert max(found["seconds"] for found in told.values()) < SECONDS
    assert max(found["megabytes"] for found in told.values()) < MEGABYTES
