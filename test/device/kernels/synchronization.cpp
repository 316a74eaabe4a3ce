// Flags, barriers and flags between cores; each entry leaves marks in `trace`, or does one thing wrong.
#include "kernel_operator.h"
using namespace AscendC;

// 32 bytes per slot: what an AIV or AIC writes with its scalar.
__aicore__ inline void Mark(GM_ADDR trace, int64_t slot, int32_t value) {
    GlobalTensor<int32_t> words;
    words.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(trace));
    words.SetValue(static_cast<uint64_t>(slot), value);
}

__aicore__ inline int32_t Read(GM_ADDR trace, int64_t slot) {
    GlobalTensor<int32_t> words;
    words.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(trace));
    return words.GetValue(static_cast<uint64_t>(slot));
}

#define ENTRY(name) extern "C" __global__ __aicore__ void name([[maybe_unused]] GM_ADDR trace)

// Who am I: block, sub-block, blocks, sub-blocks, ratio, index of every core.
ENTRY(identities) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    int64_t core = 0;
    if ASCEND_IS_AIC {
        core = 3 * GetBlockIdx();
    }
    if ASCEND_IS_AIV {
        core = 3 * (GetBlockIdx() / GetTaskRation()) + 1 + GetSubBlockIdx();
    }
    const int64_t facts[] = {GetBlockIdx(), GetSubBlockIdx(), GetBlockNum(), GetSubBlockNum(), GetTaskRation()};
    for (int32_t i = 0; i < 5; ++i) {
        Mark(trace, core * 5 + i, static_cast<int32_t>(facts[i]));
    }
}

// Mode 2 both ways: the AIC waits for both AIVs, and both AIVs for the AIC. The AIC's mark is the sum of theirs.
ENTRY(mode_2) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    for (int32_t round = 0; round < 20; ++round) {
        if ASCEND_IS_AIC {
            CrossCoreWaitFlag(1);
            Mark(trace, 2, Read(trace, 0) + Read(trace, 1));
            CrossCoreSetFlag<2, PIPE_FIX>(2);
        }
        if ASCEND_IS_AIV {
            Mark(trace, GetSubBlockIdx(), round * 10 + static_cast<int32_t>(GetSubBlockIdx()));
            CrossCoreSetFlag<2, PIPE_MTE3>(1);
            CrossCoreWaitFlag(2);
            if (Read(trace, 2) != 20 * round + 1) {
                Mark(trace, 3, round);
            }
        }
    }
}

// Mode 1: the AIVs of a block; mode 0: all AIVs, and all AICs.
ENTRY(modes_0_and_1) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        Mark(trace, GetBlockIdx(), 1);
        CrossCoreSetFlag<1, PIPE_MTE3>(3);
        CrossCoreWaitFlag(3);
        Mark(trace, 16 + GetBlockIdx(), Read(trace, GetBlockIdx() ^ 1));
        CrossCoreSetFlag<0, PIPE_MTE3>(4);
        CrossCoreWaitFlag(4);
        int32_t sum = 0;
        for (int64_t i = 0; i < 2 * GetBlockNum(); ++i) {
            sum += Read(trace, i);
        }
        Mark(trace, 32 + GetBlockIdx(), sum);
    }
    if ASCEND_IS_AIC {
        Mark(trace, 48 + GetBlockIdx(), 1);
        CrossCoreSetFlag<0, PIPE_FIX>(4);
        CrossCoreWaitFlag(4);
        int32_t sum = 0;
        for (int64_t i = 0; i < GetBlockNum(); ++i) {
            sum += Read(trace, 48 + i);
        }
        Mark(trace, 56 + GetBlockIdx(), sum);
    }
}

ENTRY(sync_all) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    for (int32_t round = 0; round < 3; ++round) {
        if ASCEND_IS_AIV {
            Mark(trace, GetBlockIdx(), round);
            SyncAll();
            for (int64_t i = 0; i < 2 * GetBlockNum(); ++i) {
                if (Read(trace, i) != round) {
                    Mark(trace, 40, 1 + round);
                }
            }
        }
        SyncAll<false>();
    }
}

// Fifteen sets may be outstanding, sixteen may not.
ENTRY(fifteen_ahead) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        for (int32_t i = 0; i < 15; ++i) {
            CrossCoreSetFlag<2, PIPE_MTE3>(0);
        }
    }
    if ASCEND_IS_AIC {
        for (int32_t i = 0; i < 15; ++i) {
            CrossCoreWaitFlag(0);
        }
    }
}

ENTRY(sixteen_ahead) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        for (int32_t i = 0; i < 16; ++i) {
            CrossCoreSetFlag<2, PIPE_MTE3>(0);
        }
    }
}

ENTRY(unwaited_cross_core) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIC {
        CrossCoreSetFlag<2, PIPE_FIX>(5);
    }
}

// Both AIVs wait for the AIC, which waits for them.
ENTRY(circle) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIC {
        CrossCoreWaitFlag(1);
        CrossCoreSetFlag<2, PIPE_FIX>(2);
    }
    if ASCEND_IS_AIV {
        CrossCoreWaitFlag(2);
        CrossCoreSetFlag<2, PIPE_MTE3>(1);
    }
}

// One of two AIVs sets: not enough for the AIC.
ENTRY(half_a_set) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIC {
        CrossCoreWaitFlag(1);
    }
    if ASCEND_IS_AIV {
        if (GetSubBlockIdx() == 0) {
            CrossCoreSetFlag<2, PIPE_MTE3>(1);
        }
    }
}

ENTRY(missing_at_sync_all) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetBlockIdx() != 1) {
            SyncAll();
        }
    }
}

// Polls a word that nobody writes.
ENTRY(polls_in_vain) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIV {
        if (GetSubBlockIdx() == 0) {
            GlobalTensor<int32_t> counters;
            counters.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(trace));
            const LocalTensor<int32_t> seen(TPosition::VECIN, 0, 16);
            do {
                DataCopy(seen, counters, 16u);
                SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
                WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
            } while (seen.GetValue(8) < 1);
        }
    }
}

// The same with scalar reads of global memory.
ENTRY(reads_in_vain) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    while (Read(trace, 0) == 0) {
    }
}

// Loads the first words of `trace`, and returns the first.
__aicore__ inline int32_t Poll(GM_ADDR trace) {
    GlobalTensor<int32_t> counters;
    counters.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(trace));
    const LocalTensor<int32_t> seen(TPosition::VECIN, 0, 8);
    DataCopy(seen, counters, 8u);
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
    const int32_t found = seen.GetValue(0);
    SetFlag<HardEvent::S_MTE2>(EVENT_ID0);
    WaitFlag<HardEvent::S_MTE2>(EVENT_ID0);
    return found;
}

// Polls so many times what nobody writes, and goes on.
ENTRY(gives_up) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    for (int32_t round = 0; round < 20 && Poll(trace) == 0; ++round) {
    }
    PipeBarrier<PIPE_ALL>();
}

// Counts in UB, and leaves nothing of that in registers of its caller.
__attribute__((noinline)) bool CountsUpTo(int32_t most) {
    const LocalTensor<int32_t> count(TPosition::VECIN, 32, 8);
    count.SetValue(0, count.GetValue(0) + 1);
    return count.GetValue(0) < most;
}

// The same with a count that is kept in UB.
ENTRY(gives_up_by_a_count_in_ub) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    const LocalTensor<int32_t> count(TPosition::VECIN, 32, 8);
    count.SetValue(0, 0);
    while (Poll(trace) == 0 && CountsUpTo(20)) {
    }
    PipeBarrier<PIPE_ALL>();
}

// The same until so much time has passed.
ENTRY(gives_up_in_time) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    const int64_t end = GetSystemCycle() + 30;
    while (Poll(trace) == 0 && GetSystemCycle() < end) {
    }
    PipeBarrier<PIPE_ALL>();
}

ENTRY(wait_without_set) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID2);
}

ENTRY(set_twice) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID3);
    SetFlag<HardEvent::M_MTE1>(EVENT_ID3);
}

ENTRY(set_beside_pipe) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    TPipe pipe;
    SetFlag<HardEvent::M_MTE1>(EVENT_ID0);
}

ENTRY(set_without_wait) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    SetFlag<HardEvent::MTE1_M>(EVENT_ID1);
}

ENTRY(event_out_of_range) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    SetFlag<HardEvent::MTE1_M>(8);
}

ENTRY(event_of_the_other_kind) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
}

ENTRY(buffer_too_large) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIC_ONLY);
    TPipe pipe;
    TBuf<TPosition::A1> first, second;
    pipe.InitBuffer(first, 500000);
    pipe.InitBuffer(second, 30000);
}

ENTRY(view_too_large) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    TPipe pipe;
    TBuf<TPosition::VECCALC> buffer;
    pipe.InitBuffer(buffer, 1024);
    buffer.GetWithOffset<int32_t>(250, 32);
}
