"""What every process does that was started by another one of this program. It imports nothing: some do little else."""

from __future__ import annotations

import os
from multiprocessing import parent_process
from threading import Thread


def end_with_the_parent() -> None:
    """See to it that a worker does not outlive a run that was killed: nobody would ever give it work."""

    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()
