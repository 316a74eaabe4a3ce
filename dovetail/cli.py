"""The command `dovetail`.

Exit statuses: 0 where all went well (also `not checked`), 1 where outputs are wrong or a kernel cannot be compiled,
built or run, 2 where the command line is not understood.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NoReturn

from dovetail.dsl import CompileError, Kernel, Schedule, built_in_kernels, load_kernel
from dovetail.dsl.language import DTYPES, MULTIPLIED
from dovetail.dsl.schedule import ORDERS

if TYPE_CHECKING:
    from dovetail.runtime.accuracy import Comparison

USAGE = """\
dovetail run KERNEL [options]       compile a kernel, run it on this computer, compare it with its reference
dovetail run OPERATOR [options]     the same for an operator, through its entry points in C
dovetail compile KERNEL [options]   print a level of the compiler
dovetail build OPERATOR [options]   make a package of an operator, for programs in C
dovetail package OPERATOR [options] write the sources of such a package, for the vendor's toolkit
dovetail --list                     name the built-in kernels

KERNEL is the name of a built-in kernel or a Python file that holds one (of several: FILE::NAME).
`dovetail run KERNEL --help` shows the options, some of which depend on the kernel."""

EMITTED = ("tiles", "fused", "ascendc-ir", "source", "tiling", "host")


class Refused(Exception):
    """What was asked for cannot be done; the message says why. Ends the command with `status`."""

    def __init__(self, message: str, status: int = 1):
        super().__init__(message)
        self.status = status


def main(arguments: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _command(words)
    except Refused as refusal:
        print(f"dovetail: error: {refusal}", file=sys.stderr)
        return refusal.status
    except KeyboardInterrupt:
        print("dovetail: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _command(words: list[str]) -> int:
    if words in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    if words == ["--list"]:
        print("\n".join(built_in_kernels()))
        return 0
    if words == ["--version"]:
        from importlib.metadata import version

        print(f"dovetail {version('dovetail')}")
        return 0
    packages = {"build": _build, "package": _package}
    if words[:1] and words[0] in packages:
        with _clear_errors():
            return packages[words[0]](words[1:])
    commands = {"run": _run, "compile": _compile}
    if not words or words[0] not in commands:
        said = f"there is no command {words[0]!r}" if words else "a command is needed"
        raise Refused(f"{said}\n{USAGE}", 2)
    if len(words) < 2 or words[1].startswith("-"):
        if words[1:2] in (["-h"], ["--help"]):
            print(USAGE)
            return 0
        raise Refused(f"the kernel must follow 'dovetail {words[0]}'\n{USAGE}", 2)
    with _clear_errors():
        if words[0] == "run" and _is_operator(words[1]):
            return _run_operator(words[1], words[2:])
        return commands[words[0]](_load(words[1]), words[2:])


def _load(name: str) -> Kernel:
    path, _, kernel = name.partition("::")
    try:
        return load_kernel(path, kernel or None)
    except OSError as error:
        raise Refused(str(error), 2) from None


@contextlib.contextmanager
def _clear_errors() -> Iterator[None]:
    """Turns the errors that people make, and can mend, into messages."""
    from dovetail.dialect.diagnostics import DiagnosedError
    from dovetail.passes.registry import PipelineError
    from dovetail.runtime.compiler import CompilerNotFound, HostCompileError
    from dovetail.runtime.device import DeviceError
    from dovetail.runtime.oracle import ReferenceError
    from dovetail.runtime.package import PackageError

    try:
        yield
    except (CompileError, DiagnosedError) as error:
        print(error, file=sys.stderr)
        raise Refused("the kernel does not compile") from None
    except HostCompileError as error:
        print(error, file=sys.stderr)
        raise Refused("the C++ compiler refused the kernel's source") from None
    except (
        CompilerNotFound,
        DeviceError,
        OSError,
        PackageError,
        PipelineError,
        ReferenceError,
        ValueError,
    ) as error:
        raise Refused(str(error)) from None
    except SyntaxError as error:
        raise Refused(f"{error.filename}:{error.lineno}:{error.offset}: {error.msg}") from None


# -- options --


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refused(f"{message}\n({self.prog} --help shows the options)", 2)


def _parser(command: str, kernel: Kernel) -> _Parser:
    """A parser with the options that say which variant of a kernel is meant."""
    parser = _Parser(prog=f"dovetail {command} KERNEL", allow_abbrev=False)
    parser.set_defaults(transposed=None, absent=None, present=None)
    variant = parser.add_argument_group("variant of the kernel")
    variant.add_argument("--dtype", choices=[each.name for each in MULTIPLIED], default="float16")
    help = "of one matrix, whatever the kernel says: output=float16; may be given several times"
    variant.add_argument("--dtype-of", type=_dtype_of, action="append", default=[], metavar="MATRIX=TYPE", help=help)
    variant.add_argument("--target", "--machine", default="ascend910b", help="a family of machines, or one machine")
    variant.add_argument("--pipeline", default="fused", help="fused, two-stage, or passes as dovetail-opt takes them")
    for parameter in kernel.parameters:
        option = parameter.name.replace("_", "-")
        if not parameter.output:
            help = f"{parameter.name} lies in memory column by column"
            variant.add_argument(
                f"--transposed-{option}", dest="transposed", action="append_const", const=parameter.name, help=help
            )
        if parameter.optional:
            without, with_ = f"leave {parameter.name} out", f"have {parameter.name}"
            variant.add_argument(
                f"--no-{option}" if parameter.wanted else f"--{option}",
                dest="absent" if parameter.wanted else "present",
                action="append_const",
                const=parameter.name,
                help=without if parameter.wanted else with_,
            )
    schedule = parser.add_argument_group("schedule (changes how fast the kernel is, never what it gives)")
    usual = Schedule()
    tile = ",".join(map(str, usual.tile))
    schedule.add_argument(
        "--tile", type=_tile, default=usual.tile, metavar="ROWS,COLUMNS,DEPTH", help=f"usually {tile}"
    )
    for name, help in (
        ("chunk", "most rows that travel at a time"),
        ("slots", "chunks of each rank that a window holds"),
        ("communication-cores", "blocks that send"),
    ):
        default = getattr(usual, name.replace("-", "_"))
        schedule.add_argument(f"--{name}", type=int, default=default, help=f"{help}; usually {default}")
    schedule.add_argument("--order", choices=ORDERS, default=usual.order, help=f"of tiles; usually {usual.order}")
    return parser


def _dtype_of(text: str) -> tuple[str, str]:
    matrix, _, dtype = text.partition("=")
    if dtype not in DTYPES:
        raise argparse.ArgumentTypeError(f"{text!r} is not MATRIX=TYPE with a type of {', '.join(DTYPES)}")
    return matrix, dtype


def _tile(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not three numbers: ROWS,COLUMNS,DEPTH") from None


def _compiled(kernel: Kernel, options: argparse.Namespace):
    from dovetail import driver

    try:
        schedule = Schedule(options.tile, options.chunk, options.slots, options.communication_cores, options.order)
    except ValueError as error:
        raise Refused(str(error), 2) from None
    return driver.compile(
        kernel,
        target=options.target,
        dtype=options.dtype,
        schedule=schedule,
        transposed=options.transposed or (),
        absent=options.absent or (),
        present=options.present or (),
        dtypes=dict(options.dtype_of),
        pipeline=options.pipeline,
    )


# -- dovetail compile --


def _compile(kernel: Kernel, words: list[str]) -> int:
    parser = _parser("compile", kernel)
    parser.add_argument("--emit", choices=EMITTED, default="source", help="what to print; usually source")
    parser.add_argument("-o", "--output", type=Path, help="a file to write instead of printing")
    options = parser.parse_args(words)
    compiled = _compiled(kernel, options)
    text = compiled.emitted(options.emit)
    if options.output is None:
        print(text, end="" if text.endswith("\n") else "\n")
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0


# -- dovetail run --


def _run_options(kernel: Kernel, words: list[str]) -> argparse.Namespace:
    from dovetail import driver

    parser = _parser("run", kernel)
    sizes = parser.add_argument_group("sizes of the matrices")
    for size in driver.sizes_of(kernel):
        option = f"--{size.replace('_', '-')}"
        sizes.add_argument(option, dest=f"size {size}", type=_positive, required=True, metavar=size.upper())
    run = parser.add_argument_group("run")
    run.add_argument("--ranks", type=_positive, default=2, help="usually 2")
    run.add_argument("--blocks", type=_positive, help="blocks of each rank: usually the machine's cores")
    run.add_argument("--processes", action="store_true", help="a process for each rank")
    run.add_argument("--workers", type=int, default=0, help="threads; usually one per core of this computer")
    run.add_argument("--launches", type=_positive, default=1, help="how often to run; the table has the best time")
    help = "of each pair of ranks, each way; usually unbounded"
    run.add_argument("--link-bandwidth", type=float, default=0.0, metavar="GB/S", help=help)
    _add_checking(run)
    run.add_argument("--integers", action="store_true", help="small integers as inputs: the outputs' bits are compared")
    run.add_argument("--source", type=Path, help="an edited copy of the generated source, to run in its place")
    options = parser.parse_args(words)
    _refuse_seeds_alone(options)
    if options.source is not None and not options.source.is_file():
        raise Refused(f"--source {options.source}: there is no such file", 2)
    options.sizes = {size: getattr(options, f"size {size}") for size in driver.sizes_of(kernel)}
    return options


def _add_checking(run: argparse._ArgumentGroup) -> None:
    run.add_argument("--seed", type=_natural, default=0, help="of the inputs, and of the order of a checked run")
    help = "checked: asynchronous as on the device, and every access checked; usually what DOVETAIL_MODE says"
    run.add_argument("--mode", choices=("fast", "checked"), default="", help=help)
    run.add_argument("--seeds", type=_positive, default=1, metavar="K", help="orders of a checked run, from --seed on")


def _refuse_seeds_alone(options: argparse.Namespace) -> None:
    if options.seeds > 1 and options.mode != "checked":
        raise Refused("--seeds are orders of a checked run: it goes with --mode checked", 2)


def _checked(options: argparse.Namespace, last_seed: int) -> dict[str, str]:
    """The line of the table that says how the run was checked, if it was."""
    if options.mode != "checked":
        return {}
    seeds = f"seeds {options.seed} to {last_seed}" if options.seeds > 1 else f"seed {last_seed}"
    return {"checked": f"{seeds}: no race, no hang, no access out of place"}


def _run(kernel: Kernel, words: list[str]) -> int:
    from dovetail.runtime.oracle import Data
    from dovetail.runtime.trial import Trial

    options = _run_options(kernel, words)
    with _progress(f"compiling {kernel.name}"):
        compiled = _compiled(kernel, options)
    with _progress("building") as said:
        native = compiled.load(options.source)
        said.append("found in the cache" if native.built.cached else "")
    blocks = options.blocks or compiled.machine.cores
    seconds = []
    comparisons: list = []
    trial = None
    for seed in range(options.seed, options.seed + options.seeds):
        with compiled.communicator(
            options.ranks,
            processes=options.processes,
            workers=options.workers,
            link_bytes_per_second=options.link_bandwidth * 1e9,
            mode=options.mode,
            seed=seed if options.mode == "checked" else None,
        ) as communicator:
            communicator.tiling(native, options.sizes, blocks)  # refuses what cannot run before inputs are made for it
            if trial is None:
                with _progress("making the inputs"):
                    data = Data.INTEGERS if options.integers else Data.RANDOM
                    trial = Trial(
                        compiled.signature, kernel.reference, options.sizes, options.ranks, data, options.seed
                    )
            for number in range(options.launches):
                which = f", launch {number + 1} of {options.launches}" if options.launches > 1 else ""
                which += f", seed {seed}" if options.seeds > 1 else ""
                with _progress(f"running on {options.ranks} rank{'s' * (options.ranks > 1)}{which}"):
                    launched = communicator.run(native, trial.arguments, blocks)
                seconds.append(launched.seconds)
        if kernel.reference is not None:
            with _progress("comparing with the reference"):
                comparisons = trial.compare(launched.outputs)
            if not all(each.passed for each in comparisons):
                break

    place = "in a process each" if options.processes else "in one process"
    layouts = [f"{name} of {dtype}" for name, dtype in compiled.dtypes.items()]
    layouts += [f"{name} transposed" for name in compiled.transposed]
    wanted = [each.name for each in kernel.parameters if each.wanted]
    layouts += [f"no {name}" for name in compiled.absent if name in wanted]
    layouts += [each.name for each in kernel.parameters if not each.wanted and each.name not in compiled.absent]
    source = "fused source" if compiled.pipeline == "fused" else "source"
    table = {
        "shape": ", ".join(f"{name} = {value}" for name, value in options.sizes.items()),
        "ranks": f"{options.ranks}, {place}; {blocks} blocks each, as on {compiled.machine.name}",
        "types": ", ".join([compiled.dtype, *layouts]),
        source: str(options.source or native.device_source),
        "time": _seconds(min(seconds)) + (f", best of {len(seconds)}" if len(seconds) > 1 else ""),
        **_checked(options, seed),
    }
    if kernel.reference is None:
        print(_printed(table))
        print("not checked: the kernel's file has no reference(...)")
        return 0
    return _verdict(table, comparisons)


def _verdict(table: dict[str, str], comparisons: "list[Comparison]") -> int:
    """Prints the table with the errors, and whether they are allowed; returns the exit status."""
    for each in comparisons:
        how = "every bit compared" if each.exact else f"{each.largest_share:.0%} of what is allowed"
        table[f"largest error of {each.output}"] = f"{each.largest_error:.3g} ({how})"
    print(_printed(table))
    faults = [f"{each.output}: {each.fault}" for each in comparisons if not each.passed]
    print("\n".join([*faults, "FAIL" if faults else "PASS"]))
    return 1 if faults else 0


def _printed(table: dict[str, str]) -> str:
    width = max(map(len, table))
    return "\n".join(f"{name:{width}}  {value}" for name, value in table.items())


# -- dovetail run OPERATOR --

SCALES = {
    "per-channel": ("x2_scale",),
    "per-token": ("x1_scale", "x2_scale"),
    "per-tensor": ("x1_factor", "x2_factor"),
    "mx": ("x1_exponents", "x2_exponents"),
}
USUAL_SCALES = {
    **dict.fromkeys(("int8", "int4"), "per-channel"),
    **dict.fromkeys(("float8_e4m3fn", "float8_e5m2", "hifloat8"), "per-tensor"),
    "float4_e2m1fn": "mx",
}
STAND_IN = {"ascend950": "by vector cores: a stand-in of ours for the engines behind ccu and ai_cpu"}


def _is_operator(name: str) -> bool:
    from dovetail import driver

    return name in driver.operators()


def _run_operator(name: str, words: list[str]) -> int:
    """Through the entry points of a package, as a program in C would call them."""
    from dovetail import driver
    from dovetail.runtime.oracle import Data
    from dovetail.runtime.trial import Trial

    options = _operator_options(name, words)
    kernel = load_kernel(driver.operator_named(name).kernel.name)
    kind = options.scales or USUAL_SCALES.get(options.dtype)
    scales = SCALES[kind] if kind else ()
    absent = ["x1_scale"] if kind == "per-channel" else []
    absent += ["gather_out"] if options.gather_out == "null" else []
    empty = ["gather_out"] if options.gather_out == "empty" else []
    # One column lies in memory the same both ways, and the entry points take it as not transposed.
    transposed = ["x2"] if kind == "mx" or (options.transposed_x2 and options.n > 1) else []
    try:
        package = driver.operator_form(
            name,
            target=options.target,
            dtype=options.dtype,
            output_dtype=options.output_dtype,
            scale_dtype=options.scale_dtype,
            x2_dtype=options.x2_dtype,
            scales=tuple(scales),
            bias=options.bias,
        )
        variant = package.variant(transposed, [*absent, *empty])
    except ValueError as error:
        raise Refused(str(error), 2) from None
    held = {name for name, argument in variant.arguments.items() if argument.endswith("Scale")} - {*variant.absent}
    if held != set(scales):
        has = next((each for each, names in SCALES.items() if set(names) == held), "no scales")
        raise Refused(f"--scales {kind}: x1 of {options.dtype} has {has} on {package.family}", 2)
    sizes = {size: getattr(options, size) for size in driver.sizes_of(kernel)}
    compiled = package.compile(variant)
    signature = compiled.signature
    os.environ["DOVETAIL_SOC"] = compiled.machine.name  # what the devices are
    with _progress("building the kernels and the entry points"):
        built = package.only(variant).build()
    with _progress("making the inputs"):
        trial = Trial(signature, kernel.reference, sizes, options.ranks, Data.RANDOM, options.seed)
        arguments = {each.name: given for each, given in zip(signature.inputs, trial.arguments)}
    seconds = []
    for seed in range(options.seed, options.seed + options.seeds):
        which = f", seed {seed}" if options.seeds > 1 else ""
        with _progress(f"running on {options.ranks} rank{'s' * (options.ranks > 1)}{which}"):
            launched = built.call(
                arguments,
                sizes,
                transposed=transposed,
                absent=absent,
                empty=empty,
                launches=options.launches,
                workers=options.workers,
                mode=options.mode,
                seed=seed if options.mode == "checked" else None,
            )
        seconds.append(launched.seconds)
        with _progress("comparing with the reference"):
            comparisons = trial.compare(launched.outputs)
        if not all(each.passed for each in comparisons):
            break
    types = [f"{argument} of {type}" for argument, type in variant.form.types.items()]
    types += ["x1Scale of FLOAT"] if "x1_scale" in scales else []
    types += ["x2 transposed"] if transposed else []
    table = {
        "operator": f"aclnn{package.operator.name}, through its entry points; package for {package.family}",
        "shape": ", ".join(f"{name} = {value}" for name, value in sizes.items()),
        "ranks": f"{options.ranks}, in one process",
        "types": ", ".join(types),
        "gatherOut": {"wanted": "wanted", "null": "a null pointer", "empty": "without elements"}[options.gather_out],
        **({"communication": STAND_IN[package.family]} if package.family in STAND_IN else {}),
        "time": _seconds(min(seconds)),
        **_checked(options, seed),
    }
    return _verdict(table, comparisons)


def _operator_options(name: str, words: list[str]) -> argparse.Namespace:
    from dovetail import driver

    parser = _Parser(prog=f"dovetail run {name}", allow_abbrev=False)
    call = parser.add_argument_group("the call")
    call.add_argument("--target", default=driver.TARGET, help=f"a family of machines; usually {driver.TARGET}")
    call.add_argument("--dtype", default="float16", help="of x1 and x2; usually float16")
    call.add_argument("--x2-dtype", help="usually that of x1")
    call.add_argument("--output-dtype", help="usually that of x1, or float16 where x1 is quantised")
    call.add_argument(
        "--scales",
        choices=SCALES,
        help="of x2 alone, of x1 too, of all of both, of each 32 along k; usually what the types have",
    )
    call.add_argument("--scale-dtype", help="of the scales of x2; usually float32")
    call.add_argument("--bias", action="store_true", help="with a bias")
    call.add_argument("--transposed-x2", action="store_true", help="x2 lies in memory column by column")
    call.add_argument("--gather-out", choices=("wanted", "null", "empty"), default="wanted", help="usually wanted")
    for size in ("m", "k", "n"):
        call.add_argument(f"--{size}", type=_positive, required=True, metavar=size.upper())
    call.add_argument("--ranks", type=_positive, default=2, help="usually 2")
    run = parser.add_argument_group("run")
    run.add_argument("--workers", type=int, default=0, help="threads; usually one per core of this computer")
    run.add_argument("--launches", type=_positive, default=1, help="how often to run; the table has the best time")
    _add_checking(run)
    options = parser.parse_args(words)
    _refuse_seeds_alone(options)
    return options


# -- dovetail build, dovetail package --


def _package_options(command: str, words: list[str]) -> argparse.Namespace:
    from dovetail import driver

    parser = _Parser(prog=f"dovetail {command}", allow_abbrev=False)
    parser.add_argument("operator", metavar="OPERATOR", help=f"one of: {', '.join(driver.operators())}")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="the package; replaced if it is one"
    )
    parser.add_argument("--target", default=driver.TARGET, help=f"a family of machines; usually {driver.TARGET}")
    help = "of the kernels; may be given several times; usually all that there are"
    parser.add_argument("--dtype", action="append", default=[], help=help)
    return parser.parse_args(words)


def _package(words: list[str]) -> int:
    from dovetail import driver
    from dovetail.runtime import package

    options = _package_options("package", words)
    try:
        made = driver.source_package(options.operator, target=options.target, dtypes=options.dtype)
        package.check(options.output)
    except (ValueError, package.PackageError) as error:
        raise Refused(str(error), 2) from None
    with _progress(f"compiling {len(made.variants)} kernels"):
        made.write_sources(options.output)
    print(f"{options.output}: sources of aclnn{made.operator.name} for {made.family}; see {options.output}/README.md")
    return 0


def _build(words: list[str]) -> int:
    from dovetail import driver
    from dovetail.runtime import package

    options = _package_options("build", words)
    try:
        made = driver.operator_package(options.operator, target=options.target, dtypes=options.dtype)
        package.check(options.output)
    except (ValueError, package.PackageError) as error:
        raise Refused(str(error), 2) from None
    with _progress(f"building {len(made.variants)} kernels and the entry points") as said:
        built = made.build()
        found = sum(kernel.cached for kernel in built.kernels.values())
        said.append(f"{found} kernels found in the cache" if found else "")
    built.write(options.output)
    print(f"{options.output}: aclnn{made.operator.name} for {made.family}; source {options.output}/set_env.bash")
    return 0


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _natural(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


@contextlib.contextmanager
def _progress(step: str) -> Iterator[list[str]]:
    """Says what is being done, and when it is done how long it took and what the block has to add."""
    print(f"{step} ...", end="", file=sys.stderr, flush=True)
    added: list[str] = []
    start = perf_counter()
    try:
        yield added
    except BaseException:
        print(file=sys.stderr)
        raise
    print(" " + ", ".join(filter(None, [_seconds(perf_counter() - start), *added])), file=sys.stderr, flush=True)


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{1000 * seconds:.3g} ms"
