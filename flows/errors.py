"""What can go wrong in a flow, and how the program says so.

CondorwatchError            any sentence meant for the user, with a hint and an exit code
+- UsageError               2: the command or the configuration asks for something that cannot be
|  +- RawQuotesDropped      a chain is to be priced again whose raw quotes retention has dropped
+- ReportRefused            3: a report file is not what a night wrote
+- FileNotTaken             3: a file of an export is damaged or foreign
+- NothingToDo              4: not a session, or already done
"""

from __future__ import annotations

import errno
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """How a command ended; schedulers and scripts rely on these."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    DATA_HOLD = 3
    NOTHING_TO_DO = 4
    DELIVERY_FAILED = 5


class CondorwatchError(Exception):
    """A problem the user can understand: one sentence, then a hint."""

    exit_code = ExitCode.UNEXPECTED

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint


class UsageError(CondorwatchError):
    """The command or the configuration asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class ReportRefused(CondorwatchError):  # noqa: N818 - named by what happened, as its neighbours are
    """A report file whose content no night wrote; the code of a file that ingest refuses."""

    exit_code = ExitCode.DATA_HOLD


class RawQuotesDropped(UsageError):  # noqa: N818 - as above
    """A chain is to be priced again whose raw quotes retention has dropped."""

    def __init__(self, source_file: str, load_id: str) -> None:
        super().__init__(
            f"The raw quotes of {source_file} (load {load_id}) are no longer kept: retention.raw_quotes_days.",
            hint="Raise or unset it, then condorwatch rebuild --replace takes them from the archive again.",
        )


class FileNotTaken(CondorwatchError):  # noqa: N818 - as above
    """A file of an export that is not what was exported; the code of a file that ingest refuses."""

    exit_code = ExitCode.DATA_HOLD


class NothingToDo(CondorwatchError):  # noqa: N818 - not an error to a scheduler, only an early end
    """Not a session, or nothing new since the last run."""

    exit_code = ExitCode.NOTHING_TO_DO


_AGAIN: Final = "then run the same command again; what is published and the archive are as they were"
_DISK_REMEDIES: Final = {
    errno.ENOSPC: f"make room (old folders of home/reports can go, home/raw cannot), {_AGAIN}.",
    errno.EDQUOT: f"raise the quota or make room (old folders of home/reports can go, home/raw cannot), {_AGAIN}.",
    errno.EACCES: f"give the user of the night leave to write there, {_AGAIN}.",
    errno.EPERM: f"give the user of the night leave to write there, {_AGAIN}.",
    errno.EROFS: f"mount that disk for writing (it may have been shut off after an error: see dmesg), {_AGAIN}.",
    errno.EMFILE: f"raise the number of files a process may open (ulimit -n), {_AGAIN}.",
    errno.ENFILE: f"raise the number of files the system may open (fs.file-max), {_AGAIN}.",
    errno.EIO: f"look at the disk (dmesg, smartctl) and move the home to a sound one if it fails, {_AGAIN}.",
}


def disk_problem(problem: OSError) -> CondorwatchError | None:
    """What a disk that refuses means, and what to do about it; None for any other error of the system."""
    remedy = _DISK_REMEDIES.get(problem.errno or 0)
    if remedy is None:
        return None
    where = f"{problem.filename}: " if problem.filename else ""
    return CondorwatchError(f"{where}{problem.strerror}.", hint=remedy)
