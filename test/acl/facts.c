// What programs that are built against the vendor's headers take for granted of ours: values, sizes, offsets and
// signatures. Compiles as C11 and as C++11; what it does not assert it checks when it runs.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "acl/acl.h"
#include "aclnn/aclnn_base.h"
#include "hccl/hccl.h"

#define FACT(condition) static_assert(condition, #condition)

#ifdef __cplusplus
#include <type_traits>
#define TYPE(name, type) FACT((std::is_same<name, type>::value))
#define FUNCTION(name, result, arguments) FACT((std::is_same<decltype(&name), result(*) arguments>::value))
#else
#define TYPE(name, type) FACT(_Generic((name *)0, type *: 1, default: 0))
#define FUNCTION(name, result, arguments) FACT(_Generic(&name, result(*) arguments: 1, default: 0))
#endif

// ---- acl_base.h

TYPE(aclError, int);
TYPE(aclFloat16, uint16_t);
TYPE(aclrtContext, void *);
TYPE(aclrtStream, void *);
TYPE(aclrtEvent, void *);

#ifdef __cplusplus
// Objects, which C does not take for constants. Programs write auto ret = ACL_SUCCESS and assign to it.
FACT((std::is_same<decltype(ACL_SUCCESS), const int>::value));
FACT(ACL_SUCCESS == 0);
FACT(ACL_ERROR_NONE == 0);
FACT(ACL_ERROR_INVALID_PARAM == 100000);
FACT(ACL_ERROR_UNINITIALIZE == 100001);
FACT(ACL_ERROR_REPEAT_INITIALIZE == 100002);
FACT(ACL_ERROR_INVALID_FILE == 100003);
FACT(ACL_ERROR_WRITE_FILE == 100004);
FACT(ACL_ERROR_INVALID_FILE_SIZE == 100005);
FACT(ACL_ERROR_PARSE_FILE == 100006);
FACT(ACL_ERROR_FILE_MISSING_ATTR == 100007);
FACT(ACL_ERROR_FILE_ATTR_INVALID == 100008);
FACT(ACL_ERROR_OP_TYPE_NOT_MATCH == 100020);
FACT(ACL_ERROR_OP_INPUT_NOT_MATCH == 100021);
FACT(ACL_ERROR_OP_OUTPUT_NOT_MATCH == 100022);
FACT(ACL_ERROR_OP_ATTR_NOT_MATCH == 100023);
FACT(ACL_ERROR_OP_NOT_FOUND == 100024);
FACT(ACL_ERROR_OP_LOAD_FAILED == 100025);
FACT(ACL_ERROR_UNSUPPORTED_DATA_TYPE == 100026);
FACT(ACL_ERROR_FORMAT_NOT_MATCH == 100027);
FACT(ACL_ERROR_KERNEL_NOT_FOUND == 100029);
FACT(ACL_ERROR_REPEAT_FINALIZE == 100037);
FACT(ACL_ERROR_INVALID_OPP_PATH == 148049);
FACT(ACL_ERROR_BAD_ALLOC == 200000);
FACT(ACL_ERROR_API_NOT_SUPPORT == 200001);
FACT(ACL_ERROR_INVALID_DEVICE == 200002);
FACT(ACL_ERROR_MEMORY_ADDRESS_UNALIGNED == 200003);
FACT(ACL_ERROR_RESOURCE_NOT_MATCH == 200004);
FACT(ACL_ERROR_INVALID_RESOURCE_HANDLE == 200005);
FACT(ACL_ERROR_FEATURE_UNSUPPORTED == 200006);
FACT(ACL_ERROR_STORAGE_OVER_LIMIT == 300000);
FACT(ACL_ERROR_INTERNAL_ERROR == 500000);
FACT(ACL_ERROR_FAILURE == 500001);
FACT(ACL_ERROR_GE_FAILURE == 500002);
FACT(ACL_ERROR_RT_FAILURE == 500003);
FACT(ACL_ERROR_DRV_FAILURE == 500004);
FACT(ACL_ERROR_PROFILING_FAILURE == 500005);
#endif

FACT(ACL_RT_SUCCESS == 0);
FACT(ACL_ERROR_RT_PARAM_INVALID == 107000);
FACT(ACL_ERROR_RT_INVALID_DEVICEID == 107001);
FACT(ACL_ERROR_RT_CONTEXT_NULL == 107002);
FACT(ACL_ERROR_RT_STREAM_CONTEXT == 107003);
FACT(ACL_ERROR_RT_EVENT_TIMESTAMP_INVALID == 107006);
FACT(ACL_ERROR_RT_EVENT_TIMESTAMP_REVERSAL == 107007);
FACT(ACL_ERROR_RT_ADDR_UNALIGNED == 107008);
FACT(ACL_ERROR_RT_FILE_OPEN == 107009);
FACT(ACL_ERROR_RT_FILE_WRITE == 107010);
FACT(ACL_ERROR_RT_INVALID_MEMORY_TYPE == 107016);
FACT(ACL_ERROR_RT_INVALID_HANDLE == 107017);
FACT(ACL_ERROR_RT_INVALID_MALLOC_TYPE == 107018);
FACT(ACL_ERROR_RT_WAIT_TIMEOUT == 107019);
FACT(ACL_ERROR_RT_TASK_TIMEOUT == 107020);
FACT(ACL_ERROR_RT_SYSPARAMOPT_NOT_SET == 107021);
FACT(ACL_ERROR_RT_DEVICE_TASK_ABORT == 107022);
FACT(ACL_ERROR_RT_STREAM_ABORT == 107023);
FACT(ACL_ERROR_RT_FEATURE_NOT_SUPPORT == 207000);
FACT(ACL_ERROR_RT_MEMORY_ALLOCATION == 207001);
FACT(ACL_ERROR_RT_MEMORY_FREE == 207002);
FACT(ACL_ERROR_RT_AICORE_OVER_FLOW == 207003);
FACT(ACL_ERROR_RT_NO_DEVICE == 207004);
FACT(ACL_ERROR_RT_RESOURCE_ALLOC_FAIL == 207005);
FACT(ACL_ERROR_RT_NO_PERMISSION == 207006);
FACT(ACL_ERROR_RT_NO_EVENT_RESOURCE == 207007);
FACT(ACL_ERROR_RT_NO_STREAM_RESOURCE == 207008);
FACT(ACL_ERROR_RT_OVER_LIMIT == 207012);
FACT(ACL_ERROR_RT_REPEATED_INIT == 207015);
FACT(ACL_ERROR_RT_AIVEC_OVER_FLOW == 207016);
FACT(ACL_ERROR_RT_OVER_FLOW == 207017);
FACT(ACL_ERROR_RT_DEVICE_OOM == 207018);
FACT(ACL_ERROR_RT_INTERNAL_ERROR == 507000);
FACT(ACL_ERROR_RT_TS_ERROR == 507001);
FACT(ACL_ERROR_RT_STREAM_TASK_FULL == 507002);
FACT(ACL_ERROR_RT_STREAM_TASK_EMPTY == 507003);
FACT(ACL_ERROR_RT_STREAM_NOT_COMPLETE == 507004);
FACT(ACL_ERROR_RT_EVENT_NOT_COMPLETE == 507006);
FACT(ACL_ERROR_RT_CONTEXT_RELEASE_ERROR == 507007);
FACT(ACL_ERROR_RT_SOC_VERSION == 507008);
FACT(ACL_ERROR_RT_LOST_HEARTBEAT == 507010);
FACT(ACL_ERROR_RT_REPORT_TIMEOUT == 507012);
FACT(ACL_ERROR_RT_SYS_DMA == 507013);
FACT(ACL_ERROR_RT_AICORE_TIMEOUT == 507014);
FACT(ACL_ERROR_RT_AICORE_EXCEPTION == 507015);
FACT(ACL_ERROR_RT_AICORE_TRAP_EXCEPTION == 507016);
FACT(ACL_ERROR_RT_DEV_SETUP_ERROR == 507033);
FACT(ACL_ERROR_RT_VECTOR_CORE_TIMEOUT == 507034);
FACT(ACL_ERROR_RT_VECTOR_CORE_EXCEPTION == 507035);
FACT(ACL_ERROR_RT_VECTOR_CORE_TRAP_EXCEPTION == 507036);
FACT(ACL_ERROR_RT_STREAM_SYNC_TIMEOUT == 507046);
FACT(ACL_ERROR_RT_EVENT_SYNC_TIMEOUT == 507047);
FACT(ACL_ERROR_RT_FFTS_PLUS_TIMEOUT == 507048);
FACT(ACL_ERROR_RT_FFTS_PLUS_EXCEPTION == 507049);
FACT(ACL_ERROR_RT_FFTS_PLUS_TRAP_EXCEPTION == 507050);
FACT(ACL_ERROR_RT_DEVICE_MEM_ERROR == 507053);
FACT(ACL_ERROR_RT_HBM_MULTI_BIT_ECC_ERROR == 507054);
FACT(ACL_ERROR_RT_SUSPECT_DEVICE_MEM_ERROR == 507055);
FACT(ACL_ERROR_RT_LINK_ERROR == 507056);
FACT(ACL_ERROR_RT_SUSPECT_REMOTE_ERROR == 507057);
FACT(ACL_ERROR_RT_DRV_INTERNAL_ERROR == 507899);
FACT(ACL_ERROR_RT_COMM_OP_RETRY_FAIL == 507904);

FACT(sizeof(aclDataType) == 4);
FACT(ACL_DT_UNDEFINED == -1);
FACT(ACL_FLOAT == 0);
FACT(ACL_FLOAT16 == 1);
FACT(ACL_INT8 == 2);
FACT(ACL_INT32 == 3);
FACT(ACL_UINT8 == 4);
FACT(ACL_INT16 == 6);
FACT(ACL_UINT16 == 7);
FACT(ACL_UINT32 == 8);
FACT(ACL_INT64 == 9);
FACT(ACL_UINT64 == 10);
FACT(ACL_DOUBLE == 11);
FACT(ACL_BOOL == 12);
FACT(ACL_STRING == 13);
FACT(ACL_COMPLEX64 == 16);
FACT(ACL_COMPLEX128 == 17);
FACT(ACL_BF16 == 27);
FACT(ACL_INT4 == 29);
FACT(ACL_UINT1 == 30);
FACT(ACL_COMPLEX32 == 33);
FACT(ACL_HIFLOAT8 == 34);
FACT(ACL_FLOAT8_E5M2 == 35);
FACT(ACL_FLOAT8_E4M3FN == 36);
FACT(ACL_FLOAT8_E8M0 == 37);
FACT(ACL_FLOAT6_E3M2 == 38);
FACT(ACL_FLOAT6_E2M3 == 39);
FACT(ACL_FLOAT4_E2M1 == 40);
FACT(ACL_FLOAT4_E1M2 == 41);

FACT(sizeof(aclFormat) == 4);
FACT(ACL_FORMAT_UNDEFINED == -1);
FACT(ACL_FORMAT_NCHW == 0);
FACT(ACL_FORMAT_NHWC == 1);
FACT(ACL_FORMAT_ND == 2);
FACT(ACL_FORMAT_NC1HWC0 == 3);
FACT(ACL_FORMAT_FRACTAL_Z == 4);
FACT(ACL_FORMAT_NC1HWC0_C04 == 12);
FACT(ACL_FORMAT_HWCN == 16);
FACT(ACL_FORMAT_NDHWC == 27);
FACT(ACL_FORMAT_FRACTAL_NZ == 29);
FACT(ACL_FORMAT_NCDHW == 30);
FACT(ACL_FORMAT_NDC1HWC0 == 32);
FACT(ACL_FRACTAL_Z_3D == 33);
FACT(ACL_FORMAT_NC == 35);
FACT(ACL_FORMAT_NCL == 47);
FACT(ACL_FORMAT_FRACTAL_NZ_C0_16 == 50);
FACT(ACL_FORMAT_FRACTAL_NZ_C0_32 == 51);
FACT(ACL_FORMAT_FRACTAL_NZ_C0_2 == 52);
FACT(ACL_FORMAT_FRACTAL_NZ_C0_4 == 53);
FACT(ACL_FORMAT_FRACTAL_NZ_C0_8 == 54);

FUNCTION(aclDataTypeSize, size_t, (aclDataType));
FUNCTION(aclFloat16ToFloat, float, (aclFloat16));
FUNCTION(aclFloatToFloat16, aclFloat16, (float));
FUNCTION(aclrtGetSocName, const char *, (void));

// ---- acl_rt.h

FACT(ACL_EVENT_SYNC == 0x1);
FACT(ACL_EVENT_CAPTURE_STREAM_PROGRESS == 0x2);
FACT(ACL_EVENT_TIME_LINE == 0x8);
FACT(ACL_EVENT_DEVICE_USE_ONLY == 0x10);
FACT(ACL_EVENT_EXTERNAL == 0x20);
FACT(ACL_EVENT_IPC == 0x40);
FACT(ACL_STREAM_FAST_LAUNCH == 0x1);
FACT(ACL_STREAM_FAST_SYNC == 0x2);
FACT(ACL_STREAM_PERSISTENT == 0x4);
FACT(ACL_STREAM_HUGE == 0x8);
FACT(ACL_STREAM_CPU_SCHEDULE == 0x10);
FACT(ACL_STREAM_DEVICE_USE_ONLY == 0x20);
FACT(ACL_CONTINUE_ON_FAILURE == 0);
FACT(ACL_STOP_ON_FAILURE == 1);

FACT(ACL_DEVICE == 0);
FACT(ACL_HOST == 1);
FACT(ACL_EVENT_RECORDED_STATUS_NOT_READY == 0);
FACT(ACL_EVENT_RECORDED_STATUS_COMPLETE == 1);
FACT(ACL_STREAM_STATUS_COMPLETE == 0);
FACT(ACL_STREAM_STATUS_NOT_READY == 1);
FACT(ACL_STREAM_STATUS_RESERVED == 0xFFFF);

FACT(ACL_MEMCPY_HOST_TO_HOST == 0);
FACT(ACL_MEMCPY_HOST_TO_DEVICE == 1);
FACT(ACL_MEMCPY_DEVICE_TO_HOST == 2);
FACT(ACL_MEMCPY_DEVICE_TO_DEVICE == 3);
FACT(ACL_MEMCPY_DEFAULT == 4);
FACT(ACL_MEMCPY_HOST_TO_BUF_TO_DEVICE == 5);
FACT(ACL_MEMCPY_INNER_DEVICE_TO_DEVICE == 6);
FACT(ACL_MEMCPY_INTER_DEVICE_TO_DEVICE == 7);

FACT(ACL_MEM_MALLOC_HUGE_FIRST == 0);
FACT(ACL_MEM_MALLOC_HUGE_ONLY == 1);
FACT(ACL_MEM_MALLOC_NORMAL_ONLY == 2);
FACT(ACL_MEM_MALLOC_HUGE_FIRST_P2P == 3);
FACT(ACL_MEM_MALLOC_HUGE_ONLY_P2P == 4);
FACT(ACL_MEM_MALLOC_NORMAL_ONLY_P2P == 5);
FACT(ACL_MEM_MALLOC_HUGE1G_ONLY == 6);
FACT(ACL_MEM_MALLOC_HUGE1G_ONLY_P2P == 7);
FACT(ACL_MEM_TYPE_LOW_BAND_WIDTH == 0x100);
FACT(ACL_MEM_TYPE_HIGH_BAND_WIDTH == 0x1000);
FACT(ACL_MEM_ACCESS_USER_SPACE_READONLY == 0x100000);

FACT(ACL_DDR_MEM == 0);
FACT(ACL_HBM_MEM == 1);
FACT(ACL_DDR_MEM_HUGE == 2);
FACT(ACL_DDR_MEM_NORMAL == 3);
FACT(ACL_HBM_MEM_HUGE == 4);
FACT(ACL_HBM_MEM_NORMAL == 5);
FACT(ACL_DDR_MEM_P2P_HUGE == 6);
FACT(ACL_DDR_MEM_P2P_NORMAL == 7);
FACT(ACL_HBM_MEM_P2P_HUGE == 8);
FACT(ACL_HBM_MEM_P2P_NORMAL == 9);
FACT(ACL_HBM_MEM_HUGE1G == 10);
FACT(ACL_HBM_MEM_P2P_HUGE1G == 11);
FACT(ACL_MEM_NORMAL == 12);
FACT(ACL_MEM_HUGE == 13);
FACT(ACL_MEM_HUGE1G == 14);
FACT(ACL_MEM_P2P_NORMAL == 15);
FACT(ACL_MEM_P2P_HUGE == 16);
FACT(ACL_MEM_P2P_HUGE1G == 17);

FUNCTION(aclInit, aclError, (const char *));
FUNCTION(aclFinalize, aclError, (void));
FUNCTION(aclrtGetVersion, aclError, (int32_t *, int32_t *, int32_t *));
FUNCTION(aclGetRecentErrMsg, const char *, (void));

FUNCTION(aclrtSetDevice, aclError, (int32_t));
FUNCTION(aclrtResetDevice, aclError, (int32_t));
FUNCTION(aclrtGetDevice, aclError, (int32_t *));
FUNCTION(aclrtGetDeviceCount, aclError, (uint32_t *));
FUNCTION(aclrtGetRunMode, aclError, (aclrtRunMode *));
FUNCTION(aclrtSynchronizeDevice, aclError, (void));
FUNCTION(aclrtSynchronizeDeviceWithTimeout, aclError, (int32_t));

FUNCTION(aclrtCreateContext, aclError, (aclrtContext *, int32_t));
FUNCTION(aclrtDestroyContext, aclError, (aclrtContext));
FUNCTION(aclrtSetCurrentContext, aclError, (aclrtContext));
FUNCTION(aclrtGetCurrentContext, aclError, (aclrtContext *));

FUNCTION(aclrtCreateStream, aclError, (aclrtStream *));
FUNCTION(aclrtCreateStreamWithConfig, aclError, (aclrtStream *, uint32_t, uint32_t));
FUNCTION(aclrtDestroyStream, aclError, (aclrtStream));
FUNCTION(aclrtDestroyStreamForce, aclError, (aclrtStream));
FUNCTION(aclrtSynchronizeStream, aclError, (aclrtStream));
FUNCTION(aclrtSynchronizeStreamWithTimeout, aclError, (aclrtStream, int32_t));
FUNCTION(aclrtStreamQuery, aclError, (aclrtStream, aclrtStreamStatus *));
FUNCTION(aclrtSetStreamFailureMode, aclError, (aclrtStream, uint64_t));

FUNCTION(aclrtCreateEvent, aclError, (aclrtEvent *));
FUNCTION(aclrtCreateEventWithFlag, aclError, (aclrtEvent *, uint32_t));
FUNCTION(aclrtCreateEventExWithFlag, aclError, (aclrtEvent *, uint32_t));
FUNCTION(aclrtDestroyEvent, aclError, (aclrtEvent));
FUNCTION(aclrtRecordEvent, aclError, (aclrtEvent, aclrtStream));
FUNCTION(aclrtResetEvent, aclError, (aclrtEvent, aclrtStream));
FUNCTION(aclrtQueryEventStatus, aclError, (aclrtEvent, aclrtEventRecordedStatus *));
FUNCTION(aclrtSynchronizeEvent, aclError, (aclrtEvent));
FUNCTION(aclrtSynchronizeEventWithTimeout, aclError, (aclrtEvent, int32_t));
FUNCTION(aclrtEventElapsedTime, aclError, (float *, aclrtEvent, aclrtEvent));
FUNCTION(aclrtStreamWaitEvent, aclError, (aclrtStream, aclrtEvent));

FUNCTION(aclrtMalloc, aclError, (void **, size_t, aclrtMemMallocPolicy));
FUNCTION(aclrtMallocAlign32, aclError, (void **, size_t, aclrtMemMallocPolicy));
FUNCTION(aclrtFree, aclError, (void *));
FUNCTION(aclrtMallocHost, aclError, (void **, size_t));
FUNCTION(aclrtFreeHost, aclError, (void *));
FUNCTION(aclrtGetMemInfo, aclError, (aclrtMemAttr, size_t *, size_t *));
FUNCTION(aclrtMemcpy, aclError, (void *, size_t, const void *, size_t, aclrtMemcpyKind));
FUNCTION(aclrtMemcpyAsync, aclError, (void *, size_t, const void *, size_t, aclrtMemcpyKind, aclrtStream));
FUNCTION(aclrtMemset, aclError, (void *, size_t, int32_t, size_t));
FUNCTION(aclrtMemsetAsync, aclError, (void *, size_t, int32_t, size_t, aclrtStream));

// ---- hccl_types.h

TYPE(HcclComm, void *);
FACT(sizeof(HcclResult) == 4);
FACT(HCCL_SUCCESS == 0);
FACT(HCCL_E_PARA == 1);
FACT(HCCL_E_PTR == 2);
FACT(HCCL_E_MEMORY == 3);
FACT(HCCL_E_INTERNAL == 4);
FACT(HCCL_E_NOT_SUPPORT == 5);
FACT(HCCL_E_NOT_FOUND == 6);
FACT(HCCL_E_UNAVAIL == 7);
FACT(HCCL_E_SYSCALL == 8);
FACT(HCCL_E_TIMEOUT == 9);
FACT(HCCL_E_OPEN_FILE_FAILURE == 10);
FACT(HCCL_E_TCP_CONNECT == 11);
FACT(HCCL_E_ROCE_CONNECT == 12);
FACT(HCCL_E_TCP_TRANSFER == 13);
FACT(HCCL_E_ROCE_TRANSFER == 14);
FACT(HCCL_E_RUNTIME == 15);
FACT(HCCL_E_DRV == 16);
FACT(HCCL_E_PROFILING == 17);
FACT(HCCL_E_CCE == 18);
FACT(HCCL_E_NETWORK == 19);
FACT(HCCL_E_AGAIN == 20);
FACT(HCCL_E_REMOTE == 21);
FACT(HCCL_E_SUSPENDING == 22);
FACT(HCCL_E_OPRETRY_FAIL == 23);
FACT(HCCL_E_OOM == 24);
FACT(HCCL_E_IN_STATUS == 1041);

FACT(sizeof(HcclDataType) == 4);
FACT(HCCL_DATA_TYPE_INT8 == 0);
FACT(HCCL_DATA_TYPE_INT16 == 1);
FACT(HCCL_DATA_TYPE_INT32 == 2);
FACT(HCCL_DATA_TYPE_FP16 == 3);
FACT(HCCL_DATA_TYPE_FP32 == 4);
FACT(HCCL_DATA_TYPE_INT64 == 5);
FACT(HCCL_DATA_TYPE_UINT64 == 6);
FACT(HCCL_DATA_TYPE_UINT8 == 7);
FACT(HCCL_DATA_TYPE_UINT16 == 8);
FACT(HCCL_DATA_TYPE_UINT32 == 9);
FACT(HCCL_DATA_TYPE_FP64 == 10);
FACT(HCCL_DATA_TYPE_BFP16 == 11);
FACT(HCCL_DATA_TYPE_INT128 == 12);
FACT(HCCL_DATA_TYPE_HIF8 == 14);
FACT(HCCL_DATA_TYPE_FP8E4M3 == 15);
FACT(HCCL_DATA_TYPE_FP8E5M2 == 16);
FACT(HCCL_DATA_TYPE_FP8E8M0 == 17);
FACT(HCCL_DATA_TYPE_RESERVED == 255);

FACT(HCCL_REDUCE_SUM == 0);
FACT(HCCL_REDUCE_PROD == 1);
FACT(HCCL_REDUCE_MAX == 2);
FACT(HCCL_REDUCE_MIN == 3);
FACT(HCCL_REDUCE_RESERVED == 255);

FACT(HCCL_ROOT_INFO_BYTES == 4108);
FACT(sizeof(HcclRootInfo) == 4108);
FACT(offsetof(HcclRootInfo, internal) == 0);
FACT(COMM_NAME_MAX_LENGTH == 128);

FACT(HCCL_COMM_CONFIG_INFO_BYTES == 24);
FACT(HCCL_COMM_CONFIG_MAGIC_WORD == 0xf0f0f0f0);
FACT(HCCL_COMM_DEFAULT_BUFFSIZE == 200);
FACT(HCCL_COMM_BUFFSIZE_CONFIG_NOT_SET == 0xffffffff);
FACT(HCCL_COMM_DETERMINISTIC_CONFIG_NOT_SET == 0xffffffff);
FACT(HCCL_COMM_DEFAULT_OP_EXPANSION_MODE == 0);

// Where a version of the struct ended, that offset is its size there: 1 had 32 bytes, 2 160, 3 288, 4 292, 5 300.
FACT(HCCL_COMM_CONFIG_VERSION == 10);
FACT(offsetof(HcclCommConfig, hcclBufferSize) == 24);
FACT(offsetof(HcclCommConfig, hcclDeterministic) == 28);
FACT(offsetof(HcclCommConfig, hcclCommName) == 32);
FACT(offsetof(HcclCommConfig, hcclUdi) == 160);
FACT(offsetof(HcclCommConfig, hcclOpExpansionMode) == 288);
FACT(offsetof(HcclCommConfig, hcclRdmaTrafficClass) == 292);
FACT(offsetof(HcclCommConfig, hcclRdmaServiceLevel) == 296);
FACT(offsetof(HcclCommConfig, hcclWorldRankID) == 300);
FACT(offsetof(HcclCommConfig, hcclJobID) == 304);
FACT(offsetof(HcclCommConfig, aclGraphZeroCopyEnable) == 312);
FACT(offsetof(HcclCommConfig, hcclExecTimeOut) == 316);
FACT(offsetof(HcclCommConfig, hcclAlgo) == 320);
FACT(offsetof(HcclCommConfig, hcclRetryEnable) == 1920);
FACT(offsetof(HcclCommConfig, hcclRetryParams) == 1970);
FACT(offsetof(HcclCommConfig, hcclBufferName) == 2098);
FACT(offsetof(HcclCommConfig, hcclQos) == 2228);
FACT(offsetof(HcclCommConfig, hcclSymWinMaxMemSizePerRank) == 2232);
FACT(sizeof(HcclCommConfig) == 2240);

FACT(HCCL_COMM_CONFIG_BUFFER_SIZE == 0);
FACT(HCCL_COMM_CONFIG_DETERMINISTIC == 1);
FACT(HCCL_COMM_CONFIG_COMM_NAME == 2);
FACT(HCCL_COMM_CONFIG_OP_EXPANSION_MODE == 3);
FACT(HCCL_COMM_CONFIG_SUPPORT_INIT_BY_ENV == 4);
FACT(HCCL_COMM_CONFIG_WORLD_RANKID == 5);
FACT(HCCL_COMM_CONFIG_JOBID == 6);
FACT(HCCL_COMM_CONFIG_ACLGRAPH_ZEROCOPY_ENABLE == 7);
FACT(HCCL_COMM_CONFIG_EXEC_TIMEOUT == 8);
FACT(HCCL_COMM_CONFIG_ALGO == 9);
FACT(HCCL_COMM_CONFIG_RETRY == 10);
FACT(HCCL_COMM_CONFIG_BUFFER_NAME == 11);

// ---- hccl.h

FUNCTION(HcclGetRootInfo, HcclResult, (HcclRootInfo *));
FUNCTION(HcclCommInitRootInfo, HcclResult, (uint32_t, const HcclRootInfo *, uint32_t, HcclComm *));
FUNCTION(HcclCommInitRootInfoConfig, HcclResult,
         (uint32_t, const HcclRootInfo *, uint32_t, const HcclCommConfig *, HcclComm *));
FUNCTION(HcclCommInitAll, HcclResult, (uint32_t, int32_t *, HcclComm *));
FUNCTION(HcclCommDestroy, HcclResult, (HcclComm));
FUNCTION(HcclGetRankSize, HcclResult, (HcclComm, uint32_t *));
FUNCTION(HcclGetRankId, HcclResult, (HcclComm, uint32_t *));
FUNCTION(HcclGetCommName, HcclResult, (HcclComm, char *));
FUNCTION(HcclGetCommAsyncError, HcclResult, (HcclComm, HcclResult *));
FUNCTION(HcclGetErrorString, const char *, (HcclResult));
FUNCTION(HcclGetCommConfigCapability, uint32_t, (void));
FUNCTION(HcclAllGather, HcclResult, (void *, void *, uint64_t, HcclDataType, HcclComm, aclrtStream));
FUNCTION(HcclBarrier, HcclResult, (HcclComm, aclrtStream));
FUNCTION(HcclCommConfigInit, void, (HcclCommConfig *));

// ---- acl_meta.h, aclnn_base.h

TYPE(aclnnStatus, int32_t);
FACT(ACLNN_SUCCESS == 0);
FACT(ACLNN_ERR_PARAM_NULLPTR == 161001);
FACT(ACLNN_ERR_PARAM_INVALID == 161002);
FACT(ACLNN_ERROR_PARAM_NULLPTR == 161001);
FACT(ACLNN_ERROR_PARAM_INVALID == 161002);
FACT(ACLNN_ERR_RUNTIME_ERROR == 361001);
FACT(ACLNN_ERR_INNER == 561000);
FACT(ACLNN_ERR_INNER_INFERSHAPE_ERROR == 561001);
FACT(ACLNN_ERR_INNER_TILING_ERROR == 561002);
FACT(ACLNN_ERR_INNER_FIND_KERNEL_ERROR == 561003);
FACT(ACLNN_ERR_INNER_CREATE_EXECUTOR == 561101);
FACT(ACLNN_ERR_INNER_NOT_TRANS_EXECUTOR == 561102);
FACT(ACLNN_ERR_INNER_NULLPTR == 561103);
FACT(ACLNN_ERR_INNER_OPP_PATH_NOT_FOUND == 561107);
FACT(ACLNN_ERR_INNER_OPP_KERNEL_PKG_NOT_FOUND == 561112);

FUNCTION(aclCreateTensor, aclTensor *,
         (const int64_t *, uint64_t, aclDataType, const int64_t *, int64_t, aclFormat, const int64_t *, uint64_t,
          void *));
FUNCTION(aclDestroyTensor, aclnnStatus, (const aclTensor *));
FUNCTION(aclGetViewShape, aclnnStatus, (const aclTensor *, int64_t **, uint64_t *));
FUNCTION(aclGetStorageShape, aclnnStatus, (const aclTensor *, int64_t **, uint64_t *));
FUNCTION(aclGetViewStrides, aclnnStatus, (const aclTensor *, int64_t **, uint64_t *));
FUNCTION(aclGetViewOffset, aclnnStatus, (const aclTensor *, int64_t *));
FUNCTION(aclGetFormat, aclnnStatus, (const aclTensor *, aclFormat *));
FUNCTION(aclGetDataType, aclnnStatus, (const aclTensor *, aclDataType *));
FUNCTION(aclGetRawTensorAddr, aclnnStatus, (const aclTensor *, void **));
FUNCTION(aclSetRawTensorAddr, aclnnStatus, (aclTensor *, void *));
FUNCTION(aclSetAclOpExecutorRepeatable, aclnnStatus, (aclOpExecutor *));
FUNCTION(aclDestroyAclOpExecutor, aclnnStatus, (aclOpExecutor *));
FUNCTION(aclSetInputTensorAddr, aclnnStatus, (aclOpExecutor *, size_t, aclTensor *, void *));
FUNCTION(aclSetOutputTensorAddr, aclnnStatus, (aclOpExecutor *, size_t, aclTensor *, void *));
FUNCTION(aclSetTensorAddr, aclnnStatus, (aclOpExecutor *, size_t, aclTensor *, void *));
FUNCTION(aclnnInit, aclnnStatus, (const char *));
FUNCTION(aclnnFinalize, aclnnStatus, (void));

#define CHECK(condition)                                               \
    do {                                                               \
        if (!(condition)) {                                            \
            fprintf(stderr, "%d: not so: %s\n", __LINE__, #condition); \
            return 1;                                                  \
        }                                                              \
    } while (0)

int main(void) {
    HcclCommConfig config;
    size_t size;
    uint32_t words[4];  // the magic word, the version, and 8 bytes of zero
    memset(&config, 0xa5, sizeof config);
    HcclCommConfigInit(&config);
    memcpy(&size, config.reserved, sizeof size);
    memcpy(words, config.reserved + sizeof size, sizeof words);
    CHECK(size == sizeof config);
    CHECK(words[0] == 0xf0f0f0f0);
    CHECK(words[1] == 10);
    CHECK(words[2] == 0 && words[3] == 0);
    CHECK(config.hcclBufferSize == 0xffffffff);
    CHECK(config.hcclDeterministic == 0xffffffff);
    CHECK(config.hcclCommName[0] == '\0');
    CHECK(config.hcclUdi[0] == '\0');
    CHECK(config.hcclOpExpansionMode == 0);
    CHECK(config.hcclRdmaTrafficClass == 0xffffffff);
    CHECK(config.hcclRdmaServiceLevel == 0xffffffff);
    CHECK(config.hcclWorldRankID == 0);
    CHECK(config.hcclJobID == 0);
    CHECK(config.aclGraphZeroCopyEnable == 0);
    CHECK(config.hcclExecTimeOut == -1);
    CHECK(config.hcclAlgo[0] == '\0');
    CHECK(config.hcclRetryEnable[0] == '\0');
    CHECK(config.hcclRetryParams[0] == '\0');
    CHECK(config.hcclBufferName[0] == '\0');
    CHECK(config.hcclQos == 0xffffffff);
    CHECK(config.hcclSymWinMaxMemSizePerRank == 16);
    HcclCommConfigInit(NULL);
    return 0;
}
