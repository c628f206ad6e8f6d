# Copyright (c) 2026, The cncloud.certificates contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vendors' SDKs say about the fields of an operation: the models that they serialize and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, NamedTuple, Protocol, get_args, get_origin, get_type_hints

_PLAIN: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,), "float": (int, float)}


class Field(NamedTuple):
    """A field of a model. ``model`` is of its value where that is an object, else ``types`` are the plain ones."""

    model: Model | None
    is_list: bool
    types: tuple[type, ...]


class Model(Protocol):
    """One object on the wire."""

    def fields(self) -> dict[str, Field]:
        """The fields by their names in JSON."""


class TencentModel:
    """A model of ``tencentcloud.<service>.<version>.models``. It has one property a field, typed in its docstring."""

    def __init__(self, models: Any, name: str) -> None:
        self._models = models
        self._class = getattr(models, name)

    def fields(self) -> dict[str, Field]:
        return {name: self._field(name, of) for name, of in vars(self._class).items() if isinstance(of, property)}

    def _field(self, name: str, member: property) -> Field:
        # Deprecated fields have no docstring; they are plain values.
        match = re.search(r":rtype: (list of )?(?::class:`)?([\w.]+)", member.__doc__ or ":rtype: str")
        assert match is not None, f"{self._class.__name__}.{name} names no type"
        of = match[2].rpartition(".")[2]
        model = TencentModel(self._models, of) if hasattr(self._models, of) else None
        return Field(model, bool(match[1]), _PLAIN.get(of, (object,)))


class HuaweiModel:
    """A model of ``huaweicloudsdk<service>.<version>``; requests keep what the URL does not carry in one ``body``."""

    def __init__(self, package: Any, name: str) -> None:
        self._package = package
        self._class = getattr(package, name)

    def fields(self) -> dict[str, Field]:
        types = self._class.openapi_types
        found = {name: self._field(types[attribute]) for attribute, name in self._class.attribute_map.items()}
        body = found.pop("body", None) if self._class.__name__.endswith("Request") else None
        return found | (body.model.fields() if body and body.model else {})

    def _field(self, of: str) -> Field:
        match = re.fullmatch(r"(list\[)?(\w+)(?(1)\])|dict\(.*\)", of)
        assert match is not None, f"a type that this test does not know: {of}"
        name = match[2] or ""
        model = HuaweiModel(self._package, name) if hasattr(self._package, name) else None
        return Field(model, bool(match[1]), _PLAIN.get(name, (object,)))


class _Filled(list[Any]):
    """A value that every serializer of a model takes: as it is, as a model, or as a list of either."""

    def __init__(self) -> None:
        super().__init__(["filled"])

    def __iter__(self) -> Iterator[Any]:
        return iter([_Filled.Member()])

    def to_map(self) -> str:
        return "filled"

    class Member:
        def to_map(self) -> str:
            return "filled"


class AlibabaModel:
    """A model of ``alibabacloud_<product>.models``: typed arguments, and a serializer that knows the wire's names."""

    def __init__(self, model: type) -> None:
        self._class = model

    def fields(self) -> dict[str, Field]:
        types = get_type_hints(vars(self._class)["__init__"])
        types.pop("return", None)
        return {self._name(attribute): self._field(of) for attribute, of in types.items()}

    def _name(self, attribute: str) -> str:
        # A list stands in what is serialized even when it is empty.
        serialized = self._class(**{attribute: _Filled()}).to_map()
        (name,) = (name for name, value in serialized.items() if value)
        return str(name)

    def _field(self, of: Any) -> Field:
        is_list = get_origin(of) is list
        item = get_args(of)[0] if is_list else of
        if hasattr(item, "to_map"):
            return Field(AlibabaModel(item), is_list, (object,))
        return Field(None, is_list, _PLAIN.get(getattr(item, "__name__", ""), (object,)))


def alibaba_models(product: str, version: str, operation: str) -> tuple[Model, Model]:
    models = import_module(f"alibabacloud_{product}{version}.models")
    return AlibabaModel(getattr(models, f"{operation}Request")), AlibabaModel(
        getattr(models, f"{operation}ResponseBody")
    )


def tencent_models(service: str, version: str, operation: str) -> tuple[Model, Model]:
    models = import_module(f"tencentcloud.{service}.{version}.models")
    return TencentModel(models, f"{operation}Request"), TencentModel(models, f"{operation}Response")


def huawei_models(service: str, version: str, operation: str) -> tuple[Model, Model]:
    package = import_module(f"huaweicloudsdk{service}.{version}")
    return HuaweiModel(package, f"{operation}Request"), HuaweiModel(package, f"{operation}Response")


def why_unknown(model: Model, path: str) -> str | None:
    """Say what is wrong with a dotted path (``Certificates[].CertificateId``), or None where the model has it.

    A list of plain values may be written with or without ``[]``; a list that the path goes on into needs them.
    """
    head, _dot, rest = path.partition(".")
    name = head.removesuffix("[]")
    field = model.fields().get(name)
    if field is None:
        return f"there is no {name}"
    if head.endswith("[]") and not field.is_list:
        return f"{name} is no list"
    if not rest:
        return None
    if field.is_list and not head.endswith("[]"):
        return f"{name} is a list"
    if field.model is None:
        return f"{name} has no fields"
    return why_unknown(field.model, rest)


def not_in_model(model: Model, answer: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """What is in a JSON answer and not in the model, or of another type than it says there. Null may stand anywhere."""
    fields = model.fields()
    for name, value in answer.items():
        path = prefix + name
        field = fields.get(name)
        if field is None:
            yield f"{path} is unknown"
        elif value is not None and isinstance(value, list) != field.is_list:
            yield f"{path} should {'' if field.is_list else 'not '}be a list"
        elif value is not None:
            for item in value if field.is_list else [value]:
                yield from _not_a_value(field, item, path)


def _not_a_value(field: Field, value: Any, path: str) -> Iterator[str]:
    if field.model is not None and isinstance(value, dict):
        yield from not_in_model(field.model, value, path + ".")
    elif field.model is not None:
        yield f"{path} should be an object"
    elif not isinstance(value, field.types) or (value is True and field.types == (int,)):
        yield f"{path} should be {field.types[0].__name__}, not {type(value).__name__}"
