"""A Prefect server of our own while the benchmark runs: free loopback port, home of its own, stopped at the end."""

import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import PYTHON, ROOT, FailedRunError, ended, own_environment

PATIENCE_S = 180
PAUSE_S = 0.25


@dataclass(slots=True)
class Server:
    """The running server; its peak memory is known once it has stopped."""

    environment: dict[str, str]
    peak_mb: float | None = None


@contextmanager
def prefect_server(home: Path) -> Iterator[Server]:
    """Start a server and wait until it is healthy; stop it at the end.

    Raises:
        FailedRunError: it was not healthy within three minutes.
    """
    port = _free_port()
    log = home / "server.log"
    home.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603  our own interpreter
            [PYTHON, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env=own_environment({"PREFECT_HOME": str(home)}),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    url = f"http://127.0.0.1:{port}/api"
    server = Server({"PREFECT_HOME": str(home), "PREFECT_API_URL": url})
    try:
        _wait_for(f"{url}/health", process, log)
        yield server
    finally:
        process.terminate()
        server.peak_mb = ended(process).ru_maxrss / 1024


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[str], log: Path) -> None:
    last = time.monotonic() + PATIENCE_S
    while time.monotonic() < last and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=PAUSE_S * 8):  # noqa: S310  our own server on loopback
                return
        except OSError:
            time.sleep(PAUSE_S)
    raise FailedRunError(f"The Prefect server did not become healthy:\n{log.read_text()[-2000:]}")
