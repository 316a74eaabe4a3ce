"""One gather that feeds two matmuls, as the query and key projections of attention are: x1 travels once.

The loop over the two is unrolled when compiling, so that this kernel has three stages.
"""

import dovetail as dt


@dt.kernel
def all_gather_two_matmuls(
    x1: dt.Matrix["m", "k"],
    query_weight: dt.Matrix["k", "query_size"],
    key_weight: dt.Matrix["k", "key_size"],
    query: dt.Output["ranks * m", "query_size"],
    key: dt.Output["ranks * m", "key_size"],
):
    gathered = dt.gathered(x1)

    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]

    for name, weight, output in (("query", query_weight, query), ("key", key_weight, key)):
        with dt.stage(f"matmul_{name}"):
            for i, j in dt.tiles(gathered.rows, weight.columns):
                accumulator = dt.zeros(dt.float32)
                for k in dt.tiles(weight.rows):
                    accumulator += gathered[i, k] @ weight[k, j]
                output[i, j] = accumulator


def reference(x1, query_weight, key_weight):
    import numpy as np

    gathered = np.concatenate(x1)
    return {"query": gathered @ query_weight, "key": gathered @ key_weight}
