"""Types of the elements of tensors, as contracts name them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Type:
    """`dtype` is the name that the language has for it, if it has one."""

    name: str
    enumerator: str  # of aclDataType
    bits: int
    dtype: str = ""


_TYPES = (
    Type("FLOAT", "ACL_FLOAT", 32, "float32"),
    Type("FLOAT16", "ACL_FLOAT16", 16, "float16"),
    Type("INT8", "ACL_INT8", 8, "int8"),
    Type("INT32", "ACL_INT32", 32, "int32"),
    Type("UINT8", "ACL_UINT8", 8),
    Type("INT16", "ACL_INT16", 16),
    Type("UINT16", "ACL_UINT16", 16),
    Type("UINT32", "ACL_UINT32", 32),
    Type("INT64", "ACL_INT64", 64, "int64"),
    Type("UINT64", "ACL_UINT64", 64),
    Type("DOUBLE", "ACL_DOUBLE", 64),
    Type("BOOL", "ACL_BOOL", 8),
    Type("COMPLEX64", "ACL_COMPLEX64", 64),
    Type("COMPLEX128", "ACL_COMPLEX128", 128),
    Type("BFLOAT16", "ACL_BF16", 16, "bfloat16"),
    Type("INT4", "ACL_INT4", 4, "int4"),
    Type("UINT1", "ACL_UINT1", 1),
    Type("COMPLEX32", "ACL_COMPLEX32", 32),
    Type("HIFLOAT8", "ACL_HIFLOAT8", 8, "hifloat8"),
    Type("FLOAT8_E5M2", "ACL_FLOAT8_E5M2", 8, "float8_e5m2"),
    Type("FLOAT8_E4M3FN", "ACL_FLOAT8_E4M3FN", 8, "float8_e4m3fn"),
    Type("FLOAT8_E8M0", "ACL_FLOAT8_E8M0", 8, "float8_e8m0fnu"),
    Type("FLOAT6_E3M2", "ACL_FLOAT6_E3M2", 6),
    Type("FLOAT6_E2M3", "ACL_FLOAT6_E2M3", 6),
    Type("FLOAT4_E2M1", "ACL_FLOAT4_E2M1", 4, "float4_e2m1fn"),
    Type("FLOAT4_E1M2", "ACL_FLOAT4_E1M2", 4),
)
TYPES = {type.name: type for type in _TYPES}
