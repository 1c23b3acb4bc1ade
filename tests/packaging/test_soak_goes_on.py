"""The slow proofs go on where they were interrupted: what passed is not run again, what did not is."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROOFS = """
def test_good():
    print("12 of 12 held")

def test_interrupted():
    import pathlib
    assert pathlib.Path({mended!r}).exists()
"""


def test_what_passed_is_not_run_again(tmp_path: Path) -> None:
    passed, mended, proofs = tmp_path / "passed.jsonl", tmp_path / "mended", tmp_path / "test_proofs.py"
    proofs.write_text(PROOFS.format(mended=str(mended)))
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", "-p", "tests.soak_progress"]
    command += ["-p", "no:cacheprovider", "--passed", str(passed), str(proofs)]

    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert first.returncode == 1, first.stderr
    assert "12 of 12 held" in first.stdout
    mended.touch()
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "1 passed" in second.stdout
    assert "12 of 12 held" not in second.stdout

    records = [json.loads(line) for line in passed.read_text().splitlines()]
    assert [record["test"].split("::")[1] for record in records] == ["test_good", "test_interrupted"]
    assert records[0]["figures"] == "12 of 12 held"
