"""Freed memory goes back to the system; glibc's own free keeps it while something above it is in use."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from warehouse.memory import give_back_freed_memory

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]

BLOCK_BYTES, BLOCKS_QTY = 4000, 16_000


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not hasattr(libc, "malloc_trim"), reason="not glibc")
def test_what_is_freed_below_something_in_use_goes_back() -> None:
    blocks = [libc.malloc(BLOCK_BYTES) for _ in range(BLOCKS_QTY)]
    for block in blocks[:-1]:
        ctypes.memset(block, 1, BLOCK_BYTES)
        libc.free(block)
    held = resident_bytes()
    give_back_freed_memory()
    given_back = held - resident_bytes()
    libc.free(blocks[-1])
    assert given_back > 0.8 * BLOCK_BYTES * BLOCKS_QTY
