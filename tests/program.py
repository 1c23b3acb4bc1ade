"""The installed program as tests run it: in this process, or in one of its own that can be killed.

A process of its own is forked from a server that has imported the program and done nothing else, so that none of them
waits three seconds for imports; `python -m` and the entry point are tested in tests/flows/test_nightly_small.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

import pytest

from flows.cli import main

PATIENCE_SECONDS = 300
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.program", "flows.nightly", "flows.backfill", "templates.render", "weasyprint"])


def condorwatch(*arguments: object, **environment: str) -> CompletedProcess[str]:
    """Run the program in a process of its own, without the configuration of this machine."""
    command = ["condorwatch", *map(str, arguments)]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("CONDORWATCH_")}
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = _SERVER.Process(target=_run, args=(command, variables | environment, out, err))
        process.start()
        process.join(PATIENCE_SECONDS)
        if process.exitcode is None:
            process.kill()
            raise TimeoutExpired(command, PATIENCE_SECONDS)
        said = (out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))
        return CompletedProcess(command, process.exitcode, *said)


def _run(command: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115 - until the process ends
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = command
    try:
        main()
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001 - multiprocessing leaves them out, and Prefect stops its server in one


def condorwatch_here(*arguments: object) -> CompletedProcess[str]:
    """Run the program in this process: every warning is an error."""
    command = ["condorwatch", *map(str, arguments)]
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ending:
            main()
    return CompletedProcess(command, int(ending.value.code or 0), out.getvalue(), err.getvalue())
