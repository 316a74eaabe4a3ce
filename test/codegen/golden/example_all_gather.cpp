#include "kernel_operator.h"
#include "lib/hccl/hccl.h"
#include "all_gather_tiling.h"

using namespace AscendC;

constexpr int64_t ARRIVALS = 64;
constexpr int64_t COUNTER_WORDS = 8;
constexpr int64_t FINISHED = 0;
constexpr int64_t MOST_BLOCKS = 64;
constexpr int64_t RELEASES = 4160;
constexpr int64_t WINDOW_DATA = 264192;

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

__aicore__ inline void GatherSend(const AllGatherTiling &tiling, Hccl<> &hccl, const GlobalTensor<half> &x1) {
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
    const bool sends = block < tiling.lanes;
    const int64_t ranks = hccl.GetRankDim();
    for (int64_t chunk = 0; chunk < tiling.chunks; ++chunk) {
        if (sends) {
            const int64_t skipped = chunk * tiling.chunkRows;
            const int64_t rows = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
            const int64_t elements = rows * tiling.k;
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
    }
    SyncAll<true>();
}

__aicore__ inline void GatherReceive(const AllGatherTiling &tiling, Hccl<> &hccl, const GlobalTensor<half> &x1,
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
    const int64_t peers = ranks - 1;
    const int64_t total = tiling.chunks * peers;
    const int64_t elements = tiling.m * tiling.k;
    const int64_t blocks = GetBlockNum();
    const int64_t share = ((elements + blocks - 1) / blocks + 255) / 256 * 256;
    const int64_t begin = block * share < elements ? block * share : elements;
    const int64_t count = share < elements - begin ? share : elements - begin;
    // This block's share of the own rows, for the output that wants the gathered matrix.
    CopyThrough(gatherOut[rank * elements + begin], x1[begin], staging, count);
    for (int64_t token = 0; token < total; ++token) {
        const int64_t chunk = token / peers;
        const int64_t position = token % peers + 1;
        const int64_t source = (rank + position) % ranks;
        const int64_t chunksDone = chunk + 1;
        const uint32_t value = base + static_cast<uint32_t>(chunksDone);
        // Every lane of the source has delivered its share of the chunk.
        AwaitCounters(counters[(ARRIVALS + source * MOST_BLOCKS) * COUNTER_WORDS], seen, tiling.lanes, value);
        const int64_t skipped = chunk * tiling.chunkRows;
        const int64_t rows = tiling.chunkRows < tiling.m - skipped ? tiling.chunkRows : tiling.m - skipped;
        const int64_t elements2 = rows * tiling.k;
        const int64_t share2 = ((elements2 + blocks - 1) / blocks + 255) / 256 * 256;
        const int64_t begin2 = block * share2 < elements2 ? block * share2 : elements2;
        const int64_t count2 = share2 < elements2 - begin2 ? share2 : elements2 - begin2;
        // This block's share of the chunk, for the output that wants the gathered matrix.
        CopyThrough(gatherOut[(source * tiling.m + skipped) * tiling.k + begin2],
                window[(chunk % tiling.slots * ranks + source) * (tiling.chunkRows * tiling.k)][begin2], staging,
                count2);
        GM_ADDR peerAddress = hccl.GetWindowsInAddr(source);
        GlobalTensor<uint32_t> peerCounters;
        peerCounters.SetGlobalBuffer(reinterpret_cast<__gm__ uint32_t *>(peerAddress));
        // This block has read the chunk for the last time.
        WriteCounter(peerCounters[(RELEASES + rank * MOST_BLOCKS + block) * COUNTER_WORDS], word, value);
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

extern "C" __global__ __aicore__ void all_gather(GM_ADDR x1Address, GM_ADDR gatherOutAddress, GM_ADDR workspace,
        GM_ADDR tilingAddress) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    InitSocState();
    REGISTER_TILING_DEFAULT(AllGatherTiling);
    GET_TILING_DATA_WITH_STRUCT(AllGatherTiling, tiling, tilingAddress);
    Hccl<> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tiling);
    hccl.SetCcTilingV2(offsetof(AllGatherTiling, mc2CcTiling));
    GlobalTensor<half> x1;
    x1.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(x1Address));
    GlobalTensor<half> gatherOut;
    gatherOut.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(gatherOutAddress));
    if ASCEND_IS_AIV {
        if (GetSubBlockIdx() == 0) {
            GatherSend(tiling, hccl, x1);
        } else {
            GatherReceive(tiling, hccl, x1, gatherOut);
        }
    }
    PipeBarrier<PIPE_ALL>();
}
