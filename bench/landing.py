"""Write the simulated market's files: one night's as a landing folder, or many nights' into a home for a backfill.

Run as a process of its own, before anything is timed.
"""

import argparse
import json
from pathlib import Path

from flows.sources.simulated import simulated_files
from transforms.market.calendar import previous_session
from transforms.simulated.files import files_for
from transforms.simulated.market import FEATURE_SESSION, simulate

SEED = 7


def main() -> None:
    """Write what was asked for; print the session."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--landing", type=Path)
    parser.add_argument("--size", choices=("full", "small"), default="full")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--last", type=int, default=0)
    asked = parser.parse_args()
    if asked.landing:
        for file in files_for(simulate(SEED), FEATURE_SESSION, size=asked.size):
            path = asked.landing / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
    session = FEATURE_SESSION
    for _ in range(asked.last):
        simulated_files(asked.home, session, seed=SEED)
        session = previous_session(session)
    print(json.dumps({"session": str(FEATURE_SESSION)}))


if __name__ == "__main__":
    main()
