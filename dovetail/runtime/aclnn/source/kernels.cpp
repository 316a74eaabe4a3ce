#include "aclnn/source/kernels.h"

#include <dlfcn.h>

#include <climits>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "aclnn/source/executor.h"

namespace dovetail {

namespace {

const LoadedKernel *Open(const Package &package, const char *name, std::string *fault) {
    const std::string path = std::string(package.directory) + "/" + name + ".so";
    void *object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (object == nullptr) {
        *fault = dlerror();
        return nullptr;
    }
    const std::string kernel = package.kernel;
    LoadedKernel loaded = {};
    loaded.entry = dlsym(object, kernel.c_str());
    loaded.fill = reinterpret_cast<LoadedKernel::Tiling>(dlsym(object, (kernel + "_tiling").c_str()));
    const auto bytes = reinterpret_cast<uint64_t (*)()>(dlsym(object, (kernel + "_tiling_bytes").c_str()));
    if (loaded.entry == nullptr || loaded.fill == nullptr || bytes == nullptr) {
        *fault = path + " is no kernel " + kernel;
        return nullptr;
    }
    loaded.tiling_bytes = bytes();
    loaded.workspace_bytes =
        reinterpret_cast<uint64_t (*)(int64_t)>(dlsym(object, (kernel + "_workspace_bytes").c_str()));
    if (loaded.tiling_bytes > Executor::kMostTilingBytes) {
        *fault = path + " has a tiling of " + std::to_string(loaded.tiling_bytes) + " bytes; there is room for " +
                 std::to_string(Executor::kMostTilingBytes);
        return nullptr;
    }
    return new LoadedKernel(loaded);
}

}  // namespace

void Package::Place(const char *from_library, const void *inside) {
    Dl_info library;
    char path[PATH_MAX];
    // The name of the library may be relative to a directory that the process will have left.
    if (dladdr(inside, &library) == 0 || realpath(library.dli_fname, path) == nullptr) {
        return;
    }
    const std::string beside(path, static_cast<size_t>(strrchr(path, '/') - path));
    const std::string joined = beside + "/" + from_library;
    directory = strdup(realpath(joined.c_str(), path) != nullptr ? path : joined.c_str());
}

const LoadedKernel *Load(const Package &package, Kernel &kernel, std::string *fault) {
    const LoadedKernel *loaded = kernel.loaded.load(std::memory_order_acquire);
    if (loaded == nullptr) {
        static auto *opening = new std::mutex;
        const std::lock_guard<std::mutex> lock(*opening);
        loaded = kernel.loaded.load(std::memory_order_relaxed);
        if (loaded == nullptr) {
            loaded = Open(package, kernel.name, fault);
            kernel.loaded.store(loaded, std::memory_order_release);
        }
    }
    return loaded;
}

}  // namespace dovetail
