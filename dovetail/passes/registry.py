"""What a pass is, and the passes there are.

A pass stands in a file of its own: `fuse-stages` in `dovetail/passes/fuse_stages.py`, as a subclass of `Pass`. Files
are imported when their pass is first asked for.
"""

import inspect
import types
import typing
from dataclasses import MISSING, Field, dataclass, fields
from difflib import get_close_matches
from importlib import import_module
from typing import Any, ClassVar, NoReturn

from dovetail.dialect.bindings import ir
from dovetail.dialect.diagnostics import DiagnosedError, Diagnostic

if typing.TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda cls: cls


NAMES = (
    "fuse-stages",
    "materialize-barriers",
    "bound-window",
    "assign-cores",
    "order-tiles",
    "build-tiling",
    "lower-to-ascendc",
    "place-buffers",
    "insert-synchronization",
    "verify-synchronization",
    "verify-protocol",
)


class PipelineError(ValueError):
    """A pipeline that cannot be run as written: an unknown pass, an option that a pass does not have, a misspelling."""


class PassFailure(DiagnosedError):
    """A pass, or the verifier after it, refused the module; `diagnostics` say where and why."""

    failed_pass = ""


def fail(op: ir.Operation | ir.OpView | ir.Value, message: str, *notes: tuple[Any, str]) -> NoReturn:
    """Ends the running pass with an error at the place in the user's source that `op` comes from.

    Each note is an operation (or value) and what to say about it. Raises PassFailure.
    """
    remarks = tuple(Diagnostic.at(other.location, text, "note") for other, text in notes)
    at = Diagnostic.at(op.location, message)
    raise PassFailure(Diagnostic(at.message, at.severity, at.file, at.line, at.column, remarks))


@dataclass_transform(frozen_default=True)
@dataclass(frozen=True)
class Pass:
    """A step of the compiler that changes a module in place.

    A subclass is a frozen dataclass without saying so. Its class attribute `name` is what pipelines call it; its fields
    are the options, all with defaults, of type int, str, bool, a `Literal` of strings, or one of these or None; its
    docstring has a summary and a worked example. `border = True` says that the module is at the border of a level when
    the pass is done, and so must verify there.

        class OrderTiles(Pass):
            name = "order-tiles"
            order: Literal["arrival", "rank"] = "arrival"

            def run(self, module):
                ...
    """

    name: ClassVar[str]
    border: ClassVar[bool] = False

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        dataclass(frozen=True)(cls)
        for option in fields(cls):
            _alternatives(option)
            if option.default is MISSING:
                raise TypeError(f"option '{option.name}' of pass '{cls.name}' needs a default")

    def run(self, module: ir.Module) -> None:
        """Changes the module. Reports what it cannot take by `fail`."""
        raise NotImplementedError

    def __str__(self) -> str:
        """As in a pipeline, with the options that differ from their defaults."""
        given = [
            f"{_dashed(option.name)}={_spelled(getattr(self, option.name))}"
            for option in fields(self)
            if getattr(self, option.name) != option.default
        ]
        return self.name + (f"{{{' '.join(given)}}}" if given else "")

    @classmethod
    def summary(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[0].replace("\n", " ")

    @classmethod
    def options(cls) -> list[tuple[str, str, Any]]:
        """Name, what it takes, and default of each option."""
        return [(_dashed(option.name), _takes(option), option.default) for option in fields(cls)]

    @classmethod
    def with_options(cls, given: dict[str, str]) -> "Pass":
        """The pass with options as a pipeline spells them. Raises PipelineError for one that it does not take."""
        known = {_dashed(option.name): option for option in fields(cls)}
        values = {}
        for key, text in given.items():
            option = known.get(_dashed(key))
            if option is None:
                has = f"has {_listed(known)}" if known else "has none"
                raise PipelineError(f"pass '{cls.name}' has no option '{key}'; it {has}")
            values[option.name] = _value(cls.name, option, text)
        return cls(**values)


def lookup(name: str) -> type[Pass]:
    """The pass of this name. Raises PipelineError if there is none."""
    if name not in NAMES:
        raise PipelineError(f"there is no pass '{name}'{nearest(name, NAMES)}")
    module = import_module(f"dovetail.passes.{name.replace('-', '_')}")
    for member in vars(module).values():
        if isinstance(member, type) and issubclass(member, Pass) and getattr(member, "name", None) == name:
            return member
    raise TypeError(f"{module.__name__} defines no pass '{name}'")


def nearest(name: str, names) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _listed(names) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _alternatives(option: Field) -> tuple[Any, ...]:
    """int, str, bool, NoneType or the strings of a Literal: what the option's annotation allows."""
    found: tuple[Any, ...] = ()
    is_union = typing.get_origin(option.type) in (typing.Union, types.UnionType)
    for one in typing.get_args(option.type) if is_union else (option.type,):
        if typing.get_origin(one) is typing.Literal:
            found += typing.get_args(one)
        elif one in (int, str, bool, types.NoneType):
            found += (one,)
        else:
            raise TypeError(f"an option is an int, str, bool, Literal or None, not {one}")
    return found


def _takes(option: Field) -> str:
    words = {int: "int", str: "string", bool: "true|false", types.NoneType: "none"}
    return "|".join(words.get(one, one) for one in _alternatives(option))


def _value(name: str, option: Field, text: str) -> Any:
    for one in _alternatives(option):
        if one is types.NoneType and text == "none":
            return None
        if one is bool and text in ("true", "false", ""):
            return text != "false"
        if one is int and text.removeprefix("-").isdecimal():
            return int(text)
        if one is str or one == text:
            return text
    raise PipelineError(f"option '{_dashed(option.name)}' of pass '{name}' takes {_takes(option)}, not '{text}'")
