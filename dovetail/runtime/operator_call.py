"""An operator called as programs in C call it: the two stages of a package's entry points, on all ranks."""

import ctypes
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from dovetail.runtime import acl, hccl, placement
from dovetail.runtime.package import ENTRY_POINTS
from dovetail.target.element_types import TYPES

ND = 2  # ACL_FORMAT_ND
NAME_BYTES = 128  # COMM_NAME_MAX_LENGTH

# Values of aclDataType, as acl_base.h numbers them.
DATA_TYPES = {
    "FLOAT": 0, "FLOAT16": 1, "INT8": 2, "INT64": 9, "BFLOAT16": 27, "INT4": 29, "HIFLOAT8": 34, "FLOAT8_E5M2": 35,
    "FLOAT8_E4M3FN": 36, "FLOAT8_E8M0": 37, "FLOAT4_E2M1": 40,
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """A tensor of one rank: an input with what it holds, or an output of which only the shape counts.

    A matrix that lies column by column is given as the view that it is, in Fortran order.
    """

    type: str  # as contracts name it
    shape: tuple[int, ...]
    source: numpy.ndarray | None = None


@dataclass(frozen=True)
class Called:
    """For each rank the bytes of its outputs by name; and how long the launch took, in seconds."""

    outputs: list[dict[str, numpy.ndarray]]
    seconds: float


@functools.cache
def library() -> ctypes.CDLL:
    """libnnopbase."""
    hccl.library()
    library = acl.load("libnnopbase.so")
    library.aclCreateTensor.restype = ctypes.c_void_p
    library.aclDestroyTensor.argtypes = [ctypes.c_void_p]
    return library


class OperatorLibrary:
    """The entry points of a package. `parameters` names those of stage 1 in their order.

    Raises AclError where a call returns a code, with the message that a program gets.
    """

    def __init__(self, package: Path, name: str):
        library()
        self._library = ctypes.CDLL(str(package / "op_api" / "lib" / ENTRY_POINTS))
        self.prepare = getattr(self._library, f"aclnn{name}GetWorkspaceSize")
        self.launch = getattr(self._library, f"aclnn{name}")

    def run(
        self,
        parameters: Sequence[str],
        tensors: Sequence[Mapping[str, Tensor]],
        attributes: Mapping[str, int | str | None],
        options: hccl.Options,
        launches: int = 1,
    ) -> Called:
        """Calls the operator on fresh ranks, one for each element of `tensors`.

        A parameter that is neither a tensor nor an attribute is a null pointer; `group` is the ranks' own.
        """
        ranks = hccl.init_all(len(tensors), options)
        try:
            calls = [_Call(self, rank, parameters, of_rank, attributes) for rank, of_rank in zip(ranks, tensors)]
            seconds = min(max(flight.wait() for flight in [call.launch() for call in calls]) for _ in range(launches))
            return Called([call.outputs() for call in calls], seconds)
        except acl.AclError as error:
            raise acl.AclError(ranks[0].failure or str(error)) from None
        finally:
            for rank in ranks:
                rank.close()


class _Call:
    """The operator's arguments on one rank, in device memory."""

    def __init__(self, operator: OperatorLibrary, rank: hccl.Rank, parameters, tensors, attributes):
        self.operator, self.rank, self.parameters, self.tensors = operator, rank, parameters, tensors
        acl.set_device(rank.number)
        name = ctypes.create_string_buffer(NAME_BYTES)
        acl.call(hccl.library().HcclGetCommName, ctypes.c_void_p(rank.handle), name)
        self.attributes = {**attributes, "group": name.value.decode()}
        self.memory = dict(zip(tensors, placement.place([_argument(name, each) for name, each in tensors.items()])))

    def launch(self) -> hccl.Flight:
        """Both stages, one after the other. An executor serves one launch."""
        acl.set_device(self.rank.number)
        workspace_bytes, executor = ctypes.c_uint64(), ctypes.c_void_p()
        handles = {name: self._tensor(name) for name in self.tensors}
        arguments: list[ctypes.c_void_p | ctypes.c_int64 | ctypes.c_char_p | None] = []
        for name in self.parameters:
            value = self.attributes.get(name)
            if name in handles:
                arguments.append(ctypes.c_void_p(handles[name]))
            elif isinstance(value, int):
                arguments.append(ctypes.c_int64(value))
            else:
                arguments.append(ctypes.c_char_p(value.encode()) if value else None)
        try:
            acl.call(self.operator.prepare, *arguments, ctypes.byref(workspace_bytes), ctypes.byref(executor))
        finally:
            for handle in handles.values():
                library().aclDestroyTensor(handle)
        workspace = acl.allocate(workspace_bytes.value)
        start = self.rank.stream.record()
        address = ctypes.c_void_p(workspace.ctypes.data)
        acl.call(self.operator.launch, address, workspace_bytes, executor, self.rank.stream.handle)
        return hccl.Flight(self.rank.stream, start, self.rank.stream.record(), workspace)

    def _tensor(self, name: str) -> int:
        tensor, memory = self.tensors[name], self.memory[name]
        shape, source = tensor.shape, tensor.source
        by_columns = source is not None and source.ndim == 2 and not source.flags.c_contiguous
        storage = shape[::-1] if by_columns else shape
        dims = ctypes.c_int64 * len(shape)
        strides = dims(1, shape[0]) if by_columns else None
        made = library().aclCreateTensor(
            dims(*shape), ctypes.c_uint64(len(shape)), DATA_TYPES[tensor.type], strides, ctypes.c_int64(0), ND,
            dims(*storage), ctypes.c_uint64(len(storage)), ctypes.c_void_p(memory.ctypes.data),
        )  # fmt: skip
        assert made is not None, name
        return made

    def outputs(self) -> dict[str, numpy.ndarray]:
        return {name: self.memory[name] for name, tensor in self.tensors.items() if tensor.source is None}


def _argument(name: str, tensor: Tensor) -> placement.Argument:
    bits = TYPES[tensor.type].bits
    size = int(numpy.prod(tensor.shape)) * bits // 8
    return placement.Argument(name, size, None if tensor.source is None else placement.as_bytes(tensor.source))
