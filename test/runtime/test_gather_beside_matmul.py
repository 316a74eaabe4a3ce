"""A gather beside a matmul that does not need it: vector cores move x1 while the cube cores multiply own rows.

No arrival concerns the cube cores then, so nobody may wait for them to consume one.
"""

import numpy
import pytest

import dovetail as dt


@dt.kernel
def all_gather_beside_matmul(
    x1: dt.Matrix["m", "k"],
    x2: dt.Matrix["k", "n"],
    product: dt.Output["m", "n"],
    gather_out: dt.Output["ranks * m", "k"],
):
    gathered = dt.gathered(x1)

    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]

    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            product[i, j] = accumulator

    gather_out[:] = gathered


@pytest.mark.parametrize("pipeline", ["fused", "two-stage"])
def test_right_on_three_ranks(pipeline):
    draw = numpy.random.default_rng(0).integers
    x1 = [draw(-2, 3, (50, 64)).astype(numpy.float16) for _ in range(3)]
    x2 = draw(-2, 3, (64, 40)).astype(numpy.float16)
    kernel = dt.compile(all_gather_beside_matmul, pipeline=pipeline, schedule=dt.Schedule(tile=(16, 32, 64), chunk=16))
    for own, outputs in zip(x1, kernel.run(x1, x2, ranks=3, blocks=2)):
        assert (outputs["product"] == own.astype(numpy.float32) @ x2.astype(numpy.float32)).all()
        assert (outputs["gather_out"] == numpy.concatenate(x1)).all()
