"""Makes calls of an operator's first stage in a program of C++, `calls.cpp`, and launches those that are asked for."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reading import OWN_GROUP, Call, Given

from dovetail.target.contract import Kind, Operator, Parameter
from dovetail.target.element_types import TYPES

SOURCE = Path(__file__).with_name("calls.cpp")
RUNTIME = Path(__file__).parents[2] / "dovetail" / "runtime"
WORDS = {
    Kind.INPUT: "In",
    Kind.OUTPUT: "Out",
    Kind.INTEGER: "Integer",
    Kind.TEXT: "Text",
    Kind.WORKSPACE_SIZE: "Size",
    Kind.EXECUTOR: "Executor",
}
FORMATS = {"ND": 2, "NCHW": 0, "FRACTAL_NZ": 29}
# Devices enough for one that no group has; messages are asked for, and not printed.
ENVIRONMENT = {"DOVETAIL_DEVICES": "16", "ASCEND_SLOG_PRINT_TO_STDOUT": "0"}
PATIENCE = 3600  # seconds


@dataclass(frozen=True)
class Answered:
    """fault: what is wrong beside the code, as the program sees it."""

    code: int
    message: str
    fault: str

    @property
    def labels(self) -> list[str]:
        """What each line of the message is about, as `reading.Breach.label` says it."""
        _, _, rest = self.message.partition(": ")
        lines = rest.split("\n  ")
        return [_label(line) for line in (lines[1:] if len(lines) > 1 else lines)]


def _label(line: str) -> str:
    words = line.split(" ")
    if line.startswith("there is no kernel"):
        return "kernel"
    return " ".join(words[:3]) if words[1:2] == ["of"] else words[0]


def options(operator: Operator) -> list[str]:
    """What calls.cpp is compiled with, beside what all programs are."""
    arguments = ", ".join(f"{WORDS[each.kind]}({i})" for i, each in enumerate(operator.parameters))
    types = ", ".join(f'{{"{each.name}", {{{each.enumerator}, {each.bits}}}}}' for each in TYPES.values())
    stage = f"aclnn{operator.name}"
    return [
        *(f"-I{RUNTIME / room / 'include'}" for room in ("hccl", "device")),
        f'-DOPERATOR_HEADER="aclnnop/aclnn_{operator.id}.h"',
        f"-DSTAGE_ONE={stage}GetWorkspaceSize",
        f"-DSTAGE_TWO={stage}",
        f"-DARGUMENTS={arguments}",
        f"-DTYPES={types}",
    ]


def ask(
    program: Path,
    operator: Operator,
    calls: Sequence[Call],
    environment: Mapping[str, str],
    launched: Sequence[bool] = (),
    gathered: tuple[str, str] = ("", ""),
) -> list[Answered]:
    """What a program answers to calls. launched: which of them are launched on all ranks. gathered: the tensor that is
    gathered, and the one with all of it. Raises AssertionError where the program does not end well.
    """
    names = [each.name for each in operator.parameters]
    of_gathered = [names.index(name) if name in names else -1 for name in gathered]
    lines = [" ".join(names)]
    for number, call in enumerate(calls):
        is_launched = bool(launched) and launched[number]
        words = [call.ranks, call.megabytes, call.device, int(is_launched), *of_gathered]
        values = [_value(each, call) for each in operator.parameters]
        lines.append(" ".join(map(str, [*words, *values])))
    done = subprocess.run(
        [program],
        input="\n".join(lines) + "\n",
        env={**environment, **ENVIRONMENT},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    said = done.stdout.splitlines()
    where = f"after {len(said)} of {len(calls)} calls" + (f": {calls[len(said)]}" if len(said) < len(calls) else "")
    assert (done.returncode, done.stderr) == (0, ""), f"status {done.returncode} {where}\n{done.stderr}"
    assert len(said) == len(calls), where
    return [_answered(line) for line in said]


def _answered(line: str) -> Answered:
    code, message, fault = line.split(" ")
    return Answered(int(code), *(bytes.fromhex(text[1:]).decode(errors="replace") for text in (message, fault)))


def _value(parameter: Parameter, call: Call) -> str:
    value = call.values[parameter.name]
    match value:
        case None:
            return "-"
        case Given():
            return _tensor("in" if parameter.kind == Kind.INPUT else "out", value)
        case str() if value == OWN_GROUP:
            return "group"
        case str():
            return f"text x{value.encode().hex()}"
        case bool():
            return "place"
        case int():
            return f"integer {value}"
    raise AssertionError(value)


def _tensor(kind: str, given: Given) -> str:
    words: list[object] = [kind, given.handle, given.type, FORMATS[given.format], given.offset]
    words += [given.place, given.skip, given.room, *_counted(given.shape), int(given.strides is not None)]
    words += [*_counted(given.strides or ()), *_counted(given.shape if given.storage is None else given.storage)]
    return " ".join(map(str, words))


def _counted(numbers: Sequence[int]) -> list[int]:
    return [len(numbers), *numbers]
