"""A process that runs night after night stays as large as after its first nights.

glibc gives each new thread an arena to allocate from, up to eight for each processor, and keeps there what is freed.
DuckDB starts its threads anew with every database that is opened, so each night's threads leave their freed pieces in
whatever arena they came by: what is in use stays the same, and what the process occupies grows for hundreds of nights.
"""

from __future__ import annotations

import ctypes
from typing import Final

_ARENA_MAX: Final = -8  # M_ARENA_MAX of glibc's malloc.h
_C: Final = ctypes.CDLL(None)
_IS_GLIBC: Final = hasattr(_C, "malloc_trim")  # other allocators have neither arenas a thread nor these two functions


def share_one_arena() -> None:
    """Let all threads that are started from now on share the arena of the main thread."""
    if _IS_GLIBC:
        _C.mallopt(_ARENA_MAX, 1)


def give_back_freed_memory() -> None:
    """Give whole pages that are freed back to the system; takes a millisecond."""
    if _IS_GLIBC:
        _C.malloc_trim(0)
