"""The little of MLIR's lexical structure that assembly needs: where types, attributes and brackets end."""

import re

STRING = r'"(?:[^"\\\n]|\\.)*"'
COMMENT = r"//[^\n]*"

_BLANK = re.compile(rf"(?:\s+|{COMMENT})*")
_NESTING = re.compile(rf"{STRING}|{COMMENT}|->|[<>]=|[<>()\[\]{{}},]")
_WORD = re.compile(r"[A-Za-z_][\w$.]*")
_VALUE = re.compile(r"%[\w$.-]+(?:#\d+)?")
_TYPE = re.compile(
    r"![A-Za-z_][\w$.]*|(?:index|none|tf32|b?f\d+\w*|[su]?i\d+|(?:memref|tensor|vector|complex|tuple)(?=<))(?![\w$.])"
)
_NUMBER = re.compile(r"-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d*(?:[eE][-+]?\d+)?)?)")
_STRING = re.compile(STRING)
_SYMBOL = re.compile(rf"@(?:{STRING}|[\w$.-]+)(?:::@(?:{STRING}|[\w$.-]+))*")
_OWN_ATTRIBUTE = re.compile(r"#[A-Za-z_][\w$.-]*")
_NUMBER_TYPE = re.compile(r"[su]?i\d+\b|index\b|b?f\d+\w*\b")

_OPENING, _CLOSING = "<([{", ">)]}"


def blank_end(text: str, start: int) -> int:
    """Where the blanks and comments at `start` end."""
    match = _BLANK.match(text, start)
    return match.end() if match else start


def _match_end(pattern: re.Pattern, text: str, start: int) -> int | None:
    match = pattern.match(text, start)
    return match.end() if match else None


def word_end(text: str, start: int) -> int | None:
    return _match_end(_WORD, text, start)


def value_end(text: str, start: int) -> int | None:
    """The end of `%name` or `%name#2`."""
    return _match_end(_VALUE, text, start)


def bracket_end(text: str, start: int) -> int | None:
    """The end of what the bracket at `start` opens, or None if it is not closed."""
    awaited = []
    for match in _NESTING.finditer(text, start):
        token = match[0]
        if token in _OPENING:
            awaited.append(_CLOSING[_OPENING.index(token)])
        elif token in _CLOSING:
            if awaited.pop() != token:
                return None
            if not awaited:
                return match.end()
    return None


def split(text: str) -> list[str]:
    """Splits at the commas that stand outside of brackets and strings."""
    return [text[start:end] for start, end in spans(text, 0, len(text))]


def spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of text[start:end] between commas outside of brackets and strings, without blanks around them."""
    depth, begin, found = 0, start, []
    for match in _NESTING.finditer(text, start, end):
        token = match[0]
        if token == "," and depth == 0:
            found.append((begin, match.start()))
            begin = match.end()
        elif token in _OPENING:
            depth += 1
        elif token in _CLOSING:
            depth -= 1
    if text[begin:end].strip() or found:
        found.append((begin, end))
    return [(first + _leading(text[first:last]), first + len(text[first:last].rstrip())) for first, last in found]


def _leading(text: str) -> int:
    return len(text) - len(text.lstrip())


def type_end(text: str, start: int) -> int | None:
    """The end of one type, or None if there is none or a bracket is not closed."""
    if text.startswith("(", start):  # a function type
        inputs = bracket_end(text, start)
        arrow = blank_end(text, inputs) if inputs else None
        if arrow is None or not text.startswith("->", arrow):
            return None
        results = blank_end(text, arrow + 2)
        if text.startswith("(", results):
            function = type_end(text, results)
            return function or bracket_end(text, results)
        return type_end(text, results)
    end = _match_end(_TYPE, text, start)
    if end is not None and text.startswith("<", end):
        return bracket_end(text, end)
    return end


def attribute_end(text: str, start: int, typed: bool = True) -> int | None:
    """The end of one attribute. The type behind a number belongs to it if `typed`."""
    if (end := _match_end(_STRING, text, start)) or (end := _match_end(_SYMBOL, text, start)):
        return end
    if end := _match_end(_NUMBER, text, start):
        return (typed and _suffix_end(text, end, _NUMBER_TYPE)) or end
    if text.startswith(("[", "{"), start):
        return bracket_end(text, start)
    if end := _match_end(_OWN_ATTRIBUTE, text, start):
        return bracket_end(text, end) if text.startswith("<", end) else end
    if end := type_end(text, start):
        return end
    end = word_end(text, start)  # true, unit, array<...>, affine_map<...>, dense<...> : type
    if end is not None and text.startswith("<", end):
        end = bracket_end(text, end)
    if end is not None and text.startswith(("dense", "sparse"), start):
        return _suffix_end(text, end, None) or end
    return end


def _suffix_end(text: str, start: int, pattern: re.Pattern | None) -> int | None:
    """The end of `: type`."""
    colon = blank_end(text, start)
    if not text.startswith(":", colon):
        return None
    begin = blank_end(text, colon + 1)
    return _match_end(pattern, text, begin) if pattern else type_end(text, begin)
