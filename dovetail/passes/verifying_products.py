"""Products that accumulate: small ones need a barrier between them, large ones the machine orders ([Mmad], M1)."""

from math import prod

from dovetail.dialect import build
from dovetail.dialect.bindings import ir
from dovetail.target.machine import Limits

Sizes = tuple[ir.Value, ir.Value]  # rows and columns


def is_large(sizes: Sizes, limits: Limits) -> bool:
    """Whether a product is known to have as many fractals as the machine keeps in order by itself."""
    rows, columns = map(build.constant_of, sizes)
    if rows is None or columns is None:
        return False
    return (rows // limits.fractal_side) * (columns // limits.fractal_side) >= limits.mmad_barrier_fractals


def is_small(condition: ir.Value, sizes: Sizes, limits: Limits) -> bool:
    """Whether a condition holds for every product of these sizes that has fewer fractals than that."""
    compared = build.defining(condition)
    if compared is None or compared.name != "arith.cmpi":
        return False
    if ir.IntegerAttr(compared.attributes["predicate"]).value != build.PREDICATES["<"]:
        return False
    fractals, limit = compared.operands[0], build.constant_of(compared.operands[1])
    if limit is None or limit < limits.mmad_barrier_fractals:
        return False
    product = build.defining(fractals)
    factors = list(product.operands) if product is not None and product.name == "arith.muli" else [fractals]
    numbers = [number for number in map(build.constant_of, factors) if number is not None]
    values = [factor for factor in factors if build.constant_of(factor) is None]
    known = [number // limits.fractal_side for number in map(build.constant_of, sizes) if number is not None]
    unknown = [size for size in sizes if build.constant_of(size) is None]
    if prod(numbers) != prod(known) or len(values) != len(unknown):
        return False
    return all(_is_fractals_of(value, size, limits) for value, size in zip(values, unknown))


def _is_fractals_of(value: ir.Value, size: ir.Value, limits: Limits) -> bool:
    divided = build.defining(value)
    if divided is None or divided.name != "arith.divsi" or divided.operands[0] != size:
        return False
    return build.constant_of(divided.operands[1]) == limits.fractal_side
