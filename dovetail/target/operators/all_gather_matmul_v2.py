"""The contract of aclnnAllGatherMatmulV2."""

from dovetail.target.contract import (
    Absent,
    Case,
    Form,
    Group,
    Integer,
    Kernel,
    Kind,
    Layout,
    Operator,
    Parameter,
    Product,
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
)

OPERATOR = Operator(
    "AllGatherMatmulV2",
    "all_gather_matmul_v2",
    "Gathers the rows of x1 of all ranks and multiplies them by x2.",
    ARGUMENTS,
    products=(ATLAS_A2_A3,),
    kernel=Kernel(
        "all_gather_matmul",
        arguments={
            "x1": "x1",
            "x2": "x2",
            "output": "output",
            "gather_out": "gatherOut",
            "x1_scale": "x1Scale",
            "x2_scale": "x2Scale",
        },
        type_of="x1",
        forms=(
            Form("float16", {"x1": "FLOAT16", "output": "FLOAT16"}, absent=_SCALES),
            Form("bfloat16", {"x1": "BFLOAT16", "output": "BFLOAT16"}, absent=_SCALES),
            Form("int8_float16", {"x1": "INT8", "output": "FLOAT16", "x2Scale": "FLOAT"}, tiles=_INTEGER_TILES),
            Form("int8_float16_packed", {"x1": "INT8", "output": "FLOAT16", "x2Scale": "INT64"}, tiles=_INTEGER_TILES),
            Form("int8_bfloat16", {"x1": "INT8", "output": "BFLOAT16", "x2Scale": "FLOAT"}, tiles=_INTEGER_TILES),
        ),
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
