"""What the program says of a disk that refuses: the file, what the system says, and what to do."""

from __future__ import annotations

import errno
import os

import pytest

from flows.errors import ExitCode, disk_problem


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EACCES, "leave to write"),
        (errno.EROFS, "mount that disk for writing"),
        (errno.EMFILE, "ulimit -n"),
        (errno.EIO, "dmesg"),
    ],
)
def test_a_disk_that_refuses_is_named_with_what_to_do(error: int, remedy: str) -> None:
    told = disk_problem(OSError(error, os.strerror(error), "/desk/reports/index.html"))
    assert told is not None
    assert told.sentence == f"/desk/reports/index.html: {os.strerror(error)}."
    assert remedy in told.hint
    assert "run the same command again" in told.hint
    assert told.exit_code == ExitCode.UNEXPECTED


def test_any_other_error_of_the_system_is_left_as_it_is() -> None:
    assert disk_problem(OSError(errno.ECONNREFUSED, "Connection refused")) is None
    assert disk_problem(OSError("without a number")) is None
