// Asks the functions of a package's host what they say, line by line of the standard input:
//     tiling X1 OUTPUT X2_SCALE m k n ranks window CHOICES
//                              key, blocks, mode, workspace; then the tiling, in hex. The first are types, -1 for none;
//                              choices are 0 or 1 each, in the order of the definition
//     shapes m k n ranks       those of the outputs
//     types X1 X2              those of the outputs
#include <cstdarg>
#include <cstdio>
#include <iostream>
#include <string>

#include "all_gather_matmul_v2.h"
#include "base/err_msg.h"

using namespace all_gather_matmul_v2;

int32_t ge::ReportUserDefinedErrMsg(const char *, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vprintf(format, values);
    va_end(values);
    putchar('\n');
    return 0;
}

int main() {
    std::string what;
    while (std::cin >> what) {
        int64_t type, output, scale, m, k, n, ranks, window;
        std::string choices;
        if (what == "tiling" && std::cin >> type >> output >> scale >> m >> k >> n >> ranks >> window >> choices) {
            gert::TilingContext context;
            context.inputs[0].type = context.inputs[1].type = static_cast<ge::DataType>(type);
            context.outputs[0].type = static_cast<ge::DataType>(output);
            if (scale >= 0) {
                context.inputs[3].type = static_cast<ge::DataType>(scale);
            }
            context.attributes.integers = {{kM, m}, {kK, k}, {kN, n}, {kRanks, ranks}, {kWindowBytes, window}};
            for (size_t i = 0; i < choices.size(); ++i) {
                context.attributes.booleans[kX2Transposed + i] = choices[i] == '1';
            }
            context.attributes.texts[kGroup] = "group";
            if (Tiling(&context) != ge::GRAPH_SUCCESS) {
                continue;
            }
            printf("%llu %u %u %zu ", static_cast<unsigned long long>(context.key), context.blocks, context.mode,
                   context.workspaces.at(0));
            for (const char byte : context.tiling) {
                printf("%02x", static_cast<unsigned char>(byte));
            }
            printf("\n");
        } else if (what == "shapes" && std::cin >> m >> k >> n >> ranks) {
            gert::InferShapeContext context;
            context.attributes.integers = {{kM, m}, {kK, k}, {kN, n}, {kRanks, ranks}};
            context.shapes.resize(2);
            if (InferShape(&context) == ge::GRAPH_SUCCESS) {
                for (const gert::Shape &shape : context.shapes) {
                    printf("[%lld, %lld] ", static_cast<long long>(shape.extents.at(0)),
                           static_cast<long long>(shape.extents.at(1)));
                }
                printf("\n");
            }
        } else if (what == "types" && std::cin >> type >> k) {
            gert::InferDataTypeContext context;
            context.inputs = {static_cast<ge::DataType>(type), static_cast<ge::DataType>(k)};
            const bool found = InferDataType(&context) == ge::GRAPH_SUCCESS;
            printf("%d %d\n", found ? context.outputs[0] : -1, found ? context.outputs[1] : -1);
        }
    }
    return 0;
}
