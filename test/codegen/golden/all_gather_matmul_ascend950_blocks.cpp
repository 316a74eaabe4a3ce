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

__aicore__ inline void Matmul(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, GM_ADDR workspace,
        const GlobalTensor<fp8_e4m3fn_t> &x1, const GlobalTensor<fp8_e5m2_t> &x2) {
    LocalTensor<fp8_e4m3fn_t> l1A(TPosition::A1, 0, 32768);
    LocalTensor<fp8_e5m2_t> l1B(TPosition::B1, 32768, 65536);
    LocalTensor<fp8_e4m3fn_t> l0A(TPosition::A2, 0, 32768);
    LocalTensor<fp8_e5m2_t> l0B(TPosition::B2, 0, 65536);
    LocalTensor<float> l0C(TPosition::CO1, 0, 65536);
    // All slots start free.
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID1);
    SetFlag<HardEvent::FIX_M>(EVENT_ID0);
    SetFlag<HardEvent::FIX_M>(EVENT_ID1);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID1);
    int64_t l1Taken = 0;
    int64_t l0Taken = 0;
    int64_t l0CTaken = 0;
    int64_t handedOver = 0;
    const int64_t block = GetBlockIdx();
    GlobalTensor<float> handover;
    handover.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(workspace));
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<fp8_e4m3fn_t> window;
    window.SetGlobalBuffer(reinterpret_cast<__gm__ fp8_e4m3fn_t *>(windowAddress + WINDOW_DATA));
    const int64_t blocks = GetBlockNum();
    const int64_t ranks = hccl.GetRankDim();
    const int64_t peers = ranks - 1;
    const bool spanning = tiling.chunks == 1 && ranks <= 15 && tiling.m % 128 != 0;
    const int64_t groups = spanning ? 3 : tiling.chunks * peers + 1;
    const int64_t columnTiles = (tiling.n + 255) / 256;
    int64_t turn = 0;
    for (int64_t group = 0; group < groups; ++group) {
        GlobalTensor<fp8_e4m3fn_t> rows;
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
            const int64_t wideFractals = (tileColumns + 15) / 16;
            const int64_t alignedColumns = wideFractals * 16;
            // Both operands to L1, as fractals, one depth after the other.
            for (int64_t k = 0; k < tiling.k; k += 128) {
                const int64_t depth = tiling.k - k < 128 ? tiling.k - k : 128;
                const int64_t l1Slot = l1Taken++ % 2;
                const LocalTensor<fp8_e4m3fn_t> leftTile = l1A[l1Slot * 16384];
                const LocalTensor<fp8_e5m2_t> rightTile = l1B[l1Slot * 32768];
                const GlobalTensor<fp8_e4m3fn_t> leftSource = rows[i * tiling.k + k];
                WaitFlag<HardEvent::MTE1_MTE2>(l1Slot);
                DataCopy(leftTile, leftSource, Nd2NzParams(1, tileRows, depth, 0, tiling.k, alignedRows, 1, 0));
                DataCopy(rightTile, x2[j * tiling.k + k],
                        Nd2NzParams(1, tileColumns, depth, 0, tiling.k, alignedColumns, 1, 0));
                SetFlag<HardEvent::MTE2_MTE1>(l1Slot);
                const int64_t accumulatorSlot = l0CTaken++ % 2;
                const LocalTensor<float> accumulator = l0C[accumulatorSlot * 32768];
                WaitFlag<HardEvent::MTE2_MTE1>(l1Slot);
                WaitFlag<HardEvent::FIX_M>(accumulatorSlot);
                // One slice to L0 and into the accumulator.
                for (int64_t slice = 0; slice < depth; slice += 128) {
                    const int64_t sliceDepth = depth - slice < 128 ? depth - slice : 128;
                    const int64_t l0Slot = l0Taken++ % 2;
                    const LocalTensor<fp8_e4m3fn_t> left = l0A[l0Slot * 16384];
                    const LocalTensor<fp8_e5m2_t> right = l0B[l0Slot * 32768];
                    const int64_t deepFractals = (sliceDepth + 31) / 32;
                    const int64_t first = slice / 32;
                    WaitFlag<HardEvent::M_MTE1>(l0Slot);
                    LoadData(left, leftTile, LoadData2DParamsV2(0, first, highFractals, deepFractals, highFractals,
                            highFractals, false, 0));
                    LoadData(right, rightTile, LoadData2DParamsV2(0, first, wideFractals, deepFractals, wideFractals,
                            wideFractals, false, 0));
                    SetFlag<HardEvent::MTE1_M>(l0Slot);
                    WaitFlag<HardEvent::MTE1_M>(l0Slot);
                    MmadParams multiplied(tileRows, tileColumns, sliceDepth, 0, false, slice == 0);
                    multiplied.disableGemv = true;
                    Mmad(accumulator, left, right, multiplied);
                    if (tileRows / 16 * (tileColumns / 16) < 10) {
                        PipeBarrier<PIPE_M>();
                    }
                    SetFlag<HardEvent::M_MTE1>(l0Slot);
                }
                SetFlag<HardEvent::M_FIX>(accumulatorSlot);
                SetFlag<HardEvent::MTE1_MTE2>(l1Slot);
                if (handedOver >= 2) {
                    CrossCoreWaitFlag(GIVEN_BACK);
                }
                const int64_t workspaceSlot = handedOver++ % 2;
                const GlobalTensor<float> handedOverTile = handover[(block * 2 + workspaceSlot) * 32768];
                WaitFlag<HardEvent::M_FIX>(accumulatorSlot);
                FixpipeParamsArch3510<CO2Layout::ROW_MAJOR> stored(tileColumns, tileRows, alignedRows, 256);
                stored.quantPre = QuantMode_t::NoQuant;
                Fixpipe<float, float, CFG_ROW_MAJOR>(handedOverTile, accumulator, stored);
                SetFlag<HardEvent::FIX_M>(accumulatorSlot);
                CrossCoreSetFlag<2, PIPE_FIX>(HANDED_OVER);
            }
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
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_MTE2>(EVENT_ID1);
    WaitFlag<HardEvent::FIX_M>(EVENT_ID0);
    WaitFlag<HardEvent::FIX_M>(EVENT_ID1);
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
        const GlobalTensor<int8_t> &gatherOut, const GlobalTensor<float> &x1Blocks, int64_t &sent, int64_t &told,
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
            const int64_t elements = rows * tiling.k;
            const int64_t share = ((elements + tiling.lanes - 1) / tiling.lanes + 511) / 512 * 512;
            const int64_t begin = block * share < elements ? block * share : elements;
            const int64_t count = share < elements - begin ? share : elements - begin;
            GM_ADDR peerAddress = hccl.GetWindowsInAddr(destination);
            GlobalTensor<int8_t> peerWindow;
            peerWindow.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(peerAddress + WINDOW_DATA));
            const int64_t value = chunk % tiling.slots * ranks + rank;
            // This block's share of the chunk, into the slot at the peer.
            CopyThrough(peerWindow[value * (tiling.chunkRows * tiling.k)][begin], x1[skipped * tiling.k + begin],
                    staging, count);
            const int64_t value2 = (tiling.k + 127) / 128;
            const int64_t elements2 = (rows + 127) / 128 * value2;
            const int64_t share2 = ((elements2 + tiling.lanes - 1) / tiling.lanes + 127) / 128 * 128;
            const int64_t begin2 = block * share2 < elements2 ? block * share2 : elements2;
            const int64_t count2 = share2 < elements2 - begin2 ? share2 : elements2 - begin2;
            const int64_t slotBytes = tiling.slots * ranks * tiling.chunkRows * tiling.k;
            const int64_t alignedBytes = (slotBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            GlobalTensor<float> peerWindow2;
            peerWindow2.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(peerAddress + (WINDOW_DATA + alignedBytes)));
            const int64_t blocksOfChunk = (tiling.chunkRows + 127) / 128;
            // This block's share of the chunk, into the slot at the peer.
            CopyThroughF32(peerWindow2[value * (blocksOfChunk * value2)][begin2],
                    x1Blocks[skipped / 128 * value2 + begin2], stagingAlong, count2);
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
                const int64_t elements = rows * tiling.k;
                const int64_t blocks = GetBlockNum();
                const int64_t share = ((elements + blocks - 1) / blocks + 511) / 512 * 512;
                const int64_t begin = block * share < elements ? block * share : elements;
                const int64_t count = share < elements - begin ? share : elements - begin;
                // This block's share of the chunk, for the output that wants the gathered matrix.
                CopyThrough(gatherOut[(source * tiling.m + skipped) * tiling.k + begin],
                        window[(chunk % tiling.slots * ranks + source) * (tiling.chunkRows * tiling.k)][begin], staging,
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
        const GlobalTensor<int8_t> &x1, const GlobalTensor<bfloat16_t> &output, const GlobalTensor<int8_t> &gatherOut,
        const GlobalTensor<float> &x1Blocks, const GlobalTensor<float> &x2Blocks) {
    LocalTensor<int8_t> staging(TPosition::VECIN, 0, 65536);
    LocalTensor<uint32_t> seen(TPosition::VECIN, 65536, 512);
    LocalTensor<uint32_t> word(TPosition::VECOUT, 67584, 8);
    LocalTensor<float> stagingAlong(TPosition::VECIN, 67616, 2048);
    LocalTensor<float> sums(TPosition::VECCALC, 75808, 16384);
    LocalTensor<float> products(TPosition::VECIN, 141344, 8192);
    LocalTensor<float> scaled(TPosition::VECCALC, 174112, 4096);
    LocalTensor<float> rowScale(TPosition::VECIN, 190496, 16);
    LocalTensor<float> columnScales(TPosition::VECIN, 190560, 32);
    LocalTensor<float> scale(TPosition::VECCALC, 190688, 8);
    LocalTensor<float> factors(TPosition::VECCALC, 190720, 128);
    LocalTensor<bfloat16_t> rounded(TPosition::VECOUT, 191232, 16384);
    // All slots start free.
    SetFlag<HardEvent::V_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID1);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID2);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID3);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID4);
    SetFlag<HardEvent::V_MTE2>(EVENT_ID5);
    SetFlag<HardEvent::MTE3_V>(EVENT_ID0);
    int64_t blocksTaken = 0;
    int64_t piecesTaken = 0;
    int64_t productsTaken = 0;
    const int64_t block = GetBlockIdx() / GetTaskRation();
    GlobalTensor<float> handover;
    handover.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(workspace));
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<uint32_t> counters;
    counters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(windowAddress));
    const int64_t ranks = hccl.GetRankDim();
    const int64_t slotBytes = tiling.slots * ranks * tiling.chunkRows * tiling.k;
    const int64_t alignedBytes = (slotBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    GlobalTensor<float> blocksWindow;
    blocksWindow.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(windowAddress + (WINDOW_DATA + alignedBytes)));
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
        const int64_t elements = tiling.m * tiling.k;
        const int64_t share = ((elements + blocks - 1) / blocks + 511) / 512 * 512;
        const int64_t begin = block * share < elements ? block * share : elements;
        const int64_t count = share < elements - begin ? share : elements - begin;
        // This block's share of the own rows, for the output that wants the gathered matrix.
        CopyThrough(gatherOut[rank * elements + begin], x1[begin], staging, count);
    }
    const bool spanning = tiling.chunks == 1 && ranks <= 15 && tiling.m % 128 != 0;
    const int64_t groups = spanning ? 3 : total + 1;
    const int64_t columnTiles = (tiling.n + 255) / 256;
    const int64_t value = (tiling.k + 127) / 128;
    const int64_t blocksOfRank = (tiling.m + 127) / 128;
    int64_t turn = 0;
    for (int64_t group = 0; group < groups; ++group) {
        int64_t first;
        int64_t count;
        int64_t arrivals;
        GlobalTensor<float> blocksRows;
        if (group == 0) {
            first = rank * tiling.m;
            count = tiling.m;
            arrivals = 0;
            blocksRows = x1Blocks;
        } else if (spanning) {
            const bool behind = group == 1;
            const int64_t source = behind ? rank + 1 : 0;
            const int64_t sources = behind ? ranks - source : rank;
            const int64_t blocksOfChunk = (tiling.chunkRows + 127) / 128;
            first = source * tiling.m;
            count = sources * tiling.m;
            arrivals = sources;
            blocksRows = blocksWindow[source * (blocksOfChunk * value)];
        } else {
            const int64_t place = group - 1;
            const int64_t chunk = place / peers;
            const int64_t source = (rank + (place % peers + 1)) % ranks;
            const int64_t skipped = chunk * tiling.chunkRows;
            const int64_t blocksOfChunk = (tiling.chunkRows + 127) / 128;
            first = source * tiling.m + skipped;
            count = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            arrivals = 1;
            blocksRows = blocksWindow[(chunk % tiling.slots * ranks + source) * (blocksOfChunk * value)];
        }
        // Until the cube core has been told of all rows of the group.
        while (told < consumed + arrivals) {
            GatherTurn(tiling, hccl, x1, gatherOut, x1Blocks, sent, told, consumed, staging, seen, word, stagingAlong,
                    base);
        }
        const int64_t rowTiles = (count + 127) / 128;
        const int64_t tiles = rowTiles * columnTiles;
        const int64_t firstTile = (block - turn + blocks) % blocks;
        for (int64_t tile = firstTile; tile < tiles; tile += blocks) {
            const int64_t i = tile / columnTiles * 128;
            const int64_t tileRows = count - i < 128 ? count - i : 128;
            const int64_t j = tile % columnTiles * 256;
            GatherTurn(tiling, hccl, x1, gatherOut, x1Blocks, sent, told, consumed, staging, seen, word, stagingAlong,
                    base);
            const int64_t tileColumns = tiling.n - j < 256 ? tiling.n - j : 256;
            const int64_t half2 = (tileRows + 1) / 2;
            const int64_t begin = vectorCore * half2;
            const int64_t end = begin + half2 < tileRows ? begin + half2 : tileRows;
            const int64_t columnBlocks = (tileColumns + 127) / 128;
            const int64_t firstOfHalf = i + begin;
            const int64_t lastOfHalf = i + end - 1;
            // One product after the other is scaled and added to the sums of this core's half.
            for (int64_t k = 0; k < tiling.k; k += 128) {
                CrossCoreWaitFlag(HANDED_OVER);
                const int64_t tileSlot = productsTaken++ % 2;
                const GlobalTensor<float> handedOverTile = handover[(block * 2 + tileSlot) * 32768];
                const int64_t depthBlock = k / 128;
                const LocalTensor<float> scalesOfColumns = columnScales[tileSlot * 16];
                WaitFlag<HardEvent::V_MTE2>(tileSlot);
                DataCopyPad(scalesOfColumns, x2Blocks[j / 128 * value + depthBlock],
                        DataCopyExtParams(columnBlocks, 1 * sizeof(float), (value - 1) * sizeof(float), 0, 0),
                        DataCopyPadExtParams<float>(false, 0, 0, 0));
                SetFlag<HardEvent::MTE2_V>(tileSlot);
                const int64_t firstBlock = firstOfHalf / tiling.m * blocksOfRank + firstOfHalf % tiling.m / 128;
                const int64_t lastBlock = lastOfHalf / tiling.m * blocksOfRank + lastOfHalf % tiling.m / 128;
                WaitFlag<HardEvent::MTE2_V>(tileSlot);
                // Blocks of rows with a scale; those of each rank begin anew.
                for (int64_t rowBlock = firstBlock; rowBlock < lastBlock + 1; ++rowBlock) {
                    const int64_t blockSlot = blocksTaken++ % 2;
                    const LocalTensor<float> scaleOfRows = rowScale[blockSlot * 8];
                    WaitFlag<HardEvent::V_MTE2>(blockSlot + 2);
                    DataCopyPad(scaleOfRows, blocksRows[rowBlock * value + depthBlock],
                            DataCopyExtParams(1, sizeof(float), 0, 0, 0), DataCopyPadExtParams<float>(false, 0, 0, 0));
                    SetFlag<HardEvent::MTE2_V>(blockSlot + 2);
                    WaitFlag<HardEvent::MTE2_V>(blockSlot + 2);
                    for (int64_t columnBlock = 0; columnBlock < columnBlocks; ++columnBlock) {
                        PipeBarrier<PIPE_V>();
                        Mul(scale, scaleOfRows, scalesOfColumns[columnBlock * 8], 8, 1,
                                BinaryRepeatParams(1, 1, 1, 8, 8, 8));
                        PipeBarrier<PIPE_V>();
                        Brcb(factors[columnBlock * 64], scale, 1, BrcbRepeatParams(1, 8));
                    }
                    SetFlag<HardEvent::V_MTE2>(blockSlot + 2);
                    const int64_t rowOfRank = rowBlock % blocksOfRank * 128;
                    const int64_t firstRow = rowBlock / blocksOfRank * tiling.m + rowOfRank - i;
                    const int64_t blockRows = tiling.m - rowOfRank < 128 ? tiling.m - rowOfRank : 128;
                    const int64_t afterBlock = firstRow + blockRows;
                    const int64_t blockBegin = firstRow > begin ? firstRow : begin;
                    const int64_t blockEnd = afterBlock < end ? afterBlock : end;
                    for (int64_t row = blockBegin; row < blockEnd; row += 16) {
                        const int64_t pieceRows = blockEnd - row < 16 ? blockEnd - row : 16;
                        const int64_t pieceSlot = piecesTaken++ % 2;
                        const LocalTensor<float> productOfPiece = products[pieceSlot * 4096];
                        WaitFlag<HardEvent::V_MTE2>(pieceSlot + 4);
                        DataCopyPad(productOfPiece, handedOverTile[row * 256], DataCopyExtParams(pieceRows,
                                tileColumns * sizeof(float), (256 - tileColumns) * sizeof(float),
                                32 - (tileColumns + 7) / 8, 0), DataCopyPadExtParams<float>(false, 0, 0, 0));
                        SetFlag<HardEvent::MTE2_V>(pieceSlot + 4);
                        WaitFlag<HardEvent::MTE2_V>(pieceSlot + 4);
                        for (int64_t lane = 0; lane < tileColumns; lane += 64) {
                            const int64_t lanes = tileColumns - lane < 64 ? tileColumns - lane : 64;
                            const LocalTensor<float> factor = factors[lane / 128 * 64];
                            const LocalTensor<float> sumsOfLanes = sums[(row - begin) * 256 + lane];
                            const LocalTensor<float> productOfLanes = productOfPiece[lane];
                            if (depthBlock == 0) {
                                PipeBarrier<PIPE_V>();
                                Mul(sumsOfLanes, productOfLanes, factor, lanes, pieceRows,
                                        BinaryRepeatParams(1, 1, 0, 32, 32, 0));
                            } else {
                                const LocalTensor<float> scaledLanes = scaled[lane];
                                PipeBarrier<PIPE_V>();
                                Mul(scaledLanes, productOfLanes, factor, lanes, pieceRows,
                                        BinaryRepeatParams(1, 1, 0, 32, 32, 0));
                                PipeBarrier<PIPE_V>();
                                Add(sumsOfLanes, sumsOfLanes, scaledLanes, lanes, pieceRows,
                                        BinaryRepeatParams(1, 1, 1, 32, 32, 32));
                            }
                        }
                        SetFlag<HardEvent::V_MTE2>(pieceSlot + 4);
                    }
                }
                SetFlag<HardEvent::V_MTE2>(tileSlot);
                CrossCoreSetFlag<2, PIPE_MTE2>(GIVEN_BACK);
            }
            const int64_t ownRows = end - begin;
            if (ownRows > 0) {
                WaitFlag<HardEvent::MTE3_V>(EVENT_ID0);
                for (int64_t lane = 0; lane < tileColumns; lane += 64) {
                    const int64_t lanes = tileColumns - lane < 64 ? tileColumns - lane : 64;
                    PipeBarrier<PIPE_V>();
                    Cast(rounded[lane], sums[lane], RoundMode::CAST_RINT, lanes, ownRows,
                            UnaryRepeatParams(1, 1, 16, 32));
                }
                SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
                WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
                DataCopyPad(output[(first + i + begin) * tiling.n + j], rounded, DataCopyExtParams(ownRows,
                        tileColumns * sizeof(bfloat16_t), 16 - (tileColumns + 15) / 16,
                        (tiling.n - tileColumns) * sizeof(bfloat16_t), 0));
                SetFlag<HardEvent::MTE3_V>(EVENT_ID0);
            }
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
        GatherTurn(tiling, hccl, x1, gatherOut, x1Blocks, sent, told, consumed, staging, seen, word, stagingAlong,
                base);
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
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID4);
    WaitFlag<HardEvent::V_MTE2>(EVENT_ID5);
    WaitFlag<HardEvent::MTE3_V>(EVENT_ID0);
}

extern "C" __global__ __aicore__ void all_gather_matmul(GM_ADDR x1Address, GM_ADDR x2Address, GM_ADDR outputAddress,
        GM_ADDR gatherOutAddress, GM_ADDR x1BlocksAddress, GM_ADDR x2BlocksAddress, GM_ADDR workspace,
        GM_ADDR tilingAddress) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    REGISTER_TILING_DEFAULT(AllGatherMatmulTiling);
    GET_TILING_DATA_WITH_STRUCT(AllGatherMatmulTiling, tiling, tilingAddress);
    Hccl<> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tiling);
    hccl.SetCcTilingV2(offsetof(AllGatherMatmulTiling, mc2CcTiling));
    GM_ADDR userWorkspace = GetUserWorkspace(workspace);
    GlobalTensor<fp8_e4m3fn_t> x1Asf8E4M3FN;
    x1Asf8E4M3FN.SetGlobalBuffer(reinterpret_cast<__gm__ fp8_e4m3fn_t *>(x1Address));
    GlobalTensor<int8_t> x1Asi8;
    x1Asi8.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(x1Address));
    GlobalTensor<fp8_e5m2_t> x2;
    x2.SetGlobalBuffer(reinterpret_cast<__gm__ fp8_e5m2_t *>(x2Address));
    GlobalTensor<bfloat16_t> output;
    output.SetGlobalBuffer(reinterpret_cast<__gm__ bfloat16_t *>(outputAddress));
    GlobalTensor<int8_t> gatherOut;
    gatherOut.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(gatherOutAddress));
    GlobalTensor<float> x1Blocks;
    x1Blocks.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(x1BlocksAddress));
    GlobalTensor<float> x2Blocks;
    x2Blocks.SetGlobalBuffer(reinterpret_cast<__gm__ float *>(x2BlocksAddress));
    if ASCEND_IS_AIC {
        Matmul(tiling, hccl, userWorkspace, x1Asf8E4M3FN, x2);
    }
    if ASCEND_IS_AIV {
        MatmulFinish(tiling, hccl, userWorkspace, x1Asi8, output, gatherOut, x1Blocks, x2Blocks);
    }
    PipeBarrier<PIPE_ALL>();
}
