"""What is said about mistakes: the kernels in Inputs have one each, and a comment under the line that it is in.

    output[i, j] += x1[i, k] @ x2[k, j]
#   ^~~~~~~~~~~~ error: the message, below the place that is underlined
# help: what to do instead

Without an underline the error is at the definition of the kernel.
"""

import ast
import re
from pathlib import Path

import pytest

from dovetail.dsl import CompileError, load_kernel
from dovetail.dsl.elaborate import elaborate

INPUTS = Path(__file__).parent / "Inputs"
FILES = ("annotations", "statements", "expressions", "tiles", "stores", "scales")
EXPECTATION = re.compile(r"#(?P<indent> *)(?P<underline>\^~*)? ?error: (?P<message>.*)")


def kernels():
    for file in FILES:
        path = INPUTS / f"{file}.py"
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield pytest.param(path, node, id=f"{file}-{node.name}")


@pytest.mark.parametrize("path, node", list(kernels()))
def test_mistake(path, node):
    lines = path.read_text().splitlines()
    ((number, expected),) = [
        (number, match)
        for number in range(node.lineno, node.end_lineno + 3)
        if number < len(lines) and (match := EXPECTATION.fullmatch(lines[number]))
    ]
    with pytest.raises(CompileError) as caught:
        elaborate(load_kernel(path, node.name))
    error = caught.value
    source = lines[number - 1]
    underline = (
        " " + expected["indent"] + expected["underline"] if expected["underline"] else "^" + "~" * (len(source) - 1)
    )
    column = len(underline) - len(underline.lstrip()) + 1
    assert str(error).splitlines() == [
        f"{path}:{number}:{column}: error: {expected['message']}",
        source,
        underline,
        lines[number + 1].removeprefix("# "),
    ]
    assert (error.span.line, error.span.column) == (number, column)
