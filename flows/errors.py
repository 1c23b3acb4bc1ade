"""What can go wrong in a flow, and how the program says so.

CondorwatchError            any sentence meant for the user, with a hint and an exit code
+- UsageError               2: the command or the configuration asks for something that cannot be
|  +- RawQuotesDropped      a chain is to be priced again whose raw quotes retention has dropped
+- ReportRefused            3: a report file is not what a night wrote
+- FileNotTaken             3: a file of an export is damaged or foreign
+- NothingToDo              4: not a session, or already done
"""

from __future__ import annotations

from enum import IntEnum


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
