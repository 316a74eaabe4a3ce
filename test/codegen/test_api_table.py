"""Generated sources call only what `dovetail.target.ascend_c` lists, with a number of arguments that it takes.

The reader below knows as much C++ as code generation prints: functions, declarations at the start of a statement,
calls, templates. What it cannot place, it reports; it never stays silent about a name.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from dovetail.target.ascend_c import API, INCLUDES, Entry

BUILTIN = ("auto", "bool", "char", "double", "float", "int", "void")
KEYWORDS = {
    *BUILTIN,
    *("break", "case", "const", "const_cast", "constexpr", "continue", "default", "do", "else", "enum", "extern"),
    *("false", "for", "if", "inline", "long", "namespace", "nullptr", "operator", "reinterpret_cast", "return"),
    *("short", "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this"),
    *("true", "typename", "unsigned", "using", "volatile", "while"),
}
QUALIFIERS = {"const", "constexpr", "static", "inline", "extern", "volatile", "__gm__", "__aicore__", "__global__", '"'}
TOKEN = re.compile(
    r"(?P<skip>\s+|//[^\n]*|/\*.*?\*/)|(?P<directive>^[ \t]*#[^\n]*)|(?P<string>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"
    r"|(?P<name>[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*)|(?P<number>\.?\d[\w.]*)|(?P<sign>->|<<|>=|<=|==|!=|&&|\|\||.)",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int


@dataclass(frozen=True)
class Use:
    """A name that the source does not define itself. Counts are None where nothing is called or written out."""

    name: str  # a method of a variable of a known class as Class.name, of anything else as .name
    line: int
    arguments: int | None = None
    template: int | None = None


def tokens(source: str) -> list[Token]:
    found = []
    for match in TOKEN.finditer(source):
        kind = str(match.lastgroup)
        if kind != "skip":
            text = match.group()
            line = source.count("\n", 0, match.start()) + 1
            found.append(Token(kind, '"' if kind == "string" else text.removeprefix("AscendC::"), line))
    return found


class Reader:
    def __init__(self, source: str) -> None:
        self.tokens = [token for token in tokens(source) if token.kind != "directive"]
        self.types: dict[str, str] = {}  # what the source defines: a variable's type, or "" of a function or type
        self.uses: list[Use] = []
        self._functions()
        position = 0
        while position < len(self.tokens):
            position = self._read(position)

    def text(self, position: int) -> str:
        return self.tokens[position].text if 0 <= position < len(self.tokens) else ""

    def _is_name(self, position: int) -> bool:
        return 0 <= position < len(self.tokens) and self.tokens[position].kind == "name"

    def _functions(self) -> None:
        """Functions and types may be used above the line that this reader has reached."""
        depth = 0
        for position, token in enumerate(self.tokens):
            depth += (token.text == "{") - (token.text == "}")
            before = self.text(position - 1)
            if not self._is_name(position) or token.text in KEYWORDS:
                continue
            declares = (
                depth == 0 and self.text(position + 1) == "(" and (self._is_name(position - 1) or before in "*&>")
            )
            if before in ("struct", "typename", "namespace", "using") or declares:
                self.types[token.text] = ""
            if token.text == "REGISTER_TILING_DEFAULT":  # the struct of the source's own header
                self.types[self.text(position + 2)] = ""
            if token.text == "GET_TILING_DATA":
                self.types[self.text(position + 2)] = "tiling"
            if token.text == "GET_TILING_DATA_WITH_STRUCT":
                self.types[self.text(position + 4)] = "tiling"

    def closing(self, position: int) -> int | None:
        """The bracket that closes the one at this position; None for a `<` that compares."""
        pairs = {"(": ")", "[": "]", "{": "}", "<": ">"}
        opened = [pairs[self.text(position)]]
        for each in range(position + 1, len(self.tokens)):
            text = self.text(each)
            if text == opened[-1]:
                opened.pop()
                if not opened:
                    return each
            elif text in "([{" or (text == "<" and self._opens_template(each)):
                opened.append(pairs[text])
            elif opened[-1] == ">" and text in (";", "{", "}", "&&", "||", ")"):
                return None
        return None

    def _opens_template(self, position: int) -> bool:
        before = self.text(position - 1)
        entry = API.get(before)
        if entry is not None:
            return bool(entry.template or any(signature.template for signature in entry.signatures))
        methods = [each for name, each in API.items() if name.endswith(f".{before}")]
        casts = before in ("reinterpret_cast", "static_cast", "const_cast", "template")
        return casts or any(signature.template for each in methods for signature in each.signatures)

    def count(self, position: int, close: int) -> int:
        """How many parts the commas make between two brackets."""
        if close == position + 1:
            return 0
        count, each = 1, position + 1
        while each < close:
            if self.text(each) in "([{" or (self.text(each) == "<" and self._opens_template(each)):
                each = self.closing(each) or each
            count += self.text(each) == ","
            each += 1
        return count

    def _call(self, position: int) -> tuple[int | None, int | None]:
        """The arguments and the template arguments that stand behind a name."""
        template, after = None, position + 1
        if self.text(after) == "<" and self._opens_template(after):
            close = self.closing(after)
            if close is not None:
                template, after = self.count(after, close), close + 1
        if self.text(after) != "(":
            return None, template
        close = self.closing(after)
        return (self.count(after, close) if close is not None else None), template

    def _declared(self, position: int) -> int | None:
        """The name that a declaration starting here declares."""
        while self.text(position) in QUALIFIERS:
            position += 1
        if not self._is_name(position) or (self.text(position) in KEYWORDS and self.text(position) not in BUILTIN):
            return None
        kind, position = self.text(position), position + 1
        if self.text(position) == "<":
            close = self.closing(position)
            if close is None:
                return None
            position = close + 1
        is_type = kind in API or kind in BUILTIN or self.types.get(kind) == ""
        while is_type and self.text(position) in ("*", "&", "&&", "const"):  # else they multiply
            position += 1
        if not self._is_name(position) or self.text(position) in KEYWORDS:
            return None
        if self.text(position + 1) not in ("=", ";", "(", "{", "[", ",", ")", ":"):
            return None
        self.types[self.text(position)] = kind
        return position

    def _starts(self, position: int) -> bool:
        return position == 0 or self.text(position - 1) in (";", "{", "}", "(", ",", ")", ">")

    def _variable(self, position: int) -> str:
        """The type of the variable whose method stands at this position, "" if unknown."""
        base = position - 2
        while self.text(base) == "]":
            depth = 0
            while base >= 0:
                depth += (self.text(base) == "]") - (self.text(base) == "[")
                base -= 1
                if depth == 0:
                    break
        return self.types.get(self.text(base), "")

    def _read(self, position: int) -> int:
        token = self.tokens[position]
        if self._starts(position):
            declared = self._declared(position)
            kind = self.types.get(self.text(declared), "") if declared is not None else ""
            if declared is not None and kind in API and self.text(declared + 1) in ("(", "{"):
                close = self.closing(declared + 1)
                if close is not None and self.text(close + 1) == ";":  # a constructor is called
                    self.uses.append(Use(kind, token.line, self.count(declared + 1, close)))
        if token.kind != "name" or token.text in KEYWORDS:
            return position + 1
        arguments, template = self._call(position)
        if self.text(position - 1) in (".", "->"):
            kind = self._variable(position)
            if arguments is not None and (kind in API or not kind):
                self.uses.append(Use(f"{kind}.{token.text}", token.line, arguments, template))
        elif token.text not in self.types:
            known = API.get(token.text)
            self.uses.append(Use(token.text, token.line, arguments, template))
            if known is not None and known.name == "offsetof":
                return (self.closing(position + 1) or position) + 1  # its second argument is a field
        return position + 1


def identifiers(source: str) -> list[Use]:
    """What a source uses and does not define."""
    return Reader(source).uses


def _accepts(entry: Entry, use: Use) -> bool:
    """Whether one form of the name takes that many arguments and template arguments."""
    if use.arguments is None:
        return entry.kind not in ("function", "method") and (use.template or 0) <= len(entry.template)
    return any(
        signature.takes(use.arguments)
        and (entry.kind == "class" or signature.takes_template(use.template or 0))
        for signature in entry.signatures
    )  # fmt: skip


def complaints(source: str) -> list[str]:
    """One line for each include and each name that the table does not have or does not have in this form."""
    found = []
    for line, text in enumerate(source.splitlines(), start=1):
        if re.match(r"\s*#", text):
            include = re.match(r'\s*#include\s+["<]([^">]+)[">]', text)
            if include is None:
                found.append(f"line {line}: a generated source has no directive but #include")
            elif include[1] not in INCLUDES and not re.fullmatch(r"\w+_tiling\.h", include[1]):
                found.append(f"line {line}: the vendor has no header {include[1]}")
    for use in identifiers(source):
        name, suffix = use.name, use.name[use.name.find(".") :]
        entries = [API[name]] if name in API else []
        if name.startswith("."):  # of something whose type does not show, such as a call's result
            entries = [entry for each, entry in API.items() if each.endswith(suffix)]
        if not entries:
            found.append(f"line {use.line}: {name} does not stand in the table")
        elif not any(_accepts(entry, use) for entry in entries):
            template = f" and {use.template} template arguments" if use.template is not None else ""
            arguments = "without arguments" if use.arguments is None else f"with {use.arguments} arguments"
            found.append(f"line {use.line}: {name} is used {arguments}{template}, which no form of it takes")
    return found


SAMPLE = """\
#include <cstdint>
#include "kernel_operator.h"
#include "lib/hccl/hccl.h"
#include "sample_tiling.h"
using namespace AscendC;

constexpr uint16_t kArrived = 3;

// Polls until each counter has come: PollCounters(counters), which is no call.
__aicore__ inline void AwaitCounters(const GlobalTensor<int32_t> &counters, const LocalTensor<int32_t> &seen,
                                     int64_t count) {
    int64_t behind = count;
    while (behind > 0) {
        DataCopy(seen, counters, 8 * count);
        SetFlag<HardEvent::MTE2_S>(EVENT_ID0);
        WaitFlag<HardEvent::MTE2_S>(EVENT_ID0);
        behind = 0;
        for (int64_t i = 0; i < count; i += 1) {
            if (seen.GetValue(8 * i) - 1 < 0 && i > behind) { behind = behind + 1; }
        }
    }
}

template <typename T>
__aicore__ inline T Smaller(T left, T right) { return left < right ? left : right; }

__aicore__ inline void Matmul(GM_ADDR x1, const SampleTiling &sizes) {
    GlobalTensor<half> left;
    left.SetGlobalBuffer(reinterpret_cast<__gm__ half *>(x1 + 64), sizes.m * sizes.k);
    LocalTensor<half> l1A(TPosition::A1, 0, 65536);
    LocalTensor<half> a(TPosition::A2, 0, 32768);
    LocalTensor<float> c(TPosition::CO1, 0, 32768);
    int32_t slot = static_cast<int32_t>(Smaller<int64_t>(sizes.m, 1));
    DataCopy(l1A[slot * 32768], left[sizes.k * slot], Nd2NzParams(1, 128, 256, 0, sizes.k, 128, 1, 0));
    LoadData(a, l1A[slot * 32768], LoadData2DParams(0, 16, 8, 0, 0, false, 0));
    Mmad(c, a, a.ReinterpretCast<half>(), MmadParams(128, 128, 256, 0, false, slot == 0));
    Fixpipe<half, float, CFG_ROW_MAJOR>(left, c, FixpipeParamsV220(128, 128, 128, 256, false, F322F16, 0, 1, 0, 0, 0));
    DataCopyPad(c, left, DataCopyExtParams(1, 2, 0, 0, 0), DataCopyPadExtParams<float>(false, 0, 0, 0));
    CrossCoreSetFlag<2, PIPE_MTE2>(kArrived);
    PipeBarrier<PIPE_ALL>();
}

extern "C" __global__ __aicore__ void sample(GM_ADDR x1, GM_ADDR tiling) {
    KERNEL_TASK_TYPE_DEFAULT(KERNEL_TYPE_MIX_AIC_1_2);
    REGISTER_TILING_DEFAULT(SampleTiling);
    GET_TILING_DATA(tilingData, tiling);
    Hccl<HCCL_SERVER_TYPE_AICPU> hccl;
    hccl.InitV2(GetHcclContext<HCCL_GROUP_ID_0>(), &tilingData);
    if ASCEND_IS_AIC { Matmul(x1, tilingData); }
    if ASCEND_IS_AIV {
        GlobalTensor<int32_t> counters;
        counters.SetGlobalBuffer(reinterpret_cast<__gm__ int32_t *>(hccl.GetWindowsInAddr(hccl.GetRankId())));
        if (GetBlockIdx() / GetTaskRation() < GetBlockNum()) { AwaitCounters(counters, counters, 4); }
    }
}
"""


def test_a_source_of_known_names_passes():
    assert complaints(SAMPLE) == []


def test_every_use_of_the_sample_is_seen():
    uses = {use.name: use for use in identifiers(SAMPLE)}
    assert uses["Nd2NzParams"].arguments == 8
    assert uses["CrossCoreSetFlag"].template == 2
    assert uses["LocalTensor.GetValue"].arguments == 1
    assert uses["Hccl.InitV2"].arguments == 2
    assert uses["LocalTensor.ReinterpretCast"].template == 1
    assert {"HardEvent::MTE2_S", "EVENT_ID0", "F322F16", "PIPE_ALL", "half", "GM_ADDR", "ASCEND_IS_AIV"} <= uses.keys()
    assert (
        not {"AwaitCounters", "Matmul", "behind", "kArrived", "sizes", "T", "SampleTiling", "PollCounters"}
        & uses.keys()
    )


MISTAKES = {
    "an unknown call": ("PipeBarrier<PIPE_ALL>();", "PipeFence<PIPE_ALL>();", "PipeFence"),
    "an argument missing": ("DataCopy(seen, counters, 8 * count);", "DataCopy(seen, counters);", "DataCopy"),
    "an argument too many": ("SetFlag<HardEvent::MTE2_S>(EVENT_ID0);", "SetFlag<HardEvent::MTE2_S>(0, 0);", "SetFlag"),
    "a template argument missing": ("CrossCoreSetFlag<2, PIPE_MTE2>", "CrossCoreSetFlag<2>", "CrossCoreSetFlag"),
    "no template argument at all": ("PipeBarrier<PIPE_ALL>();", "PipeBarrier();", "PipeBarrier"),
    "an event that a core does not have": (
        "WaitFlag<HardEvent::MTE2_S>",
        "WaitFlag<HardEvent::FIX_S>",
        "HardEvent::FIX_S",
    ),
    "an unknown method": ("hccl.GetRankId()", "hccl.GetRankIndex()", "Hccl.GetRankIndex"),
    "a method of another class": ("seen.GetValue(8 * i)", "seen.SetGlobalBuffer(8 * i)", "LocalTensor.SetGlobalBuffer"),
    "a constructor": (
        "LocalTensor<half> a(TPosition::A2, 0, 32768);",
        "LocalTensor<half> a(TPosition::A2);",
        "LocalTensor",
    ),
    "a parameter struct": ("LoadData2DParams(0, 16, 8, 0, 0, false, 0)", "LoadData2DParams(0, 16)", "LoadData2DParams"),
    "an unknown type": ("int64_t behind = count;", "long_t behind = count;", "long_t"),
    "an unknown factor": ("DataCopy(seen, counters, 8 * count);", "DataCopy(seen, counters, count * eight);", "eight"),
    "a call left out": ("PipeBarrier<PIPE_ALL>();", "PipeBarrier<PIPE_ALL>;", "PipeBarrier"),
    "an unknown constant": ("CFG_ROW_MAJOR", "CFG_ROWS", "CFG_ROWS"),
    "a header": ('"lib/hccl/hccl.h"', '"hccl/hccl.h"', "no header hccl/hccl.h"),
    "a branch for the CPU": ("using namespace AscendC;", "#ifdef __CPU__", "no directive"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_with_its_line(mistake):
    right, wrong, name = MISTAKES[mistake]
    line = SAMPLE[: SAMPLE.index(right)].count("\n") + 1
    found = complaints(SAMPLE.replace(right, wrong, 1))
    assert [each for each in found if each.startswith(f"line {line}: ") and name in each], found
    assert len(found) == 1


def test_each_entry_states_where_the_vendor_has_it():
    kinds = {"function", "class", "method", "enum", "enumerator", "constant", "type", "macro"}
    for entry in API.values():
        assert entry.header and entry.page and entry.kind in kinds
        assert entry.signatures or entry.kind not in ("function", "method")


GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.cpp"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_golden_device_sources(path):
    source = path.read_text()
    if "kernel_operator.h" not in source:
        pytest.skip("a host source")
    assert complaints(source) == []
