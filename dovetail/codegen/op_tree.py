"""The source tree of an operator for the vendor's toolkit: the entry of its kernels, and what builds it."""

import json

from dovetail.codegen import op_api, op_host
from dovetail.codegen.cxx import commented, wrapped
from dovetail.codegen.op_host import joined
from dovetail.codegen.op_project import Project

VENDOR = "dovetail"  # the directory below vendors/ in which the toolkit's installer puts the package


def files(project: Project) -> dict[str, str]:
    """All files of the tree by their path, but for those that are the same in every tree."""
    id = project.operator.id
    made = op_host.files(project)
    made |= {
        "op_kernel/" + f"{id}.cpp": _entry(project),
        "op_kernel/" + f"{project.kernel}_tiling.h": _tiling_header(project),
        f"op_api/aclnnop/aclnn_{id}.h": op_api.header(project.operator),
        "CMakeLists.txt": _filled(_CMAKE, project),
        "op_host/CMakeLists.txt": _filled(_CMAKE_HOST, project),
        "op_kernel/CMakeLists.txt": _filled(_CMAKE_KERNEL, project),
        "CMakePresets.json": _presets(project),
        "README.md": _filled(_README, project),
    }
    made |= {f"op_kernel/{each.name}.h": project.files[each.name].device for each in project.variants}
    return made


# -- kernels --


def _tiling_header(project: Project) -> str:
    """The tiling struct. The toolkit allows one, and all kernels of an operator are compiled with it."""
    headers = {project.files[each.name].tiling_header for each in project.variants}
    if len(headers) != 1:
        raise ValueError(f"the kernels of {project.operator.id} have {len(headers)} tiling structs, and may have one")
    return headers.pop()


def _entry(project: Project) -> str:
    """One entry for all kernels, which the toolkit compiles once for each tiling key."""
    operator, kernel = project.operator, project.kernel
    struct = _tiling_header(project).split("struct ")[1].split(" ")[0]
    meets = project.group != ""
    included: list[str] = []
    branches: list[str] = []
    addresses = {each.name: f"{each.name}Address" for each in project.tensors}
    for number, each in enumerate(project.variants, 1):
        taken = project.files[each.name].types
        included += [
            f"#define {kernel} Key{number}",
            f"namespace key{number} {{",
            f'#include "{each.name}.h"',
            "}",
            f"#undef {kernel}",
        ]
        arguments = [operator.kernel.arguments[matrix] for matrix in project.matrices]
        passed = [addresses[argument] for argument in arguments if argument in taken]
        branches += [
            f"{'} else ' if number > 1 else ''}if (TILING_KEY_IS({number})) {{",
            f"    key{number}::Key{number}({', '.join(passed)}, workspace, tilingAddress);",
        ]
    parameters = ", ".join(f"GM_ADDR {each}" for each in [*addresses.values(), "workspace", "tilingAddress"])
    includes = ["kernel_operator.h", *(["lib/hccl/hccl.h"] if meets else []), f"{kernel}_tiling.h"]
    return joined(
        commented(
            f"The entry of {operator.name}. The toolkit compiles this file once for each tiling key; the tiling "
            "function says which one a launch has."
        ),
        [f'#include "{each}"' for each in includes],
        "",
        commented(
            "Each kernel is the file that runs on a CPU, as it is. Their entries have one name, which is one of C: "
            "here each has a name of its own."
        ),
        included,
        "",
        wrapped(f'extern "C" __global__ __aicore__ void {operator.id}({parameters}) {{'),
        "    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);",
        f"    REGISTER_TILING_DEFAULT({struct});",
        [line for each in branches for line in wrapped(f"    {each}")],
        "    }",
        "}",
    )


# -- what builds it --


def _presets(project: Project) -> str:
    variables = {"CMAKE_BUILD_TYPE": "Release", "ASCEND_COMPUTE_UNIT": project.family, "vendor_name": VENDOR}
    presets = {
        "version": 1,
        "cmakeMinimumRequired": {"major": 3, "minor": 19, "patch": 0},
        "configurePresets": [
            {
                "name": "default",
                "displayName": "default",
                "generator": "Unix Makefiles",
                "binaryDir": "${sourceDir}/build_out",
                "cacheVariables": {name: {"type": "STRING", "value": value} for name, value in variables.items()},
            }
        ],
    }
    return json.dumps(presets, indent=4) + "\n"


def _filled(template: str, project: Project) -> str:
    values = {
        "id": project.operator.id,
        "name": project.operator.name,
        "family": project.family,
        "kernel": project.kernel,
        "kernels": str(len(project.variants)),
        "vendor": VENDOR,
    }
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


_CMAKE = """\
cmake_minimum_required(VERSION 3.19)
project(@id@)
find_package(ASC REQUIRED HINTS $ENV{ASCEND_HOME_PATH}/compiler/tikcpp/ascendc_kernel_cmake)

set(package_name ${vendor_name})
npu_op_package(${package_name} TYPE RUN CONFIG INSTALL_PATH ${CMAKE_BINARY_DIR})
add_subdirectory(op_host)
add_subdirectory(op_kernel)
"""

_CMAKE_HOST = """\
set(op_api ${CMAKE_SOURCE_DIR}/op_api)
set(op_kernel ${CMAKE_SOURCE_DIR}/op_kernel)
set(host_sources
  ${CMAKE_CURRENT_SOURCE_DIR}/@id@_def.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/@id@_infer_shape.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/@id@_tiling.cpp
  ${op_api}/aclnn/source/least_cost.cpp
  ${op_api}/dovetail/package.cpp)

# The toolkit generates aclnnInner@name@; the entry points call it once they have checked a call.
npu_op_code_gen(
  SRC ${host_sources}
  PACKAGE ${package_name}
  OUT_DIR ${ASCEND_AUTOGEN_PATH}
  COMPILE_OPTIONS -std=c++17 -I${op_api} -I${op_kernel}
  OPTIONS OPS_PROJECT_NAME aclnnInner)

file(GLOB inner ${ASCEND_AUTOGEN_PATH}/aclnnInner_*.cpp)
set_source_files_properties(${inner} PROPERTIES GENERATED TRUE)
file(GLOB entry_points ${op_api}/*.cpp ${op_api}/aclnn/source/*.cpp ${op_api}/dovetail/*.cpp)
npu_op_library(cust_opapi ACLNN ${inner} ${entry_points})
target_include_directories(cust_opapi PRIVATE ${ASCEND_AUTOGEN_PATH} ${op_api})
target_compile_features(cust_opapi PRIVATE cxx_std_17)
target_link_libraries(cust_opapi PRIVATE ${CMAKE_DL_LIBS})

npu_op_library(cust_optiling TILING ${host_sources})
target_include_directories(cust_optiling PRIVATE ${op_api} ${op_kernel})
target_compile_features(cust_optiling PRIVATE cxx_std_17)

file(GLOB prototype ${ASCEND_AUTOGEN_PATH}/op_proto.cc)
set_source_files_properties(${prototype} PROPERTIES GENERATED TRUE)
npu_op_library(cust_op_proto GRAPH ${host_sources} ${prototype})
target_include_directories(cust_op_proto PRIVATE ${op_api} ${op_kernel})
target_compile_features(cust_op_proto PRIVATE cxx_std_17)

npu_op_package_add(${package_name} LIBRARY cust_optiling cust_opapi cust_op_proto)
npu_op_package_add(${package_name}
  FILES ${op_api}/aclnnop/aclnn_@id@.h
  PACKAGE_PATH op_api/include/aclnnop)
"""

_CMAKE_KERNEL = """\
# The directory is copied to where kernels are compiled.
npu_op_kernel_sources(ascendc_kernels OP_TYPE @name@ KERNEL_DIR . KERNEL_FILE @id@.cpp)
npu_op_kernel_library(ascendc_kernels SRC_BASE ${CMAKE_CURRENT_SOURCE_DIR} TILING_LIBRARY cust_optiling)
npu_op_package_add(${package_name} LIBRARY ascendc_kernels)
"""

_README = """\
# aclnn@name@ for @family@

The sources of an operator package, written by Dovetail. The vendor's toolkit (CANN) builds it, for devices of
@family@. Dovetail has no such devices: its page `docs/package.md` says what it has checked of
these files, and what rests on reading alone.

```
source .../set_env.sh                                    # of the toolkit
cmake -S . -B build_out --preset=default
cmake --build build_out --target binary package -j
build_out/custom_opp_*.run                               # installs below vendors/@vendor@
```

| | |
|---|---|
| `op_host/@id@_def.cpp` | the definition: tensors, types that go together, attributes, communicator |
| `op_host/@id@_infer_shape.cpp` | shapes and types of the outputs |
| `op_host/@id@_tiling.cpp` | chooses one of @kernels@ kernels, and asks its host source how to cut the work |
| `op_host/*_host.h` | the host sources of the kernels, each text once |
| `op_kernel/@id@.cpp` | the entry: one kernel for each tiling key |
| `op_kernel/@kernel@_tiling.h` | the tiling struct |
| other files of `op_kernel` | the kernels; the same files run on a CPU |
| `op_api/aclnn_@id@.cpp` | the entry points: they check a call, then hand it to aclnnInner@name@ |
| `op_api/aclnn/source`, `op_api/dovetail` | the words in which entry points are written |

A program includes `aclnnop/aclnn_@id@.h` and links with `libcust_opapi.so` of the installed package.
"""
