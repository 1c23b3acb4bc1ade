"""Memory that was freed goes back to the system."""

from __future__ import annotations

import ctypes
from typing import Final

# Of glibc; an allocator without it gives back by itself.
_TRIM: Final = getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back_freed_memory() -> None:
    """Give back what is freed and still held: a process that runs night after night stays as large as after its first.

    glibc keeps what a thread has freed in that thread's arena, for this arena's next need. DuckDB starts new threads
    with every database that is opened; so what one night has freed is not what the next one takes, and arenas grow.
    """
    if _TRIM is not None:
        _TRIM(0)
