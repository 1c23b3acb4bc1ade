"""PDFs drawn by other processes are those drawn here; what goes wrong there is told here, and nobody is left behind."""

import hashlib
import json
import subprocess
import sys

from templates.render import render_pdf
from tests.flows.printing_probe import page

PROBE = [sys.executable, "-m", "tests.flows.printing_probe"]
PATIENCE_SECONDS = 60


def test_what_others_draw_is_the_same_and_their_failures_are_told() -> None:
    ended = subprocess.run(PROBE, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert found["sha256"] == [hashlib.sha256(render_pdf(page(number))).hexdigest() for number in range(3)]
    assert found["refused"].endswith("the report carries everything itself. Hint: inline it in the template.")
    assert found["ended"] == ["A process that draws the PDF was ended from outside."] * 2
    assert found["left"] == []
    assert not found["has_engine"]


def test_who_draws_does_not_outlive_a_night_that_was_killed() -> None:
    with subprocess.Popen([*PROBE, "wait"], stdout=subprocess.PIPE, text=True) as night:
        assert night.stdout is not None
        assert len(json.loads(night.stdout.readline())) == 1
        night.kill()
        night.communicate(timeout=PATIENCE_SECONDS)  # ends when nobody is left who could write there
