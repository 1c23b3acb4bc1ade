"""The invented nights as a fixture: test folders are no packages, so the module is loaded from its file."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

INVENTED_NIGHT = Path(__file__).parent.parent / "transforms" / "report" / "invented_night.py"


@pytest.fixture(scope="session")
def invented() -> ModuleType:
    """The module that invents a night for the report."""
    spec = spec_from_file_location("invented_night", INVENTED_NIGHT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["invented_night"] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module
