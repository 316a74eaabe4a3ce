#include "acl/source/machines.h"

#include <strings.h>

#include <cstdlib>

namespace dovetail {

namespace {

constexpr char kUsual[] = "Ascend910B3";

const Machine kMachines[] = {
#define DOVETAIL_MACHINE(name, family, cores, l1, l0a, l0b, l0c, ub, bt, fb, memory) \
    {name, family, {cores, l1, l0a, l0b, l0c, ub, bt, fb}, memory},
#include "machine.inc"
#undef DOVETAIL_MACHINE
};

}  // namespace

const Machine *FindMachine(const std::string &name) {
    for (const Machine &machine : kMachines) {
        if (strcasecmp(machine.name, name.c_str()) == 0) {
            return &machine;
        }
    }
    return nullptr;
}

const Machine *DeviceMachine(std::string *fault) {
    const char *wanted = getenv("DOVETAIL_SOC");
    const std::string name = wanted != nullptr && *wanted != '\0' ? wanted : kUsual;
    const Machine *found = FindMachine(name);
    if (found == nullptr) {
        *fault = "DOVETAIL_SOC is '" + name + "'; allowed are";
        for (const Machine &machine : kMachines) {
            *fault += std::string(&machine == kMachines ? " " : ", ") + machine.name;
        }
    }
    return found;
}

}  // namespace dovetail
