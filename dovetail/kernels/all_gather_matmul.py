"""All-gather + matmul: every rank multiplies the rows of x1 of all ranks by its own x2; quantised ones are scaled."""

import dovetail as dt


@dt.kernel
def all_gather_matmul(
    x1: dt.Matrix["m", "k"],
    x2: dt.Matrix["k", "n"],
    output: dt.Output["ranks * m", "n"],
    gather_out: dt.Output["ranks * m", "k"] | None,
    x1_scale: dt.Matrix["m", 1, dt.float32] | None = None,
    x2_scale: dt.Matrix[1, "n", dt.float32] | None = None,
):
    gathered = dt.gathered(x1)
    scales = dt.gathered(x1_scale) if x1_scale is not None else None

    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
                if x1_scale is not None:
                    scales[rank, i] = x1_scale.on(rank)[i]

    with dt.stage("matmul"):
        for i, j in dt.tiles(gathered.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                accumulator += gathered[i, k] @ x2[k, j]
            scale = x2_scale[:, j] if x2_scale is not None else None
            if x1_scale is not None:
                scale = scales[i] * scale if scale is not None else scales[i]
            output[i, j] = accumulator * scale if scale is not None else accumulator

    if gather_out is not None:
        gather_out[:] = gathered


def reference(x1, x2, x1_scale=None, x2_scale=None):
    import numpy as np

    gathered = np.concatenate(x1)
    scale = np.concatenate(x1_scale) if x1_scale is not None else None
    if x2_scale is not None:
        scale = scale * x2_scale if scale is not None else x2_scale
    output = gathered @ x2
    if scale is not None:
        output = output.astype(scale.dtype) * scale
    return {"output": output, "gather_out": gathered}
