"""The commented configuration file that `condorwatch init` writes: every setting, as the models declare it.

Defaults stand behind `#`: a later version's defaults then take effect without an edit, and what is set is seen at once.
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any, Final, get_origin

from pydantic import BaseModel, SecretStr

from flows.errors import UsageError
from flows.setting_tables import is_table, without_none
from flows.settings import Settings
from warehouse.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic.fields import FieldInfo

WIDTH: Final = 118
_HEAD: Final = """\
# condorwatch: every setting with its default. Take away the # of a line to change it; "e.g." lines are samples.
# Name the file with --config. Environment variables (CONDORWATCH_LANDING, CONDORWATCH_SCHEDULE__SOURCE) beat it.
# Passwords and secret addresses belong into the environment, never here. `condorwatch config show` prints what is
# in force and from where.
"""


def write_configuration(path: Path, *, is_forced: bool) -> None:
    """Write the commented file.

    Raises:
        UsageError: there is such a file, and it is not to be replaced; or it cannot be written.
    """
    if path.exists() and not is_forced:
        raise UsageError(f"{path} exists already.", hint="Name another file, or add --force to replace it.")
    try:
        write_whole(path, configuration_text().encode(), what="configuration")
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}.", hint="Name another file.") from problem


def configuration_text() -> str:
    """The whole file."""
    return "\n".join((_HEAD, *_table(Settings, ())))


def _table(model: type[BaseModel], path: tuple[str, ...], mark: str = "") -> Iterator[str]:
    """The keys of a table, then the tables in it: in TOML what follows a table's name belongs to it.

    `mark` is put before every line of a table that is not there unless somebody asks for it.
    """
    below = {name: field for name, field in model.model_fields.items() if _is_a_table_of_its_own(field)}
    for name, field in model.model_fields.items():
        if name not in below:
            yield from _explained(field)
            yield from _key(name, field)
            yield ""
    for name, field in below.items():
        yield from _explained(field)
        yield from _table_of(field, (*path, name), mark)


def _table_of(field: FieldInfo, path: tuple[str, ...], mark: str) -> Iterator[str]:
    kind, header = without_none(field.annotation), f"[{'.'.join(path)}]"
    samples = "\n".join(field.examples or ()).splitlines()
    if is_table(kind) and not samples:
        own_mark = mark or ("#" if field.default is None else "")
        yield f"{own_mark}{header}"
        yield from _table(kind, path, own_mark)
        return
    if field.is_required():
        yield from (f"#{line}" for line in samples)
    elif samples and samples[0].startswith("["):
        yield from (f"# e.g. {line}" for line in samples)
    else:
        yield f"{mark}{header}"
        yield from (f"# e.g. {line}" for line in samples)
    yield ""


def _is_a_table_of_its_own(field: FieldInfo) -> bool:
    kind = without_none(field.annotation)
    return is_table(kind) or get_origin(kind) is dict


def _explained(field: FieldInfo) -> Iterator[str]:
    for line in textwrap.wrap(field.description or "", WIDTH - 2, break_on_hyphens=False):
        yield f"# {line}"


def _key(name: str, field: FieldInfo) -> Iterator[str]:
    """The default, ready to be uncommented; a sample where there is none."""
    samples = list(field.examples or ())
    if field.is_required():
        yield from (f"#{name} = {toml_value(sample)}" for sample in samples[:1])
        return
    default = field.get_default(call_default_factory=True)
    if default is not None:
        yield f"#{name} = {toml_value(default)}"
    if default in {None, ""} and without_none(field.annotation) is not SecretStr:
        yield from (f"# e.g. {name} = {toml_value(sample)}" for sample in samples)


def toml_value(value: Any) -> str:  # noqa: ANN401 - any value a setting can have
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value!r}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(str(value), ensure_ascii=False)
