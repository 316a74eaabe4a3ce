#include "kernel_operator.h"
#include "matmul_tiling.h"

using namespace AscendC;

// Copies rows of a matrix to fractals in L1. Rows too far apart for one instruction go one by one.
__aicore__ inline void CopyToL1(const LocalTensor<half> &destination, const GlobalTensor<half> &source, int64_t rows,
        int64_t columns, int64_t stride, int64_t alignedRows) {
    if (stride <= 65535) {
        DataCopy(destination, source, Nd2NzParams(1, rows, columns, 0, stride, alignedRows, 1, 0));
    } else {
        for (int64_t row = 0; row < rows; ++row) {
            DataCopy(destination[row * 16], source[row * stride], Nd2NzParams(1, 1, columns, 0, 1, alignedRows, 1, 0));
        }
    }
}

__aicore__ inline void MatmulStage(const MatmulTiling &tiling, const GlobalTensor<half> &x1,
        const GlobalTensor<half> &x2, const GlobalTensor<half> &output) {
    LocalTensor<half> l1A(TPosition::A1, 0, 65536);
    LocalTensor<half> l1B(TPosition::B1, 131072, 131072);
    LocalTensor<half> l0A(TPosition::A2, 0, 16384);
    LocalTensor<half> l0B(TPosition::B2, 0, 32768);
    LocalTensor<float> l0C(TPosition::CO1, 0, 32768);
    // All slots start free.
    SetFlag<HardEvent::FIX_M>(EVENT_ID0);
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID1);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID1);
    int64_t l1Taken = 0;
    int64_t l0Taken = 0;
    const int64_t block = GetBlockIdx();
    const int64_t blocks = GetBlockNum();
    const int64_t rowTiles = (tiling.m + 127) / 128;
    const int64_t columnTiles = (tiling.n + 255) / 256;
    const int64_t tiles = rowTiles * columnTiles;
    for (int64_t tile = block; tile < tiles; tile += blocks) {
        const int64_t i = tile / columnTiles * 128;
        const int64_t j = tile % columnTiles * 256;
        const int64_t tileRows = tiling.m - i < 128 ? tiling.m - i : 128;
        const int64_t tileColumns = tiling.n - j < 256 ? tiling.n - j : 256;
        const int64_t highFractals = (tileRows + 15) / 16;
        const int64_t alignedRows = highFractals * 16;
        const int64_t wideFractals = (tileColumns + 15) / 16;
        const int64_t multipliedRows = tileRows > 2 ? tileRows : 2;
        WaitFlag<HardEvent::FIX_M>(EVENT_ID0);
        // Both operands to L1, as fractals, one depth after the other.
        for (int64_t k = 0; k < tiling.k; k += 256) {
            const int64_t depth = tiling.k - k < 256 ? tiling.k - k : 256;
            const int64_t l1Slot = l1Taken++ % 2;
            const LocalTensor<half> leftTile = l1A[l1Slot * 32768];
            const LocalTensor<half> rightTile = l1B[l1Slot * 65536];
            const GlobalTensor<half> leftSource = x1[i * tiling.k + k];
            WaitFlag<HardEvent::MTE1_MTE2>(l1Slot);
            CopyToL1(leftTile, leftSource, tileRows, depth, tiling.k, alignedRows);
            if (tileRows == 1) {
                // One row alone would be taken for a vector. It is there twice, and is stored once.
                CopyToL1(leftTile[16], leftSource, tileRows, depth, tiling.k, alignedRows);
            }
            const int64_t depthFractals = (depth + 15) / 16;
            const int64_t alignedDepth = depthFractals * 16;
            CopyToL1(rightTile, x2[k * tiling.n + j], depth, tileColumns, tiling.n, alignedDepth);
            SetFlag<HardEvent::MTE2_MTE1>(l1Slot);
            WaitFlag<HardEvent::MTE2_MTE1>(l1Slot);
            // One slice to L0 and into the accumulator.
            for (int64_t slice = 0; slice < depth; slice += 64) {
                const int64_t sliceDepth = depth - slice < 64 ? depth - slice : 64;
                const int64_t deepFractals = (sliceDepth + 15) / 16;
                const int64_t l0Slot = l0Taken++ % 2;
                const LocalTensor<half> left = l0A[l0Slot * 8192];
                const LocalTensor<half> right = l0B[l0Slot * 16384];
                WaitFlag<HardEvent::M_MTE1>(l0Slot);
                for (int64_t fractal = 0; fractal < highFractals; ++fractal) {
                    LoadData(left[fractal * (deepFractals * 256)], leftTile[slice * alignedRows + fractal * 256],
                            LoadData2DParams(0, deepFractals, highFractals, 0, 0, false, 0));
                }
                for (int64_t fractal = 0; fractal < deepFractals; ++fractal) {
                    LoadData(right[fractal * (wideFractals * 256)], rightTile[slice * 16 + fractal * 256],
                            LoadData2DParams(0, wideFractals, depthFractals, 0, 0, true, 0));
                }
                SetFlag<HardEvent::MTE1_M>(l0Slot);
                WaitFlag<HardEvent::MTE1_M>(l0Slot);
                Mmad(l0C, left, right, MmadParams(multipliedRows, tileColumns, sliceDepth, 0, false, k + slice == 0));
                if (multipliedRows / 16 * (tileColumns / 16) < 10) {
                    PipeBarrier<PIPE_M>();
                }
                SetFlag<HardEvent::M_MTE1>(l0Slot);
            }
            SetFlag<HardEvent::MTE1_MTE2>(l1Slot);
        }
        SetFlag<HardEvent::M_FIX>(EVENT_ID0);
        WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
        Fixpipe<half, float, CFG_ROW_MAJOR>(output[i * tiling.n + j], l0C, FixpipeParamsV220(tileColumns, tileRows,
                alignedRows, tiling.n, false, QuantMode_t::F322F16, 0, 1, 0, 0, 0));
        SetFlag<HardEvent::FIX_M>(EVENT_ID0);
    }
    // All slots are free again.
    WaitFlag<HardEvent::FIX_M>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID1);
    WaitFlag<HardEvent::M_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::M_MTE1>(EVENT_ID1);
}

extern "C" __global__ __aicore__ void matmul(GM_ADDR x1Address, GM_ADDR x2Address, GM_ADDR outputAddress,
        GM_ADDR workspace, GM_ADDR tilingAddress) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    REGISTER_TILING_DEFAULT(MatmulTiling);
    GET_TILING_DATA_WITH_STRUCT(MatmulTiling, tiling, tilingAddress);
    GlobalTensor<half> x1;
    x1.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(x1Address));
    GlobalTensor<half> x2;
    x2.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(x2Address));
    GlobalTensor<half> output;
    output.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(outputAddress));
    if ASCEND_IS_AIC {
        MatmulStage(tiling, x1, x2, output);
    }
    PipeBarrier<PIPE_ALL>();
}
