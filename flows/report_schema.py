"""The JSON schema of a report, published as docs/report-schema.json: what other programs may rely on.

`python -m flows.report_schema --write` writes it. `REPORT_SCHEMA_VERSION` counts up when a field changes its meaning or
goes; a new field leaves it as it is.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from templates.render import REPORT_SCHEMA_VERSION
from transforms.report import (
    action_models,
    chart_models,
    economics_models,
    engine_models,
    models,
    restatement_models,
    section_models,
)

SCHEMA_FILE = Path(__file__).parent.parent / "docs" / "report-schema.json"
MODEL_MODULES = (
    models,
    action_models,
    chart_models,
    economics_models,
    engine_models,
    restatement_models,
    section_models,
)


def report_schema() -> dict[str, Any]:
    """The schema of `hedge-status.json`, from the view models themselves (JSON Schema 2020-12)."""
    schema = report_adapter().json_schema(mode="serialization")
    version = {"const": REPORT_SCHEMA_VERSION, "type": "integer", "description": "Version of this schema."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "condorwatch hedge status",
        "description": schema["description"],
        "type": "object",
        "properties": {"schema_version": version, **schema["properties"]},
        "required": ["schema_version", *schema["required"]],
        "additionalProperties": False,
        "$defs": {
            name: {**definition, "additionalProperties": False} for name, definition in sorted(schema["$defs"].items())
        },
    }


def report_adapter() -> TypeAdapter[models.Report]:
    """What reads a report's JSON back into the view models, and knows its schema."""
    adapter = TypeAdapter(models.Report)
    named = {name: kind for module in MODEL_MODULES for name, kind in vars(module).items() if isinstance(kind, type)}
    adapter.rebuild(_types_namespace={"dt": dt, **named}, force=True)  # the models name one another for checkers only
    return adapter


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(report_schema(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    """Write the schema into the checkout, or print it."""
    if arguments == ["--write"]:
        SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
        sys.stdout.write(f"{SCHEMA_FILE}\n")
    else:
        sys.stdout.write(schema_text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
