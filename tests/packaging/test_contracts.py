"""House rules no tool checks for us. What import-linter and ruff can hold stands in pyproject.toml."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from flows.cli import app
from warehouse.queries import list_queries

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("flows", "templates", "transforms", "warehouse")
MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
CLOCK_DOOR = ROOT / "flows" / "cli.py"
CLOCK_READING = re.compile(
    r"(^|\.)(datetime\.(now|today|utcnow)|date\.today|time\.(time|time_ns|localtime|gmtime)|Timestamp\.(now|today))$"
)
CLOCK_IN_SQL = re.compile(
    r"\b(now|today|get_current_\w+)\s*\(|\bcurrent_(date|time|timestamp)\b|\blocaltime", re.IGNORECASE
)
PLACE_OF_ONE_MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/\w")


def name_of(node: ast.expr) -> str:
    """`dt.datetime.now` of an attribute chain."""
    return f"{name_of(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def clock_readings(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and CLOCK_READING.search(name_of(node)):
            yield f"{module.relative_to(ROOT)}:{node.lineno} {name_of(node)}"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield f"{module.relative_to(ROOT)}:{node.lineno} imports names of time"


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_wall_clock_is_read_only_by_the_command_line() -> None:
    assert list(clock_readings(CLOCK_DOOR)), "the search finds the one place where the clock is read"
    assert [found for module in MODULES if module != CLOCK_DOOR for found in clock_readings(module)] == []


def test_no_shipped_view_or_query_depends_on_the_day_it_is_asked() -> None:
    scripts = sorted((ROOT / "warehouse" / "sql").rglob("*.sql"))
    assert scripts
    assert [script.name for script in scripts if CLOCK_IN_SQL.search(script.read_text(encoding="utf-8"))] == []


def test_no_tracked_file_names_a_place_of_one_machine() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number} {line.strip()[:80]}"
        for file in tracked_files()
        if file.suffix not in {".png", ".pdf", ".lock", ".ttf"}
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if PLACE_OF_ONE_MACHINE.search(line)
    ]
    assert found == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert [str(module.relative_to(ROOT)) for module in MODULES if module.stem in drawers] == []


def test_asking_for_help_loads_nothing_heavy() -> None:
    heavy = {"prefect", "polars", "duckdb", "weasyprint", "lets_plot", "numpy", "pandas", "scipy", "vollib"}
    loads = f"import flows.cli, sys; print(*sorted({heavy!r} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []


def written_commands() -> list[str]:
    """The `condorwatch ...` lines of shell blocks, and code spans, in the documentation."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    written = [*"\n".join(blocks).replace("\\\n", " ").splitlines(), *re.findall(r"`(condorwatch [^`\n]*)`", text)]
    return sorted({line.split(" #")[0].strip() for line in written if re.match(r"\s*(\S*/)?condorwatch ", line)})


@pytest.mark.parametrize("written", written_commands())
def test_a_documented_command_is_one_the_program_has(written: str) -> None:
    words = shlex.split(written)[1:]
    command = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    options = {spelling for parameter in command.params for spelling in parameter.opts} | {"--help", "--debug"}
    assert not hasattr(command, "commands") or words in (["--help"], ["--version"]), f"{written}: no such command"
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= options
    named = words[words.index("--name") + 1] if "--name" in words else None
    assert named in {None, "NAME"} or named in {query.name for query in list_queries()}
