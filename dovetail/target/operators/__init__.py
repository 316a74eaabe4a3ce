"""The operators that have a contract: one file each, whose `OPERATOR` it is."""

import importlib
from pathlib import Path

from dovetail.target.contract import Operator


def operators() -> list[str]:
    """The ids of all operators."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")


def operator(id: str) -> Operator:
    """The contract of this operator. Raises ValueError with the operators there are."""
    if id not in operators():
        raise ValueError(f"there is no operator {id!r}; there is {', '.join(operators())}")
    return importlib.import_module(f"{__name__}.{id}").OPERATOR
