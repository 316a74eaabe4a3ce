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

__aicore__ inline void Matmul(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, const GlobalTensor<fp4x2_e2m1_t> &x1,
        const GlobalTensor<fp4x2_e2m1_t> &x2, const GlobalTensor<bfloat16_t> &output,
        const GlobalTensor<fp8_e8m0_t> &x1Exponents, const GlobalTensor<fp8_e8m0_t> &x2Exponents) {
    LocalTensor<fp4x2_e2m1_t> l1A(TPosition::A1, 0, 65536);
    LocalTensor<fp4x2_e2m1_t> l1B(TPosition::B1, 32768, 131072);
    LocalTensor<fp4x2_e2m1_t> l0A(TPosition::A2, 0, 65536);
    LocalTensor<fp4x2_e2m1_t> l0B(TPosition::B2, 0, 131072);
    LocalTensor<float> l0C(TPosition::CO1, 0, 65536);
    int64_t l1Taken = 0;
    int64_t l0Taken = 0;
    int64_t l0CTaken = 0;
    LocalTensor<fp8_e8m0_t> l1AScales(TPosition::A1, 98304, 2048);
    LocalTensor<fp8_e8m0_t> l1BScales(TPosition::A1, 100352, 4096);
    // All slots start free.
    SetFlag<HardEvent::FIX_M>(EVENT_ID0);
    SetFlag<HardEvent::FIX_M>(EVENT_ID1);
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::MTE1_MTE2>(EVENT_ID1);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID1);
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<fp4x2_e2m1_t> window;
    window.SetGlobalBuffer(reinterpret_cast<__gm__ fp4x2_e2m1_t *>(windowAddress + WINDOW_DATA));
    const int64_t ranks = hccl.GetRankDim();
    const int64_t bytes = tiling.k / 2;
    const int64_t slotBytes = tiling.slots * ranks * tiling.chunkRows * bytes;
    const int64_t alignedBytes = (slotBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    GlobalTensor<fp8_e8m0_t> powersWindow;
    powersWindow.SetGlobalBuffer(reinterpret_cast<__gm__ fp8_e8m0_t *>(windowAddress + (WINDOW_DATA + alignedBytes)));
    const int64_t block = GetBlockIdx();
    const int64_t blocks = GetBlockNum();
    const int64_t peers = ranks - 1;
    const bool spanning = tiling.chunks == 1 && ranks <= 15 && tiling.m % 128 != 0;
    const int64_t groups = spanning ? 3 : tiling.chunks * peers + 1;
    const int64_t columnTiles = (tiling.n + 255) / 256;
    const int64_t pairsOfRow = (tiling.k + 63) / 64;
    const int64_t value = pairsOfRow * 2;
    int64_t turn = 0;
    for (int64_t group = 0; group < groups; ++group) {
        GlobalTensor<fp4x2_e2m1_t> rows;
        int64_t first;
        int64_t count;
        int64_t arrivals;
        GlobalTensor<fp8_e8m0_t> powersRows;
        if (group == 0) {
            rows = x1;
            first = rank * tiling.m;
            count = tiling.m;
            arrivals = 0;
            powersRows = x1Exponents;
        } else if (spanning) {
            const bool behind = group == 1;
            const int64_t source = behind ? rank + 1 : 0;
            const int64_t sources = behind ? ranks - source : rank;
            rows = window[source * (tiling.chunkRows * tiling.k)];
            first = source * tiling.m;
            count = sources * tiling.m;
            arrivals = sources;
            powersRows = powersWindow[source * (tiling.chunkRows * value)];
        } else {
            const int64_t place = group - 1;
            const int64_t chunk = place / peers;
            const int64_t source = (rank + (place % peers + 1)) % ranks;
            const int64_t skipped = chunk * tiling.chunkRows;
            const int64_t value2 = chunk % tiling.slots * ranks + source;
            rows = window[value2 * (tiling.chunkRows * tiling.k)];
            first = source * tiling.m + skipped;
            count = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            arrivals = 1;
            powersRows = powersWindow[value2 * (tiling.chunkRows * value)];
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
            const int64_t accumulatorSlot = l0CTaken++ % 2;
            const LocalTensor<float> accumulator = l0C[accumulatorSlot * 32768];
            const int64_t wideFractals = (tileColumns + 15) / 16;
            const int64_t alignedColumns = wideFractals * 16;
            WaitFlag<HardEvent::FIX_M>(accumulatorSlot);
            // Both operands to L1, as fractals, one depth after the other.
            for (int64_t k = 0; k < tiling.k; k += 256) {
                const int64_t depth = tiling.k - k < 256 ? tiling.k - k : 256;
                const int64_t l1Slot = l1Taken++ % 2;
                const LocalTensor<fp4x2_e2m1_t> leftTile = l1A[l1Slot * 32768];
                const LocalTensor<fp4x2_e2m1_t> rightTile = l1B[l1Slot * 65536];
                const GlobalTensor<fp4x2_e2m1_t> leftSource = rows[i * tiling.k + k];
                const int64_t bytes2 = depth / 2;
                WaitFlag<HardEvent::MTE1_MTE2>(l1Slot);
                DataCopy(leftTile, leftSource, Nd2NzParams(1, tileRows, bytes2, 0, bytes, alignedRows, 1, 0));
                DataCopy(rightTile, x2[j * tiling.k + k],
                        Nd2NzParams(1, tileColumns, bytes2, 0, bytes, alignedColumns, 1, 0));
                const int64_t pairs = (depth + 63) / 64;
                const LocalTensor<fp8_e8m0_t> leftScales = l1AScales[l1Slot * 1024];
                const int64_t scale = k / 32;
                GlobalTensor<half> asHalves;
                asHalves.SetGlobalBuffer((__gm__ half *)powersRows[i * value + scale].GetPhyAddr());
                DataCopy(leftScales.ReinterpretCast<half>(), asHalves,
                        Dn2NzParams(1, pairs, tileRows, 0, pairsOfRow, pairs, 1, 0));
                const LocalTensor<fp8_e8m0_t> rightScales = l1BScales[l1Slot * 2048];
                GlobalTensor<half> asHalves2;
                asHalves2.SetGlobalBuffer((__gm__ half *)x2Exponents[j * value + scale].GetPhyAddr());
                DataCopy(rightScales.ReinterpretCast<half>(), asHalves2,
                        Dn2NzParams(1, pairs, tileColumns, 0, pairsOfRow, pairs, 1, 0));
                SetFlag<HardEvent::MTE2_MTE1>(l1Slot);
                WaitFlag<HardEvent::MTE2_MTE1>(l1Slot);
                // One slice to L0 and into the accumulator.
                for (int64_t slice = 0; slice < depth; slice += 256) {
                    const int64_t sliceDepth = depth - slice < 256 ? depth - slice : 256;
                    const int64_t l0Slot = l0Taken++ % 2;
                    const LocalTensor<fp4x2_e2m1_t> left = l0A[l0Slot * 32768];
                    const LocalTensor<fp4x2_e2m1_t> right = l0B[l0Slot * 65536];
                    const int64_t slicePairs = (sliceDepth + 63) / 64;
                    const int64_t multipliedDepth = slicePairs * 64;
                    const int64_t deepFractals = multipliedDepth / 64;
                    const int64_t first2 = slice / 64;
                    WaitFlag<HardEvent::M_MTE1>(l0Slot);
                    LoadData(left, leftTile, leftScales, LoadData2DParamsV2(0, first2, highFractals, deepFractals,
                            highFractals, highFractals, false, 0), LoadData2DMxParams(0, first2, highFractals,
                            slicePairs, pairs, slicePairs));
                    LoadData(right, rightTile, rightScales, LoadData2DParamsV2(0, first2, wideFractals, deepFractals,
                            wideFractals, wideFractals, false, 0), LoadData2DMxParams(0, first2, wideFractals,
                            slicePairs, pairs, slicePairs));
                    SetFlag<HardEvent::MTE1_M>(l0Slot);
                    WaitFlag<HardEvent::MTE1_M>(l0Slot);
                    MmadParams multiplied(tileRows, tileColumns, multipliedDepth, 0, false, k + slice == 0);
                    multiplied.disableGemv = true;
                    MmadMx(accumulator, left, right, multiplied);
                    if (tileRows / 16 * (tileColumns / 16) < 10) {
                        PipeBarrier<PIPE_M>();
                    }
                    SetFlag<HardEvent::M_MTE1>(l0Slot);
                }
                SetFlag<HardEvent::MTE1_MTE2>(l1Slot);
            }
            SetFlag<HardEvent::M_FIX>(accumulatorSlot);
            WaitFlag<HardEvent::M_FIX>(accumulatorSlot);
            FixpipeParamsArch3510<CO2Layout::ROW_MAJOR> stored(tileColumns, tileRows, alignedRows, tiling.n);
            stored.quantPre = QuantMode_t::F322BF16;
            Fixpipe<bfloat16_t, float, CFG_ROW_MAJOR>(output[(first + i) * tiling.n + j], accumulator, stored);
            SetFlag<HardEvent::FIX_M>(accumulatorSlot);
        }
        // The rows are read for the last time; their slots may be released.
        for (int64_t arrival = 0; arrival < arrivals; ++arrival) {
            CrossCoreSetFlag<2, PIPE_MTE2>(CONSUMED);
        }
        turn = (turn + tiles) % blocks;
    }
    // All slots are free again.
    WaitFlag<HardEvent::FIX_M>(EVENT_ID0);
    WaitFlag<HardEvent::FIX_M>(EVENT_ID1);
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
__aicore__ inline void CopyThrough(const GlobalTensor<int8_t> &destination, const GlobalTensor<int8_t> &source,
        const LocalTensor<int8_t> &staging, int64_t count) {
    // All slots start free.
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID0);
    SetFlag<HardEvent::MTE3_MTE2>(EVENT_ID1);
    int64_t taken = 0;
    for (int64_t begin = 0; begin < count; begin += 65536) {
        const int64_t slot = taken++ % 2;
        const LocalTensor<int8_t> piece = staging[slot * 65536];
        const int64_t length = count - begin < 65536 ? count - begin : 65536;
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

__aicore__ inline void GatherSend(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, const GlobalTensor<int8_t> &x1,
        const GlobalTensor<int8_t> &x1Exponents) {
    LocalTensor<int8_t> staging(TPosition::VECIN, 0, 131072);
    LocalTensor<uint32_t> seen(TPosition::VECIN, 131072, 512);
    LocalTensor<uint32_t> word(TPosition::VECOUT, 133120, 8);
    LocalTensor<int8_t> stagingAlong(TPosition::VECIN, 133152, 2048);
    const int64_t block = GetBlockIdx() / GetTaskRation();
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<uint32_t> counters;
    counters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(windowAddress));
    const int64_t finishedWord = (FINISHED + rank) * COUNTER_WORDS;
    const uint32_t base = ReadCounter(counters[finishedWord], word);
    const int64_t ranks = hccl.GetRankDim();
    const int64_t peers = ranks - 1;
    const int64_t total = tiling.chunks * peers;
    const int64_t otherSlots = tiling.slots - 1 > 1 ? tiling.slots - 1 : 1;
    const int64_t ahead = otherSlots * peers < 14 ? otherSlots * peers : 14;
    const bool sends = block < tiling.lanes;
    for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
        if (sends) {
            const int64_t skipped = chunk * tiling.chunkRows;
            const int64_t rows = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            const int64_t rowBytes = tiling.k / 2;
            const int64_t elements = rows * rowBytes;
            const int64_t value = (tiling.k + 63) / 64 * 2;
            const int64_t elements2 = rows * value;
            const int64_t slotBytes = tiling.slots * ranks * tiling.chunkRows * rowBytes;
            const int64_t chunksDone = chunk + 1;
            for (int64_t position = 1; position < ranks; ++position) {
                const int64_t destination = (rank + ranks - position) % ranks;
                if (chunk < tiling.slots) {
                    const int64_t finishedWord2 = (FINISHED + destination) * COUNTER_WORDS;
                    // The peer has finished the launch before: nobody there reads what lies in its slots.
                    AwaitCounters(counters[finishedWord2], seen, 1, base);
                } else {
                    const int64_t blocks = GetBlockNum();
                    // Every block of the peer has released what was in the slot before.
                    AwaitCounters(counters[(RELEASES + destination * MOST_BLOCKS) * COUNTER_WORDS], seen, blocks,
                            base + static_cast<uint32_t>(chunksDone - tiling.slots));
                }
                const int64_t share = ((elements + tiling.lanes - 1) / tiling.lanes + 511) / 512 * 512;
                const int64_t begin = block * share < elements ? block * share : elements;
                const int64_t count = share < elements - begin ? share : elements - begin;
                GM_ADDR peerAddress = hccl.GetWindowsInAddr(destination);
                GlobalTensor<int8_t> peerWindow;
                peerWindow.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(peerAddress + WINDOW_DATA));
                const int64_t value2 = chunk % tiling.slots * ranks + rank;
                // This block's share of the chunk, into the slot at the peer.
                CopyThrough(peerWindow[value2 * (tiling.chunkRows * rowBytes)][begin], x1[skipped * rowBytes + begin],
                        staging, count);
                const int64_t share2 = ((elements2 + tiling.lanes - 1) / tiling.lanes + 511) / 512 * 512;
                const int64_t begin2 = block * share2 < elements2 ? block * share2 : elements2;
                const int64_t count2 = share2 < elements2 - begin2 ? share2 : elements2 - begin2;
                const int64_t alignedBytes = (slotBytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
                GlobalTensor<int8_t> peerWindow2;
                GM_ADDR peerWindow2Address = peerAddress + (WINDOW_DATA + alignedBytes);
                peerWindow2.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(peerWindow2Address));
                // This block's share of the chunk, into the slot at the peer.
                CopyThrough(peerWindow2[value2 * (tiling.chunkRows * value)][begin2],
                        x1Exponents[skipped * value + begin2], staging, count2);
                GlobalTensor<uint32_t> peerCounters;
                peerCounters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(peerAddress));
                // The chunk has arrived.
                WriteCounter(peerCounters[(ARRIVALS + rank * MOST_BLOCKS + block) * COUNTER_WORDS], word,
                        base + static_cast<uint32_t>(chunksDone));
            }
        }
        for (int64_t place = 0; place < peers; ++place) {
            const int64_t token = chunk * peers + place;
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

__aicore__ inline void GatherReceive(const AllGatherMatmulTiling &tiling, Hccl<> &hccl, const GlobalTensor<int8_t> &x1,
        const GlobalTensor<int8_t> &gatherOut) {
    LocalTensor<int8_t> staging(TPosition::VECIN, 0, 131072);
    LocalTensor<uint32_t> seen(TPosition::VECIN, 131072, 512);
    LocalTensor<uint32_t> word(TPosition::VECOUT, 133120, 8);
    const int64_t block = GetBlockIdx() / GetTaskRation();
    const int64_t rank = hccl.GetRankId();
    GM_ADDR windowAddress = hccl.GetWindowsInAddr(rank);
    GlobalTensor<uint32_t> counters;
    counters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(windowAddress));
    GlobalTensor<int8_t> window;
    window.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(windowAddress + WINDOW_DATA));
    const int64_t finishedWord = (FINISHED + rank) * COUNTER_WORDS;
    const uint32_t base = ReadCounter(counters[finishedWord], word);
    const int64_t ranks = hccl.GetRankDim();
    const int64_t peers = ranks - 1;
    const int64_t total = tiling.chunks * peers;
    const int64_t rowBytes = tiling.k / 2;
    const int64_t elements = tiling.m * rowBytes;
    const int64_t blocks = GetBlockNum();
    const int64_t share = ((elements + blocks - 1) / blocks + 511) / 512 * 512;
    const int64_t begin = block * share < elements ? block * share : elements;
    const int64_t count = share < elements - begin ? share : elements - begin;
    // This block's share of the own rows, for the output that wants the gathered matrix.
    CopyThrough(gatherOut[rank * elements + begin], x1[begin], staging, count);
    const int64_t otherSlots = tiling.slots - 1 > 1 ? tiling.slots - 1 : 1;
    const int64_t ahead = otherSlots * peers < 14 ? otherSlots * peers : 14;
    for (int64_t token = 0; token < total + ahead; ++token) {
        if (token >= ahead) {
            CrossCoreWaitFlag(CONSUMED);
            const int64_t consumed = token - ahead;
            const int64_t chunk = consumed / peers;
            const int64_t position = consumed % peers + 1;
            const int64_t source = (rank + position) % ranks;
            GM_ADDR peerAddress = hccl.GetWindowsInAddr(source);
            GlobalTensor<uint32_t> peerCounters;
            peerCounters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(peerAddress));
            const int64_t chunksDone = chunk + 1;
            // This block has read the chunk for the last time.
            WriteCounter(peerCounters[(RELEASES + rank * MOST_BLOCKS + block) * COUNTER_WORDS], word,
                    base + static_cast<uint32_t>(chunksDone));
        }
        if (token < total) {
            const int64_t chunk = token / peers;
            const int64_t position = token % peers + 1;
            const int64_t source = (rank + position) % ranks;
            const int64_t chunksDone = chunk + 1;
            // Every lane of the source has delivered its share of the chunk.
            AwaitCounters(counters[(ARRIVALS + source * MOST_BLOCKS) * COUNTER_WORDS], seen, tiling.lanes,
                    base + static_cast<uint32_t>(chunksDone));
            CrossCoreSetFlag<2, PIPE_MTE2>(ARRIVED);
            const int64_t skipped = chunk * tiling.chunkRows;
            const int64_t rows = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            const int64_t elements2 = rows * rowBytes;
            const int64_t share2 = ((elements2 + blocks - 1) / blocks + 511) / 512 * 512;
            const int64_t begin2 = block * share2 < elements2 ? block * share2 : elements2;
            const int64_t count2 = share2 < elements2 - begin2 ? share2 : elements2 - begin2;
            // This block's share of the chunk, for the output that wants the gathered matrix.
            CopyThrough(gatherOut[(source * tiling.m + skipped) * rowBytes + begin2],
                    window[(chunk % tiling.slots * ranks + source) * (tiling.chunkRows * rowBytes)][begin2], staging,
                    count2);
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
        GM_ADDR gatherOutAddress, GM_ADDR x1ExponentsAddress, GM_ADDR x2ExponentsAddress, GM_ADDR workspace,
        GM_ADDR tilingAddress) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    REGISTER_TILING_DEFAULT(AllGatherMatmulTiling);
    GET_TILING_DATA_WITH_STRUCT(AllGatherMatmulTiling, tiling, tilingAddress);
    Hccl<> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tiling);
    hccl.SetCcTilingV2(offsetof(AllGatherMatmulTiling, mc2CcTiling));
    GlobalTensor<fp4x2_e2m1_t> x1Asf4E2M1FN;
    x1Asf4E2M1FN.SetGlobalBuffer(reinterpret_cast<__gm__ fp4x2_e2m1_t *>(x1Address));
    GlobalTensor<int8_t> x1Asi8;
    x1Asi8.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(x1Address));
    GlobalTensor<fp4x2_e2m1_t> x2;
    x2.SetGlobalBuffer(reinterpret_cast<__gm__ fp4x2_e2m1_t *>(x2Address));
    GlobalTensor<bfloat16_t> output;
    output.SetGlobalBuffer(reinterpret_cast<__gm__ bfloat16_t *>(outputAddress));
    GlobalTensor<int8_t> gatherOut;
    gatherOut.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(gatherOutAddress));
    GlobalTensor<fp8_e8m0_t> x1ExponentsAsf8E8M0FNU;
    x1ExponentsAsf8E8M0FNU.SetGlobalBuffer(reinterpret_cast<__gm__ fp8_e8m0_t *>(x1ExponentsAddress));
    GlobalTensor<int8_t> x1ExponentsAsi8;
    x1ExponentsAsi8.SetGlobalBuffer(reinterpret_cast<__gm__ int8_t *>(x1ExponentsAddress));
    GlobalTensor<fp8_e8m0_t> x2Exponents;
    x2Exponents.SetGlobalBuffer(reinterpret_cast<__gm__ fp8_e8m0_t *>(x2ExponentsAddress));
    if ASCEND_IS_AIC {
        Matmul(tiling, hccl, x1Asf4E2M1FN, x2, output, x1ExponentsAsf8E8M0FNU, x2Exponents);
    }
    if ASCEND_IS_AIV {
        if (GetSubBlockIdx() == 0) {
            GatherSend(tiling, hccl, x1Asi8, x1ExponentsAsi8);
        } else {
            GatherReceive(tiling, hccl, x1Asi8, gatherOut);
        }
    }
    PipeBarrier<PIPE_ALL>();
}
