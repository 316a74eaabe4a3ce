"""The first stage of aclnnAllGatherMatmulV2: what it takes, and what it says of each rule that a call breaks.

Expected answers are typed from the specification (S and the line in shared/spec) and from the condensed contract (C and
the section in shared/reference/operator-contract.md), not from the contract that the entry points are made from.
"""

import shutil

import pytest
from contract_calls import FRACTAL_NZ, NCHW, K, M, N, calls

from dovetail import cli

NULL, INVALID = 161001, 161002

# Where it stands, the call, and for each argument at fault what the message says.
BROKEN = {
    # null pointers
    "S108 x1": (NULL, {"x1": None}, {"x1": ["null pointer"]}),
    "S108 x2": (NULL, {"x2": None}, {"x2": ["null pointer"]}),
    "S108 output": (NULL, {"output": None}, {"output": ["null pointer"]}),
    "C codes group": (NULL, {"group": None}, {"group": ["null pointer"]}),
    "C codes commMode": (NULL, {"commMode": None}, {"commMode": ["null pointer"]}),
    "C codes workspaceSize": (NULL, {"workspaceSize": None}, {"workspaceSize": ["null pointer"]}),
    "C codes executor": (NULL, {"executor": None}, {"executor": ["null pointer"]}),
    # types
    "S76 x1": (
        INVALID,
        {"x1": {"type": "INT32"}},
        {"x1": ["INT32", "FLOAT16, BFLOAT16, INT8", "package holds kernels for FLOAT16, BFLOAT16, INT8)"]},
    ),
    "S78 x2": (INVALID, {"x2": {"type": "FLOAT"}}, {"x2": ["FLOAT;", "FLOAT16, BFLOAT16, INT8"]}),
    "S132 same type": (INVALID, {"x2": {"type": "BFLOAT16"}}, {"x2": ["BFLOAT16", "FLOAT16, the type of x1"]}),
    "S96 output": (INVALID, {"output": {"type": "INT32"}}, {"output": ["INT32", "FLOAT16, BFLOAT16"]}),
    "S96 output as x1": (
        INVALID,
        {"output": {"type": "BFLOAT16"}},
        {"output": ["BFLOAT16", "FLOAT16, the type of x1"]},
    ),
    "S98 gatherOut": (INVALID, {"gatherOut": {"type": "INT64"}}, {"gatherOut": ["INT64", "FLOAT16, BFLOAT16, INT8"]}),
    "S98 gatherOut as x1": (
        INVALID,
        {"gatherOut": {"type": "BFLOAT16"}},
        {"gatherOut": ["BFLOAT16", "FLOAT16, the type of x1"]},
    ),
    # tensors that must not be given
    "S80 bias": (INVALID, {"bias": {}}, {"bias": ["given", "null pointer"]}),
    "S82 x1Scale": (INVALID, {"x1Scale": {}}, {"x1Scale": ["given", "x1 is of FLOAT16 or BFLOAT16", "null pointer"]}),
    "S84 x2Scale": (INVALID, {"x2Scale": {}}, {"x2Scale": ["given", "x1 is of FLOAT16 or BFLOAT16", "null pointer"]}),
    "S85 quantScale": (INVALID, {"quantScale": {}}, {"quantScale": ["given", "null pointer"]}),
    "S99 amaxOut": (INVALID, {"amaxOut": {}}, {"amaxOut": ["[1]", "null pointer", "without elements"]}),
    # dimensions and sizes
    "S127 x1 of 3 dimensions": (INVALID, {"x1": {"shape": [2, 16, K]}}, {"x1": ["[2, 16, 256]", "[m, k]"]}),
    "S127 x1 of 1 dimension": (INVALID, {"x1": {"shape": [K]}}, {"x1": ["[256]", "[m, k]"]}),
    "S128 x2 of 3 dimensions": (INVALID, {"x2": {"shape": [1, K, N]}}, {"x2": ["[1, 256, 128]", "[k, n]"]}),
    "S128 other k": (INVALID, {"x2": {"shape": [K + 16, N]}}, {"x2": ["[272, 128]", "k = 256 of x1"]}),
    "S128 k too small": (
        INVALID,
        {"x1": {"shape": [M, 255]}, "x2": {"shape": [255, N]}, "gatherOut": None},
        {"k of x1": ["255", "256 to 65534"]},
    ),
    "S128 k too large": (
        INVALID,
        {"x1": {"shape": [M, 65535]}, "x2": {"shape": [65535, N]}, "gatherOut": None},
        {"k of x1": ["65535", "256 to 65534"]},
    ),
    "S130 output of 1 dimension": (
        INVALID,
        {"output": {"shape": [2 * M * N]}},
        {"output": ["[8192]", "[ranks * m, n]"]},
    ),
    "S130 output's rows": (
        INVALID,
        {"output": {"shape": [M, N]}},
        {"output": ["[32, 128]", "[ranks * m, n]", "ranks = 2 of group", "m = 32 of x1"]},
    ),
    "S130 output's columns": (INVALID, {"output": {"shape": [2 * M, K]}}, {"output": ["[64, 256]", "n = 128 of x2"]}),
    "C maths gatherOut's rows": (
        INVALID,
        {"gatherOut": {"shape": [M, K]}},
        {"gatherOut": ["[32, 256]", "[ranks * m, k]"]},
    ),
    "C maths gatherOut's columns": (
        INVALID,
        {"gatherOut": {"shape": [2 * M, N]}},
        {"gatherOut": ["[64, 128]", "k = 256 of x1"]},
    ),
    "S131 empty m": (
        INVALID,
        {"x1": {"shape": [0, K]}, "output": {"shape": [0, N]}, "gatherOut": None},
        {"m of x1": ["0", "1 or more"]},
    ),
    "S131 empty n": (
        INVALID,
        {"x2": {"shape": [K, 0]}, "output": {"shape": [2 * M, 0]}},
        {"n of x2": ["0", "1 or more"]},
    ),
    "S131 empty k": (
        INVALID,
        {"x1": {"shape": [M, 0]}, "x2": {"shape": [0, N]}, "gatherOut": None},
        {"k of x1": ["0", "256 to 65534"]},
    ),
    # layouts and memory
    "S126 x1 transposed": (INVALID, {"x1": {"strides": [1, M]}}, {"x1": ["[1, 32]", "contiguous"]}),
    "C layout x2": (
        INVALID,
        {"x2": {"strides": [2 * N, 1], "storage": [2 * K, N]}},
        {"x2": ["[256, 1]", "contiguous or transposed"]},
    ),
    "C layout x2 transposed with gaps": (
        INVALID,
        {"x2": {"strides": [1, 2 * K], "storage": [2 * K, N]}},
        {"x2": ["[1, 512]", "contiguous or transposed"]},
    ),
    "C layout output": (INVALID, {"output": {"strides": [1, 2 * M]}}, {"output": ["[1, 64]", "contiguous"]}),
    "C layout gatherOut": (INVALID, {"gatherOut": {"strides": [1, 2 * M]}}, {"gatherOut": ["[1, 64]", "contiguous"]}),
    "S76 format of x1": (INVALID, {"x1": {"format": FRACTAL_NZ}}, {"x1": ["29", "ACL_FORMAT_ND"]}),
    "S78 format of x2": (INVALID, {"x2": {"format": FRACTAL_NZ}}, {"x2": ["29", "ACL_FORMAT_ND"]}),
    "S96 format of output": (INVALID, {"output": {"format": NCHW}}, {"output": ["0", "ACL_FORMAT_ND"]}),
    "S98 format of gatherOut": (INVALID, {"gatherOut": {"format": NCHW}}, {"gatherOut": ["0", "ACL_FORMAT_ND"]}),
    "C storage x1": (INVALID, {"x1": {"offset": 1}}, {"x1": ["1 to 8192", "[32, 256]", "0 to 8191"]}),
    "C storage x2": (INVALID, {"x2": {"storage": [K, N - 1]}}, {"x2": ["0 to 32767", "[256, 127]"]}),
    "C storage output": (INVALID, {"output": {"storage": [1]}}, {"output": ["0 to 8191", "[1]"]}),
    "C storage gatherOut": (INVALID, {"gatherOut": {"storage": [1]}}, {"gatherOut": ["0 to 16383", "[1]"]}),
    "S75 host memory x1": (INVALID, {"x1": {"memory": "host"}}, {"x1": ["not device memory"]}),
    "S77 host memory x2": (INVALID, {"x2": {"memory": "host"}}, {"x2": ["not device memory"]}),
    "S95 host memory output": (INVALID, {"output": {"memory": "host"}}, {"output": ["not device memory"]}),
    "S97 host memory gatherOut": (INVALID, {"gatherOut": {"memory": "host"}}, {"gatherOut": ["not device memory"]}),
    "memory null": (INVALID, {"x1": {"memory": "null"}}, {"x1": ["null pointer", "device memory"]}),
    "memory of another device": (INVALID, {"x2": {"memory": "device 1"}}, {"x2": ["device 1", "device 0"]}),
    "memory too short": (INVALID, {"output": {"bytes": 8192}}, {"output": ["bytes"]}),
    "overlap of outputs": (INVALID, {"gatherOut": {"of": "output"}}, {"gatherOut": ["overlaps output"]}),
    "overlap with an input": (INVALID, {"output": {"of": "x1", "skip": 64}}, {"output": ["overlaps x1"]}),
    "stale tensor": (INVALID, {"x1": "stale"}, {"x1": ["destroyed"]}),
    "garbage for a tensor": (INVALID, {"gatherOut": "garbage"}, {"gatherOut": ["destroyed, or is none"]}),
    # attributes
    "S86 blockSize": (INVALID, {"blockSize": 128}, {"blockSize": ["128", "is 0"]}),
    "S88 gatherIndex": (INVALID, {"gatherIndex": 1}, {"gatherIndex": ["1", "is 0"]}),
    "S89 commTurn": (INVALID, {"commTurn": 2}, {"commTurn": ["2", "is 0"]}),
    "S90 streamMode": (INVALID, {"streamMode": 0}, {"streamMode": ["0", "is 1"]}),
    "S92 groupSize": (INVALID, {"groupSize": 549764202624}, {"groupSize": ["549764202624", "is 0"]}),
    "S94 commMode": (INVALID, {"commMode": "ccu"}, {"commMode": ['"ccu"', '"aiv"']}),
    "S94 commMode longer": (INVALID, {"commMode": "aivx"}, {"commMode": ['"aivx"', '"aiv"']}),
    "S94 commMode empty": (INVALID, {"commMode": ""}, {"commMode": ['""', '"aiv"']}),
    "S87 group": (INVALID, {"group": "nobody"}, {"group": ['"nobody"', "device 0"]}),
    "S87 group empty": (INVALID, {"group": ""}, {"group": ['""', "HcclGetCommName"]}),
    "S87 group too long": (INVALID, {"group": "g" * 5000}, {"group": ["ggg", "HcclGetCommName"]}),
    "S133 1 rank": (INVALID, {"ranks": 1}, {"group": ["1 rank", "2, 4, 8"]}),
    "S133 3 ranks": (INVALID, {"ranks": 3}, {"group": ["3 ranks", "2, 4, 8"]}),
    "C buffer": (INVALID, {"megabytes": 100}, {"group": ["100 MB", "200 MB", "HCCL_BUFFSIZE"]}),
    # what the operator takes and this package does not hold
    "S76 INT4": (
        INVALID,
        {
            "x1": {"type": "INT4"},
            "x2": {"type": "INT4"},
            "x2Scale": {},
            "gatherOut": {"type": "INT4"},
        },
        {"x1 of INT4": ["no kernel in this package", "x1 of FLOAT16", "x1 of BFLOAT16", "x1 of INT8"]},
    ),
}

# What these tensors are where x1 and x2 are of INT8.
INT8 = {"x1": {"type": "INT8"}, "x2": {"type": "INT8"}, "gatherOut": {"type": "INT8"}, "x2Scale": {}}
PER_TOKEN = {**INT8, "x1Scale": {"type": "FLOAT", "shape": [M, 1]}}
PACKED = {**INT8, "x2Scale": {"type": "INT64"}}
QUANTISED = {
    "S84 x2Scale is needed": ({"x2Scale": None}, {"x2Scale": ["null pointer", "INT8"]}),
    "S84 type of x2Scale": ({"x2Scale": {"type": "FLOAT16"}}, {"x2Scale": ["FLOAT16", "FLOAT, INT64"]}),
    "S84 shape of x2Scale": ({"x2Scale": {"shape": [N, 1]}}, {"x2Scale": ["[128, 1]", "[1, n]"]}),
    "S82 type of x1Scale": ({"x1Scale": {"type": "FLOAT16"}}, {"x1Scale": ["FLOAT16", "FLOAT"]}),
    "S82 shape of x1Scale": ({"x1Scale": {"shape": [1, M]}}, {"x1Scale": ["[1, 32]", "[m, 1]"]}),
    "S81 host memory x1Scale": ({"x1Scale": {"memory": "host"}}, {"x1Scale": ["not device memory"]}),
    "S83 host memory x2Scale": ({"x2Scale": {"memory": "host"}}, {"x2Scale": ["not device memory"]}),
    "S84 packed scales": (
        {"x2Scale": {"type": "INT64"}, "output": {"type": "BFLOAT16"}},
        {"output": ["BFLOAT16", "is FLOAT16"]},
    ),
    "S132 same type as INT8": ({"x2": {"type": "FLOAT16"}}, {"x2": ["FLOAT16", "INT8, the type of x1"]}),
    "S96 output of INT8": ({"output": {"type": "INT8"}}, {"output": ["INT8", "FLOAT16, BFLOAT16"]}),
    "C x1Scale is not x2Scale's": ({"x1Scale": {"shape": [1, N]}}, {"x1Scale": ["[1, 128]", "[m, 1]"]}),
}

# What these are where x1 and x2 are of INT4, which this package does not hold: so x1 is named, too.
PAIRED = {
    "C INT4": (
        {
            "x1": {"type": "INT4", "shape": [M, 257]},
            "x2": {"type": "INT4", "shape": [257, 127]},
            "x2Scale": {"shape": [127]},
            "output": {"shape": [2 * M, 127]},
            "gatherOut": None,
        },
        {"k of x1": ["257", "multiples of 2"], "n of x2": ["127", "multiples of 2"]},
    ),
}

GOOD = {
    "the usual call": {},
    "S133 4 ranks": {"ranks": 4},
    "S133 8 ranks": {"ranks": 8},
    "S76 BFLOAT16": {name: {"type": "BFLOAT16"} for name in ("x1", "x2", "output", "gatherOut")},
    "S128 least k": {"x1": {"shape": [M, 256]}},
    "S128 most k": {"x1": {"shape": [M, 65534]}, "x2": {"shape": [65534, N]}, "gatherOut": None},
    "S126 x2 transposed": {"x2": {"strides": [1, K], "storage": [N, K]}},
    "C no gatherOut": {"gatherOut": None},
    "C empty gatherOut": {"gatherOut": {"shape": [0], "type": "FLOAT", "memory": "null"}},
    "S99 empty amaxOut": {"amaxOut": {"shape": [0], "memory": "null"}},
    "C strides of dimensions of 1": {
        "x1": {"shape": [1, K], "strides": [7, 1]},
        "output": {"shape": [2, N]},
        "gatherOut": None,
    },
    "C x2 of one column": {"x2": {"shape": [K, 1], "strides": [1, 9]}, "output": {"shape": [2 * M, 1]}},
    "C view offset": {"x1": {"offset": 64, "storage": [M + 1, K]}},
    "C no strides": {"x1": {"strides": None}},
    "m of 1": {"x1": {"shape": [1, K]}, "output": {"shape": [2, N]}, "gatherOut": {"shape": [2, K]}},
    "S76 INT8": INT8,
    "S76 INT8 on 8 ranks": {**INT8, "ranks": 8},
    "S82 INT8 per token": PER_TOKEN,
    "C INT8 with scales of one dimension": {**PER_TOKEN, "x1Scale": {"shape": [M]}, "x2Scale": {"shape": [N]}},
    "S96 INT8 to BFLOAT16": {**PER_TOKEN, "output": {"type": "BFLOAT16"}},
    "S84 INT8 packed": PACKED,
    "S84 INT8 packed per token": {**PER_TOKEN, **PACKED},
    "S126 INT8 transposed": {**INT8, "x2": {"type": "INT8", "strides": [1, K], "storage": [N, K]}},
    "C INT8 without gatherOut": {**INT8, "gatherOut": None},
    "C INT8 with an empty gatherOut": {**INT8, "gatherOut": {"shape": [0], "type": "FLOAT", "memory": "null"}},
}


@pytest.fixture(scope="module")
def answers(package):
    """The answer to each call of the tables."""
    wanted = {
        **{name: call for name, (_, call, _) in BROKEN.items()},
        **{name: {**INT8, **call} for name, (call, _) in {**QUANTISED, **PAIRED}.items()},
        **GOOD,
    }
    return dict(zip(wanted, calls(package, list(wanted.values()))))


@pytest.mark.parametrize("name", GOOD)
def test_accepted(answers, name):
    code, message, workspace = answers[name]
    assert (code, message) == (0, "")
    assert workspace > 0


@pytest.mark.parametrize("name", BROKEN)
def test_one_broken_rule(answers, name):
    wanted, _, faults = BROKEN[name]
    code, message, workspace = answers[name]
    assert code == wanted, message
    assert workspace in ((77,) if "workspaceSize" in BROKEN[name][1] else (0,))
    ((argument, words),) = faults.items()
    function, _, rest = message.partition(": ")
    assert function == "aclnnAllGatherMatmulV2GetWorkspaceSize"
    assert "\n" not in rest
    assert argument in rest.split(";")[0]
    for word in words:
        assert word in rest, rest


@pytest.mark.parametrize("name", QUANTISED)
def test_one_broken_rule_of_quantised_tensors(answers, name):
    _, faults = QUANTISED[name]
    code, message, _ = answers[name]
    ((argument, words),) = faults.items()
    assert code == INVALID
    function, _, rest = message.partition(": ")
    assert function == "aclnnAllGatherMatmulV2GetWorkspaceSize"
    assert "\n" not in rest and rest.startswith(argument)
    for word in words:
        assert word in rest, rest


@pytest.mark.parametrize("name", PAIRED)
def test_rules_of_types_that_this_package_does_not_hold(answers, name):
    _, faults = PAIRED[name]
    code, message, _ = answers[name]
    assert code == INVALID
    first, *rest = message.split("\n  ")[1:]
    assert "no kernel in this package" in (first if not first.startswith("k of") else "".join(rest)), message
    for argument, words in faults.items():
        (line,) = [each for each in [first, *rest] if each.startswith(argument)]
        for word in words:
            assert word in line, message


def test_a_call_that_breaks_several_rules_is_told_all_of_them_in_order(package):
    wanted = {
        "x1": {"type": "FLOAT8_E4M3FN"},
        "x2": {"type": "FLOAT8_E4M3FN"},
        "bias": {},
        "blockSize": 3,
        "group": "nobody",
        "streamMode": 2,
        "commMode": "ccu",
        "output": None,
        "gatherOut": {"type": "FLOAT8_E4M3FN"},
        "amaxOut": {},
        "executor": None,
    }
    ((code, message, _),) = calls(package, [wanted])
    assert code == NULL  # some pointers are null
    head, *lines = message.split("\n  ")
    assert head == "aclnnAllGatherMatmulV2GetWorkspaceSize: 11 rules are broken"
    assert [line.split(" ")[0] for line in lines] == list(wanted)


def test_a_thread_on_another_device_than_the_group(package):
    ((code, message, _),) = calls(package, [{"device": 7}])
    assert code == INVALID
    (line,) = [line for line in message.split("\n  ") if line.startswith("group")]
    assert "device 7" in line and "another device of this process" in line
    for tensor in ("x1", "x2", "output", "gatherOut"):
        assert f"\n  {tensor} at 0x" in message


def test_a_package_of_another_family_names_both(package):
    ((code, message, _),) = calls(package, [{}], DOVETAIL_SOC="Ascend910_9391")
    assert code == 561112
    assert "ascend910b" in message and "Ascend910_9391" in message and "ascend910_93" in message


def test_a_kernel_that_the_package_does_not_hold_is_named(package, tmp_path):
    assert cli.main(["build", "all_gather_matmul_v2", "-o", str(tmp_path / "package"), "--dtype", "float16"]) == 0
    bfloat16 = {name: {"type": "BFLOAT16"} for name in ("x1", "x2", "output", "gatherOut")}
    good, (code, message, _) = calls(type(package)(tmp_path / "package"), [{}, bfloat16])
    assert good[0] == 0
    assert code == INVALID
    assert (
        "there is no kernel in this package for x1 of BFLOAT16, output of BFLOAT16, which the operator allows"
        in message
    )
    assert message.endswith("it holds those for x1 of FLOAT16, output of FLOAT16")


def test_a_kernel_whose_file_is_gone_is_named(package, tmp_path):
    shutil.copytree(package.directory, tmp_path / "package")
    (gone,) = (tmp_path / "package").rglob("float16_64x128x256.so")
    gone.unlink()
    (code, message, _), other = calls(type(package)(tmp_path / "package"), [{}, {"gatherOut": None}])
    assert code == 561003
    assert f"the kernel cannot be loaded: {gone}" in message
    assert other[0] == 0


@pytest.mark.parametrize("soc", ["Ascend910B1", "Ascend910B4"])
def test_machines_of_the_family(package, soc):
    assert calls(package, [{}, {"commMode": "ccu"}], DOVETAIL_SOC=soc)[0][0] == 0
