"""Pipelines: passes of ours and upstream's in any order, written as text, and the running of them.

    fuse-stages{chunk=256},canonicalize,cse,func.func(cse)

A name in `NAMED` stands for its passes wherever a pass may stand.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

from dovetail.dialect.bindings import ir, passmanager
from dovetail.dialect.diagnostics import Diagnostic, collected
from dovetail.passes import registry
from dovetail.passes.registry import Pass, PassFailure, PipelineError

_TO_SOURCE = (
    "materialize-barriers,bound-window,build-tiling,assign-cores,order-tiles,canonicalize,cse,"
    "lower-to-ascendc,canonicalize,loop-invariant-code-motion,cse,"
    "place-buffers,insert-synchronization,canonicalize,cse,verify-synchronization"
)

# Without the fusion a kernel is right, and slower: two stages with a barrier between them.
NAMED = {
    "fused": f"fuse-stages,{_TO_SOURCE}",
    "two-stage": _TO_SOURCE,
}


@dataclass(frozen=True)
class Upstream:
    """A pass of MLIR's own, or a nest of them: `cse`, `func.func(cse,canonicalize)`."""

    text: str

    @property
    def name(self) -> str:
        return re.split(r"[({]", self.text, maxsplit=1)[0].strip()

    def manager(self, context: ir.Context) -> passmanager.PassManager:
        try:
            with context:
                return passmanager.PassManager.parse(f"builtin.module({self.text})")
        except ValueError as error:
            names = {*registry.NAMES, *NAMED, "canonicalize", "cse"}
            if "does not refer to a registered pass" in str(error):
                hint = registry.nearest(self.name, names)
                raise PipelineError(f"there is no pass or pipeline '{self.text}'{hint}") from None
            reason = re.sub(r"^.*?error: |^.*?Parser>: |\n.*", "", str(error).strip(), flags=re.DOTALL)
            raise PipelineError(f"'{self.text}': {reason}") from None

    def __str__(self) -> str:
        return self.text


Pipeline = tuple[Pass | Upstream, ...]
Verify = Literal["each", "borders", "none"]


def parse(text: str) -> Pipeline:
    """The passes of a pipeline. Raises PipelineError, except for upstream's passes, which are looked up when run."""
    text = text.strip()
    if text.startswith("builtin.module(") and text.endswith(")"):
        text = text[len("builtin.module(") : -1]
    steps: Pipeline = ()
    for element in _elements(text):
        match = re.fullmatch(r"([\w.-]+)\s*(?:\{(.*)\})?", element, re.DOTALL)
        if match and match[1] in NAMED:
            if match[2]:
                raise PipelineError(f"the pipeline '{match[1]}' takes no options")
            steps += parse(NAMED[match[1]])
        elif match and match[1] in registry.NAMES:
            steps += (registry.lookup(match[1]).with_options(_options(match[2] or "")),)
        else:
            for name in registry.NAMES:
                if re.search(rf"(?<![\w.-]){name}(?![\w.-])", element):
                    raise PipelineError(f"'{element}': pass '{name}' runs on a module, not inside of one")
            steps += (Upstream(element),)
    return steps


def _elements(text: str) -> Iterator[str]:
    """Splits at the commas outside of brackets and quotes."""
    if not text.strip():
        return
    closing: list[str] = []
    start = 0
    for position, character in enumerate(text + ","):
        if closing and closing[-1] in "\"'":
            if character == closing[-1]:
                closing.pop()
        elif character in "\"'":
            closing.append(character)
        elif character in "({[":
            closing.append({"(": ")", "{": "}", "[": "]"}[character])
        elif character in ")}]":
            if not closing or closing.pop() != character:
                raise PipelineError(f"unexpected '{character}' at column {position + 1} of pipeline '{text}'")
        elif character == "," and not closing:
            element = text[start:position].strip()
            if not element:
                raise PipelineError(f"expected the name of a pass at column {start + 1} of pipeline '{text}'")
            yield element
            start = position + 1
    if closing:
        raise PipelineError(f"missing '{closing[-1]}' at the end of pipeline '{text}'")


def _options(text: str) -> dict[str, str]:
    """`chunk=256 order=arrival`; a value with blanks stands in quotes or braces, an option alone means true."""
    found = re.findall(r"""([\w-]+)(?:=(?:"([^"]*)"|'([^']*)'|\{([^}]*)\}|(\S*)))?""", text)
    return {key: "".join(values) for key, *values in found}


@dataclass
class Timing:
    """Seconds spent in each pass and in verifying, in order, summed over everything run with it."""

    seconds: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        start = perf_counter()
        try:
            yield
        finally:
            self.seconds.append((name, perf_counter() - start))

    def report(self) -> str:
        total = sum(seconds for _, seconds in self.seconds)
        rows = [*self.seconds, ("total", total)]
        return "\n".join(
            f"{1000 * seconds:10.3f} ms {100 * seconds / total if total else 0:5.1f} %  {name}"
            for name, seconds in rows
        )


def run(
    module: ir.Module,
    pipeline: str | Pipeline,
    verify: Verify = "each",
    print_after: Callable[[Pass | Upstream, ir.Module], None] | None = None,
    timing: Timing | None = None,
) -> None:
    """Runs a pipeline on a module, in place.

    The module is verified after each pass, or after passes that end at the border of a level and at the end, or never.
    `print_after` is called after each pass, also after one that the verifier then refuses. Raises PipelineError before
    any pass has run if the pipeline is misspelt, and PassFailure if a pass or the verifier refuses the module.
    """
    context = module.context
    steps = parse(pipeline) if isinstance(pipeline, str) else pipeline
    managers = {step: step.manager(context) for step in steps if isinstance(step, Upstream)}
    timing = timing or Timing()
    for position, step in enumerate(steps):
        last = position == len(steps) - 1
        border = last or (isinstance(step, Pass) and step.border)
        reported: list[Diagnostic] = []
        try:
            with context, ir.Location.unknown(), collected(context) as reported:
                with timing.measure(str(step)):
                    if isinstance(step, Pass):
                        step.run(module)
                    else:
                        managers[step].enable_verifier(False)
                        managers[step].run(module.operation)
                if print_after is not None:
                    print_after(step, module)
                if verify == "each" or (verify == "borders" and border):
                    with timing.measure("verify"):
                        module.operation.verify()
        except PassFailure as failure:
            failure.diagnostics = (*reported, *failure.diagnostics)
            failure.failed_pass = step.name
            raise
        except ir.MLIRError as error:
            refused = PassFailure(*(reported or [Diagnostic(f"pass '{step}' failed: {error}")]))
            refused.failed_pass = step.name
            raise refused from None
