#include "kernel_operator.h"
#include "lib/hccl/hccl.h"
#include "all_gather_matmul_tiling.h"

using namespace AscendC;

constexpr int64_t ALIGNMENT = 512;
constexpr int64_t ARRIVALS = 64;
constexpr int64_t COUNTER_WORDS = 8;
constexpr int64_t FINISHED = 0;
constexpr int64_t MOST_BLOCKS = 64;
constexpr int64_t RELEASES = 4160;
constexpr int64_t WINDOW_DATA = 264192;
constexpr uint16_t ARRIVED = 0;
constexpr uint16_t CONSUMED = 1;
constexpr uint16_t GIVEN_BACK = 2;
constexpr uint16_t HANDED_OVER = 3;
constexpr uint16_t MET = 4;

// Copies rows of a matrix to fractals in L1. Rows too far apart for one instruction go one by one.
__aicore__ inline void CopyToL1(const LocalTensor<int4b_t> &destination, const GlobalTensor<int4b_t> &source,
        int64_t rows, int64_t columns, int64_t stride, int64_t alignedRows) {
    if (stride <= 131070) {
        const int64_t bytes = columns / 2;
        const int64_t bytes2 = stride / 2;
        DataCopy(destination, source, Nd2NzParams(1, rows, bytes, 0, bytes2, alignedRows, 1, 0));
    } else {
        const int64_t bytes = columns / 2;
        for (int64_t row = 0; row < rows; ++row) {
            DataCopy(destination[row * 64], source[row * stride], Nd2NzParams(1, 1, bytes, 0, 1, alignedRows, 1, 0));
        }
    }
}

__aicore__ inline void Matmul(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, GM_ADDR workspace,
        const GlobalTensor<int4b_t> &x1, const GlobalTensor<int4b_t> &x2) {
    LocalTensor<int4b_t> l1A(TPosition::A1, 0, 65536);
    LocalTensor<int4b_t> l1B(TPosition::B1, 32768, 131072);
    LocalTensor<int4b_t> l0A(TPosition::A2, 0, 65536);
    LocalTensor<int4b_t> l0B(TPosition::B2, 0, 131072);
    LocalTensor<int32_t> l0C(TPosition::CO1, 0, 32768);
    // All slots start free.
    SetFlag<HardEvent::FIX_M>(EVENT_ID0);
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID1);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID1);
    int64_t l1Taken = 0;
    int64_t l0Taken = 0;
    int64_t handedOver = 0;
    const int64_t block = GetBlockIdx();
    GlobalTensor<int32_t> handover;
    handover.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(workspace));
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<int4b_t> window;
    window.SetGlobalBuffer(reinterpret_cast<__gm__ int4b_t *>(windowAddress + WINDOW_DATA));
    const int64_t blocks = GetBlockNum();
    const int64_t ranks = hccl.GetRankDim();
    const int64_t peers = ranks - 1;
    const bool spanning = tiling.chunks == 1 && ranks <= 15 && tiling.m % 128 != 0;
    const int64_t groups = spanning ? 3 : tiling.chunks * peers + 1;
    const int64_t columnTiles = (tiling.n + 255) / 256;
    int64_t turn = 0;
    for (int64_t group = 0; group < groups; ++group) {
        GlobalTensor<int4b_t> rows;
        int64_t count;
        int64_t arrivals;
        if (group == 0) {
            rows = x1;
            count = tiling.m;
            arrivals = 0;
        } else if (spanning) {
            const bool behind = group == 1;
            const int64_t source = behind ? rank + 1 : 0;
            const int64_t sources = behind ? ranks - source : rank;
            rows = window[source * (tiling.chunkRows * tiling.k)];
            count = sources * tiling.m;
            arrivals = sources;
        } else {
            const int64_t place = group - 1;
            const int64_t chunk = place / peers;
            const int64_t source = (rank + (place % peers + 1)) % ranks;
            const int64_t skipped = chunk * tiling.chunkRows;
            rows = window[(chunk % tiling.slots * ranks + source) * (tiling.chunkRows * tiling.k)];
            count = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            arrivals = 1;
        }
        // Starts once the vector cores have seen these rows arrive.
        for (int64_t arrival = 0; arrival < arrivals; ++arrival) {
            CrossCoreWaitFlag(ARRIVED);
        }
        const int64_t rowTiles = (count + 127) / 128;
        const int64_t tiles = rowTiles * columnTiles;
        const int64_t firstTile = (block - turn + blocks) % blocks;
        for (int64_t tile = firstTile; tile < tiles; tile += blocks) {
            const int64_t i = tile / columnTiles * 128;
            const int64_t tileRows = count - i < 128 ? count - i : 128;
            const int64_t j = tile % columnTiles * 256;
            const int64_t tileColumns = tiling.n - j < 256 ? tiling.n - j : 256;
            const int64_t highFractals = (tileRows + 15) / 16;
            const int64_t alignedRows = highFractals * 16;
            const int64_t wideSquares = (tileColumns + 63) / 64;
            const int64_t multipliedRows = tileRows > 2 ? tileRows : 2;
            const int64_t multipliedColumns = wideSquares * 64;
            WaitFlag<HardEvent::FIX_M>(EVENT_ID0);
            // Both operands to L1, as fractals, one depth after the other.
            for (int64_t k = 0; k < tiling.k; k += 256) {
                const int64_t depth = tiling.k - k < 256 ? tiling.k - k : 256;
                const int64_t l1Slot = l1Taken++ % 2;
                const LocalTensor<int4b_t> leftTile = l1A[l1Slot * 32768];
                const LocalTensor<int4b_t> rightTile = l1B[l1Slot * 65536];
                const GlobalTensor<int4b_t> leftSource = rows[i * tiling.k + k];
                WaitFlag<HardEvent::MTE1_MTE2>(l1Slot);
                CopyToL1(leftTile, leftSource, tileRows, depth, tiling.k, alignedRows);
                if (tileRows == 1) {
                    // One row alone would be taken for a vector. It is there twice, and is stored once.
                    CopyToL1(leftTile[64], leftSource, tileRows, depth, tiling.k, alignedRows);
                }
                const int64_t depthFractals = (depth + 63) / 64;
                const int64_t alignedDepth = depthFractals * 64;
                CopyToL1(rightTile, x2[k * tiling.n + j], depth, tileColumns, tiling.n, alignedDepth);
                SetFlag<HardEvent::MTE2_MTE1>(l1Slot);
                WaitFlag<HardEvent::MTE2_MTE1>(l1Slot);
                // One slice to L0 and into the accumulator.
                for (int64_t slice = 0; slice < depth; slice += 256) {
                    const int64_t sliceDepth = depth - slice < 256 ? depth - slice : 256;
                    const int64_t deepFractals = (sliceDepth + 63) / 64;
                    const int64_t l0Slot = l0Taken++ % 2;
                    const LocalTensor<int4b_t> left = l0A[l0Slot * 32768];
                    const LocalTensor<int4b_t> right = l0B[l0Slot * 65536];
                    WaitFlag<HardEvent::M_MTE1>(l0Slot);
                    for (int64_t fractal = 0; fractal < highFractals; ++fractal) {
                        LoadData(left[fractal * (deepFractals * 1024)], leftTile[slice * alignedRows + fractal * 1024],
                                LoadData2DParams(0, deepFractals, highFractals, 0, 0, false, 0));
                    }
                    for (int64_t fractal = 0; fractal < deepFractals; ++fractal) {
                        LoadDataWithTranspose(right[fractal * (wideSquares * 4096)],
                                rightTile[(slice + fractal * 64) * 64],
                                LoadData2dTransposeParams(0, wideSquares, depthFractals, 3, 0));
                    }
                    SetFlag<HardEvent::MTE1_M>(l0Slot);
                    WaitFlag<HardEvent::MTE1_M>(l0Slot);
                    Mmad(l0C, left, right,
                            MmadParams(multipliedRows, multipliedColumns, sliceDepth, 0, false, k + slice == 0));
                    if (multipliedRows / 16 * (multipliedColumns / 16) < 10) {
                        PipeBarrier<PIPE_M>();
                    }
                    SetFlag<HardEvent::M_MTE1>(l0Slot);
                }
                SetFlag<HardEvent::MTE1_MTE2>(l1Slot);
            }
            SetFlag<HardEvent::M_FIX>(EVENT_ID0);
            if (handedOver >= 2) {
                CrossCoreWaitFlag(GIVEN_BACK);
            }
            const int64_t workspaceSlot = handedOver++ % 2;
            const GlobalTensor<int32_t> handedOverTile = handover[(block * 2 + workspaceSlot) * 32768];
            WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
            Fixpipe<int32_t, int32_t, CFG_ROW_MAJOR>(handedOverTile, l0C, FixpipeParamsV220(tileColumns, tileRows,
                    alignedRows, 256, false, QuantMode_t::NoQuant, 0, 1, 0, 0, 0));
            SetFlag<HardEvent::FIX_M>(EVENT_ID0);
            CrossCoreSetFlag<2, PIPE_FIX>(HANDED_OVER);
        }
        // The rows are read for the last time; their slots may be released.
        for (int64_t arrival = 0; arrival < arrivals; ++arrival) {
            CrossCoreSetFlag<2, PIPE_MTE2>(CONSUMED);
        }
        turn = (turn + tiles) % blocks;
    }
    const int64_t outstanding = handedOver;
    // The last tiles are given back too.
    for (int64_t tile = 0; tile < (outstanding < 2 ? outstanding : 2); ++tile) {
        CrossCoreWaitFlag(GIVEN_BACK);
    }
    // All slots are free again.
    WaitFlag<HardEvent::FIX_M>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID1);
    WaitFlag<HardEvent::M_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::M_MTE1>(EVENT_ID1);
}

// Looks once at `count` counters: how many have not come to `target`.
__aicore__ inline int64_t CountLate(const GlobalTensor<uint32_t> &counters, const LocalTensor<uint32_t> &seen,
        int64_t count, uint32_t target) {
    DataCopyPad(seen, counters, DataCopyExtParams(1, count * COUNTER_WORDS * sizeof(uint32_t), 0, 0, 0),
            DataCopyPadExtParams<uint32_t>(false, 0, 0, 0));
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
    int64_t late = 0;
    for (int64_t i = 0; i < count; ++i) {
        const uint32_t shown = seen.GetValue(i * COUNTER_WORDS);
        late = static_cast<int32_t>(shown - target) < 0 ? late + 1 : late;
    }
    SetFlag<HardEvent::S_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE2>(EVENT_ID0);
    return late;
}

// Copies `count` elements from global memory to global memory through UB.
__aicore__ inline void CopyThrough(const GlobalTensor<int8_t> &destination, const GlobalTensor<int8_t> &source,
        const LocalTensor<int8_t> &staging, int64_t count) {
    // All slots start free.
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID1);
    int64_t taken = 0;
    for (int64_t begin = 0; begin < count; begin += 32768) {
        const int64_t slot = taken++ % 2;
        const LocalTensor<int8_t> piece = staging[slot * 32768];
        const int64_t length = count - begin < 32768 ? count - begin : 32768;
        WaitFlag<HardEvent::MTE3_MTE2>(slot);
        DataCopyPad(piece, source[begin], DataCopyExtParams(1, length * sizeof(int8_t), 0, 0, 0),
                DataCopyPadExtParams<int8_t>(false, 0, 0, 0));
        SetFlag<HardEvent::MTE2_MTE3>(slot);
        WaitFlag<HardEvent::MTE2_MTE3>(slot);
        DataCopyPad(destination[begin], piece, DataCopyExtParams(1, length * sizeof(int8_t), 0, 0, 0));
        SetFlag<HardEvent::MTE3_MTE2>(slot);
    }
    // All slots are free again.
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID1);
    // The next call sets them again, behind these waits.
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
}

// Copies `count` elements from global memory to global memory through UB.
__aicore__ inline void CopyThroughF32(const GlobalTensor<float> &destination, const GlobalTensor<float> &source,
        const LocalTensor<float> &staging, int64_t count) {
    // All slots start free.
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID2);
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID3);
    int64_t taken = 0;
    for (int64_t begin = 0; begin < count; begin += 1024) {
        const int64_t slot = taken++ % 2;
        const LocalTensor<float> piece = staging[slot * 1024];
        const int64_t length = count - begin < 1024 ? count - begin : 1024;
        WaitFlag<HardEvent::MTE3_MTE2>(slot + 2);
        DataCopyPad(piece, source[begin], DataCopyExtParams(1, length * sizeof(float), 0, 0, 0),
                DataCopyPadExtParams<float>(false, 0, 0, 0));
        SetFlag<HardEvent::MTE2_MTE3>(slot + 2);
        WaitFlag<HardEvent::MTE2_MTE3>(slot + 2);
        DataCopyPad(destination[begin], piece, DataCopyExtParams(1, length * sizeof(float), 0, 0, 0));
        SetFlag<HardEvent::MTE3_MTE2>(slot + 2);
    }
    // All slots are free again.
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID2);
    WaitFlag<HardEvent::MTE3_MTE2>(EVENT_ID3);
    // The next call sets them again, behind these waits.
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID2);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID2);
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

__aicore__ inline void GatherTurn(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, const GlobalTensor<int8_t> &x1,
        const GlobalTensor<int8_t> &gatherOut, const GlobalTensor<float> &x1Scale, int64_t &sent, int64_t &told,
        int64_t &consumed, const LocalTensor<int8_t> &staging, const LocalTensor<uint32_t> &seen,
        const LocalTensor<uint32_t> &word, const LocalTensor<float> &stagingAlong, uint32_t base) {
    const int64_t block = GetBlockIdx() / GetTaskRation();
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<uint32_t> counters;
    counters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(windowAddress));
    GlobalTensor<int8_t> window;
    window.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(windowAddress + WINDOW_DATA));
    const int64_t ranks = hccl.GetRankDim();
    const int64_t peers = ranks - 1;
    const int64_t total = tiling.chunks * peers;
    const int64_t vectorCore = GetSubBlockIdx();
    const bool receives = vectorCore == 1;
    const int64_t sends = receives ? 0 : (block < tiling.lanes ? total : 0);
    const int64_t maySend = sends < sent + peers ? sends : sent + peers;
    bool going = true;
    while (going && sent < maySend) {
        const int64_t next = sent;
        const int64_t chunk = next / peers;
        const int64_t position = next % peers + 1;
        const int64_t destination = (rank + ranks - position) % ranks;
        int64_t late;
        if (chunk < tiling.slots) {
            const int64_t finishedWord = (FINISHED + destination) * COUNTER_WORDS;
            const int64_t behind = CountLate(counters[finishedWord], seen, 1, base);
            late = behind;
        } else {
            const int64_t chunksDone = chunk + 1;
            const int64_t blocks = GetBlockNum();
            const int64_t behind = CountLate(counters[(RELEASES + destination * MOST_BLOCKS) * COUNTER_WORDS], seen,
                    blocks, base + static_cast<uint32_t>(chunksDone - tiling.slots));
            late = behind;
        }
        const bool free = late == 0;
        if (free) {
            const int64_t skipped = chunk * tiling.chunkRows;
            const int64_t rows = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            const int64_t rowBytes = tiling.k / 2;
            const int64_t elements = rows * rowBytes;
            const int64_t share = ((elements + tiling.lanes - 1) / tiling.lanes + 511) / 512 * 512;
            const int64_t begin = block * share < elements ? block * share : elements;
            const int64_t count = share < elements - begin ? share : elements - begin;
            GM_ADDR peerAddress = hccl.GetWindowsInAddr(destination);
            GlobalTensor<int8_t> peerWindow;
            peerWindow.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(peerAddress + WINDOW_DATA));
            const int64_t value = chunk % tiling.slots * ranks + rank;
            // This block's share of the chunk, into the slot at the peer.
            CopyThrough(peerWindow[value * (tiling.chunkRows * rowBytes)][begin], x1[skipped * rowBytes + begin],
                    staging, count);
            const int64_t share2 = ((rows + tiling.lanes - 1) / tiling.lanes + 127) / 128 * 128;
            const int64_t begin2 = block * share2 < rows ? block * share2 : rows;
            const int64_t count2 = share2 < rows - begin2 ? share2 : rows - begin2;
            const int64_t slotBytes = tiling.slots * ranks * tiling.chunkRows * rowBytes;
            const int64_t alignedBytes = (slotBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            GlobalTensor<float> peerWindow2;
            peerWindow2.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(peerAddress + (WINDOW_DATA + alignedBytes)));
            // This block's share of the chunk, into the slot at the peer.
            CopyThroughF32(peerWindow2[value * tiling.chunkRows][begin2], x1Scale[skipped + begin2], stagingAlong,
                    count2);
            GlobalTensor<uint32_t> peerCounters;
            peerCounters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(peerAddress));
            const int64_t chunksDone = chunk + 1;
            // The chunk has arrived.
            WriteCounter(peerCounters[(ARRIVALS + rank * MOST_BLOCKS + block) * COUNTER_WORDS], word,
                    base + static_cast<uint32_t>(chunksDone));
            ++sent;
        }
        going = free;
    }
    const int64_t otherSlots = tiling.slots - 1 > 1 ? tiling.slots - 1 : 1;
    const int64_t ahead = otherSlots * peers < 14 ? otherSlots * peers : 14;
    const int64_t mayTell = total < consumed + ahead ? total : consumed + ahead;
    bool going2 = true;
    while (going2 && told < mayTell) {
        const int64_t token = told;
        const int64_t chunk = token / peers;
        const int64_t position = token % peers + 1;
        const int64_t source = (rank + position) % ranks;
        const int64_t chunksDone = chunk + 1;
        const int64_t behind = CountLate(counters[(ARRIVALS + source * MOST_BLOCKS) * COUNTER_WORDS], seen,
                tiling.lanes, base + static_cast<uint32_t>(chunksDone));
        const bool here = behind == 0;
        if (here) {
            CrossCoreSetFlag<2, PIPE_MTE2>(ARRIVED);
            if (receives) {
                const int64_t skipped = chunk * tiling.chunkRows;
                const int64_t rows = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
                const int64_t rowBytes = tiling.k / 2;
                const int64_t elements = rows * rowBytes;
                const int64_t blocks = GetBlockNum();
                const int64_t share = ((elements + blocks - 1) / blocks + 511) / 512 * 512;
                const int64_t begin = block * share < elements ? block * share : elements;
                const int64_t count = share < elements - begin ? share : elements - begin;
                // This block's share of the chunk, for the output that wants the gathered matrix.
                CopyThrough(gatherOut[(source * tiling.m + skipped) * rowBytes + begin],
                        window[(chunk % tiling.slots * ranks + source) * (tiling.chunkRows * rowBytes)][begin], staging,
                        count);
            }
            ++told;
        }
        going2 = here;
    }
}

// Reads a counter.
__aicore__ inline uint32_t ReadCounter(const GlobalTensor<uint32_t> &counter, const LocalTensor<uint32_t> &word) {
    DataCopyPad(word, counter, DataCopyExtParams(1, COUNTER_WORDS * sizeof(uint32_t), 0, 0, 0),
            DataCopyPadExtParams<uint32_t>(false, 0, 0, 0));
    SetFlag<HardEvent::MTE2_S>(EVENT_ID1);
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID1);
    const uint32_t value = word.GetValue(0);
    return value;
}

__aicore__ inline void MatmulFinish(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, GM_ADDR workspace,
        const GlobalTensor<int8_t> &x1, const GlobalTensor<half> &output, const GlobalTensor<int8_t> &gatherOut,
        const GlobalTensor<float> &x1Scale, const GlobalTensor<float> &x2Scale) {
    LocalTensor<int8_t> staging(TPosition::VECIN, 0, 65536);
    LocalTensor<uint32_t> seen(TPosition::VECIN, 65536, 512);
    LocalTensor<uint32_t> word(TPosition::VECOUT, 67584, 8);
    LocalTensor<float> stagingAlong(TPosition::VECIN, 67616, 2048);
    LocalTensor<int32_t> sums(TPosition::VECIN, 75808, 8192);
    LocalTensor<float> rowScales(TPosition::VECIN, 108576, 32);
    LocalTensor<float> columnScales(TPosition::VECIN, 108704, 512);
    LocalTensor<float> rowScaleBlocks(TPosition::VECCALC, 110752, 128);
    LocalTensor<float> factors(TPosition::VECCALC, 111264, 4096);
    LocalTensor<float> scaled(TPosition::VECCALC, 127648, 4096);
    LocalTensor<half> rounded(TPosition::VECOUT, 144032, 8192);
    // All slots start free.
    SetFlag<HardEvent::V_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID1);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID2);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID3);
    SetFlag<HardEvent::MTE3_V>(EVENT_ID0);
    SetFlag<HardEvent::MTE3_V>(EVENT_ID1);
    int64_t tilesTaken = 0;
    int64_t piecesTaken = 0;
    const int64_t block = GetBlockIdx() / GetTaskRation();
    GlobalTensor<int32_t> handover;
    handover.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(workspace));
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<uint32_t> counters;
    counters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(windowAddress));
    const int64_t ranks = hccl.GetRankDim();
    const int64_t rowBytes = tiling.k / 2;
    const int64_t slotBytes = tiling.slots * ranks * tiling.chunkRows * rowBytes;
    const int64_t alignedBytes = (slotBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    GlobalTensor<float> scalesWindow;
    scalesWindow.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(windowAddress + (WINDOW_DATA + alignedBytes)));
    const int64_t blocks = GetBlockNum();
    int64_t sent = 0;
    int64_t told = 0;
    int64_t consumed = 0;
    const int64_t finishedWord = (FINISHED + rank) * COUNTER_WORDS;
    const uint32_t base = ReadCounter(counters[finishedWord], word);
    const int64_t peers = ranks - 1;
    const int64_t total = tiling.chunks * peers;
    const int64_t vectorCore = GetSubBlockIdx();
    const bool receives = vectorCore == 1;
    const int64_t sends = receives ? 0 : (block < tiling.lanes ? total : 0);
    if (receives) {
        const int64_t elements = tiling.m * rowBytes;
        const int64_t share = ((elements + blocks - 1) / blocks + 511) / 512 * 512;
        const int64_t begin = block * share < elements ? block * share : elements;
        const int64_t count = share < elements - begin ? share : elements - begin;
        // This block's share of the own rows, for the output that wants the gathered matrix.
        CopyThrough(gatherOut[rank * elements + begin], x1[begin], staging, count);
    }
    const bool spanning = tiling.chunks == 1 && ranks <= 15 && tiling.m % 128 != 0;
    const int64_t groups = spanning ? 3 : total + 1;
    const int64_t columnTiles = (tiling.n + 255) / 256;
    int64_t turn = 0;
    for (int64_t group = 0; group < groups; ++group) {
        int64_t first;
        int64_t count;
        int64_t arrivals;
        GlobalTensor<float> scalesRows;
        if (group == 0) {
            first = rank * tiling.m;
            count = tiling.m;
            arrivals = 0;
            scalesRows = x1Scale;
        } else if (spanning) {
            const bool behind = group == 1;
            const int64_t source = behind ? rank + 1 : 0;
            const int64_t sources = behind ? ranks - source : rank;
            first = source * tiling.m;
            count = sources * tiling.m;
            arrivals = sources;
            scalesRows = scalesWindow[source * tiling.chunkRows];
        } else {
            const int64_t place = group - 1;
            const int64_t chunk = place / peers;
            const int64_t source = (rank + (place % peers + 1)) % ranks;
            const int64_t skipped = chunk * tiling.chunkRows;
            first = source * tiling.m + skipped;
            count = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            arrivals = 1;
            scalesRows = scalesWindow[(chunk % tiling.slots * ranks + source) * tiling.chunkRows];
        }
        // Until the cube core has been told of all rows of the group.
        while (told < consumed + arrivals) {
            GatherTurn(tiling, hccl, x1, gatherOut, x1Scale, sent, told, consumed, staging, seen, word, stagingAlong,
                    base);
        }
        const int64_t rowTiles = (count + 127) / 128;
        const int64_t tiles = rowTiles * columnTiles;
        const int64_t firstTile = (block - turn + blocks) % blocks;
        for (int64_t tile = firstTile; tile < tiles; tile += blocks) {
            const int64_t i = tile / columnTiles * 128;
            const int64_t tileRows = count - i < 128 ? count - i : 128;
            const int64_t j = tile % columnTiles * 256;
            GatherTurn(tiling, hccl, x1, gatherOut, x1Scale, sent, told, consumed, staging, seen, word, stagingAlong,
                    base);
            CrossCoreWaitFlag(HANDED_OVER);
            const int64_t tileSlot = tilesTaken++ % 2;
            const GlobalTensor<int32_t> handedOverTile = handover[(block * 2 + tileSlot) * 32768];
            const int64_t tileColumns = tiling.n - j < 256 ? tiling.n - j : 256;
            const LocalTensor<float> scalesOfColumns = columnScales[tileSlot * 256];
            WaitFlag<HardEvent::V_MTE2>(tileSlot);
            DataCopyPad(scalesOfColumns, x2Scale[j], DataCopyExtParams(1, tileColumns * sizeof(float), 0, 0, 0),
                    DataCopyPadExtParams<float>(false, 0, 0, 0));
            SetFlag<HardEvent::MTE2_V>(tileSlot);
            const int64_t half2 = (tileRows + 1) / 2;
            const int64_t begin = vectorCore * half2;
            const int64_t end = begin + half2 < tileRows ? begin + half2 : tileRows;
            WaitFlag<HardEvent::MTE2_V>(tileSlot);
            // This core's half of the rows, a piece at a time.
            for (int64_t row = begin; row < end; row += 16) {
                const int64_t pieceRows = end - row < 16 ? end - row : 16;
                const int64_t pieceSlot = piecesTaken++ % 2;
                const LocalTensor<int32_t> sumsOfPiece = sums[pieceSlot * 4096];
                WaitFlag<HardEvent::V_MTE2>(pieceSlot + 2);
                DataCopyPad(sumsOfPiece, handedOverTile[row * 256], DataCopyExtParams(pieceRows,
                        tileColumns * sizeof(int32_t), (256 - tileColumns) * sizeof(int32_t),
                        32 - (tileColumns + 7) / 8, 0), DataCopyPadExtParams<int32_t>(false, 0, 0, 0));
                const LocalTensor<float> scalesOfRows = rowScales[pieceSlot * 16];
                DataCopyPad(scalesOfRows, scalesRows[i + row], DataCopyExtParams(1, pieceRows * sizeof(float), 0, 0, 0),
                        DataCopyPadExtParams<float>(false, 0, 0, 0));
                SetFlag<HardEvent::MTE2_V>(pieceSlot + 2);
                WaitFlag<HardEvent::MTE2_V>(pieceSlot + 2);
                PipeBarrier<PIPE_V>();
                Brcb(rowScaleBlocks, scalesOfRows, (pieceRows + 7) / 8, BrcbRepeatParams(1, 8));
                const LocalTensor<half> roundedPiece = rounded[pieceSlot * 4096];
                WaitFlag<HardEvent::MTE3_V>(pieceSlot);
                for (int64_t lane = 0; lane < tileColumns; lane += 64) {
                    const int64_t lanes = tileColumns - lane < 64 ? tileColumns - lane : 64;
                    const LocalTensor<float> scaledLanes = scaled[lane];
                    PipeBarrier<PIPE_V>();
                    Cast(scaledLanes, sumsOfPiece[lane], RoundMode::CAST_RINT, lanes, pieceRows,
                            UnaryRepeatParams(1, 1, 32, 32));
                    const LocalTensor<float> factorLanes = factors[lane];
                    Mul(factorLanes, rowScaleBlocks, scalesOfColumns[lane], lanes, pieceRows,
                            BinaryRepeatParams(1, 0, 1, 32, 1, 0));
                    PipeBarrier<PIPE_V>();
                    Mul(scaledLanes, scaledLanes, factorLanes, lanes, pieceRows,
                            BinaryRepeatParams(1, 1, 1, 32, 32, 32));
                    PipeBarrier<PIPE_V>();
                    Cast(roundedPiece[lane], scaledLanes, RoundMode::CAST_RINT, lanes, pieceRows,
                            UnaryRepeatParams(1, 1, 16, 32));
                }
                SetFlag<HardEvent::V_MTE3>(pieceSlot);
                SetFlag<HardEvent::V_MTE2>(pieceSlot + 2);
                WaitFlag<HardEvent::V_MTE3>(pieceSlot);
                DataCopyPad(output[(first + i + row) * tiling.n + j], roundedPiece, DataCopyExtParams(pieceRows,
                        tileColumns * sizeof(half), 16 - (tileColumns + 15) / 16,
                        (tiling.n - tileColumns) * sizeof(half), 0));
                SetFlag<HardEvent::MTE3_V>(pieceSlot);
            }
            SetFlag<HardEvent::V_MTE2>(tileSlot);
            CrossCoreSetFlag<2, PIPE_MTE2>(GIVEN_BACK);
        }
        for (int64_t arrival = 0; arrival < arrivals; ++arrival) {
            CrossCoreWaitFlag(CONSUMED);
            CrossCoreSetFlag<1, PIPE_MTE2>(MET);
            CrossCoreWaitFlag(MET);
            const int64_t token = consumed;
            const int64_t chunk = token / peers;
            const int64_t position = token % peers + 1;
            const int64_t source = (rank + position) % ranks;
            if (receives) {
                GM_ADDR peerAddress = hccl.GetWindowsInAddr(source);
                GlobalTensor<uint32_t> peerCounters;
                peerCounters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(peerAddress));
                const int64_t chunksDone = chunk + 1;
                // This block has read the chunk for the last time.
                WriteCounter(peerCounters[(RELEASES + rank * MOST_BLOCKS + block) * COUNTER_WORDS], word,
                        base + static_cast<uint32_t>(chunksDone));
            }
            ++consumed;
        }
        turn = (turn + tiles) % blocks;
    }
    // All tiles are done; what is left to send.
    while (sent < sends) {
        GatherTurn(tiling, hccl, x1, gatherOut, x1Scale, sent, told, consumed, staging, seen, word, stagingAlong, base);
    }
    SyncAll<true>();
    if (block == 0 && receives) {
        // All vector cores of the rank are done: the next launch counts on from here, at every rank.
        for (int64_t peer = 0; peer < ranks; ++peer) {
            GM_ADDR peerAddress = hccl.GetWindowsInAddr(peer);
            GlobalTensor<uint32_t> peerCounters;
            peerCounters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(peerAddress));
            WriteCounter(peerCounters[finishedWord], word, base + static_cast<uint32_t>(tiling.chunks));
        }
    }
    // All slots are free again.
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID1);
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID2);
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID3);
    WaitFlag<HardEvent::MTE3_V>(EVENT_ID0);
    WaitFlag<HardEvent::MTE3_V>(EVENT_ID1);
}

extern "C" __global__ __aicore__ void all_gather_matmul(GM_ADDR x1Address, GM_ADDR x2Address, GM_ADDR outputAddress,
        GM_ADDR gatherOutAddress, GM_ADDR x1ScaleAddress, GM_ADDR x2ScaleAddress, GM_ADDR workspace,
        GM_ADDR tilingAddress) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    REGISTER_TILING_DEFAULT(AllGatherMatmulTiling);
    GET_TILING_DATA_WITH_STRUCT(AllGatherMatmulTiling, tiling, tilingAddress);
    Hccl<> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tiling);
    hccl.SetCcTilingV2(offsetof(AllGatherMatmulTiling, mc2CcTiling));
    GM_ADDR userWorkspace = GetUserWorkspace(workspace);
    GlobalTensor<int4b_t> x1Asi4;
    x1Asi4.SetGlobalBuffer(reinterpret_cast<__gm__ int4b_t *>(x1Address));
    GlobalTensor<int8_t> x1Asi8;
    x1Asi8.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(x1Address));
    GlobalTensor<int4b_t> x2;
    x2.SetGlobalBuffer(reinterpret_cast<__gm__ int4b_t *>(x2Address));
    GlobalTensor<half> output;
    output.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(outputAddress));
    GlobalTensor<int8_t> gatherOut;
    gatherOut.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(gatherOutAddress));
    GlobalTensor<float> x1Scale;
    x1Scale.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(x1ScaleAddress));
    GlobalTensor<float> x2Scale;
    x2Scale.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(x2ScaleAddress));
    if ASCEND_IS_AIC {
        Matmul(tiling, hccl, userWorkspace, x1Asi4, x2);
    }
    if ASCEND_IS_AIV {
        MatmulFinish(tiling, hccl, userWorkspace, x1Asi8, output, gatherOut, x1Scale, x2Scale);
    }
    PipeBarrier<PIPE_ALL>();
}
