"""The settings in force, each with where it comes from; no line holds a secret."""

from __future__ import annotations

import os
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, SecretStr
from pydantic_settings import EnvSettingsSource

from flows.config_file import toml_value
from flows.email_secrets import PDF_PASSWORD, SMTP_PASSWORD, STRUCK_OUT
from flows.settings import Settings, load_settings
from flows.sources.live.addresses import masked
from flows.warehouse_settings import LAKE_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

DEFAULT: Final = "default"
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")


def config_lines(config: Path | None, **given: object) -> Iterator[str]:
    """A line each setting: `key = value  # origin`; then which secrets the environment holds.

    Raises:
        UsageError: as `load_settings`.
    """
    settings = load_settings(config, **given)
    origins = _origins(config, {key: value for key, value in given.items() if value is not None})
    shown = [(f"{'.'.join(map(_key, path))} = {_shown(value)}", path) for path, value in _leaves(settings, ())]
    width = max(len(line) for line, _ in shown if len(line) <= 72)  # noqa: PLR2004 - longer ones stand out alone
    for line, path in shown:
        said_by = (name for name, given_there in origins.items() if _holds(given_there, path))
        origin = DEFAULT if line.endswith("= {}") else next(said_by, DEFAULT)
        yield f"{line:<{width}}  # {origin}"
    for variable in (SMTP_PASSWORD, PDF_PASSWORD, LAKE_PASSWORD):
        yield f"# {variable} is {'set' if os.environ.get(variable) else 'not set'} in the environment"


def _origins(config: Path | None, given: Mapping[str, object]) -> dict[str, Mapping[str, Any]]:
    """What each place says, the one that wins first."""
    in_file = tomllib.loads(config.read_text(encoding="utf-8")) if config else {}
    return {"command line": given, "environment": EnvSettingsSource(Settings)(), f"file {config}": in_file}


def _holds(given: Any, path: tuple[str, ...]) -> bool:  # noqa: ANN401 - what a file may hold
    for part in path:
        if not isinstance(given, dict) or part not in given:
            return False
        given = given[part]
    return True


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - as above
    """Every value with its place; an empty table is a value."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), (*path, name))
    elif isinstance(value, dict) and value:
        for name, below in value.items():
            yield from _leaves(below, (*path, str(name)))
    else:
        yield path, value


def _key(part: str) -> str:
    return part if _BARE_KEY.fullmatch(part) else toml_value(part)


def _shown(value: Any) -> str:  # noqa: ANN401 - as above
    """A value fit to be printed: of an address only what is no secret, of a secret nothing."""
    if value is None:
        return "unset"
    if isinstance(value, SecretStr):
        return f'"{STRUCK_OUT}"'
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, str) and "://" in value:
        return toml_value(masked(value))
    return toml_value(value)
