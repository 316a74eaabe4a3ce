"""A lit format that runs RUN lines without starting interpreters.

The compiler is imported once; each test then runs in a fork of that process, command after command, the streams of
each being files. A RUN line that is more than pipelines of known tools, `not` and plain redirections goes to lit's own
shell.

    // RUN: dovetail-opt %s --cse | filecheck %s
    // RUN: not dovetail-opt %s 2>&1 | filecheck %s --check-prefix=ERROR
    # RUN: %PYTHON %s | filecheck %s
"""

# ruff: noqa: SIM115 (files that stand for streams outlive the functions that open them)

import contextlib
import importlib
import os
import re
import runpy
import select
import shlex
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import lit.formats
import lit.Test
import lit.TestRunner

LINES_OF_INPUT_SHOWN = 200


@dataclass
class Command:
    """A tool with its arguments and where its streams go; None stands for the pipeline."""

    arguments: list[str]
    is_inverted: bool = False
    input: str | None = None
    output: str | None = None
    errors: str | None = None
    merges_errors: bool = False  # 2>&1


class InProcess(lit.formats.FileBasedTest):
    """`tools` maps names of commands to modules that have a function `main`, which reads sys.argv."""

    def __init__(self, tools: dict[str, str], fallback: lit.formats.ShTest):
        self.tools, self.fallback = tools, fallback

    def getTestsForPath(self, testSuite, path_in_suite, litConfig, localConfig):
        for test in super().getTestsForPath(testSuite, path_in_suite, litConfig, localConfig):
            path = Path(test.getSourcePath())
            is_pytest = path.name.startswith("test_")
            if path.suffix != ".py" or (not is_pytest and "RUN:" in path.read_text(encoding="utf-8")):
                yield test

    def execute(self, test, litConfig):
        script = self._script(test)
        if isinstance(script, lit.Test.Result):
            return script
        pipelines = [self._pipeline(line) for line in script]
        if None in pipelines or test.config.unsupported or litConfig.noExecute or not hasattr(os, "fork"):
            return self.fallback.execute(test, litConfig)
        _prepare(tuple(self.tools.values()))
        status, report = _forked(lambda: self._run(script, pipelines), litConfig.maxIndividualTestTime)
        return lit.Test.Result(status, report)

    def _script(self, test):
        """The RUN lines with %s and the like filled in, or a result if the test is not to run."""
        lines = lit.TestRunner.parseIntegratedTestScript(test)
        if isinstance(lines, lit.Test.Result):
            return lines
        directory, base = lit.TestRunner.getTempPaths(test)
        Path(base).parent.mkdir(parents=True, exist_ok=True)
        substitutions = lit.TestRunner.getDefaultSubstitutions(test, directory, base)
        lines = lit.TestRunner.applySubstitutions(lines, substitutions)
        return [re.sub(r"^%dbg\([^)]*\)\s*", "", line) for line in lines]

    def _pipeline(self, line: str) -> list[Command] | None:
        """The commands of a RUN line, or None if it needs a shell."""
        try:
            lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>()")
            lexer.whitespace_split = True
            lexer.commenters = ""
            tokens = list(lexer)
        except ValueError:
            return None
        commands = [Command([])]
        while tokens:
            token, command = tokens.pop(0), commands[-1]
            if token == "|":
                commands.append(Command([]))
            elif token == ">&" and tokens[:1] == ["1"] and command.arguments[-1:] == ["2"]:
                command.arguments.pop()
                command.merges_errors = bool(tokens.pop(0))
            elif token == ">" and tokens and command.arguments[-1:] == ["2"]:
                command.arguments.pop()
                command.errors = tokens.pop(0)
            elif token in ("<", ">") and tokens:
                setattr(command, "input" if token == "<" else "output", tokens.pop(0))
            elif set(token) <= set("|&;<>()"):
                return None
            elif token == "not" and not command.arguments:
                command.is_inverted = not command.is_inverted
            else:
                command.arguments.append(token)
        return commands if all(self._is_known(command.arguments) for command in commands) else None

    def _is_known(self, arguments: list[str]) -> bool:
        if arguments[:1] == [sys.executable]:
            return len(arguments) > 1 and arguments[1].endswith(".py")
        return bool(arguments) and arguments[0] in self.tools

    # -- in the fork, whose standard error is the report --

    def _run(self, script: list[str], pipelines: list[list[Command]]) -> bool:
        for line, pipeline in zip(script, pipelines):
            piped = tempfile.TemporaryFile()
            for command in pipeline:
                given = open(command.input, "rb") if command.input is not None else piped
                piped = open(command.output, "wb+") if command.output is not None else tempfile.TemporaryFile()
                given.seek(0)
                status = self._command(command, given, piped)
                if (status == 0) == command.is_inverted:
                    _explain(line, command, status, _text(given))
                    return False
            print(_text(piped), end="", file=sys.stderr)
        return True

    def _command(self, command: Command, given, output) -> int:
        """Runs one command in this process with its streams on files, and gives its exit status."""
        report = os.dup(2)
        os.dup2(given.fileno(), 0)
        os.dup2(output.fileno(), 1)
        if command.merges_errors:
            os.dup2(output.fileno(), 2)
        elif command.errors is not None:
            with open(command.errors, "wb") as errors:
                os.dup2(errors.fileno(), 2)
        sys.stdin = open(0, encoding="utf-8", closefd=False)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)
        is_script = command.arguments[0] == sys.executable
        sys.argv = command.arguments[1 if is_script else 0 :]
        try:
            if is_script:
                sys.path.insert(0, str(Path(sys.argv[0]).parent))
                runpy.run_path(sys.argv[0], run_name="__main__")
                status = 0
            else:
                status = importlib.import_module(self.tools[sys.argv[0]]).main()
        except SystemExit as error:
            status = error.code
            if isinstance(status, str):
                print(status, file=sys.stderr)
                status = 1
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(report, 2)
        os.close(report)
        return int(status or 0)


@cache
def _prepare(modules: tuple[str, ...]) -> None:
    """Does once what every fork would do otherwise: imports the tools, and calls their `prepare` if they have one."""
    for module in modules:
        with contextlib.suppress(ImportError):  # the tests that use it will say so
            getattr(importlib.import_module(module), "prepare", lambda: None)()


def _explain(line: str, command: Command, status: int, given: str) -> None:
    tool = Path(command.arguments[0]).name
    print(f"$ {line}\n{tool} ended with status {status}", file=sys.stderr)
    if tool == "filecheck":
        lines = given.splitlines()
        print("its input:", file=sys.stderr)
        for number, text in enumerate(lines[:LINES_OF_INPUT_SHOWN], 1):
            print(f"{number:5}: {text}", file=sys.stderr)
        if len(lines) > LINES_OF_INPUT_SHOWN:
            print("  ...", file=sys.stderr)


def _text(file) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _forked(run: Callable[[], bool], seconds: float):
    """Runs a function that says whether the test passes in a fork. Gives lit's verdict and what to show."""
    report = tempfile.TemporaryFile("ab+")
    ended, end = os.pipe()  # the reading end sees when nobody holds the other one any more
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.dup2(report.fileno(), 2)
            status = 0 if run() else 1
            sys.stderr.flush()
        finally:
            os._exit(status)
    os.close(end)
    is_late = not select.select([ended], [], [], seconds or None)[0]
    os.close(ended)
    if is_late:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    text = _text(report)
    if is_late:
        return lit.Test.TIMEOUT, f"{text}\nended after {seconds} seconds"
    if status < 0:
        return lit.Test.FAIL, f"{text}\nkilled by {signal.Signals(-status).name}"
    return lit.Test.PASS if status == 0 else lit.Test.FAIL, text
