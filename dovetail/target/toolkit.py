"""What the vendor's toolkit wants to know of an operator whose vector cores communicate."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Communication:
    """What an operator's tiling says of its communication, so that the runtime makes windows ready.

    `command` is an enumerator of HcclCMDType. Both are those of the vendor's own operators with communication on vector
    cores, for the same machines.
    """

    command: int
    algorithm: str


# A family that is missing here has its data moved by other engines, and no source package is offered for it.
COMMUNICATION = {
    "ascend910b": Communication(18, "MultiPut=level0:fullmesh"),  # HCCL_CMD_BATCH_WRITE
    "ascend910_93": Communication(6, "AllGather=level0:fullmesh"),  # HCCL_CMD_ALLGATHER
}
