"""A matmul by itself: one stage, nothing travels."""

import dovetail as dt


@dt.kernel
def matmul(x1: dt.Matrix["m", "k"], x2: dt.Matrix["k", "n"], output: dt.Output["m", "n"]):
    with dt.stage("matmul"):
        for i, j in dt.tiles(x1.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += x1[i, k] @ x2[k, j]
            output[i, j] = accumulator


def reference(x1, x2):
    return {"output": x1 @ x2}
