"""The published schema is that of the reports the program writes, and tells a report from what is none."""

import json
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from flows.report_schema import SCHEMA_FILE, report_adapter, schema_text
from templates.render import render_json
from transforms.report.build import build_report


@pytest.fixture(scope="module")
def checked() -> jsonschema.Draft202012Validator:
    """A validator of the published schema, by a library that knows nothing of the program."""
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_published_schema_is_todays() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), (
        "a view model changed: run .venv/bin/python -m flows.report_schema --write"
    )


@pytest.mark.parametrize("kind", ["normal", "empty", "worst"])
def test_every_report_fits(invented: ModuleType, checked: jsonschema.Draft202012Validator, kind: str) -> None:
    report = _report(invented, kind)
    assert [error.message for error in checked.iter_errors(report)] == []
    assert report["schema_version"] == 1


def test_a_report_reads_back_as_it_was(invented: ModuleType) -> None:
    report = build_report(invented.invented_inputs(invented.Invention()))
    read = json.loads(render_json(report))
    del read["schema_version"]
    assert report_adapter().validate_python(read) == report


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("verdict", "status", "status"), None),
        (("verdict", "totals", "net_delta", "value"), "713.4"),
        (("verdict", "totals", "net_delta"), {"value": 713.4}),
        (("verdict", "totals", "invented"), 1),
        (("verdict", "condors"), []),
    ],
)
def test_what_is_no_report_does_not_fit(
    invented: ModuleType, checked: jsonschema.Draft202012Validator, path: tuple[str, ...], value: object
) -> None:
    report = _report(invented, "normal")
    node = report
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = value
    assert not checked.is_valid(report)


def _report(invented: ModuleType, kind: str) -> dict[str, Any]:
    night = {
        "normal": invented.Invention(),
        "empty": invented.Invention(is_empty=True),
        "worst": invented.Invention(condors_qty=8, has_vix_chain=False, is_data_hold=True),
    }[kind]
    report: dict[str, Any] = json.loads(render_json(build_report(invented.invented_inputs(night))))
    return report
