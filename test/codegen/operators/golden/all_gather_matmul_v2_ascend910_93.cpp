// The entry points of aclnnAllGatherMatmulV2 for ascend910_93, from the operator's contract.
#include "aclnnop/aclnn_all_gather_matmul_v2.h"

#include "dovetail/operator.h"

using namespace dovetail;

namespace {

// Keys: types of x1, output, x2Scale; x2 transposed; no gatherOut; no x1Scale. Tiles: rows, columns, rows of a chunk,
// cost.
Kernel kernels[] = {
    {"float16_128x256x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {false, false, true}), 128, 256, 128,
            8000},
    {"float16_64x128x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {false, false, true}), 64, 128, 128, 3491},
    {"float16_128x64x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {false, false, true}), 128, 64, 128, 3491},
    {"float16_16x512x128", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {false, false, true}), 16, 512, 128, 9600},
    {"float16_no_gather_out_128x256x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {false, true, true}), 128,
            256, 128, 8000},
    {"float16_no_gather_out_64x128x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {false, true, true}), 64,
            128, 128, 3491},
    {"float16_no_gather_out_128x64x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {false, true, true}), 128,
            64, 128, 3491},
    {"float16_no_gather_out_16x512x128", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {false, true, true}), 16,
            512, 128, 9600},
    {"float16_x2_transposed_128x256x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {true, false, true}), 128,
            256, 128, 8000},
    {"float16_x2_transposed_64x128x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {true, false, true}), 64,
            128, 128, 3491},
    {"float16_x2_transposed_128x64x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {true, false, true}), 128,
            64, 128, 3491},
    {"float16_x2_transposed_16x512x128", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {true, false, true}), 16,
            512, 128, 9600},
    {"float16_x2_transposed_no_gather_out_128x256x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {true, true,
            true}), 128, 256, 128, 8000},
    {"float16_x2_transposed_no_gather_out_64x128x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {true, true,
            true}), 64, 128, 128, 3491},
    {"float16_x2_transposed_no_gather_out_128x64x256", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {true, true,
            true}), 128, 64, 128, 3491},
    {"float16_x2_transposed_no_gather_out_16x512x128", Key({ACL_FLOAT16, ACL_FLOAT16, ACL_DT_UNDEFINED}, {true, true,
            true}), 16, 512, 128, 9600},
    {"bfloat16_128x256x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, false, true}), 128, 256, 128, 8000},
    {"bfloat16_64x128x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, false, true}), 64, 128, 128, 3491},
    {"bfloat16_128x64x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, false, true}), 128, 64, 128, 3491},
    {"bfloat16_16x512x128", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, false, true}), 16, 512, 128, 9600},
    {"bfloat16_no_gather_out_128x256x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, true, true}), 128, 256,
            128, 8000},
    {"bfloat16_no_gather_out_64x128x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, true, true}), 64, 128,
            128, 3491},
    {"bfloat16_no_gather_out_128x64x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, true, true}), 128, 64,
            128, 3491},
    {"bfloat16_no_gather_out_16x512x128", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {false, true, true}), 16, 512,
            128, 9600},
    {"bfloat16_x2_transposed_128x256x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, false, true}), 128, 256,
            128, 8000},
    {"bfloat16_x2_transposed_64x128x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, false, true}), 64, 128,
            128, 3491},
    {"bfloat16_x2_transposed_128x64x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, false, true}), 128, 64,
            128, 3491},
    {"bfloat16_x2_transposed_16x512x128", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, false, true}), 16, 512,
            128, 9600},
    {"bfloat16_x2_transposed_no_gather_out_128x256x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, true,
            true}), 128, 256, 128, 8000},
    {"bfloat16_x2_transposed_no_gather_out_64x128x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, true, true}),
            64, 128, 128, 3491},
    {"bfloat16_x2_transposed_no_gather_out_128x64x256", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, true, true}),
            128, 64, 128, 3491},
    {"bfloat16_x2_transposed_no_gather_out_16x512x128", Key({ACL_BF16, ACL_BF16, ACL_DT_UNDEFINED}, {true, true, true}),
            16, 512, 128, 9600},
    {"int8_float16_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, false, false}), 128, 256, 128, 4000},
    {"int8_float16_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, false, false}), 64, 128, 128, 1745},
    {"int8_float16_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, false, false}), 16, 512, 128, 4800},
    {"int8_float16_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, false, true}), 128, 256,
            128, 4000},
    {"int8_float16_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, false, true}), 64, 128, 128,
            1745},
    {"int8_float16_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, false, true}), 16, 512, 128,
            4800},
    {"int8_float16_no_gather_out_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, true, false}), 128, 256,
            128, 4000},
    {"int8_float16_no_gather_out_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, true, false}), 64, 128,
            128, 1745},
    {"int8_float16_no_gather_out_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, true, false}), 16, 512,
            128, 4800},
    {"int8_float16_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, true, true}),
            128, 256, 128, 4000},
    {"int8_float16_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, true, true}),
            64, 128, 128, 1745},
    {"int8_float16_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {false, true, true}),
            16, 512, 128, 4800},
    {"int8_float16_x2_transposed_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, false, false}), 128, 256,
            128, 4000},
    {"int8_float16_x2_transposed_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, false, false}), 64, 128,
            128, 1745},
    {"int8_float16_x2_transposed_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, false, false}), 16, 512,
            128, 4800},
    {"int8_float16_x2_transposed_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, false, true}),
            128, 256, 128, 4000},
    {"int8_float16_x2_transposed_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, false, true}),
            64, 128, 128, 1745},
    {"int8_float16_x2_transposed_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, false, true}),
            16, 512, 128, 4800},
    {"int8_float16_x2_transposed_no_gather_out_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, true,
            false}), 128, 256, 128, 4000},
    {"int8_float16_x2_transposed_no_gather_out_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, true,
            false}), 64, 128, 128, 1745},
    {"int8_float16_x2_transposed_no_gather_out_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true, true,
            false}), 16, 512, 128, 4800},
    {"int8_float16_x2_transposed_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true,
            true, true}), 128, 256, 128, 4000},
    {"int8_float16_x2_transposed_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true,
            true, true}), 64, 128, 128, 1745},
    {"int8_float16_x2_transposed_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_FLOAT}, {true,
            true, true}), 16, 512, 128, 4800},
    {"int8_float16_packed_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, false, false}), 128, 256, 128,
            4000},
    {"int8_float16_packed_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, false, false}), 64, 128, 128,
            1745},
    {"int8_float16_packed_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, false, false}), 16, 512, 128,
            4800},
    {"int8_float16_packed_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, false, true}), 128,
            256, 128, 4000},
    {"int8_float16_packed_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, false, true}), 64,
            128, 128, 1745},
    {"int8_float16_packed_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, false, true}), 16,
            512, 128, 4800},
    {"int8_float16_packed_no_gather_out_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, true, false}),
            128, 256, 128, 4000},
    {"int8_float16_packed_no_gather_out_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, true, false}), 64,
            128, 128, 1745},
    {"int8_float16_packed_no_gather_out_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, true, false}), 16,
            512, 128, 4800},
    {"int8_float16_packed_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, true,
            true}), 128, 256, 128, 4000},
    {"int8_float16_packed_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, true,
            true}), 64, 128, 128, 1745},
    {"int8_float16_packed_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {false, true,
            true}), 16, 512, 128, 4800},
    {"int8_float16_packed_x2_transposed_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, false, false}),
            128, 256, 128, 4000},
    {"int8_float16_packed_x2_transposed_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, false, false}), 64,
            128, 128, 1745},
    {"int8_float16_packed_x2_transposed_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, false, false}), 16,
            512, 128, 4800},
    {"int8_float16_packed_x2_transposed_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, false,
            true}), 128, 256, 128, 4000},
    {"int8_float16_packed_x2_transposed_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, false,
            true}), 64, 128, 128, 1745},
    {"int8_float16_packed_x2_transposed_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, false,
            true}), 16, 512, 128, 4800},
    {"int8_float16_packed_x2_transposed_no_gather_out_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, true,
            false}), 128, 256, 128, 4000},
    {"int8_float16_packed_x2_transposed_no_gather_out_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, true,
            false}), 64, 128, 128, 1745},
    {"int8_float16_packed_x2_transposed_no_gather_out_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64}, {true, true,
            false}), 16, 512, 128, 4800},
    {"int8_float16_packed_x2_transposed_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64},
            {true, true, true}), 128, 256, 128, 4000},
    {"int8_float16_packed_x2_transposed_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64},
            {true, true, true}), 64, 128, 128, 1745},
    {"int8_float16_packed_x2_transposed_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_FLOAT16, ACL_INT64},
            {true, true, true}), 16, 512, 128, 4800},
    {"int8_bfloat16_128x256x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, false, false}), 128, 256, 128, 4000},
    {"int8_bfloat16_64x128x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, false, false}), 64, 128, 128, 1745},
    {"int8_bfloat16_16x512x128", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, false, false}), 16, 512, 128, 4800},
    {"int8_bfloat16_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, false, true}), 128, 256, 128,
            4000},
    {"int8_bfloat16_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, false, true}), 64, 128, 128,
            1745},
    {"int8_bfloat16_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, false, true}), 16, 512, 128,
            4800},
    {"int8_bfloat16_no_gather_out_128x256x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, true, false}), 128, 256,
            128, 4000},
    {"int8_bfloat16_no_gather_out_64x128x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, true, false}), 64, 128, 128,
            1745},
    {"int8_bfloat16_no_gather_out_16x512x128", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, true, false}), 16, 512, 128,
            4800},
    {"int8_bfloat16_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, true, true}),
            128, 256, 128, 4000},
    {"int8_bfloat16_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, true, true}),
            64, 128, 128, 1745},
    {"int8_bfloat16_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {false, true, true}),
            16, 512, 128, 4800},
    {"int8_bfloat16_x2_transposed_128x256x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, false, false}), 128, 256,
            128, 4000},
    {"int8_bfloat16_x2_transposed_64x128x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, false, false}), 64, 128, 128,
            1745},
    {"int8_bfloat16_x2_transposed_16x512x128", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, false, false}), 16, 512, 128,
            4800},
    {"int8_bfloat16_x2_transposed_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, false, true}),
            128, 256, 128, 4000},
    {"int8_bfloat16_x2_transposed_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, false, true}),
            64, 128, 128, 1745},
    {"int8_bfloat16_x2_transposed_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, false, true}),
            16, 512, 128, 4800},
    {"int8_bfloat16_x2_transposed_no_gather_out_128x256x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, true, false}),
            128, 256, 128, 4000},
    {"int8_bfloat16_x2_transposed_no_gather_out_64x128x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, true, false}),
            64, 128, 128, 1745},
    {"int8_bfloat16_x2_transposed_no_gather_out_16x512x128", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true, true, false}),
            16, 512, 128, 4800},
    {"int8_bfloat16_x2_transposed_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true,
            true, true}), 128, 256, 128, 4000},
    {"int8_bfloat16_x2_transposed_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true,
            true, true}), 64, 128, 128, 1745},
    {"int8_bfloat16_x2_transposed_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT8, ACL_BF16, ACL_FLOAT}, {true,
            true, true}), 16, 512, 128, 4800},
    {"int4_float16_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, false, false}), 128, 256, 128, 2000},
    {"int4_float16_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, false, false}), 64, 128, 128, 873},
    {"int4_float16_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, false, false}), 16, 512, 128, 2400},
    {"int4_float16_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, false, true}), 128, 256,
            128, 2000},
    {"int4_float16_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, false, true}), 64, 128, 128,
            873},
    {"int4_float16_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, false, true}), 16, 512, 128,
            2400},
    {"int4_float16_no_gather_out_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, true, false}), 128, 256,
            128, 2000},
    {"int4_float16_no_gather_out_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, true, false}), 64, 128,
            128, 873},
    {"int4_float16_no_gather_out_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, true, false}), 16, 512,
            128, 2400},
    {"int4_float16_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, true, true}),
            128, 256, 128, 2000},
    {"int4_float16_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, true, true}),
            64, 128, 128, 873},
    {"int4_float16_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {false, true, true}),
            16, 512, 128, 2400},
    {"int4_float16_x2_transposed_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, false, false}), 128, 256,
            128, 2000},
    {"int4_float16_x2_transposed_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, false, false}), 64, 128,
            128, 873},
    {"int4_float16_x2_transposed_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, false, false}), 16, 512,
            128, 2400},
    {"int4_float16_x2_transposed_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, false, true}),
            128, 256, 128, 2000},
    {"int4_float16_x2_transposed_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, false, true}),
            64, 128, 128, 873},
    {"int4_float16_x2_transposed_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, false, true}),
            16, 512, 128, 2400},
    {"int4_float16_x2_transposed_no_gather_out_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, true,
            false}), 128, 256, 128, 2000},
    {"int4_float16_x2_transposed_no_gather_out_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, true,
            false}), 64, 128, 128, 873},
    {"int4_float16_x2_transposed_no_gather_out_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true, true,
            false}), 16, 512, 128, 2400},
    {"int4_float16_x2_transposed_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true,
            true, true}), 128, 256, 128, 2000},
    {"int4_float16_x2_transposed_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true,
            true, true}), 64, 128, 128, 873},
    {"int4_float16_x2_transposed_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_FLOAT}, {true,
            true, true}), 16, 512, 128, 2400},
    {"int4_float16_packed_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, false, false}), 128, 256, 128,
            2000},
    {"int4_float16_packed_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, false, false}), 64, 128, 128,
            873},
    {"int4_float16_packed_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, false, false}), 16, 512, 128,
            2400},
    {"int4_float16_packed_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, false, true}), 128,
            256, 128, 2000},
    {"int4_float16_packed_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, false, true}), 64,
            128, 128, 873},
    {"int4_float16_packed_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, false, true}), 16,
            512, 128, 2400},
    {"int4_float16_packed_no_gather_out_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, true, false}),
            128, 256, 128, 2000},
    {"int4_float16_packed_no_gather_out_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, true, false}), 64,
            128, 128, 873},
    {"int4_float16_packed_no_gather_out_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, true, false}), 16,
            512, 128, 2400},
    {"int4_float16_packed_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, true,
            true}), 128, 256, 128, 2000},
    {"int4_float16_packed_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, true,
            true}), 64, 128, 128, 873},
    {"int4_float16_packed_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {false, true,
            true}), 16, 512, 128, 2400},
    {"int4_float16_packed_x2_transposed_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, false, false}),
            128, 256, 128, 2000},
    {"int4_float16_packed_x2_transposed_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, false, false}), 64,
            128, 128, 873},
    {"int4_float16_packed_x2_transposed_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, false, false}), 16,
            512, 128, 2400},
    {"int4_float16_packed_x2_transposed_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, false,
            true}), 128, 256, 128, 2000},
    {"int4_float16_packed_x2_transposed_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, false,
            true}), 64, 128, 128, 873},
    {"int4_float16_packed_x2_transposed_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, false,
            true}), 16, 512, 128, 2400},
    {"int4_float16_packed_x2_transposed_no_gather_out_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, true,
            false}), 128, 256, 128, 2000},
    {"int4_float16_packed_x2_transposed_no_gather_out_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, true,
            false}), 64, 128, 128, 873},
    {"int4_float16_packed_x2_transposed_no_gather_out_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64}, {true, true,
            false}), 16, 512, 128, 2400},
    {"int4_float16_packed_x2_transposed_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64},
            {true, true, true}), 128, 256, 128, 2000},
    {"int4_float16_packed_x2_transposed_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64},
            {true, true, true}), 64, 128, 128, 873},
    {"int4_float16_packed_x2_transposed_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_FLOAT16, ACL_INT64},
            {true, true, true}), 16, 512, 128, 2400},
    {"int4_bfloat16_128x256x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, false, false}), 128, 256, 128, 2000},
    {"int4_bfloat16_64x128x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, false, false}), 64, 128, 128, 873},
    {"int4_bfloat16_16x512x128", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, false, false}), 16, 512, 128, 2400},
    {"int4_bfloat16_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, false, true}), 128, 256, 128,
            2000},
    {"int4_bfloat16_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, false, true}), 64, 128, 128,
            873},
    {"int4_bfloat16_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, false, true}), 16, 512, 128,
            2400},
    {"int4_bfloat16_no_gather_out_128x256x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, true, false}), 128, 256,
            128, 2000},
    {"int4_bfloat16_no_gather_out_64x128x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, true, false}), 64, 128, 128,
            873},
    {"int4_bfloat16_no_gather_out_16x512x128", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, true, false}), 16, 512, 128,
            2400},
    {"int4_bfloat16_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, true, true}),
            128, 256, 128, 2000},
    {"int4_bfloat16_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, true, true}),
            64, 128, 128, 873},
    {"int4_bfloat16_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {false, true, true}),
            16, 512, 128, 2400},
    {"int4_bfloat16_x2_transposed_128x256x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, false, false}), 128, 256,
            128, 2000},
    {"int4_bfloat16_x2_transposed_64x128x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, false, false}), 64, 128, 128,
            873},
    {"int4_bfloat16_x2_transposed_16x512x128", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, false, false}), 16, 512, 128,
            2400},
    {"int4_bfloat16_x2_transposed_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, false, true}),
            128, 256, 128, 2000},
    {"int4_bfloat16_x2_transposed_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, false, true}),
            64, 128, 128, 873},
    {"int4_bfloat16_x2_transposed_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, false, true}),
            16, 512, 128, 2400},
    {"int4_bfloat16_x2_transposed_no_gather_out_128x256x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, true, false}),
            128, 256, 128, 2000},
    {"int4_bfloat16_x2_transposed_no_gather_out_64x128x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, true, false}),
            64, 128, 128, 873},
    {"int4_bfloat16_x2_transposed_no_gather_out_16x512x128", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true, true, false}),
            16, 512, 128, 2400},
    {"int4_bfloat16_x2_transposed_no_gather_out_no_x1_scale_128x256x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true,
            true, true}), 128, 256, 128, 2000},
    {"int4_bfloat16_x2_transposed_no_gather_out_no_x1_scale_64x128x256", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true,
            true, true}), 64, 128, 128, 873},
    {"int4_bfloat16_x2_transposed_no_gather_out_no_x1_scale_16x512x128", Key({ACL_INT4, ACL_BF16, ACL_FLOAT}, {true,
            true, true}), 16, 512, 128, 2400},
};

Package package("aclnnAllGatherMatmulV2", "ascend910_93", "all_gather_matmul",
        "../../op_impl/ai_core/tbe/kernel/ascend910_93/all_gather_matmul_v2", kernels, {"x1", "output", "x2Scale"},
        {"x2 transposed", "no gatherOut", "no x1Scale"});

}  // namespace

extern "C" aclnnStatus aclnnAllGatherMatmulV2GetWorkspaceSize(const aclTensor *x1Given, const aclTensor *x2Given,
        const aclTensor *biasGiven, const aclTensor *x1ScaleGiven, const aclTensor *x2ScaleGiven,
        const aclTensor *quantScaleGiven, int64_t blockSizeGiven, const char *groupGiven, int64_t gatherIndexGiven,
        int64_t commTurnGiven, int64_t streamModeGiven, int64_t groupSizeGiven, const char *commModeGiven,
        aclTensor *outputGiven, aclTensor *gatherOutGiven, aclTensor *amaxOutGiven, uint64_t *workspaceSizeGiven,
        aclOpExecutor **executorGiven) {
    Call call(package, workspaceSizeGiven, executorGiven);
    Tensor x1(call, Tensor::Role::kInput, "x1", x1Given);
    Tensor x2(call, Tensor::Role::kInput, "x2", x2Given);
    Tensor bias(call, Tensor::Role::kInput, "bias", biasGiven);
    Tensor x1Scale(call, Tensor::Role::kInput, "x1Scale", x1ScaleGiven);
    Tensor x2Scale(call, Tensor::Role::kInput, "x2Scale", x2ScaleGiven);
    Tensor quantScale(call, Tensor::Role::kInput, "quantScale", quantScaleGiven);
    Integer blockSize(call, "blockSize", blockSizeGiven);
    Text group(call, "group", groupGiven);
    Integer gatherIndex(call, "gatherIndex", gatherIndexGiven);
    Integer commTurn(call, "commTurn", commTurnGiven);
    Integer streamMode(call, "streamMode", streamModeGiven);
    Integer groupSize(call, "groupSize", groupSizeGiven);
    Text commMode(call, "commMode", commModeGiven);
    Tensor output(call, Tensor::Role::kOutput, "output", outputGiven);
    Tensor gatherOut(call, Tensor::Role::kOutput, "gatherOut", gatherOutGiven);
    Tensor amaxOut(call, Tensor::Role::kOutput, "amaxOut", amaxOutGiven);
    Place workspaceSize(call, "workspaceSize", workspaceSizeGiven);
    Place executor(call, "executor", executorGiven);
    Size m("m");
    Size k("k");
    Size n("n");
    Size ranks("ranks");
    if (const aclnnStatus status = call.Device()) {
        return status;
    }
    const bool floating = x1.IsOf({ACL_FLOAT16, ACL_BF16});
    const bool quantised = x1.IsOf({ACL_INT8, ACL_INT4});
    const bool packed = x1.IsOf({ACL_INT8, ACL_INT4}) && x2Scale.IsOf({ACL_INT64});
    const bool paired = x1.IsOf({ACL_INT4});

    // x1: this rank's rows of the left matrix
    x1.Required();
    x1.Types({ACL_FLOAT16, ACL_BF16, ACL_INT8, ACL_INT4});
    x1.Shape({m, k});
    x1.Contiguous();
    m.AtLeast(1);
    k.Within(256, 65535);
    if (paired) {
        k.MultipleOf(2);
    }

    // x2: the right matrix
    x2.Required();
    x2.Types({ACL_FLOAT16, ACL_BF16, ACL_INT8, ACL_INT4});
    x2.SameTypeAs(x1);
    x2.Shape({k, n});
    x2.ContiguousOrTransposed();
    n.AtLeast(1);
    if (paired) {
        n.MultipleOf(2);
    }

    // bias: added to each row of the product
    bias.Absent();

    // x1Scale: scales of x1, where x1 is quantised
    if (floating) {
        x1Scale.Absent("where x1 is of FLOAT16 or BFLOAT16");
    }
    if (quantised) {
        x1Scale.Types({ACL_FLOAT});
        x1Scale.Shapes({{m, 1}, {m}});
    }
    x1Scale.Contiguous();

    // x2Scale: scales of x2, where x2 is quantised
    if (floating) {
        x2Scale.Absent("where x1 is of FLOAT16 or BFLOAT16");
    }
    if (quantised) {
        x2Scale.Needed("where x1 is of INT8 or INT4");
        x2Scale.Types({ACL_FLOAT, ACL_INT64});
        x2Scale.Shapes({{1, n}, {n}});
    }
    x2Scale.Contiguous();

    // quantScale: scale of a quantised output
    quantScale.Absent();

    // blockSize: extents of the blocks in which the output is quantised
    blockSize.OneOf({0});

    // group: the communicator's name, from HcclGetCommName
    group.Required();
    group.Communicator({2, 4, 8}, 200, ranks);

    // gatherIndex: which matrix is gathered: 0 is the left one
    gatherIndex.OneOf({0});

    // commTurn: in how many turns to communicate; 0 leaves it to the operator
    commTurn.OneOf({0});

    // streamMode: mode of the stream
    streamMode.OneOf({1});

    // groupSize: how many elements share a scale: along k, along n << 16, along m << 32
    groupSize.OneOf({0});

    // commMode: which engine communicates
    commMode.Required();
    commMode.OneOf({"aiv"});

    // output: the product of all ranks' rows with x2
    output.Required();
    output.Types({ACL_FLOAT16, ACL_BF16});
    output.Shape({ranks * m, n});
    if (floating) {
        output.SameTypeAs(x1);
    }
    if (packed) {
        output.Types({ACL_FLOAT16});
    }
    output.Contiguous();
    output.Apart({&x1, &x2, &x1Scale, &x2Scale});

    // gatherOut: x1 of all ranks, one behind the other
    gatherOut.EmptyIsAbsent();
    gatherOut.Types({ACL_FLOAT16, ACL_BF16, ACL_INT8, ACL_INT4});
    gatherOut.SameTypeAs(x1);
    gatherOut.Shape({ranks * m, k});
    gatherOut.Contiguous();
    gatherOut.Apart({&x1, &x2, &x1Scale, &x2Scale, &output});

    // amaxOut: the largest value of the product
    amaxOut.AbsentOrEmpty();

    // workspaceSize: receives the bytes of device memory that stage 2 wants
    workspaceSize.Required();

    // executor: receives what stage 2 launches
    executor.Required();

    call.Choose({&x1, &output, &x2Scale}, {x2.IsTransposed(), !gatherOut.IsGiven(), !x1Scale.IsGiven()}, m, n);
    return call.IsBroken() ? call.Refuse() : call.Prepare({m, k, n}, {&x1, &x2, &output, &gatherOut, &x1Scale,
            &x2Scale});
}

extern "C" aclnnStatus aclnnAllGatherMatmulV2(void *workspace, uint64_t workspaceSize, aclOpExecutor *executor,
        aclrtStream stream) {
    return Launch(package, workspace, workspaceSize, executor, stream);
}
