"""Passes and pipelines as Python sees them."""

import inspect
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Literal

import pytest

from dovetail import opt
from dovetail.dialect import assembly
from dovetail.dialect.context import fresh_context
from dovetail.dsl import load_kernel, lower
from dovetail.passes import pipeline, registry
from dovetail.passes.registry import Pass, PassFailure, PipelineError, fail

SOURCE = """func.func @f(%x1: memref<?x?xf16>) {
  %0 = dovetail.rank
  %1 = dovetail.rank
  dovetail.barrier
  return
}"""


class Sample(Pass):
    """Changes what its options
    say.

    Worked example.
    """

    name = "sample"
    action: Literal["nothing", "fail", "raise", "emit", "break"] = "nothing"
    rows: int | None = None
    size: int = 3
    title: str = ""
    is_deep: bool = False

    def run(self, module):
        barrier = module.body.operations[0].regions[0].blocks[0].operations[2]
        if self.action == "fail":
            fail(barrier, f"no {self.rows} rows", (barrier.operation.parent, "of this function"))
        if self.action == "raise":
            raise RuntimeError("a mistake of ours")
        if self.action == "emit":
            barrier.location.emit_error("said first")
            fail(barrier, "said last")
        if self.action == "break":
            barrier.operation.parent.regions[0].blocks[0].operations[-1].operation.erase()


@pytest.fixture(autouse=True)
def sample(monkeypatch):
    made = types.ModuleType("dovetail.passes.sample")
    made.Sample = Sample
    monkeypatch.setitem(sys.modules, made.__name__, made)
    monkeypatch.setattr(registry, "NAMES", (*registry.NAMES, "sample"))


@pytest.fixture
def module():
    return assembly.parse(SOURCE, fresh_context(), "kernel.mlir")


def only(text: str) -> Sample:
    (step,) = pipeline.parse(text)
    return step


def test_options():
    assert only("sample") == Sample()
    assert only("sample{size=-4 rows=none}") == Sample(size=-4, rows=None)
    assert only("sample{is-deep rows=5}") == only("sample{is_deep=true rows=5}") == Sample(is_deep=True, rows=5)
    assert only("""sample{title="two words" action=fail}""").title == "two words"
    assert only("sample{title={a, b}}").title == "a, b"
    assert str(Sample(is_deep=True, rows=5)) == "sample{rows=5 is-deep=true}"
    assert only(str(Sample(is_deep=True, rows=5))) == Sample(is_deep=True, rows=5)
    assert Sample.summary() == "Changes what its options say."
    with pytest.raises(AttributeError):
        Sample().size = 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sample{size=big}", "option 'size' of pass 'sample' takes int, not 'big'"),
        ("sample{rows=1.5}", "option 'rows' of pass 'sample' takes int|none, not '1.5'"),
        ("sample{is-deep=maybe}", "option 'is-deep' of pass 'sample' takes true|false, not 'maybe'"),
        ("sample{action=sleep}", "option 'action' of pass 'sample' takes nothing|fail|raise|emit|break, not 'sleep'"),
        ("sample{speed=1}", "pass 'sample' has no option 'speed'; it has 'action', 'rows', 'size', 'title', 'is-deep'"),
    ],
)
def test_options_that_do_not_fit(text, message):
    with pytest.raises(PipelineError, match=f"^{message.replace('|', '[|]')}$"):
        pipeline.parse(text)


def test_definitions_that_do_not_fit():
    with pytest.raises(TypeError, match="option 'size' of pass 'worse' needs a default"):
        type("Worse", (Pass,), {"name": "worse", "__annotations__": {"size": int}})
    with pytest.raises(TypeError, match="an option is an int, str, bool, Literal or None"):
        type("Worse", (Pass,), {"name": "worse", "__annotations__": {"size": list}, "size": None})


def test_pipelines():
    assert [
        str(step) for step in pipeline.parse(" cse , sample{size=4},func.func(cse, canonicalize{top-down=true})")
    ] == [
        "cse",
        "sample{size=4}",
        "func.func(cse, canonicalize{top-down=true})",
    ]
    assert pipeline.parse("builtin.module(cse,sample)") == pipeline.parse("cse,sample")
    assert pipeline.parse("") == pipeline.parse(" builtin.module() ") == ()
    assert pipeline.parse("cse,fused")[1:] == pipeline.parse(pipeline.NAMED["fused"])


def test_failure_has_the_place_in_the_source(module, tmp_path):
    with pytest.raises(PassFailure) as failure:
        pipeline.run(module, "sample{action=fail rows=7}")
    assert failure.value.failed_pass == "sample"
    assert str(failure.value) == "kernel.mlir:4:3: error: no 7 rows\nkernel.mlir:1:1: note: of this function"
    source = tmp_path / "kernel.mlir"
    source.write_text(SOURCE)
    module = assembly.parse(SOURCE, module.context, str(source))
    with pytest.raises(PassFailure) as failure:
        pipeline.run(module, "sample{action=fail}")
    assert "\n  dovetail.barrier\n  ^\n" in str(failure.value)


def test_failure_has_what_was_reported_before(module):
    with pytest.raises(PassFailure) as failure:
        pipeline.run(module, "sample{action=emit}")
    assert [diagnostic.message for diagnostic in failure.value.diagnostics] == ["said first", "said last"]


def test_mistakes_in_passes_are_not_hidden(module):
    with pytest.raises(RuntimeError, match="a mistake of ours"):
        pipeline.run(module, "sample{action=raise}")


@pytest.mark.parametrize(("verify", "seen"), [("each", 1), ("borders", 2), ("none", 2)])
def test_verifying(module, verify, seen):
    """The module breaks in the first pass: after that one, at the end, or never it is noticed."""
    ran = []

    def run():
        pipeline.run(module, "sample{action=break},sample", verify, print_after=lambda step, _: ran.append(step))

    if verify == "none":
        run()
    else:
        with pytest.raises(PassFailure, match="terminator") as failure:
            run()
        assert failure.value.failed_pass == "sample"
    assert len(ran) == seen


def test_borders_verify(module, monkeypatch):
    monkeypatch.setattr(Sample, "border", True)
    ran = []
    with pytest.raises(PassFailure, match="terminator"):
        pipeline.run(module, "sample{action=break},sample", "borders", print_after=lambda *_: ran.append(1))
    assert len(ran) == 1


def test_misspelt_pipelines_run_nothing(module):
    before = assembly.print(module)
    with pytest.raises(PipelineError):
        pipeline.run(module, "cse,canonicalise")
    assert assembly.print(module) == before


def test_printing_and_timing(module):
    seen, timing = {}, pipeline.Timing()

    def keep(step, now):
        seen[step.name] = assembly.print(now)

    pipeline.run(module, "cse,func.func(canonicalize)", print_after=keep, timing=timing)
    assert list(seen) == ["cse", "func.func"]
    assert [name for name, _ in timing.seconds] == ["cse", "verify", "func.func(canonicalize)", "verify"]
    assert "func.func(canonicalize)" in timing.report()


def test_internal_errors_of_opt_are_no_tracebacks(tmp_path, capsys):
    file = tmp_path / "kernel.mlir"
    file.write_text(SOURCE)
    assert opt.main([str(file), "--sample=action=raise"]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("error: internal error: RuntimeError: a mistake of ours\n") and "Traceback" not in errors
    assert f"{__file__}:" in errors


def test_opt_does_not_mind_a_reader_that_leaves(tmp_path):
    file = tmp_path / "kernel.mlir"
    file.write_text("".join(f"func.func private @f{i}()\n" for i in range(20000)))
    command = f"{sys.executable} -m dovetail.opt {file} | head -1"
    environment = os.environ | {"PYTHONPATH": str(Path(opt.__file__).parents[1])}
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment)
    assert ended.stdout == "module {\n" and ended.stderr == ""


@pytest.mark.parametrize("name", pipeline.NAMED)
def test_every_level_round_trips(name):
    """The kernel prints and parses back to the same text before and after every pass."""
    levels = 0

    def check(_, module):
        nonlocal levels
        levels += 1
        for how in ({}, {"locations": True}, {"generic": True}):
            text = assembly.print(module, **how)
            assert assembly.print(assembly.parse(text, module.context, "again.mlir"), **how) == text
        named = assembly.print(module, names=True)
        assert assembly.print(assembly.parse(named, module.context)) == assembly.print(module)

    module = lower(load_kernel("all_gather_matmul"))
    check(None, module)
    pipeline.run(module, name, print_after=check)
    assert levels == len(pipeline.parse(name)) + 1


@pytest.mark.parametrize("name", registry.NAMES)
def test_pass_explains_itself(name):
    found = registry.lookup(name)
    text = inspect.cleandoc(found.__doc__)
    assert found.summary().endswith(".") and "\n\n" in text, "a summary, then an example"
    for option, _, default in found.options():
        assert option and found() == found(**{option.replace("-", "_"): default})
