"""All-gather + matmul: every rank multiplies the rows of x1 of all ranks by its own x2; quantised ones are scaled."""

import dovetail as dt


@dt.kernel
def all_gather_matmul(
    x1: dt.Matrix["m", "k"],
    x2: dt.Matrix["k", "n"],
    output: dt.Output["ranks * m", "n"],
    gather_out: dt.Output["ranks * m", "k"] | None,
    x1_scale: dt.Matrix["m", 1, dt.float32] | None = None,
    x1_factor: dt.Matrix[1, 1, dt.float32] | None = None,
    x1_exponents: dt.Matrix["m", "2 * ceil(k / 64)", dt.float8_e8m0fnu] | None = None,
    x2_scale: dt.Matrix[1, "n", dt.float32] | None = None,
    x2_factor: dt.Matrix[1, 1, dt.float32] | None = None,
    x2_exponents: dt.Matrix["n", "2 * ceil(k / 64)", dt.float8_e8m0fnu] | None = None,
    bias: dt.Matrix[1, "n"] | None = None,
):
    gathered = dt.gathered(x1)
    scales = dt.gathered(x1_scale) if x1_scale is not None else None
    powers = dt.gathered(x1_exponents) if x1_exponents is not None else None

    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]
                if x1_scale is not None:
                    scales[rank, i] = x1_scale.on(rank)[i]
                if x1_exponents is not None:
                    powers[rank, i] = x1_exponents.on(rank)[i]

    with dt.stage("matmul"):
        for i, j in dt.tiles(gathered.rows, x2.columns):
            accumulator = dt.zeros()
            for k in dt.tiles(x2.rows):
                if x1_exponents is not None:
                    accumulator += dt.scaled(gathered[i, k], powers[i, k]) @ dt.scaled(x2[k, j], x2_exponents[j, k])
                else:
                    accumulator += gathered[i, k] @ x2[k, j]
            scale = x2_scale[:, j] if x2_scale is not None else None
            if x1_scale is not None:
                scale = scales[i] * scale if scale is not None else scales[i]
            if x1_factor is not None:
                scale = x1_factor[:, :] * x2_factor[:, :]
            if bias is not None:
                sums = accumulator + bias[:, j]
                output[i, j] = sums * scale if scale is not None else sums
            else:
                output[i, j] = accumulator * scale if scale is not None else accumulator

    if gather_out is not None:
        gather_out[:] = gathered


def reference(
    x1,
    x2,
    x1_scale=None,
    x1_factor=None,
    x1_exponents=None,
    x2_scale=None,
    x2_factor=None,
    x2_exponents=None,
    bias=None,
):
    import numpy as np

    gathered = np.concatenate(x1)
    left = gathered
    if x1_exponents is not None:
        depth = gathered.shape[1]
        left = gathered * np.repeat(np.concatenate(x1_exponents), 32, axis=1)[:, :depth]
        x2 = x2 * np.repeat(x2_exponents, 32, axis=1)[:, :depth].T
    scale = np.concatenate(x1_scale) if x1_scale is not None else None
    if x2_scale is not None:
        scale = scale * x2_scale if scale is not None else x2_scale
    if x1_factor is not None:
        scale = x1_factor * x2_factor
    if bias is not None and scale is None:  # sums start from it, as those of a cube core do
        left = np.concatenate([np.ones_like(left[:, :1]), left], axis=1)
        x2 = np.concatenate([bias, x2])
        bias = None
    output = left @ x2
    if bias is not None:
        output = output + bias
    if scale is not None:
        output = output.astype(scale.dtype) * scale
    return {"output": output, "gather_out": gathered}
