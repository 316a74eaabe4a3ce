"""Configuration of lit. `lit -v test` from the root of the repository runs the compiler's tests.

An installed dovetail is tested if there is one, the checkout otherwise.
"""

import importlib.util
import os
import sys
from pathlib import Path

import lit.formats

root = Path(__file__).resolve().parent.parent
sys.path.append(str(root / "test"))
if importlib.util.find_spec("dovetail") is None:
    sys.path.append(str(root))

from inprocess import InProcess  # noqa: E402

python = sys.executable
config.name = "dovetail"  # noqa: F821
config.suffixes = [".mlir", ".py"]  # noqa: F821
config.excludes = ["lit.cfg.py", "inprocess.py", "conftest.py", "Inputs"]  # noqa: F821
config.test_source_root = str(root / "test")  # noqa: F821
config.test_exec_root = str(root / "build" / "test")  # noqa: F821
(root / "build" / "test").mkdir(parents=True, exist_ok=True)  # where lit keeps times
config.environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)  # noqa: F821
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"  # noqa: F821
config.substitutions += [("%PYTHON", python)]  # noqa: F821
config.test_format = InProcess(  # noqa: F821
    tools={"dovetail-opt": "dovetail.passes.opt", "dovetail": "dovetail.cli", "filecheck": "filecheck.main"},
    fallback=lit.formats.ShTest(
        extra_substitutions=[
            (r"(?<![\w/.-])dovetail-opt(?![\w/.-])", f"{python} -m dovetail.passes.opt"),
            (r"(?<![\w/.-])dovetail(?![\w/.-])", f"{python} -m dovetail"),
            (r"(?<![\w/.-])filecheck(?![\w/.-])", f"{python} -m filecheck"),
        ]
    ),
)
