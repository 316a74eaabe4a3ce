"""Calls the first stage of aclnnAllGatherMatmulV2 through its C interface; `calls` in a fresh process.

A call is a dictionary of what differs from a call in which all is well: ranks of 2, x1 [32, 256], x2 [256, 128] of
FLOAT16, gatherOut wanted. A tensor is None, "stale", "garbage", or a dictionary of what differs from the usual one.
"""

import ctypes
import json
import math
import os
import subprocess
import sys
from pathlib import Path

TYPES = {
    "FLOAT": (0, 4),
    "FLOAT16": (1, 2),
    "INT8": (2, 1),
    "INT32": (3, 4),
    "INT64": (9, 8),
    "DOUBLE": (11, 8),
    "BFLOAT16": (27, 2),
    "INT4": (29, 1),
    "HIFLOAT8": (34, 1),
    "FLOAT8_E5M2": (35, 1),
    "FLOAT8_E4M3FN": (36, 1),
    "FLOAT8_E8M0": (37, 1),
    "FLOAT4_E2M1": (40, 1),
}
PACKAGED = ("float16", "bfloat16", "int8")  # types of the kernels of the package that most tests share
ND, NCHW, FRACTAL_NZ = 2, 0, 29
M, K, N = 32, 256, 128
INPUTS = ["x1", "x2", "bias", "x1Scale", "x2Scale", "quantScale"]
OUTPUTS = ["output", "gatherOut", "amaxOut"]
ATTRIBUTES = ["blockSize", "group", "gatherIndex", "commTurn", "streamMode", "groupSize", "commMode"]
ORDER = [*INPUTS, *ATTRIBUTES, *OUTPUTS, "workspaceSize", "executor"]
INTEGERS = {"blockSize": 0, "gatherIndex": 0, "commTurn": 0, "streamMode": 1, "groupSize": 0}


def calls(package, wanted: list[dict], **variables: str) -> list[tuple[int, str, int]]:
    """For each call its code, the recent message, and the workspace's bytes."""
    command = [sys.executable, str(Path(__file__)), str(package.directory)]
    environment = {**package.environment, "ASCEND_SLOG_PRINT_TO_STDOUT": "0", **variables}
    done = subprocess.run(command, input=json.dumps(wanted), env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return [tuple(answer) for answer in json.loads(done.stdout)]


class Options(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_uint32),
        ("machine", ctypes.c_char_p),
        ("window_bytes", ctypes.c_uint64),
        ("workers", ctypes.c_uint32),
        ("link_bytes_per_second", ctypes.c_double),
        ("timeout_seconds", ctypes.c_double),
        ("mode", ctypes.c_uint32),
        ("check", ctypes.c_void_p),
    ]


class Runtime:
    def __init__(self, package: Path):
        for name in ("ascendcl", "hccl", "nnopbase"):
            library = ctypes.CDLL(str(package / "lib64" / f"lib{name}.so"), mode=ctypes.RTLD_GLOBAL)
            setattr(self, name, library)
        self.operator = ctypes.CDLL(str(package / "op_api" / "lib" / "libcust_opapi.so"))
        self.ascendcl.aclGetRecentErrMsg.restype = ctypes.c_char_p
        self.nnopbase.aclCreateTensor.restype = ctypes.c_void_p
        self.check(self.ascendcl.aclInit(None))
        self.host = ctypes.create_string_buffer(1 << 20)
        self.groups: dict[str, bytes] = {}
        self.allocations: dict[tuple, int] = {}

    def check(self, code: int) -> None:
        if code != 0:
            raise RuntimeError(f"{code}: {self.message()}")

    def message(self) -> str:
        return (self.ascendcl.aclGetRecentErrMsg() or b"").decode()

    def group(self, ranks: int, megabytes: int = 0) -> bytes:
        key = f"{ranks} {megabytes}"
        if key not in self.groups:
            handles = (ctypes.c_void_p * ranks)()
            options = Options(ctypes.sizeof(Options), None, megabytes << 20)
            self.check(self.hccl.dovetail_comm_init_all(ranks, ctypes.byref(options), handles))
            name = ctypes.create_string_buffer(128)
            self.check(self.hccl.HcclGetCommName(ctypes.c_void_p(handles[0]), name))
            self.groups[key] = name.value
        return self.groups[key]

    def memory(self, name: str, where: str, size: int) -> int:
        if where == "host":
            return ctypes.addressof(self.host)
        if where == "null":
            return 0
        key = (name, where, size)
        if key not in self.allocations:
            device = 1 if where == "device 1" else 0
            self.check(self.ascendcl.aclrtSetDevice(device))
            address = ctypes.c_void_p()
            self.check(self.ascendcl.aclrtMalloc(ctypes.byref(address), ctypes.c_size_t(size), 0))
            self.check(self.ascendcl.aclrtSetDevice(0))
            self.allocations[key] = address.value
        return self.allocations[key]

    def tensor(self, name: str, given: dict | str | None, ranks: int) -> int | None:
        if given is None:
            return None
        if given == "garbage":
            return ctypes.addressof(self.host)
        if given == "stale":
            handle = self.tensor(name, {}, ranks)
            self.check(self.nnopbase.aclDestroyTensor(ctypes.c_void_p(handle)))
            return handle
        shapes = {
            "x1": [M, K],
            "x2": [K, N],
            "bias": [N],
            "x1Scale": [M, 1],
            "x2Scale": [1, N],
            "quantScale": [1],
            "output": [ranks * M, N],
            "gatherOut": [ranks * M, K],
            "amaxOut": [1],
        }
        usual_type = "FLOAT" if name in ("x1Scale", "x2Scale", "quantScale", "amaxOut") else "FLOAT16"
        shape = given.get("shape", shapes[name])
        number, size = TYPES[given.get("type", usual_type)]
        storage = given.get("storage", shape)
        elements = math.prod(storage)
        where = given.get("memory", "device 0")
        if "of" in given:  # the memory of another tensor
            address = self.memory(given["of"], "device 0", 1 << 18) + given.get("skip", 0)
        else:
            address = self.memory(name, where, given.get("bytes", max(elements * size, 1 << 18)))
        dims = ctypes.c_int64 * 8
        strides = given.get("strides")
        return self.nnopbase.aclCreateTensor(
            dims(*shape),
            ctypes.c_uint64(len(shape)),
            number,
            None if strides is None else dims(*strides),
            ctypes.c_int64(given.get("offset", 0)),
            given.get("format", ND),
            dims(*storage),
            ctypes.c_uint64(len(storage)),
            ctypes.c_void_p(address),
        )

    def call(self, wanted: dict) -> tuple[int, str, int]:
        ranks = wanted.get("ranks", 2)
        group = self.group(ranks, wanted.get("megabytes", 0))
        made = {}
        for name in INPUTS + OUTPUTS:
            usual = {} if name in ("x1", "x2", "output", "gatherOut") else None
            made[name] = self.tensor(name, wanted.get(name, usual), ranks)
            if name in wanted and isinstance(wanted[name], dict) and made[name] is None:
                raise RuntimeError(f"{name}: {self.message()}")
        self.check(self.ascendcl.aclrtSetDevice(wanted.get("device", 0)))
        workspace, executor = ctypes.c_uint64(77), ctypes.c_void_p(77)
        arguments = []
        for name in ORDER:
            if name in made:
                arguments.append(ctypes.c_void_p(made[name]))
            elif name in INTEGERS:
                arguments.append(ctypes.c_int64(wanted.get(name, INTEGERS[name])))
            elif name in ("group", "commMode"):
                text = wanted.get(name, group.decode() if name == "group" else "aiv")
                arguments.append(None if text is None else ctypes.c_char_p(text.encode()))
            else:
                place = workspace if name == "workspaceSize" else executor
                arguments.append(None if name in wanted else ctypes.byref(place))
        code = self.operator.aclnnAllGatherMatmulV2GetWorkspaceSize(*arguments)
        message = self.message() if code else ""
        for name, handle in made.items():
            if handle is not None and wanted.get(name) not in ("stale", "garbage"):
                self.check(self.nnopbase.aclDestroyTensor(ctypes.c_void_p(handle)))
        if code == 0:
            assert executor.value not in (None, 77)
            self.check(self.nnopbase.aclDestroyAclOpExecutor(executor))
        else:
            assert executor.value in (None, 77)[: 2 if "executor" in wanted else 1]
        return code, message, workspace.value


def main() -> None:
    wanted = json.loads(sys.stdin.read())
    runtime = Runtime(Path(sys.argv[1]))
    print(json.dumps([runtime.call(each) for each in wanted]), flush=True)
    os._exit(0)  # communicators and memory end with the process


if __name__ == "__main__":
    main()
