// What the environment says of communicators.
#ifndef DOVETAIL_HCCL_SETTINGS_H
#define DOVETAIL_HCCL_SETTINGS_H

#include <cstdint>

namespace dovetail {

// Each throws std::invalid_argument, naming the variable, what it is and what it may be.

bool IsChecked();         // DOVETAIL_MODE: fast unless it is checked
uint64_t Seed();          // DOVETAIL_SEED: of checked execution, 0 unless it is set
uint64_t WindowBytes();   // HCCL_BUFFSIZE megabytes, 200 unless it is set
double TimeoutSeconds();  // DOVETAIL_TIMEOUT: that ranks wait without progress, 60 unless it is set; 0 = for ever
double ConnectTimeoutSeconds();  // HCCL_CONNECT_TIMEOUT: that ranks wait to find each other, 120 unless it is set

}  // namespace dovetail

#endif
