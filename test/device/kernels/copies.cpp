// One form of DataCopy or DataCopyPad per entry; numbers come from the tiling.
#include "kernel_operator.h"
using namespace AscendC;

struct Numbers {
    int32_t value[16];
};

#define ENTRY(name, kind)                                                                        \
    template <typename T>                                                                        \
    __aicore__ inline void name##Body(GM_ADDR source, GM_ADDR target, const int32_t *v);         \
    extern "C" __global__ __aicore__ void name(GM_ADDR source, GM_ADDR target, GM_ADDR tiling) { \
        KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);                                       \
        GET_TILING_DATA_WITH_STRUCT(Numbers, numbers, tiling);                                   \
        if (kind && GetSubBlockIdx() == 0) {                                                     \
            name##Body<int16_t>(source, target, numbers.value);                                  \
        }                                                                                        \
    }                                                                                            \
    template <typename T>                                                                        \
    __aicore__ inline void name##Body(GM_ADDR source, GM_ADDR target, [[maybe_unused]] const int32_t *v)

template <typename T>
__aicore__ inline GlobalTensor<T> Global(GM_ADDR address) {
    GlobalTensor<T> tensor;
    tensor.SetGlobalBuffer(reinterpret_cast<__gm__ T *>(address));
    return tensor;
}

// ND to NZ: the NZ matrix in L1, then all of `v[8]` elements of L1 out to global memory.
ENTRY(nd_to_nz, ASCEND_IS_AIC) {
    const LocalTensor<T> l1(TPosition::A1, 0, v[8]);
    DataCopy(l1, Global<T>(target), static_cast<uint32_t>(v[8]));
    PipeBarrier<PIPE_MTE2>();
    DataCopy(l1, Global<T>(source), Nd2NzParams(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]));
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(Global<T>(target), l1, static_cast<uint32_t>(v[8]));
}

ENTRY(blocks, ASCEND_IS_AIV) {
    const LocalTensor<T> ub(TPosition::VECCALC, 0, 16384);
    DataCopy(ub, Global<T>(source), DataCopyParams(v[0], v[1], v[2], v[3]));
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(Global<T>(target), ub, DataCopyParams(v[0], v[1], v[3], v[2]));
}

ENTRY(padded_in, ASCEND_IS_AIV) {
    const LocalTensor<T> ub(TPosition::VECIN, 0, 16384);
    DataCopyPad(ub, Global<T>(source), DataCopyExtParams(v[0], v[1], v[2], v[3], 0),
                DataCopyPadExtParams<T>(v[4] != 0, v[5], v[6], v[7]));
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopy(Global<T>(target), ub, static_cast<uint32_t>(v[8]));
}

ENTRY(padded_out, ASCEND_IS_AIV) {
    const LocalTensor<T> ub(TPosition::VECOUT, 0, 16384);
    DataCopy(ub, Global<T>(source), static_cast<uint32_t>(v[8]));
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    DataCopyPad(Global<T>(target), ub, DataCopyExtParams(v[0], v[1], v[2], v[3], 0));
}

// A queue of two buffers between MTE2 and V, another between V and MTE3.
ENTRY(queued, ASCEND_IS_AIV) {
    TPipe pipe;
    TQue<TPosition::VECIN, 1> arriving;
    TQue<TPosition::VECOUT, 1> leaving;
    pipe.InitBuffer(arriving, 2, 512);
    pipe.InitBuffer(leaving, 2, 512);
    for (int32_t i = 0; i < v[0]; ++i) {
        LocalTensor<T> taken = arriving.AllocTensor<T>();
        DataCopy(taken, Global<T>(source)[i * 256], 256);
        arriving.EnQue(taken);
        LocalTensor<T> came = arriving.DeQue<T>();
        LocalTensor<T> result = leaving.AllocTensor<T>();
        Adds(result, came, static_cast<T>(i), 256);
        leaving.EnQue(result);
        arriving.FreeTensor(came);
        LocalTensor<T> left = leaving.DeQue<T>();
        DataCopy(Global<T>(target)[i * 256], left, 256);
        leaving.FreeTensor(left);
    }
}

ENTRY(within_ub, ASCEND_IS_AIV) {
    const LocalTensor<T> first(TPosition::VECCALC, 0, 64), second(TPosition::VECCALC, 1024, 64);
    DataCopy(first, Global<T>(source), 64u);
    SetFlag<HardEvent::MTE2_V>(EVENT_ID1);
    WaitFlag<HardEvent::MTE2_V>(EVENT_ID1);
    DataCopy(second, first, 64u);
    SetFlag<HardEvent::V_MTE3>(EVENT_ID1);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID1);
    DataCopy(Global<T>(target), second, 64u);
}

// Every AIV of every block adds the same 64 floats and integers to the target.
extern "C" __global__ __aicore__ void added(GM_ADDR source, GM_ADDR floats, GM_ADDR integers) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    const LocalTensor<float> ub(TPosition::VECCALC, 0, 64);
    const LocalTensor<int32_t> ones(TPosition::VECCALC, 1024, 64);
    DataCopy(ub, Global<float>(source), 64u);
    Duplicate(ones, 1, 64);
    SetFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::MTE2_MTE3>(EVENT_ID0);
    SetFlag<HardEvent::V_MTE3>(EVENT_ID0);
    WaitFlag<HardEvent::V_MTE3>(EVENT_ID0);
    SetAtomicAdd<float>();
    DataCopy(Global<float>(floats), ub, 64u);
    SetAtomicAdd<int32_t>();
    DataCopyPad(Global<int32_t>(integers), ones, DataCopyExtParams(1, 4, 0, 0, 0));
    SetAtomicNone();
    DataCopyPad(Global<int32_t>(integers)[1], ones, DataCopyExtParams(1, 4, 0, 0, 0));
}

// Scalar reads and writes of global memory and of UB.
extern "C" __global__ __aicore__ void scalar(GM_ADDR source, GM_ADDR target) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_AIV_ONLY);
    GlobalTensor<int32_t> from = Global<int32_t>(source), to = Global<int32_t>(target);
    LocalTensor<int32_t> ub(TPosition::VECCALC, 64, 8);
    ub.SetValue(3, from.GetValue(0) + 1);
    to.SetValue(0, ub.GetValue(3));
    to.SetValue(1, static_cast<int32_t>(ub.ReinterpretCast<int16_t>().GetSize()));
    DataCacheCleanAndInvalid<int32_t, CacheLine::SINGLE_CACHE_LINE, DcciDst::CACHELINE_OUT>(to);
}
