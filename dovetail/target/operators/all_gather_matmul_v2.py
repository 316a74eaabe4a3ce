"""The contract of aclnnAllGatherMatmulV2."""

from dovetail.target.contract import (
    Absent,
    Case,
    Form,
    Group,
    Groups,
    Integer,
    Kernel,
    Kind,
    Layout,
    Operator,
    Parameter,
    Product,
    Share,
    Size,
    Tensor,
    Text,
)

ARGUMENTS = (
    Parameter("x1", Kind.INPUT, "this rank's rows of the left matrix", required=True),
    Parameter("x2", Kind.INPUT, "the right matrix", required=True),
    Parameter("bias", Kind.INPUT, "added to each row of the product"),
    Parameter("x1Scale", Kind.INPUT, "scales of x1, where x1 is quantised"),
    Parameter("x2Scale", Kind.INPUT, "scales of x2, where x2 is quantised"),
    Parameter("quantScale", Kind.INPUT, "scale of a quantised output"),
    Parameter("blockSize", Kind.INTEGER, "extents of the blocks in which the output is quantised"),
    Parameter("group", Kind.TEXT, "the communicator's name, from HcclGetCommName", required=True),
    Parameter("gatherIndex", Kind.INTEGER, "which matrix is gathered: 0 is the left one"),
    Parameter("commTurn", Kind.INTEGER, "in how many turns to communicate; 0 leaves it to the operator"),
    Parameter("streamMode", Kind.INTEGER, "mode of the stream"),
    Parameter("groupSize", Kind.INTEGER, "how many elements share a scale: along k, along n << 16, along m << 32"),
    Parameter("commMode", Kind.TEXT, "which engine communicates", required=True),
    Parameter("output", Kind.OUTPUT, "the product of all ranks' rows with x2", required=True),
    Parameter("gatherOut", Kind.OUTPUT, "x1 of all ranks, one behind the other"),
    Parameter("amaxOut", Kind.OUTPUT, "the largest value of the product"),
)

_FLOATING = ("FLOAT16", "BFLOAT16")
_INTEGERS = ("INT8", "INT4")
_MIXED = ("FLOAT8_E4M3FN", "FLOAT8_E5M2")  # that multiply with each other too
_FLOAT8 = (*_MIXED, "HIFLOAT8")
_FLOAT4 = ("FLOAT4_E2M1",)  # two elements share a byte
_OUTPUTS = (*_FLOATING, "FLOAT")
_ANY = (*_FLOATING, *_INTEGERS)
_SCALES = ("x1Scale", "x2Scale")
_INTEGER_TILES = ((128, 256, 256), (64, 128, 256), (16, 512, 128))

ATLAS_A2_A3 = Product(
    "Atlas A2 and A3",
    families=("ascend910b", "ascend910_93"),
    rules={
        "x1": Tensor(_ANY, shapes=("m, k",)),
        "x2": Tensor(_ANY, same_type_as="x1", shapes=("k, n",), layouts=(Layout.CONTIGUOUS, Layout.TRANSPOSED)),
        "bias": Absent(),
        "quantScale": Absent(),
        "blockSize": Integer((0,)),
        "group": Group(ranks=(2, 4, 8), window=200),
        "gatherIndex": Integer((0,)),
        "commTurn": Integer((0,)),
        "streamMode": Integer((1,)),
        "groupSize": Integer((0,)),
        "commMode": Text(("aiv",)),
        "output": Tensor(_FLOATING, shapes=("ranks * m, n",)),
        "gatherOut": Tensor(_ANY, same_type_as="x1", shapes=("ranks * m, k",), empty_is_absent=True),
        "amaxOut": Absent(or_empty=True),
    },
    sizes={"m": Size(1), "k": Size(256, below=65535), "n": Size(1)},
    cases=(
        Case(
            "floating",
            "output = gather(x1) @ x2",
            types={"x1": _FLOATING},
            rules={"x1Scale": Absent(), "x2Scale": Absent(), "output": Tensor(same_type_as="x1")},
        ),
        Case(
            "quantised",
            "output = (x1Scale * x2Scale) * (gather(x1) @ x2)",
            types={"x1": _INTEGERS},
            rules={
                "x1Scale": Tensor(("FLOAT",), shapes=("m, 1", "m")),
                "x2Scale": Tensor(("FLOAT", "INT64"), shapes=("1, n", "n"), needed=True),
            },
        ),
        Case(
            "packed",
            "x2Scale holds packed scales",
            types={"x1": _INTEGERS, "x2Scale": ("INT64",)},
            rules={"output": Tensor(("FLOAT16",))},
        ),
        Case(
            "paired",
            "two elements share a byte",
            types={"x1": ("INT4",)},
            sizes={"k": Size(multiple=2), "n": Size(multiple=2)},
        ),
    ),
    forms=(
        Form("float16", {"x1": "FLOAT16", "output": "FLOAT16"}, absent=_SCALES),
        Form("bfloat16", {"x1": "BFLOAT16", "output": "BFLOAT16"}, absent=_SCALES),
        *(
            Form(
                f"{type.lower()}_{stem}",
                {"x1": type, "output": output, "x2Scale": scale},
                tiles=_INTEGER_TILES,
            )
            for type in _INTEGERS
            for stem, output, scale in (
                ("float16", "FLOAT16", "FLOAT"),
                ("float16_packed", "FLOAT16", "INT64"),
                ("bfloat16", "BFLOAT16", "FLOAT"),
            )
        ),
    ),
)

_FACTORS = {"x1Scale": "x1_factor", "x2Scale": "x2_factor"}
_EXPONENTS = {"x1Scale": "x1_exponents", "x2Scale": "x2_exponents"}
_BLOCKS = {"x1Scale": "x1_blocks", "x2Scale": "x2_blocks"}
MX_GROUPS = Groups((Share("k", 32, 64), Share("n", 1), Share("m", 1)))  # 32 along k, whose scales come in pairs
BLOCK_GROUPS = Groups((Share("k", 128, 128), Share("n", 128, 128), Share("m", 128, 128)))
_FLOAT8_TILES = ((128, 256, 512), (16, 512, 256))
_BLOCK_TILES = ((128, 256, 128), (16, 512, 128))
_SHORT = {
    "FLOAT8_E4M3FN": "e4m3fn",
    "FLOAT8_E5M2": "e5m2",
    "HIFLOAT8": "hifloat8",
    "FLOAT4_E2M1": "e2m1",
    "FLOAT16": "float16",
    "BFLOAT16": "bfloat16",
    "FLOAT": "float",
}


def _floating(type: str, bias: bool) -> Form:
    types = {"x1": type, "x2": type, "output": type}
    return Form("_".join([_SHORT[type], *["bias"] * bias]), types | {"bias": type} if bias else types, absent=_SCALES)


def _per_tensor(x1: str, x2: str, output: str, bias: bool) -> Form:
    types = {"x1": x1, "x2": x2, "output": output, "x1Scale": "FLOAT", "x2Scale": "FLOAT"}
    name = "_".join([*(_SHORT[type] for type in (x1, x2, output)), *["bias"] * bias])
    return Form(name, types | {"bias": "FLOAT"} if bias else types, tiles=_FLOAT8_TILES, matrices=_FACTORS)


def _microscaled(x1: str, x2: str, output: str, bias: bool) -> Form:
    types = {"x1": x1, "x2": x2, "output": output, "x1Scale": "FLOAT8_E8M0", "x2Scale": "FLOAT8_E8M0"}
    name = "_".join(["mx", *(_SHORT[type] for type in (x1, x2, output)), *["bias"] * bias])
    types |= {"bias": "FLOAT"} if bias else {}
    attributes = {"groupSize": MX_GROUPS.whole}
    return Form(name, types, tiles=_FLOAT8_TILES, matrices=_EXPONENTS, transposed=("x2",), attributes=attributes)


def _per_block(x1: str, x2: str, output: str) -> Form:
    types = {"x1": x1, "x2": x2, "output": output, "x1Scale": "FLOAT", "x2Scale": "FLOAT"}
    name = "_".join(["blocks", *(_SHORT[type] for type in (x1, x2, output))])
    attributes = {"groupSize": BLOCK_GROUPS.whole}
    return Form(name, types, tiles=_BLOCK_TILES, matrices=_BLOCKS, case="perBlock", attributes=attributes)


_ASCEND_950_FORMS = (
    *(_floating(type, bias) for type in _FLOATING for bias in (False, True)),
    *(
        _per_tensor(x1, x2, output, bias)
        for x1 in _FLOAT8
        for x2 in (_MIXED if x1 in _MIXED else (x1,))
        for output in _OUTPUTS
        for bias in (False, True)
    ),
    *(
        _per_block(x1, x2, output)
        for x1 in _FLOAT8
        for x2 in (_MIXED if x1 in _MIXED else (x1,))
        for output in _OUTPUTS
    ),
    *(
        _microscaled(x1, x2, output, bias)
        for x1 in (*_MIXED, *_FLOAT4)
        for x2 in (_MIXED if x1 in _MIXED else (x1,))
        for output in _OUTPUTS
        for bias in (False, True)
    ),
)

# How Ascend 950 takes part is from the vendor's newer page of the operator.
ASCEND_950 = Product(
    "Ascend 950",
    families=("ascend950",),
    rules={
        "x1": Tensor((*_FLOATING, *_FLOAT8, *_FLOAT4), shapes=("m, k",)),
        "x2": Tensor(
            (*_FLOATING, *_FLOAT8, *_FLOAT4), shapes=("k, n",), layouts=(Layout.CONTIGUOUS, Layout.TRANSPOSED)
        ),
        "bias": Tensor(_OUTPUTS, shapes=("n",)),
        "x1Scale": Tensor(("FLOAT", "FLOAT8_E8M0")),
        "x2Scale": Tensor(("FLOAT", "FLOAT8_E8M0")),
        "quantScale": Absent(),
        "blockSize": Integer((0,)),
        "group": Group(ranks=(2, 4, 8, 16, 32, 64)),
        "gatherIndex": Integer((0,)),
        "commTurn": Integer((0,)),
        "streamMode": Integer((1,)),
        "commMode": Text(("ccu", "ai_cpu")),
        "output": Tensor(_OUTPUTS, shapes=("ranks * m, n",)),
        "gatherOut": Tensor(
            (*_FLOATING, *_FLOAT8, *_FLOAT4), same_type_as="x1", shapes=("ranks * m, k",), empty_is_absent=True
        ),
        "amaxOut": Absent(or_empty=True),
    },
    sizes={"m": Size(), "k": Size(256, below=65535), "n": Size()},
    cases=(
        Case(
            "floating",
            "output = gather(x1) @ x2 + bias",
            types={"x1": _FLOATING},
            rules={
                "x2": Tensor(same_type_as="x1"),
                "bias": Tensor(same_type_as="x1"),
                "x1Scale": Absent(),
                "x2Scale": Absent(),
                "groupSize": Integer((0,)),
                "output": Tensor(same_type_as="x1"),
            },
        ),
        Case(
            "scaled",
            "scales are needed",
            types={"x1": (*_FLOAT8, *_FLOAT4)},
            rules={"bias": Tensor(("FLOAT",)), "x1Scale": Tensor(needed=True), "x2Scale": Tensor(needed=True)},
        ),
        Case(
            "perTensor",
            "output = (x1Scale * x2Scale) * (gather(x1) @ x2 + bias)",
            types={"x1": _FLOAT8, "x1Scale": ("FLOAT",)},
            unless="perBlock",
            rules={
                "x1Scale": Tensor(shapes=("1",)),
                "x2Scale": Tensor(("FLOAT",), shapes=("1",)),
                "groupSize": Integer((0,)),
            },
        ),
        Case(
            "perBlock",
            "output = sum of x1Scale * x2Scale * (x1 @ x2) over each 128 of k",
            types={"x1": _FLOAT8, "x1Scale": ("FLOAT",)},
            dimensions={"x1Scale": 2},
            label="scales of blocks",
            rules={
                "bias": Absent(),
                "x1Scale": Tensor(shapes=("ceil(m / 128), ceil(k / 128)",)),
                "x2Scale": Tensor(("FLOAT",), shapes=("ceil(k / 128), ceil(n / 128)",), same_layout_as="x2"),
                "groupSize": BLOCK_GROUPS,
            },
        ),
        Case(
            "microscaled",
            "output = sum of x1Scale * x2Scale * (x1 @ x2) over each 32 of k, + bias",
            types={"x1": (*_FLOAT8, *_FLOAT4), "x1Scale": ("FLOAT8_E8M0",)},
            rules={
                "x1": Tensor((*_MIXED, *_FLOAT4)),
                "x2": Tensor(layouts=(Layout.TRANSPOSED,)),
                "x1Scale": Tensor(shapes=("m, ceil(k / 64), 2",)),
                "x2Scale": Tensor(("FLOAT8_E8M0",), shapes=("n, ceil(k / 64), 2",)),
                "groupSize": MX_GROUPS,
            },
        ),
        Case("mixed", "x1 and x2 may differ", types={"x1": _MIXED}, rules={"x2": Tensor(_MIXED)}),
        Case(
            "paired",
            "two elements share a byte, and each 32 along k a scale",
            types={"x1": _FLOAT4},
            rules={
                "x2": Tensor(same_type_as="x1"),
                "x1Scale": Tensor(("FLOAT8_E8M0",)),  # and so x2Scale
            },
            sizes={"k": Size(multiple=2)},
        ),
        Case(
            "tapered", "x1 and x2 do not differ", types={"x1": ("HIFLOAT8",)}, rules={"x2": Tensor(same_type_as="x1")}
        ),
    ),
    forms=_ASCEND_950_FORMS,
)

OPERATOR = Operator(
    "AllGatherMatmulV2",
    "all_gather_matmul_v2",
    "Gathers the rows of x1 of all ranks and multiplies them by x2.",
    ARGUMENTS,
    products=(ATLAS_A2_A3, ASCEND_950),
    kernel=Kernel(
        "all_gather_matmul",
        arguments={
            "x1": "x1",
            "x2": "x2",
            "output": "output",
            "gather_out": "gatherOut",
            "x1_scale": "x1Scale",
            "x2_scale": "x2Scale",
            "bias": "bias",
        },
        type_of="x1",
        rows="m",
        columns="n",
        tiles=(
            (128, 256, 256),  # many rows and columns
            (64, 128, 256),  # too few tiles for all cores otherwise
            (128, 64, 256),  # few columns
            (16, 512, 128),  # few rows
        ),
    ),
)
