"""An all-gather by itself: every rank ends up with the rows of x1 of all ranks."""

import dovetail as dt


@dt.kernel
def all_gather(x1: dt.Matrix["m", "k"], gather_out: dt.Output["ranks * m", "k"]):
    gathered = dt.gathered(x1)

    with dt.stage("gather"):
        for rank in dt.ranks():
            for i in dt.tiles(x1.rows):
                gathered[rank, i] = x1.on(rank)[i]

    gather_out[:] = gathered


def reference(x1):
    import numpy as np

    return {"gather_out": np.concatenate(x1)}
