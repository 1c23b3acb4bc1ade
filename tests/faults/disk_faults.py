"""Which calls of an undisturbed run are made to fail, and how."""

from __future__ import annotations

import errno
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SOURCE: Final = Path(__file__).with_name("failing_disk.c")
SHORT_WRITE: Final = 0
ERRORS: Final = {
    "open": (errno.EMFILE, errno.EACCES, errno.EROFS, errno.ENOSPC),
    "write": (errno.ENOSPC, errno.EIO, SHORT_WRITE),
    "fsync": (errno.EIO, errno.ENOSPC),
    "rename": (errno.EACCES, errno.EROFS, errno.EIO, errno.ENOSPC),
    "unlink": (errno.EACCES, errno.EROFS, errno.EIO),
    "truncate": (errno.EIO, errno.ENOSPC),
    "allocate": (errno.ENOSPC, errno.EIO),
    "mkdir": (errno.ENOSPC, errno.EACCES),
}
# What differs from run to run in a path, as a shell pattern.
_PATTERNS: Final = (
    (re.compile(r"\.incoming-\w+"), ".incoming-*"),
    (re.compile(r"(?<=raw/)[0-9a-f]{2}\b"), "[!.]?"),
    (re.compile(r"[0-9a-f]{64}"), "[!.]*"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "*"),
)


def compiled(folder: Path) -> Path | None:
    """The library that fails calls; None where there is no compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "failing_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@dataclass(frozen=True)
class DiskFault:
    """The `number`-th such call on a path like this fails with an error number."""

    call: str
    pattern: str
    number: int
    error: int

    @property
    def setting(self) -> str:
        """As failing_disk.c reads it."""
        return f"{self.call} {self.number} {self.error} {self.pattern}"

    def __str__(self) -> str:
        """As a person reads it."""
        name = errno.errorcode.get(self.error, "short write")
        return f"{self.call} {self.pattern} #{self.number} {name}"


def faults_of(calls: Iterable[str]) -> Iterator[DiskFault]:
    """Every kind of call on every kind of file with every error it can meet: the first, the middle or the last call."""
    counted: dict[tuple[str, str], int] = {}
    for line in calls:
        call, path = line.split(" ", maxsplit=1)
        for found, pattern in _PATTERNS:
            path = found.sub(pattern, path)
        counted[call, path] = counted.get((call, path), 0) + 1
    for (call, pattern), times in sorted(counted.items()):
        places = (1, (times + 1) // 2, times)
        for number, error in enumerate(ERRORS[call]):
            yield DiskFault(call, pattern, places[number % len(places)], error)
