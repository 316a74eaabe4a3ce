// Names and signatures of the vendor's headers of this name: as many as the sources of a package call. What is behind
// them is what tests look at.
#ifndef TOOLKIT_OP_DEF_REGISTRY_H
#define TOOLKIT_OP_DEF_REGISTRY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ge {

using graphStatus = uint32_t;
constexpr graphStatus GRAPH_SUCCESS = 0;
constexpr graphStatus GRAPH_FAILED = 0xFFFFFFFF;

enum DataType {
    DT_FLOAT = 0,
    DT_FLOAT16 = 1,
    DT_INT8 = 2,
    DT_INT32 = 3,
    DT_INT64 = 9,
    DT_BF16 = 27,
    DT_INT4 = 29,
};
enum Format { FORMAT_ND = 2 };

}  // namespace ge

namespace fe {
class PlatFormInfos;
}

namespace gert {

class Shape {
public:
    void SetDimNum(const size_t number) { extents.resize(number); }
    Shape &AppendDim(const int64_t value) {
        extents.push_back(value);
        return *this;
    }

    std::vector<int64_t> extents;
};

class RuntimeAttrs {
public:
    const int64_t *GetInt(const size_t index) const { return &integers.at(index); }
    const bool *GetBool(const size_t index) const { return &booleans.at(index); }
    const char *GetStr(const size_t index) const { return texts.at(index).c_str(); }

    std::map<size_t, int64_t> integers;
    std::map<size_t, bool> booleans;
    std::map<size_t, std::string> texts;
};

class CompileTimeTensorDesc {
public:
    ge::DataType GetDataType() const { return type; }

    ge::DataType type;
};

class InferShapeContext {
public:
    const RuntimeAttrs *GetAttrs() const { return &attributes; }
    Shape *GetOutputShape(const size_t index) { return index < shapes.size() ? &shapes[index] : nullptr; }

    RuntimeAttrs attributes;
    std::vector<Shape> shapes;
};

class InferDataTypeContext {
public:
    ge::DataType GetInputDataType(const size_t index) const { return inputs.at(index); }
    ge::graphStatus SetOutputDataType(const size_t index, const ge::DataType type) {
        outputs[index] = type;
        return ge::GRAPH_SUCCESS;
    }

    std::vector<ge::DataType> inputs;
    std::map<size_t, ge::DataType> outputs;
};

class TilingContext {
public:
    const RuntimeAttrs *GetAttrs() const { return &attributes; }
    const CompileTimeTensorDesc *GetRequiredInputDesc(const size_t ir_index) const { return &inputs.at(ir_index); }
    const CompileTimeTensorDesc *GetOptionalInputDesc(const size_t ir_index) const {
        return inputs.count(ir_index) == 0 ? nullptr : &inputs.at(ir_index);
    }
    const CompileTimeTensorDesc *GetOutputDesc(const size_t index) const { return &outputs.at(index); }
    template <typename T>
    auto GetTilingData() -> T * {
        tiling.resize(sizeof(T));
        return reinterpret_cast<T *>(tiling.data());
    }
    size_t *GetWorkspaceSizes(const size_t workspace_count) {
        workspaces.resize(workspace_count);
        return workspaces.data();
    }
    fe::PlatFormInfos *GetPlatformInfo() const { return nullptr; }
    ge::graphStatus SetTilingKey(const uint64_t tiling_key) {
        key = tiling_key;
        return ge::GRAPH_SUCCESS;
    }
    ge::graphStatus SetBlockDim(const uint32_t block_dim) {
        blocks = block_dim;
        return ge::GRAPH_SUCCESS;
    }
    ge::graphStatus SetScheduleMode(const uint32_t schedule_mode) {
        mode = schedule_mode;
        return ge::GRAPH_SUCCESS;
    }

    RuntimeAttrs attributes;
    std::map<size_t, CompileTimeTensorDesc> inputs, outputs;
    std::vector<char> tiling;
    std::vector<size_t> workspaces;
    uint64_t key = 0;
    uint32_t blocks = 0, mode = 0;
};

}  // namespace gert

namespace ops {

enum Option { OPTIONAL = 0, REQUIRED = 1 };
enum HcclServerType : uint32_t { AICPU = 0, AICORE, CCU, MAX };

class OpParamDef {
public:
    OpParamDef &ParamType(Option) { return *this; }
    OpParamDef &DataType(std::vector<ge::DataType>) { return *this; }
    OpParamDef &Format(std::vector<ge::Format>) { return *this; }
    OpParamDef &UnknownShapeFormat(std::vector<ge::Format>) { return *this; }
    OpParamDef &IgnoreContiguous(void) { return *this; }
};

class OpAttrDef {
public:
    OpAttrDef &AttrType(Option) { return *this; }
    OpAttrDef &Bool(void) { return *this; }
    OpAttrDef &Int(void) { return *this; }
    OpAttrDef &String(void) { return *this; }
};

class OpAICoreDef {
public:
    OpAICoreDef &SetTiling(ge::graphStatus (*)(gert::TilingContext *)) { return *this; }
    OpAICoreDef &AddConfig(const char *) { return *this; }
};

class OpMC2Def {
public:
    OpMC2Def &HcclGroup(const char *) { return *this; }
    void HcclServerType(enum HcclServerType, const char * = nullptr) {}
};

class OpDef {
public:
    explicit OpDef(const char *) {}
    OpParamDef &Input(const char *) { return parameter_; }
    OpParamDef &Output(const char *) { return parameter_; }
    OpAttrDef &Attr(const char *) { return attribute_; }
    OpDef &SetInferShape(ge::graphStatus (*)(gert::InferShapeContext *)) { return *this; }
    OpDef &SetInferDataType(ge::graphStatus (*)(gert::InferDataTypeContext *)) { return *this; }
    OpAICoreDef &AICore(void) { return cores_; }
    OpMC2Def &MC2(void) { return communication_; }

private:
    OpParamDef parameter_;
    OpAttrDef attribute_;
    OpAICoreDef cores_;
    OpMC2Def communication_;
};

}  // namespace ops

#define OP_ADD(opType) static const ops::opType g_##opType(#opType)

#endif
