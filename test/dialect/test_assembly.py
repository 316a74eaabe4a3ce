"""Every operation of our dialects in its format: what prints parses back to the same operation."""

import itertools
import re
import types
import typing

import pytest

from dovetail.dialect import assembly
from dovetail.dialect.assembly import scan
from dovetail.dialect.assembly.format import format_of, operations
from dovetail.dialect.bindings import ext, ir
from dovetail.dialect.context import fresh_context
from dovetail.dialect.definition import optional_attribute

STRING = r'"a \"string\", {with} -> (all) : of it // and !dovetail.tile<tensor<4x4xf16>>"'
SAMPLE_TYPES = {
    "tile": "!dovetail.tile<tensor<4x?xf16>>",
    "global_tensor": "!ascendc.global_tensor<f16>",
    "local_tensor": '!ascendc.local_tensor<bf16, "A1">',
    "memory": '!ascendc.memory<"A1">',
}


def sample_type(constraint) -> str:
    if isinstance(constraint, typing.TypeVar):
        return sample_type(constraint.__bound__)
    if isinstance(constraint, types.UnionType):
        return sample_type(typing.get_args(constraint)[0])
    if constraint is typing.Any:
        return "memref<?x?xf32, affine_map<(d0, d1) -> (d1, d0)>>"
    if isinstance(constraint, type) and issubclass(constraint, ext.Type):
        return SAMPLE_TYPES[constraint._name]
    assert constraint is ir.MemRefType, f"needs a sample of {constraint}"
    return 'memref<?x?xbf16, strided<[?, ?], offset: ?>, "gathered">'


def sample_attributes(constraint) -> list[str]:
    words = [typing.get_args(one)[0] for one in typing.get_args(constraint) if typing.get_origin(one)]
    if words:
        return [f'"{word}"' for word in words]
    return {ir.StringAttr: [STRING], ir.IntegerAttr: ["7 : i64", "true", "-3 : i64"]}.get(constraint, ["[1, 2]"])


def variants(name: str) -> typing.Iterator[str]:
    """The operation in generic form, with all that is optional there and not, and lists of several lengths."""
    operation, form = operations()[name], format_of(name)
    fields = [field for field in operation._fields if field.name in form.fields]
    attributes = {field.name: field.constraint for field in operation._fields if field.name not in form.fields}
    optional = [key for key, value in vars(operation).items() if isinstance(value, optional_attribute)]
    lengths = {"single": [1], "optional": [0, 1], "variadic": [1, 2, 3]}
    for counts in itertools.product(*(lengths[form.fields[field.name].variadicity] for field in fields)):
        for values in itertools.product(*(sample_attributes(constraint) for constraint in attributes.values())):
            for others in ({}, {"unit": None, '"odd, {key"': STRING}, dict.fromkeys(optional, "3 : i64")):
                entries = dict(zip(attributes, values)) | others
                signature: dict[str, list[str]] = {"operands": [], "results": []}
                sizes: dict[str, list[int]] = {"operands": [], "results": []}
                for field, count in zip(fields, counts):
                    kind, only = form.fields[field.name].kind, form.fields[field.name].only_type
                    signature[kind] += [only or sample_type(field.constraint)] * count
                    sizes[kind].append(count)
                for kind in form.segments:
                    key = {"operands": "operandSegmentSizes", "results": "resultSegmentSizes"}[kind]
                    entries[key] = f"array<i32: {', '.join(map(str, sizes[kind]))}>"
                operands = ", ".join(f"%{number}" for number in range(len(signature["operands"])))
                text = ", ".join(f"{key} = {value}" if value else key for key, value in entries.items())
                yield (
                    f'"{name}"({operands}){f" {{{text}}}" if text else ""}'
                    f" : ({', '.join(signature['operands'])}) -> ({', '.join(signature['results'])})"
                )


def parts(text: str) -> tuple:
    """Operands, attributes without order, and types of an operation in generic form."""
    head = re.match(r'"[\w.]+"\(([^)]*)\) ?', text)
    end = scan.bracket_end(text, head.end()) if text.startswith("{", head.end()) else head.end()
    entries = scan.split(text[head.end() + 1 : end - 1])
    return head[1], sorted(entry.removesuffix(" : i64") for entry in entries), text[end:].strip()


@pytest.mark.parametrize("name", operations())
def test_format_round_trips(name):
    for text in variants(name):
        pretty = assembly.pretty(text)
        assert pretty.startswith(name), f"not printed in its format: {pretty}"
        back = assembly.generic(pretty)
        assert parts(back) == parts(text), pretty
        assert assembly.pretty(back) == pretty


def test_names_in_strings_and_comments_are_not_operations():
    text = """
    // dovetail.load %m, dovetail.nothing
    module attributes {dovetail.a = "dovetail.load %m", dovetail.flag, dovetail.rank = 1 : i64} {
      func.func @dovetail.load(%dovetail.rank: index) attributes {dovetail.barrier} {
        %0 = dovetail.rank {dovetail.size = "dovetail.size // no", dovetail.rank} loc("dovetail.rank"("a.py":1:2))
        return
      }
    }
    """
    module = assembly.parse(text, fresh_context(), "a.mlir")
    printed = assembly.print(module, locations=True)
    assert "%0 = dovetail.rank {dovetail.rank, dovetail.size" in printed
    assert printed == assembly.print(assembly.parse(printed, fresh_context()), locations=True)


def test_locations_are_those_of_the_source():
    text = """func.func @f(%c: i1) attributes {a = "é"} { dovetail.barrier
      scf.if %c { dovetail.barrier } else { "dovetail.barrier"() : () -> () } dovetail.barrier // é
      %0 = arith.constant {a = "é"} 1 : i1 dovetail.barrier
      %1 = dovetail.load %m
        [%i, %i] : memref<?x?xf16> // over two lines
        -> !dovetail.tile<16x16xf16> dovetail.barrier
      return }"""
    text = text.replace("%c: i1", "%c: i1, %m: memref<?x?xf16>, %i: index")
    module = assembly.parse(text, fresh_context(), "kernel.mlir")
    found = []

    def visit(op):
        if op.name == "dovetail.barrier":
            found.append((op.location.filename, op.location.start_line, op.location.start_col))
        return ir.WalkResult.ADVANCE

    module.operation.walk(lambda op: visit(op.operation))
    lines = text.split("\n")
    assert found == [
        ("kernel.mlir", number + 1, match.start() + 1)
        for number, line in enumerate(lines)
        for match in re.finditer(r'"?dovetail\.barrier', line)
    ]


def test_types_of_tiles_are_spelled_short():
    text = (
        "func.func private @f(!dovetail.tile<128x?xf16>, !dovetail.tile<tensor<4xf32>>) -> !dovetail.tile<tensor<f16>>"
    )
    printed = assembly.print(assembly.parse(text, fresh_context()))
    assert "(!dovetail.tile<128x?xf16>, !dovetail.tile<4xf32>) -> !dovetail.tile<tensor<f16>>" in printed


def test_values_are_called_as_their_locations():
    with fresh_context(), ir.Location.unknown():
        module = assembly.parse('func.func @f() { %0 = dovetail.rank loc("mine")\n return }', ir.Context.current)
        assert "%mine = dovetail.rank" in assembly.print(module, names=True)


def test_module_that_does_not_verify_prints_in_generic_form():
    context = fresh_context()
    module = assembly.parse("func.func @f() { %0 = dovetail.rank\n return }", context)
    with context, ir.Location.unknown(), ir.InsertionPoint.at_block_begin(module.body):
        ir.Operation.create("func.return")
    assert '"dovetail.rank"() : () -> index' in assembly.print(module)
