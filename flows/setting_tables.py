"""The tables of the configuration as its models declare them: which keys there are, and what lies below a key."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Sequence


def keys_of_table(model: type[BaseModel], path: Sequence[object]) -> tuple[str, ...]:
    """The keys a table of the configuration may hold; `path` is the table's, empty for the file itself."""
    kind: Any = model
    for part in path:
        kind = _below(kind, part)
    if is_table(kind):
        return tuple(kind.model_fields)
    key_type = get_args(kind)[0] if get_origin(kind) is dict else None
    return tuple(get_args(key_type)) if get_origin(key_type) is Literal else ()


def is_table(kind: object) -> bool:
    """Whether a type is declared key by key."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def without_none(annotation: Any) -> Any:  # noqa: ANN401 - a type as Python spells it
    """What a field holds when it is set."""
    if get_origin(annotation) is Annotated:
        return without_none(get_args(annotation)[0])
    if get_origin(annotation) in {Union, types.UnionType}:
        (kind, *_) = (without_none(one) for one in get_args(annotation) if one is not types.NoneType)
        return kind
    return annotation


def _below(kind: Any, part: object) -> Any:  # noqa: ANN401 - as above
    if is_table(kind):
        return without_none(kind.model_fields[str(part)].annotation)
    return without_none(get_args(kind)[1]) if get_origin(kind) is dict else kind
