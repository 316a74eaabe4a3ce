// litmus: accumulate-small-without-barrier
// claim: With (m/16)*(n/16) < 10 and no barrier an Mmad may add to the L0C tile as it was before its predecessor.
// rules: M1
// rests on: Mmad
// runs: 1 rank, 1 block, 1 launch
// input: float16 ones
// result: float32 r0
// outcome: r0=32 allowed
// fast: r0=48
// checked: race
#include "kernel_operator.h"
using namespace AscendC;

// One fractal of ones in L0A and in L0B, so that every product is 16.
__aicore__ inline void Observe(GM_ADDR input, GM_ADDR result) {
    GlobalTensor<half> ones;
    GlobalTensor<float> target;
    ones.SetGlobalBuffer((__gm__ half *)input);
    target.SetGlobalBuffer((__gm__ float *)result);
    TPipe pipe;
    TBuf<TPosition::A1> l1Buffer;
    TBuf<TPosition::A2> l0ABuffer;
    TBuf<TPosition::B2> l0BBuffer;
    TBuf<TPosition::CO1> l0CBuffer;
    pipe.InitBuffer(l1Buffer, 512);
    pipe.InitBuffer(l0ABuffer, 512);
    pipe.InitBuffer(l0BBuffer, 512);
    pipe.InitBuffer(l0CBuffer, 1024);
    LocalTensor<half> l1 = l1Buffer.Get<half>();
    LocalTensor<half> l0A = l0ABuffer.Get<half>();
    LocalTensor<half> l0B = l0BBuffer.Get<half>();
    LocalTensor<float> l0C = l0CBuffer.Get<float>();

    DataCopy(l1, ones, Nd2NzParams(1, 16, 16, 0, 16, 16, 1, 0));
    SetFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE1>(EVENT_ID0);
    LoadData(l0A, l1, LoadData2DParams(0, 1, 1, 0, 0, false, 0));
    LoadData(l0B, l1, LoadData2DParams(0, 1, 1, 0, 0, true, 0));
    SetFlag<HardEvent::MTE1_M>(EVENT_ID0);
    WaitFlag<HardEvent::MTE1_M>(EVENT_ID0);

    Mmad(l0C, l0A, l0B, MmadParams(16, 16, 16, 0, false, true));
    PipeBarrier<PIPE_M>();
    Mmad(l0C, l0A, l0B, MmadParams(16, 16, 16, 0, false, false));
    Mmad(l0C, l0A, l0B, MmadParams(16, 16, 16, 0, false, false));  // may miss the sum of the line above
    SetFlag<HardEvent::M_FIX>(EVENT_ID0);
    WaitFlag<HardEvent::M_FIX>(EVENT_ID0);
    Fixpipe<float, float, CFG_ROW_MAJOR>(target, l0C, FixpipeParamsV220(16, 16, 16, 16, false));
}

extern "C" __global__ __aicore__ void accumulate_small_without_barrier(GM_ADDR input, GM_ADDR result,
                                                                       GM_ADDR workspace) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    if ASCEND_IS_AIC {
        Observe(input, result);
    }
}
