"""Threads share one arena of glibc, and freed memory goes back to the system while something above it is in use."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.memory import give_back_freed_memory

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]

# Twelve threads at once, then the number of arenas as malloc_info tells it on standard output.
TWELVE_THREADS = """
import ctypes, sys, threading
if sys.argv[1] == "shared":
    import flows.night
together = threading.Barrier(12)
def work():
    pieces = [bytes(3000) for _ in range(50)]
    together.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
c = ctypes.CDLL(None)
c.malloc_info(0, ctypes.c_void_p.in_dll(c, "stdout"))
c.fflush(None)
"""

BLOCK_BYTES, BLOCKS_QTY = 4000, 16_000


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


needs_glibc = pytest.mark.skipif(not hasattr(libc, "malloc_trim"), reason="not glibc")


def arenas_of_twelve_threads(which: str) -> int:
    command = [sys.executable, "-c", TWELVE_THREADS, which]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("<heap nr=")


@needs_glibc
def test_the_threads_of_a_night_share_an_arena() -> None:
    assert arenas_of_twelve_threads("each its own") > 1
    assert arenas_of_twelve_threads("shared") == 1


@needs_glibc
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
