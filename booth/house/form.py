"""A form made from the settings' own types, ranges and descriptions, and a change of one of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from booth.errors import UsageError
from booth.settings import Settings

Kind = Literal["int", "float", "bool", "choice", "text", "colour", "path", "group", "union", "list"]
SCALARS: dict[str, Kind] = {"integer": "int", "number": "float", "boolean": "bool", "string": "text"}
UNITS = {"s": "s", "ms": "ms", "px": "px", "h": "h", "mib": "MiB", "hours": "h"}


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form.

    ``path``: its place, as ``event.volume`` · ``label``: the name in words · ``low``/``high``: the range, its ends excluded where
    ``low_open``/``high_open`` · ``most_letters`` of a text, ``most`` of a list · ``optional``: may be None · ``default``: as in JSON; None
    also where ``needed`` · ``fields``: of a group · ``variants``: of a union, by what its ``kind`` says · ``item``: of a list.
    """

    path: str
    label: str
    kind: Kind
    description: str = ""
    default: Any = None
    needed: bool = False
    optional: bool = False
    unit: str = ""
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    step: float | None = None
    most_letters: int | None = None
    most: int | None = None
    choices: tuple[Any, ...] = ()
    fields: tuple[Field, ...] = ()
    variants: Mapping[str, tuple[Field, ...]] | None = None
    item: Field | None = None

    @property
    def range(self) -> str:
        """In words, as ``0 … 1``; empty where there is none."""
        if self.low is None and self.high is None:
            return ""
        if self.high is None:
            return f"{'more than' if self.low_open else 'at least'} {self.low:g}"
        if self.low is None:
            return f"{'less than' if self.high_open else 'at most'} {self.high:g}"
        if self.low_open or self.high_open:
            return f"{'more than' if self.low_open else 'at least'} {self.low:g}, {'less than' if self.high_open else 'at most'} {self.high:g}"
        return f"{self.low:g} … {self.high:g}"


@cache
def schema(model: type[BaseModel] = Settings) -> tuple[Field, ...]:
    """The form of a model, from the JSON schema that pydantic makes of it. Raises ``TypeError`` for a type that no form can show."""
    whole = model.model_json_schema()
    return _fields(whole, whole.get("$defs", {}), "")


def with_value(settings: Settings, path: str, value: Any) -> Settings:
    """``settings`` with another value at ``path``, as ``event.volume``; a text is read as a number where one is needed. A union takes
    a mapping, as ``{"kind": "device", "device": …}``. Raises ``UsageError``, one plain line, for a place or a value that cannot be."""
    return with_values(settings, {path: value})


def with_values(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """Several at once, for values that are only right together."""
    changed = settings.model_dump()
    for path, value in values.items():
        _put(changed, path, value)
    return checked(changed)


def checked(values: Any) -> Settings:
    """Settings from plain values. Raises ``UsageError`` that names the first wrong place, says what is wrong and what may be there."""
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise UsageError(explain(error)) from error
    endless = next((path for path, value in leaves(settings.model_dump()) if isinstance(value, float) and not math.isfinite(value)), None)
    if endless is not None:
        raise UsageError(f"{endless}: must be a number")
    return settings


def leaves(values: Any, path: str = "") -> list[tuple[str, Any]]:
    """(path, value) of all that is not itself a group."""
    if isinstance(values, dict) and values:
        return [leaf for name, value in values.items() for leaf in leaves(value, f"{path}.{name}" if path else str(name))]
    return [(path, values)]


def field_at(path: str, fields: tuple[Field, ...] | None = None) -> Field | None:
    """The field at ``path``; in a union the first variant that has it, in a list the one of its items. None: there is no such place."""
    for field in schema() if fields is None else fields:
        if field.path == path:
            return field
        if path.startswith(f"{field.path}."):
            if field.item is not None:
                return field.item
            inside = [field.fields, *(field.variants or {}).values()]
            return next((found for some in inside if (found := field_at(path, some)) is not None), None)
    return None


def explain(error: ValidationError) -> str:
    """The first thing that is wrong, in one plain line."""
    first = error.errors(include_url=False)[0]
    path = ".".join(place(error)[0])
    field = field_at(path) if path else None
    match first["type"]:
        case "extra_forbidden":
            what = "there is no such setting"
        case "missing" | "union_tag_not_found":
            what = "is missing"
        case "value_error":
            what = first["msg"].removeprefix("Value error, ")
        case _ if field is not None and field.range:
            what = f"must be {field.range}, not {_short(first['input'])}"
        case _ if field is not None and (field.choices or field.variants):
            what = f"must be one of {', '.join(map(str, field.choices or field.variants or ()))}, not {_short(first['input'])}"
        case "string_pattern_mismatch" if field is not None and field.kind == "colour":
            what = f"must be a colour as #d9421f, not {_short(first['input'])}"
        case "too_long" if field is not None and field.most:
            what = f"{field.most} at most"
        case _ if field is not None and field.kind == "text" and field.most_letters and isinstance(first["input"], str):
            what = f"{field.most_letters} letters at most"
        case _:
            what = f"{first['msg'][:1].lower()}{first['msg'][1:]}, not {_short(first['input'])}"
    return f"{path or 'settings'}: {what}"


def place(error: ValidationError) -> list[tuple[str, ...]]:
    """Where each fault is, without the names of variants that pydantic puts between."""
    places = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        path: list[str] = []
        union = False
        for part in map(str, fault["loc"]):
            field = None if union else field_at(".".join(path)) if path else None
            if field is not None and field.variants and part in field.variants:
                union = True
                continue
            union = False
            path.append(part)
        places.append(tuple(path))
    return places


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _put(values: dict[str, Any], path: str, value: Any) -> None:
    *groups, last = path.split(".")
    for name in groups:
        inner = values.get(name)
        if not isinstance(inner, dict):
            raise UsageError(f"{path}: there is no such setting")
        values = inner
    if last == "kind":                                            # another variant: what the old one had means nothing in it
        values.clear()
    values[last] = value.model_dump() if isinstance(value, BaseModel) else value


def _fields(group: Mapping[str, Any], defs: Mapping[str, Any], prefix: str) -> tuple[Field, ...]:
    needed = group.get("required", ())
    return tuple(_field(prefix + name, part, defs, name in needed) for name, part in group.get("properties", {}).items() if "const" not in part)


def _field(path: str, part: Mapping[str, Any], defs: Mapping[str, Any], needed: bool) -> Field:
    optional = False
    if "anyOf" in part:
        types = [one for one in part["anyOf"] if one.get("type") != "null"]
        optional = len(types) < len(part["anyOf"])
        if len(types) != 1:
            raise TypeError(f"{path}: no form can show {part['anyOf']}")
        part = {**types[0], **{key: value for key, value in part.items() if key != "anyOf"}}
    words = part.get("description", "")
    if "$ref" in part:
        part = {**_named(part["$ref"], defs), **{key: value for key, value in part.items() if key != "$ref"}}
    name = path.rsplit(".", 1)[-1]
    label, unit = _label(name)
    common: dict[str, Any] = {"path": path, "label": label, "description": words or part.get("description", ""), "default": part.get("default"),
                              "needed": needed, "optional": optional, "unit": unit}
    if "discriminator" in part:
        kinds = {ref: kind for kind, ref in part["discriminator"]["mapping"].items()}
        variants = {kinds[one["$ref"]]: _fields(_named(one["$ref"], defs), defs, f"{path}.") for one in part["oneOf"]}
        return Field(kind="union", variants=variants, **common)
    if "enum" in part:
        return Field(kind="choice", choices=tuple(part["enum"]), **common)
    match part.get("type"):
        case "object" if "properties" in part:
            return Field(kind="group", fields=_fields(part, defs, f"{path}."), **common)
        case "array" if isinstance(part.get("items"), dict):
            return Field(kind="list", item=_field(path, part["items"], defs, False), most=part.get("maxItems"), **common)
        case "string" if part.get("format") in ("path", "file-path", "directory-path"):
            return Field(kind="path", **common)
        case "string" if part.get("format") == "colour":
            return Field(kind="colour", **common)
        case str(kind) if kind in SCALARS:
            low, high = part.get("exclusiveMinimum", part.get("minimum")), part.get("exclusiveMaximum", part.get("maximum"))
            return Field(kind=SCALARS[kind], low=low, high=high, low_open="exclusiveMinimum" in part, high_open="exclusiveMaximum" in part,
                         step=part.get("multipleOf"), most_letters=part.get("maxLength"), **common)
    raise TypeError(f"{path}: no form can show {dict(part)}")


def _named(ref: str, defs: Mapping[str, Any]) -> Mapping[str, Any]:
    return defs[ref.rsplit("/", 1)[-1]]


def _label(name: str) -> tuple[str, str]:
    """``least_face_px`` → ("least face", "px")."""
    words, _, last = name.rpartition("_")
    return (words.replace("_", " "), UNITS[last]) if words and last in UNITS else (name.replace("_", " "), "")
