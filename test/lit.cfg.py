"""Configuration of lit. `lit -v test` from the root of the repository runs the compiler's tests.

An installed dovetail is tested if there is one, the checkout otherwise.
"""

# ruff: noqa: F821 (lit defines `config`)

import importlib.util
import os
import sys
from pathlib import Path

import lit.formats

root = Path(__file__).resolve().parent.parent
sys.path.append(str(root / "test"))
if importlib.util.find_spec("dovetail") is None:
    sys.path.append(str(root))
tested = Path(importlib.util.find_spec("dovetail").origin).parents[1]

from inprocess import InProcess  # noqa: E402

python = sys.executable
config.name = "dovetail"
config.suffixes = [".mlir", ".py"]
config.excludes = ["lit.cfg.py", "inprocess.py", "conftest.py", "Inputs"]
config.test_source_root = str(root / "test")
config.test_exec_root = str(root / "build" / "test")
Path(config.test_exec_root).mkdir(parents=True, exist_ok=True)
config.environment["PYTHONPATH"] = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(tested)]))
config.substitutions += [("%PYTHON", python)]
config.test_format = InProcess(
    tools={"dovetail-opt": "dovetail.opt", "dovetail": "dovetail.cli", "filecheck": "filecheck.main"},
    fallback=lit.formats.ShTest(
        extra_substitutions=[
            (r"(?<![\w/.-])dovetail-opt(?![\w/.-])", f"{python} -m dovetail.opt"),
            (r"(?<![\w/.-])dovetail(?![\w/.-])", f"{python} -m dovetail"),
            (r"(?<![\w/.-])filecheck(?![\w/.-])", f"{python} -m filecheck"),
        ]
    ),
)
