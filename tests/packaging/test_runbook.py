"""The runbook knows every exit code, every check and every finding of the doctor that the code can come up with."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.errors import ExitCode

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
MODULES = [
    ast.parse(path.read_text(encoding="utf-8"))
    for wing in ("book", "risk")
    for path in ROOT.glob(f"transforms/{wing}/*.py")
]
DOCTOR = [
    ast.parse((ROOT / "flows" / name).read_text(encoding="utf-8")) for name in ("doctor.py", "doctor_snapshot.py")
]


def parts(modules: list[ast.Module]) -> Iterator[ast.AST]:
    return (node for module in modules for node in ast.walk(module))


def takes_check_id_first() -> set[str]:
    """The functions, and the classes, that are given the id of a check before all else."""
    names = set()
    for node in parts(MODULES):
        if isinstance(node, ast.FunctionDef):
            own = [argument.arg for argument in node.args.args if argument.arg not in {"self", "cls"}]
            names |= {node.name} if own[:1] == ["check_id"] else set()
        elif isinstance(node, ast.ClassDef):
            fields = [
                item.target.id
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            ]
            names |= {node.name} if fields[:1] == ["check_id"] else set()
    return names


def names_set_by(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {getattr(target, "id", "").lower() for target in targets}


def rows_of(table: ast.expr) -> list[ast.Tuple]:
    """The rows of a table that is written out, here or under a name."""
    named = getattr(table, "id", None)
    written = [node.value for node in parts(MODULES) if isinstance(node, ast.AnnAssign) and named in names_set_by(node)]
    tables = [*written, table]
    return [row for one in tables if isinstance(one, ast.Tuple) for row in one.elts if isinstance(row, ast.Tuple)]


def check_ids() -> set[str]:
    """Every id of a check that is written in the code."""
    functions, found = takes_check_id_first(), []
    for node in parts(MODULES):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found += node.args[:1] if called in functions else []
            found += [keyword.value for keyword in node.keywords if keyword.arg == "check_id"]
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value and "check_id" in names_set_by(node):
            found.append(node.value)
        elif isinstance(node, ast.For) and isinstance(node.target, ast.Tuple):
            is_of_ids = getattr(node.target.elts[0], "id", "") == "check_id"
            found += [row.elts[0] for row in rows_of(node.iter)] if is_of_ids else []
    return {str(value.value) for value in found if isinstance(value, ast.Constant)}


def test_the_search_finds_the_checks_of_a_night() -> None:
    """Ids a simulated night stores, one of each way in which they are written."""
    assert {"spx_chain", "vix_close", "stale_rates", "static_bounds", "forwards_in_line", "expiries_of_yesterday",
            "iv_audit", "live_source", "closes_have_opens", "vix_parity",
            "butterfly_arbitrage", "other_levels_changed", "scenario_value_in_bounds"} <= check_ids()  # fmt: skip


@pytest.mark.parametrize("check_id", sorted(check_ids()))
def test_every_check_stands_in_the_runbook(check_id: str) -> None:
    assert re.search(rf"^\|[^|]*`{check_id}`[^|]*\|[^|]+\|[^|]+\|$", RUNBOOK, re.MULTILINE)


def test_every_exit_code_stands_in_the_runbook() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d) \|", RUNBOOK, re.MULTILINE)][: len(ExitCode)] == list(ExitCode)


def test_every_finding_of_the_doctor_stands_in_the_runbook() -> None:
    subjects = set()
    for node in parts(DOCTOR):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
            subject = node.args[0]
            if isinstance(subject, ast.JoinedStr):  # "source {name}" is filed under "source"
                subject = subject.values[0]
            if isinstance(subject, ast.Constant):
                subjects.add(str(subject.value).removesuffix(" of ").strip())
    assert len(subjects) >= 15
    assert [
        subject for subject in sorted(subjects) if not re.search(rf"^\|.*`{subject}[` ]", RUNBOOK, re.MULTILINE)
    ] == []
