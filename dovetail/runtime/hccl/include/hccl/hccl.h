// Communicators: ranks that find each other, and what they do together.
#ifndef DOVETAIL_HCCL_HCCL_H
#define DOVETAIL_HCCL_HCCL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "acl/acl.h"
#include "hccl/hccl_types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

// One rank makes the root info and hands it to the others; each then joins with its own rank, and returns when all
// have.
HcclResult HcclGetRootInfo(HcclRootInfo *rootInfo);
HcclResult HcclCommInitRootInfo(uint32_t nRanks, const HcclRootInfo *rootInfo, uint32_t rank, HcclComm *comm);
HcclResult HcclCommInitRootInfoConfig(uint32_t nRanks, const HcclRootInfo *rootInfo, uint32_t rank,
                                      const HcclCommConfig *config, HcclComm *comm);

// All ranks in this process: comms[i] is rank i, on device devices[i]. Each is meant for a thread of its own.
HcclResult HcclCommInitAll(uint32_t ndev, int32_t *devices, HcclComm *comms);

HcclResult HcclCommDestroy(HcclComm comm);

HcclResult HcclGetRankSize(HcclComm comm, uint32_t *rankSize);
HcclResult HcclGetRankId(HcclComm comm, uint32_t *rank);
HcclResult HcclGetCommName(HcclComm comm, char *commName);  // COMM_NAME_MAX_LENGTH bytes; the same on every rank
HcclResult HcclGetCommAsyncError(HcclComm comm, HcclResult *asyncError);
const char *HcclGetErrorString(HcclResult code);
uint32_t HcclGetCommConfigCapability(void);

// Work for a stream, in the same order on every rank. sendCount counts elements; recvBuf holds that many of each rank.
HcclResult HcclAllGather(void *sendBuf, void *recvBuf, uint64_t sendCount, HcclDataType dataType, HcclComm comm,
                         aclrtStream stream);
HcclResult HcclBarrier(HcclComm comm, aclrtStream stream);

// Every field as if its caller had left it open.
static inline void HcclCommConfigInit(HcclCommConfig *config) {
    const size_t size = sizeof(HcclCommConfig);
    const uint32_t magic = HCCL_COMM_CONFIG_MAGIC_WORD;
    const uint32_t version = HCCL_COMM_CONFIG_VERSION;
    if (config == NULL) {
        return;
    }
    memset(config, 0, size);
    memcpy(config->reserved, &size, sizeof size);
    memcpy(config->reserved + 8, &magic, sizeof magic);
    memcpy(config->reserved + 12, &version, sizeof version);
    config->hcclBufferSize = HCCL_COMM_BUFFSIZE_CONFIG_NOT_SET;
    config->hcclDeterministic = HCCL_COMM_DETERMINISTIC_CONFIG_NOT_SET;
    config->hcclOpExpansionMode = HCCL_COMM_DEFAULT_OP_EXPANSION_MODE;
    config->hcclRdmaTrafficClass = HCCL_COMM_TRAFFIC_CLASS_CONFIG_NOT_SET;
    config->hcclRdmaServiceLevel = HCCL_COMM_SERVICE_LEVEL_CONFIG_NOT_SET;
    config->hcclExecTimeOut = HCCL_COMM_EXECTIMEOUT_CONFIG_NOT_SET;
    config->hcclQos = HCCL_COMM_QOS_CONFIG_NOT_SET;
    config->hcclSymWinMaxMemSizePerRank = HCCL_DEFAULT_SYMMETRIC_MEMORY_STRIDE;
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
