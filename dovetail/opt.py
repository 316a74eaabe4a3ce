"""The tool `dovetail-opt` reads a module, runs passes on it and prints it.

    dovetail-opt kernel.mlir --fuse-stages=chunk=256 --canonicalize --mlir-print-ir-after-all

Exit status and streams are those of upstream's `mlir-opt`: the module goes to the standard output, all else to the
standard error, and the status is 1 if anything was refused.
"""

import argparse
import inspect
import io
import linecache
import os
import sys
import traceback
from collections.abc import Sequence
from functools import cache

from dovetail import codegen
from dovetail.dialect import assembly
from dovetail.dialect.bindings import ir
from dovetail.dialect.context import fresh_context
from dovetail.dialect.diagnostics import DiagnosedError, Diagnostic
from dovetail.passes import expected, pipeline, registry
from dovetail.passes.registry import PipelineError

_SPLIT = "// -----"


def main(arguments: Sequence[str] | None = None) -> int:
    """The tool. Gives its exit status; module and messages go to the standard streams."""
    options = _options(list(sys.argv[1:] if arguments is None else arguments))
    try:
        if options.list_passes:
            print(_listed_passes())
            return 0
        if options.help_pass:
            print(_explained(registry.lookup(options.help_pass)))
            return 0
        return _Run(options).file()
    except (PipelineError, OSError, UnicodeDecodeError) as error:
        if isinstance(error, BrokenPipeError):  # the reader of our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return 1
        reason = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else error
        print(f"error: {reason}", file=sys.stderr)
        return 1


@cache
def prepare() -> ir.Context:
    """The context that every run in this process uses; making one takes longer than most runs."""
    return fresh_context()


class _Run:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.steps = pipeline.parse(",".join(options.passes))
        self.timing = pipeline.Timing()
        self.context = prepare()

    def file(self) -> int:
        options = self.options
        if options.file == "-":
            name, text = "<stdin>", sys.stdin.read()
            linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        else:
            name = options.file
            with open(name, encoding="utf-8") as file:
                text = file.read()
        printed, is_good, first_line = [], True, 1
        for part in _parts(text) if options.split_input_file else [text]:
            made = self.part(part, name, first_line)
            is_good = is_good and made is not None
            printed += [made] if made else []
            first_line += part.count("\n")
        output = f"{_SPLIT}\n".join(printed)
        if options.output == "-":
            sys.stdout.write(output)
            sys.stdout.flush()
        elif is_good:
            with open(options.output, "w", encoding="utf-8") as file:
                file.write(output)
        if options.mlir_timing:
            print(self.timing.report(), file=sys.stderr)
        return 0 if is_good else 1

    def part(self, text: str, name: str, first_line: int) -> str | None:
        """What to print for a module; None if something is wrong with it."""
        result = ""
        diagnostics: Sequence[Diagnostic] = ()
        try:
            module = assembly.parse("\n" * (first_line - 1) + text, self.context, name)
            verify: pipeline.Verify = "each" if self.options.verify_each else "none"
            pipeline.run(module, self.steps, verify, self.dump, self.timing)
            result = codegen.print_source(module) if self.options.emit_source else self.printed(module)
        except DiagnosedError as error:
            diagnostics = error.diagnostics
        except PipelineError:
            raise
        except Exception as error:
            if self.options.traceback:
                traceback.print_exc()
            diagnostics = (_internal_error(error),)
        if self.options.verify_diagnostics:
            diagnostics = expected.check(text, name, list(diagnostics), first_line)
        for diagnostic in diagnostics:
            print(diagnostic.show(), file=sys.stderr)
        return None if diagnostics else result

    def printed(self, module: ir.Module) -> str:
        options = self.options
        text = assembly.print(
            module,
            locations=options.mlir_print_debuginfo,
            names=options.mlir_use_nameloc_as_prefix,
            generic=options.mlir_print_op_generic,
        )
        return text.rstrip("\n") + "\n"

    def dump(self, step, module: ir.Module) -> None:
        if self.options.mlir_print_ir_after_all or step.name in self.options.mlir_print_ir_after:
            print(f"// -----// IR Dump After {step} //----- //\n{self.printed(module)}", file=sys.stderr)


def _parts(text: str) -> list[str]:
    """The modules of a file, each with the newlines that make line numbers add up."""
    parts = [""]
    for line in text.splitlines(True):
        if line.strip() == _SPLIT:
            parts[-1] += "\n"
            parts.append("")
        else:
            parts[-1] += line
    return parts


def _internal_error(error: Exception) -> Diagnostic:
    place = traceback.extract_tb(error.__traceback__)[-1]
    note = Diagnostic("raised here; --traceback shows how", "note", place.filename, place.lineno or 0, 1)
    return Diagnostic(f"internal error: {type(error).__name__}: {error}", notes=(note,))


def _options(arguments: list[str]) -> argparse.Namespace:
    """Reads the command line. Each flag that is no option of the tool is a pass, run in the order given."""
    parser = argparse.ArgumentParser(
        prog="dovetail-opt",
        description="Reads a module, runs passes on it, prints it. Each pass is also a flag: --PASS or --PASS=OPTIONS, "
        "run in the order given.",
        allow_abbrev=False,
    )
    add, flag = parser.add_argument, argparse.BooleanOptionalAction
    add("file", nargs="?", default="-", help="what to read; - is the standard input")
    add("-o", dest="output", default="-", metavar="FILE", help="where to print the module")
    add("--pass-pipeline", dest="passes", action="append", default=[], metavar="PIPELINE", help="passes as text")
    add("--pipeline", dest="passes", action="append", metavar="NAME", help=" | ".join(pipeline.NAMED))
    add("--verify-each", action=flag, default=True, help="verify after each pass")
    add("--split-input-file", action="store_true", help=f"the file has several modules, with lines '{_SPLIT}' between")
    add("--verify-diagnostics", action="store_true", help="compare diagnostics with those that comments expect")
    add("--mlir-print-ir-after-all", action="store_true", help="print the module after each pass")
    add("--mlir-print-ir-after", type=lambda names: names.split(","), default=[], metavar="PASS,...")
    add("--mlir-print-op-generic", action="store_true", help="print in MLIR's generic form")
    add("--mlir-print-debuginfo", action="store_true", help="print locations")
    add("--mlir-use-nameloc-as-prefix", action="store_true", help="call values as their locations are called")
    add("--emit-source", action="store_true", help="print the C++ that code generation makes of the module")
    add("--mlir-timing", action="store_true", help="print how long each pass took")
    add("--list-passes", action="store_true", help="list the passes with their options")
    add("--help-pass", metavar="PASS", help="explain a pass")
    add("--traceback", action="store_true", help="show the Python traceback of an internal error")
    known = parser._option_string_actions
    arguments = [f"-{one}" if len(one) > 2 and one[0] == "-" != one[1] else one for one in arguments]
    spelled = []
    for one in arguments:
        key, _, value = one.partition("=")
        if one.startswith("--") and key not in known:
            spelled.append(f"--pass-pipeline={key[2:]}" + (f"{{{value}}}" if value else ""))
        else:
            spelled.append(one)
    return parser.parse_args(spelled)


def _listed_passes() -> str:
    lines = []
    for name in registry.NAMES:
        found = registry.lookup(name)
        lines.append(f"{name}\n    {found.summary()}")
        lines += [f"    {option}={takes} (default {default})" for option, takes, default in found.options()]
    lines += [f"pipeline {name}\n    {text}" for name, text in pipeline.NAMED.items()]
    return "\n".join(lines)


def _explained(found: type[registry.Pass]) -> str:
    text = io.StringIO()
    print(f"{found.name}\n\n{inspect.cleandoc(found.__doc__ or '')}", file=text)
    for option, takes, default in found.options():
        print(f"\n--{found.name}={option}={takes} (default {default})", file=text, end="")
    return text.getvalue().rstrip("\n")


if __name__ == "__main__":
    sys.exit(main())
