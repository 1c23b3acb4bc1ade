"""Where chance comes from: independent streams of one seed, each with a name of its own.

A stream depends on the seed and its name only, so asking for one session's chain changes nothing in another's.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a stream of random numbers is used for. Numbers are part of the seed: never reuse one."""

    SPX_RETURNS = 1
    VOL_FACTORS = 2
    SMILE = 3
    INTRADAY = 4
    BREADTH = 5
    RATES = 6
    OPEN_INTEREST = 7
    VOLUME = 8
    FUTURES = 9


def generator(seed: int, stream: Stream, *key: int) -> np.random.Generator:
    """Open a stream; `key` tells, say, one session or expiry from another."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, int(stream), *key))))
