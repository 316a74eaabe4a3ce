"""Writes what this folder states in Python as rows for C++: run by the build, and it imports nothing else of ours.

python facts.py machine FILE    a row DOVETAIL_MACHINE(...) for each machine
python facts.py window FILE     constants of the window's layout
python facts.py element_types FILE    a row DOVETAIL_TYPE(...) for each type of elements
"""

import sys
from collections.abc import Iterable
from pathlib import Path


def machine_rows() -> str:
    from machine import MACHINES  # type: ignore[import-not-found]

    rows = []
    for each in MACHINES.values():
        sizes = (each.cores, each.l1, each.l0a, each.l0b, each.l0c, each.ub, each.bt, each.fb, each.memory)
        rows.append(f'DOVETAIL_MACHINE("{each.name}", "{each.family}", {", ".join(map(str, sizes))})\n')
    return "".join(rows)


def window_constants() -> str:
    import window  # type: ignore[import-not-found]

    names = ("DATA", "MOST_RANKS", "MOST_BLOCKS", "COUNTERS", "COUNTER_BYTES")
    return "".join(f"constexpr uint64_t kWindow{_camel(name)} = {getattr(window, name)};\n" for name in names)


def type_rows() -> str:
    from element_types import TYPES  # type: ignore[import-not-found]

    return rows_of_types(TYPES.values())


def rows_of_types(types: Iterable) -> str:
    return "".join(f'DOVETAIL_TYPE("{each.name}", {each.enumerator}, {each.bits})\n' for each in types)


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    which, output = sys.argv[1:]
    text = {"machine": machine_rows, "window": window_constants, "element_types": type_rows}[which]()
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(text)
