#include "kernel_operator.h"
#include "lib/hccl/hccl.h"
#include "all_gather_matmul_tiling.h"

using namespace AscendC;

constexpr int64_t ARRIVALS = 64;
constexpr int64_t COUNTER_WORDS = 8;
constexpr int64_t FINISHED = 0;
constexpr int64_t MOST_BLOCKS = 64;
constexpr int64_t WINDOW_DATA = 264192;
constexpr uint16_t ARRIVED = 0;
constexpr uint16_t CONSUMED = 1;

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

__aicore__ inline void Matmul(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, const GlobalTensor<half> &x1,
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
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<half> window;
    window.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(windowAddress + WINDOW_DATA));
    const int64_t block = GetBlockIdx();
    const int64_t blocks = GetBlockNum();
    const int64_t ranks = hccl.GetRankDim();
    const int64_t count = ranks * tiling.m;
    // Starts once the vector cores have seen these rows arrive.
    for (int64_t arrival = 0; arrival < ranks; ++arrival) {
        CrossCoreWaitFlag(ARRIVED);
    }
    const int64_t rowTiles = (count + 127) / 128;
    const int64_t columnTiles = (tiling.n + 255) / 256;
    const int64_t tiles = rowTiles * columnTiles;
    for (int64_t tile = block; tile < tiles; tile += blocks) {
        const int64_t i = tile / columnTiles * 128;
        const int64_t j = tile % columnTiles * 256;
        const int64_t tileRows = count - i < 128 ? count - i : 128;
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
            const GlobalTensor<half> leftSource = window[0][i * tiling.k + k];
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
    // The rows are read for the last time; their slots may be released.
    for (int64_t arrival = 0; arrival < ranks; ++arrival) {
        CrossCoreSetFlag<2, PIPE_MTE2>(CONSUMED);
    }
    // All slots are free again.
    WaitFlag<HardEvent::FIX_M>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID1);
    WaitFlag<HardEvent::M_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::M_MTE1>(EVENT_ID1);
}

// Reads a counter.
__aicore__ inline uint32_t ReadCounter(const GlobalTensor<uint32_t> &counter, const LocalTensor<uint32_t> &word) {
    DataCopyPad(word, counter, DataCopyExtParams(1, COUNTER_WORDS * sizeof(uint32_t), 0, 0, 0),
            DataCopyPadExtParams<uint32_t>(false, 0, 0, 0));
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
    const uint32_t value = word.GetValue(0);
    return value;
}

// Reads `count` counters until each has come to `target`, by signed difference: wrapping is harmless.
__aicore__ inline void AwaitCounters(const GlobalTensor<uint32_t> &counters, const LocalTensor<uint32_t> &seen,
        int64_t count, uint32_t target) {
    int64_t behind = count;
    while (behind > 0) {
        DataCopyPad(seen, counters, DataCopyExtParams(1, count * COUNTER_WORDS * sizeof(uint32_t), 0, 0, 0),
                DataCopyPadExtParams<uint32_t>(false, 0, 0, 0));
        SetFlag<HardEvent::MTE2_S>(EVENT_ID1);
        WaitFlag<HardEvent::MTE2_S>(EVENT_ID1);
        int64_t late = 0;
        for (int64_t i = 0; i < count; ++i) {
            const uint32_t shown = seen.GetValue(i * COUNTER_WORDS);
            late = static_cast<int32_t>(shown - target) < 0 ? late + 1 : late;
        }
        SetFlag<HardEvent::S_MTE2>(EVENT_ID1);
        WaitFlag<HardEvent::S_MTE2>(EVENT_ID1);
        behind = late;
    }
}

// Copies `count` elements from global memory to global memory through UB.
__aicore__ inline void CopyThrough(const GlobalTensor<half> &destination, const GlobalTensor<half> &source,
        const LocalTensor<half> &staging, int64_t count) {
    // All slots start free.
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID1);
    int64_t taken = 0;
    for (int64_t begin = 0; begin < count; begin += 32768) {
        const int64_t slot = taken++ % 2;
        const LocalTensor<half> piece = staging[slot * 32768];
        const int64_t length = count - begin < 32768 ? count - begin : 32768;
        WaitFlag<HardEvent::MTE3_MTE2>(slot);
        DataCopyPad(piece, source[begin], DataCopyExtParams(1, length * sizeof(half), 0, 0, 0),
                DataCopyPadExtParams<half>(false, 0, 0, 0));
        SetFlag<HardEvent::MTE2_MTE3>(slot);
        WaitFlag<HardEvent::MTE2_MTE3>(slot);
        DataCopyPad(destination[begin], piece, DataCopyExtParams(1, length * sizeof(half), 0, 0, 0));
        SetFlag<HardEvent::MTE3_MTE2>(slot);
    }
    // All slots are free again.
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID1);
    // The next call sets them again, behind these waits.
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
}

// Writes a counter once all that this core wrote before is complete.
__aicore__ inline void WriteCounter(const GlobalTensor<uint32_t> &counter, const LocalTensor<uint32_t> &word,
        uint32_t value) {
    word.SetValue(0, value);
    SetFlag<HardEvent::S_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE3>(EVENT_ID0);
    PipeBarrier<PIPE_MTE3>();
    DataCopyPad(counter, word, DataCopyExtParams(1, sizeof(uint32_t), 0, 0, 0));
    SetFlag<HardEvent::MTE3_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_S>(EVENT_ID0);
}

__aicore__ inline void GatherSend(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, const GlobalTensor<half> &x1) {
    LocalTensor<half> staging(TPosition::VECIN, 0, 65536);
    LocalTensor<uint32_t> seen(TPosition::VECIN, 131072, 512);
    LocalTensor<uint32_t> word(TPosition::VECOUT, 133120, 8);
    const int64_t block = GetBlockIdx() / GetTaskRation();
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<uint32_t> counters;
    counters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(windowAddress));
    const int64_t finishedWord = (FINISHED + rank) * COUNTER_WORDS;
    const uint32_t base = ReadCounter(counters[finishedWord], word);
    const int64_t ranks = hccl.GetRankDim();
    const int64_t total = tiling.chunks * ranks;
    const int64_t otherSlots = tiling.slots - 1 > 1 ? tiling.slots - 1 : 1;
    const int64_t ahead = otherSlots * ranks < 14 ? otherSlots * ranks : 14;
    const bool sends = block < tiling.lanes;
    for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
        if (sends) {
            const int64_t skipped = chunk * tiling.chunkRows;
            const int64_t rows = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            const int64_t elements = rows * tiling.k;
            const int64_t chunksDone = chunk + 1;
            for (int64_t position = 0; position < ranks; ++position) {
                const int64_t destination = (rank + ranks - position) % ranks;
                const int64_t finishedWord2 = (FINISHED + destination) * COUNTER_WORDS;
                // The peer has finished the launch before: nobody there reads what lies in its slots.
                AwaitCounters(counters[finishedWord2], seen, 1, base);
                const int64_t share = ((elements + tiling.lanes - 1) / tiling.lanes + 255) / 256 * 256;
                const int64_t begin = block * share < elements ? block * share : elements;
                const int64_t count = share < elements - begin ? share : elements - begin;
                GM_ADDR peerAddress = hccl.GetWindowsInAddr(destination);
                GlobalTensor<half> peerWindow;
                peerWindow.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(peerAddress + WINDOW_DATA));
                // This block's share of the chunk, into the slot at the peer.
                CopyThrough(peerWindow[(chunk % tiling.slots * ranks + rank) * (tiling.chunkRows * tiling.k)][begin],
                        x1[skipped * tiling.k + begin], staging, count);
                GlobalTensor<uint32_t> peerCounters;
                peerCounters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(peerAddress));
                // The chunk has arrived.
                WriteCounter(peerCounters[(ARRIVALS + rank * MOST_BLOCKS + block) * COUNTER_WORDS], word,
                        base + static_cast<uint32_t>(chunksDone));
            }
        }
        for (int64_t place = 0; place < ranks; ++place) {
            const int64_t token = chunk * ranks + place;
            if (token >= ahead) {
                CrossCoreWaitFlag(CONSUMED);
            }
            CrossCoreSetFlag<2, PIPE_MTE2>(ARRIVED);
        }
    }
    for (int64_t token = 0; token < (total < ahead ? total : ahead); ++token) {
        CrossCoreWaitFlag(CONSUMED);
    }
    SyncAll<true>();
}

__aicore__ inline void GatherReceive(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, const GlobalTensor<half> &x1,
        const GlobalTensor<half> &gatherOut) {
    LocalTensor<half> staging(TPosition::VECIN, 0, 65536);
    LocalTensor<uint32_t> seen(TPosition::VECIN, 131072, 512);
    LocalTensor<uint32_t> word(TPosition::VECOUT, 133120, 8);
    const int64_t block = GetBlockIdx() / GetTaskRation();
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<uint32_t> counters;
    counters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(windowAddress));
    GlobalTensor<half> window;
    window.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(windowAddress + WINDOW_DATA));
    const int64_t finishedWord = (FINISHED + rank) * COUNTER_WORDS;
    const uint32_t base = ReadCounter(counters[finishedWord], word);
    const int64_t ranks = hccl.GetRankDim();
    const int64_t total = tiling.chunks * ranks;
    const int64_t otherSlots = tiling.slots - 1 > 1 ? tiling.slots - 1 : 1;
    const int64_t ahead = otherSlots * ranks < 14 ? otherSlots * ranks : 14;
    for (int64_t token = 0; token < total + ahead; ++token) {
        if (token >= ahead) {
            CrossCoreWaitFlag(CONSUMED);
        }
        if (token < total) {
            const int64_t chunk = token / ranks;
            const int64_t source = (rank + token % ranks) % ranks;
            const int64_t chunksDone = chunk + 1;
            // Every lane of the source has delivered its share of the chunk.
            AwaitCounters(counters[(ARRIVALS + source * MOST_BLOCKS) * COUNTER_WORDS], seen, tiling.lanes,
                    base + static_cast<uint32_t>(chunksDone));
            CrossCoreSetFlag<2, PIPE_MTE2>(ARRIVED);
            const int64_t skipped = chunk * tiling.chunkRows;
            const int64_t rows = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            const int64_t elements = rows * tiling.k;
            const int64_t blocks = GetBlockNum();
            const int64_t share = ((elements + blocks - 1) / blocks + 255) / 256 * 256;
            const int64_t begin = block * share < elements ? block * share : elements;
            const int64_t count = share < elements - begin ? share : elements - begin;
            // This block's share of the chunk, for the output that wants the gathered matrix.
            CopyThrough(gatherOut[(source * tiling.m + skipped) * tiling.k + begin],
                    window[(chunk % tiling.slots * ranks + source) * (tiling.chunkRows * tiling.k)][begin], staging,
                    count);
        }
    }
    SyncAll<true>();
    if (block == 0) {
        // All vector cores of the rank are done: the next launch counts on from here, at every rank.
        for (int64_t peer = 0; peer < ranks; ++peer) {
            GM_ADDR peerAddress = hccl.GetWindowsInAddr(peer);
            GlobalTensor<uint32_t> peerCounters;
            peerCounters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(peerAddress));
            WriteCounter(peerCounters[finishedWord], word, base + static_cast<uint32_t>(tiling.chunks));
        }
    }
}

extern "C" __global__ __aicore__ void all_gather_matmul(GM_ADDR x1Address, GM_ADDR x2Address, GM_ADDR outputAddress,
        GM_ADDR gatherOutAddress, GM_ADDR workspace, GM_ADDR tilingAddress) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    REGISTER_TILING_DEFAULT(AllGatherMatmulTiling);
    GET_TILING_DATA_WITH_STRUCT(AllGatherMatmulTiling, tiling, tilingAddress);
    Hccl<> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tiling);
    hccl.SetCcTilingV2(offsetof(AllGatherMatmulTiling, mc2CcTiling));
    GlobalTensor<half> x1;
    x1.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(x1Address));
    GlobalTensor<half> x2;
    x2.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(x2Address));
    GlobalTensor<half> output;
    output.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(outputAddress));
    GlobalTensor<half> gatherOut;
    gatherOut.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(gatherOutAddress));
    if ASCEND_IS_AIC {
        Matmul(tiling, hccl, x1, x2, output);
    }
    if ASCEND_IS_AIV {
        if (GetSubBlockIdx() == 0) {
            GatherSend(tiling, hccl, x1);
        } else {
            GatherReceive(tiling, hccl, x1, gatherOut);
        }
    }
    PipeBarrier<PIPE_ALL>();
}
