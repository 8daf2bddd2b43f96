"""Frozen values as JSON and back, by their own fields: dates and times as ISO text, what is as by default left out."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """A frozen value, or a tuple or set of them, as JSON knows it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != _default(field)
        }
    if isinstance(value, frozenset):
        return sorted(to_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def from_plain(kind: type[T], value: Mapping[str, Any]) -> T:
    """A frozen value of `kind` from its JSON; fields that `kind` no longer has are left out."""
    hints: dict[str, Any] = _hints(kind)  # type: ignore[arg-type]  # a class can be hashed
    return kind(**{name: _back(hints[name], item) for name, item in value.items() if name in hints})


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _back(hint: Any, value: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if value is None or origin is Literal:
        return value
    if origin in (Union, types.UnionType):
        plain = (arg for arg in args if arg is not type(None) and get_origin(arg) is not Literal)
        return _back(next(plain, str), value)
    if origin is tuple:
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_back(args[0], item) for item in value)
        return tuple(_back(arg, item) for arg, item in zip(args, value, strict=True))
    if origin is frozenset:
        return frozenset(_back(args[0], item) for item in value)
    if hint in (date, time, datetime):
        return hint.fromisoformat(value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_plain(hint, value)
    return value
