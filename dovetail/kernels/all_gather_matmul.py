"""All-gather + matmul: every rank multiplies the rows of x1 of all ranks by its own x2."""

import dovetail as dt


@dt.kernel
def all_gather_matmul(
    x1: dt.Matrix["m", "k"],
    x2: dt.Matrix["k", "n"],
    output: dt.Output["ranks * m", "n"],
    gather_out: dt.Output["ranks * m", "k"] | None,
):
    gathered = dt.gathered(x1)

    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]

    with dt.stage("matmul"):
        for i, j in dt.tiles(gathered.rows, x2.columns):
            accumulator = dt.zeros(dt.float32)
            for k in dt.tiles(x2.rows):
                accumulator += gathered[i, k] @ x2[k, j]
            output[i, j] = accumulator

    if gather_out is not None:
        gather_out[:] = gathered


def reference(x1, x2):
    import numpy as np

    gathered = np.concatenate(x1)
    return {"output": gathered @ x2, "gather_out": gathered}
