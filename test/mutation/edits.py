"""Mutants by edited source: protocol calls and their arguments, synchronising calls that stand elsewhere.

All edits of a kernel are in one text, which is compiled once: each is switched on by its number in a variable of the
object. The text also has an entry that runs the kernel twice in one launch. Between the two the cores of a rank meet,
as at the end of a launch, but ranks do not: some are in the second launch while others are still in the first, which
launches one after the other never are.
"""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass

from happens_before import Move
from mutants import Call, Mutant, calls, lines_executed_by

INSTRUCTION = re.compile(
    r"\b(DataCopy|DataCopyPad|LoadData|Mmad|Fixpipe<.*>|GetValue|SetValue"
    r"|CopyToL1|CopyThrough|WriteCounter|AwaitCounters|ReadCounter)\("
)
SWITCH, REACHED = "mutant", "reached"
DECLARATION = (
    f'extern "C" {{ int {SWITCH}; unsigned char {REACHED}[%d]; }} '
    f"static bool Is(int number) {{ {REACHED}[number] = 1; return {SWITCH} == number; }}"
)


@dataclass(frozen=True)
class Edit:
    """`text`, which begins in line `line`, becomes something else while the switch has `number`.

    only_adds_orders: it waits for more, or tells of less, and is no fault unless it hangs.
    only_moves: it changes nothing but which instructions there are, and where they lie.
    written_by: the edit that leaves out the write of the counter that this one is about; 0: there is none.
    same: what the executor can do instead.
    move: where a call stands instead.
    """

    number: int
    line: int
    text: str
    kind: str
    becomes: str
    only_adds_orders: bool = False
    only_moves: bool = False
    written_by: int = 0
    same: Mutant | None = None
    move: Move | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.text} -> {self.becomes}"


@dataclass(frozen=True)
class EditedSource:
    """A device source with all its edits in it."""

    text: str
    edits: list[Edit]

    @staticmethod
    def switch(library: ctypes.CDLL) -> ctypes.c_int:
        """Of a loaded object: 0 is the original."""
        return ctypes.c_int.in_dll(library, SWITCH)

    def reached(self, library: ctypes.CDLL) -> ctypes.Array:
        """Of a loaded object, by number: 1 for what has been executed."""
        return (ctypes.c_uint8 * (len(self.edits) + 1)).in_dll(library, REACHED)


def twice(name: str) -> str:
    """The entry that runs kernel `name` twice, with the arguments of one launch after those of the other."""
    return f"{name}_twice"


def edited(source: str, sample: int = 7) -> EditedSource:
    """With every edit of a protocol call, every synchronising call moved, and every `sample`-th one removed."""
    editor = _Editor(source)
    for found in re.finditer(r"^ *(WriteCounter\()", source, re.M):
        statement = editor.statement(found.start(1))
        ends = "finishedWord" in statement
        name = "end of the launch" if ends else "release" if "RELEASES" in statement else "arrival"
        number = editor.guard(found.start(1), f"{name} removed", writes=True)
        # Who counts too far at the end at every rank does no harm: the next launch counts on from there.
        editor.argument(
            found.end(1), -1, f"{name} too large", f" + {{}}{' * (rank == 0)' if ends else ''}", written_by=number
        )
        editor.argument(found.end(1), -1, f"{name} too small", " - {}", only_adds_orders=not ends, written_by=number)
    for found in re.finditer(r"^ *(AwaitCounters\()", source, re.M):
        statement = editor.statement(found.start(1))
        ends = "finishedWord" in statement
        name = "end of the launch" if ends else "arrival" if "ARRIVALS" in statement else "release"
        editor.guard(found.start(1), f"wait for {name} removed")
        editor.argument(found.end(1), -1, f"wait for {name} too long", " + {}", only_adds_orders=True)
        editor.argument(found.end(1), -1, f"wait for {name} too short", " - {}")
        editor.argument(found.end(1), -2, f"wait for {name} of one less", " - {}")
    for found in re.finditer(r"^ *const int64_t ahead = (.*);$", source, re.M):
        editor.append(*found.span(1), "ahead of what a flag holds", " * (1 - {0}) + 16 * {0}", only_moves=True)
        # Who releases slots must not first wait for what comes into them.
        sources = re.search(r"otherSlots \* (\w+) <", found[1])
        if sources and "RELEASES" in source[found.end() : source.index("\n}\n", found.end())].split("AwaitCounters")[0]:
            bound = f"((tiling.slots - otherSlots) * {sources[1]} + 1)"
            editor.append(*found.span(1), "ahead of what slots hold", f" + {{}} * {bound}", only_moves=True)
    for found in re.finditer(r"^(?! *const int64_t otherSlots).*?\btiling\.slots\b.*$", source, re.M):
        for slots in re.finditer(r"\btiling\.slots\b", found[0]):
            begin, end = found.start() + slots.start(), found.start() + slots.end()
            moves = "AwaitCounters(" not in found[0] and "chunksDone" not in found[0]
            editor.append(begin, end, "slot too many", " + {}", only_moves=moves)
    for found in re.finditer(r"^ *const int64_t \w+ = \w+\+\+ % (\d+);$", source, re.M):
        editor.append(*found.span(1), "slot too many", " + {}", only_moves=True)
    for found in re.finditer(r"^ *const uint32_t base = (.*);$", source, re.M):
        editor.append(*found.span(1), "stale base", " * (1 - {})")
    for call in calls(source)[::sample]:
        editor.guard(editor.start_of(call.line), "removed", next(call.mutants()))
    for call, line in _moves(source):
        editor.move(call, line)
    return editor.made(_entry_twice(source))


def _moves(source: str) -> Iterator[tuple[Call, int]]:
    """Sets and barriers one statement earlier, waits and barriers one later: the line before which they then stand.

    The statement is the next one in the same block that has instructions in it.
    """
    lines = source.splitlines()
    for call in calls(source):
        depth = _depth(lines[call.line - 1])
        if not call.name.endswith("WaitFlag"):
            for line in range(call.line - 1, 0, -1):
                text = lines[line - 1]
                if _depth(text) < depth:
                    break
                begins = _depth(text) == depth and not text.lstrip().startswith(("}", "//"))
                if begins and any(INSTRUCTION.search(each) for each in lines[line - 1 : call.line - 1]):
                    yield call, line
                    break
        if not call.name.endswith("SetFlag"):
            passed = False
            for line in range(call.line + 1, len(lines) + 1):
                text = lines[line - 1]
                closes = text.lstrip().startswith("}")
                if passed and (_depth(text) < depth or (_depth(text) == depth and not closes)):
                    yield call, line
                    break
                if _depth(text) < depth:
                    break
                passed = passed or INSTRUCTION.search(text) is not None


def _depth(line: str) -> int:
    """How far a line is indented; an empty one as far as can be."""
    return len(line) - len(line.lstrip(" ")) if line else 1 << 10


def _entry_twice(source: str) -> str:
    entry = re.search(r'^extern "C" __global__ __aicore__ void (\w+)\(([^)]*)\)', source, re.M)
    assert entry is not None
    names = re.findall(r"GM_ADDR (\w+)", entry[2])
    both = [[f"{name}{number}" for name in names] for number in (1, 2)]
    first, second = (f"    {entry[1]}({', '.join(arguments)});\n" for arguments in both)
    parameters = ", ".join(f"GM_ADDR {name}" for arguments in both for name in arguments)
    return (
        f'\nextern "C" __global__ __aicore__ void {twice(entry[1])}({parameters}) {{\n'
        f"{first}    SyncAll<false>();\n{second}}}\n"
    )


class _Editor:
    def __init__(self, source: str):
        self._source = source
        self._insertions: list[tuple[tuple[int, ...], str]] = []  # by place, those in one place in order
        self._edits: list[Edit] = []

    def statement(self, place: int) -> str:
        return self._source[place : self._source.index(";", place)]

    def guard(self, place: int, kind: str, same: Mutant | None = None, writes: bool = False) -> int:
        """The statement at `place` is left out. Returns the number of the edit."""
        number = len(self._edits) + 1
        self._add(place, self.statement(place), kind, "nothing", same=same, written_by=number if writes else 0)
        self._insertions.append(((place, 1, 0, 0), f"if (!Is({number})) "))
        return number

    def move(self, call: Call, line: int) -> None:
        """A call stands before another line instead."""
        number = len(self._edits) + 1
        kind = "too early" if line < call.line else "too late"
        place, to = self.start_of(call.line), self.start_of(line)
        over = lines_executed_by(self._source, range(min(line, call.line + 1), max(line, call.line)))
        move = Move(call.line, frozenset(over), later=line > call.line)
        self._add(place, call.text, kind, f"before line {line}", move=move)
        self._insertions.append(((place, 1, 0, number), f"if (!Is({number})) "))
        self._insertions.append(((to, 0, 1, number), f"if (Is({number})) {call.text}; "))

    def start_of(self, line: int) -> int:
        """Where the text of a line begins."""
        place = 0
        for _ in range(line - 1):
            place = self._source.index("\n", place) + 1
        return place + len(self._source[place:]) - len(self._source[place:].lstrip(" "))

    def argument(self, place: int, which: int, kind: str, behind: str, **more) -> None:
        """An argument of the call whose parenthesis opens before `place` is another."""
        begin, end = self._arguments(place)[which]
        self.append(begin, end, kind, behind, **more)

    def append(self, begin: int, end: int, kind: str, behind: str, **more) -> None:
        """`behind` is appended to an expression: in it, {} is 1 while the edit is on, and else 0."""
        original = self._source[begin:end]
        becomes = f"(({original}){behind.format(1)})"
        number = self._add(begin, original, kind, becomes, **more)
        # Of expressions that begin or end in one place, the longer one is outside; of two edits of one, the later.
        self._insertions.append(((begin, 1, -end, -number), "(("))
        self._insertions.append(((end, 0, -begin, number), f"){behind.format(f'Is({number})')})"))

    def made(self, end: str) -> EditedSource:
        """With `end` behind everything."""
        pieces, done = [], 0
        for (place, *_), text in sorted(self._insertions):
            pieces += [self._source[done:place], text]
            done = place
        text = "".join(pieces) + self._source[done:]
        using = "using namespace AscendC;"
        declared = text.replace(using, f"{using} {DECLARATION % (len(self._edits) + 1)}")
        return EditedSource(declared + end, self._edits)

    def _add(self, place: int, text: str, kind: str, becomes: str, **more) -> int:
        line = self._source.count("\n", 0, place) + 1
        number = len(self._edits) + 1
        self._edits.append(Edit(number, line, " ".join(text.split()), kind, " ".join(becomes.split()), **more))
        return number

    def _arguments(self, place: int) -> list[tuple[int, int]]:
        found, depth, begin = [], 0, place
        for at in range(place, len(self._source)):
            letter = self._source[at]
            if letter in ")]}" and depth == 0:
                return [*found, self._trimmed(begin, at)]
            depth += (letter in "([{") - (letter in ")]}")
            if letter == "," and depth == 0:
                found.append(self._trimmed(begin, at))
                begin = at + 1
        raise ValueError("a call does not end")

    def _trimmed(self, begin: int, end: int) -> tuple[int, int]:
        text = self._source[begin:end]
        return begin + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip()))
