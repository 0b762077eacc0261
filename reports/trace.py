"""What a traceback says: the exception, its message and its frames, from any of the forms test tools write."""

from __future__ import annotations

import dataclasses
import re

from .evidence import Frame
from .model import Failure

# pytest: "tests/test_a.py:12: ValueError", "tests/support.py:15: in run", "tests/test_a.py:20: ".
_PYTEST_PLACE = re.compile(r"^(?P<file>[^\s:][^\n:]*(?::[\\/][^\n:]*)?):(?P<line>\d{1,9}): ?(?P<rest>.*)$")
# Python: '  File "/a/b.py", line 3, in name'; exception groups put bars in front.
_PYTHON_PLACE = re.compile(r'^[ |+]*File "(?P<file>[^"\n]+)", line (?P<line>\d{1,9})(?:, in (?P<function>.+))?$')
# pytest, of a fixture that does not exist: "file /a/tests/test_a.py, line 2".
_LOOKUP = re.compile(r"^file (?P<file>[^\n]+), line (?P<line>\d{1,9})$")
_DEFINITION = re.compile(r"^[> ](?P<indent>\s*)(?:async )?def (?P<name>\w+)")
_RAISING = re.compile(r"^>(?P<indent>\s+)\S")
_CHAIN = re.compile(
    r"^[ |]*(?:During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:)\s*$",
    re.MULTILINE,
)
_PHASE = re.compile(r'^failed on (?:setup|teardown) with "(?P<inner>.*?)"?$', re.DOTALL)
_TYPED = re.compile(r"^(?P<type>[A-Za-z_][\w.]*?)(?:: (?P<message>.*))?$", re.DOTALL)
_TYPE_NAME = re.compile(r"^[A-Za-z_][\w.]*$")
_EXCEPTION_NAME = re.compile(r"(?:Error|Exception|Warning|Exit|Interrupt|Group|Failed|Timeout|Iteration|Skipped)$")
_SYNTAX = re.compile(
    r'^\s*File "(?P<file>[^"\n]+)", line \d+\n(?:.*\n)*(?P<type>\w*(?:Syntax|Indentation|Tab)Error): (?P<message>.*)$'
)
_COLLECTION = "collection: "
# What pytest.fail makes of a warning that a test is failed for after its end.
_FAILED_AFTER = re.compile(r"^Failed: (?=\w*Warning: )")
_STRICT_XPASS = "[XPASS(strict)]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trace:
    """A failure, understood as far as it can be."""

    type: str | None
    """Name of the exception class without its module; None where the failure was no exception."""
    message: str
    frames: tuple[Frame, ...]
    """Outermost first; paths as the tool wrote them."""


def parse_trace(failure: Failure) -> Trace:
    """Read type, message and frames out of one failure."""
    sections = _CHAIN.split(failure.text)
    frames, ending = _frames(sections[-1])
    for section in reversed(sections[:-1]):
        # The exception that is raised last is the one reported; without frames of its own, its predecessor's.
        if frames:
            break
        frames, _ = _frames(section)
    kind, message = _type_and_message(failure, ending, sections[-1])
    return Trace(type=kind, message=message, frames=frames)


def _frames(text: str) -> tuple[tuple[Frame, ...], str]:
    """The frames of one section, and the exception named at pytest's last place."""
    frames: list[Frame] = []
    ending = source = ""
    quoted = False
    function: str | None = None
    definitions: list[tuple[int, str]] = []
    for line in text.splitlines():
        if quoted and line.startswith("    ") and line.strip():
            # Python quotes the line of code behind the place.
            frames[-1] = dataclasses.replace(frames[-1], source=line.strip()[:400])
        place = _PYTHON_PLACE.match(line) or _LOOKUP.match(line)
        quoted = place is not None
        if place is not None:
            function_of = place.groupdict().get("function")
            frames.append(Frame(file=place["file"], line=int(place["line"]), function=function_of))
            continue
        definition = _DEFINITION.match(line)
        if definition is not None:
            definitions.append((len(definition["indent"]), definition["name"]))
        raising = _RAISING.match(line)
        if raising is not None:
            function, source = _enclosing(definitions, len(raising["indent"])), line[1:].strip()[:400]
        place = _PYTEST_PLACE.match(line)
        if place is None or not _is_path(place["file"]):
            continue
        rest = place["rest"].strip()
        if rest.startswith("in "):
            frames.append(Frame(file=place["file"], line=int(place["line"]), function=rest[3:], source=source))
            quoted = not source  # in its short form, pytest quotes the line behind the place, too
        elif not rest or _TYPE_NAME.match(rest):
            frames.append(Frame(file=place["file"], line=int(place["line"]), function=function, source=source))
            ending = rest
        function, source, definitions = None, "", []
    return tuple(frames), ending


def _enclosing(definitions: list[tuple[int, str]], indent: int) -> str | None:
    """The function whose body the marked line is in, or which it defines on the same line."""
    inside = [name for depth, name in definitions if depth < indent]
    return inside[-1] if inside else definitions[-1][1] if definitions else None


def _is_path(text: str) -> bool:
    return text.endswith((".py", ".pyx", ".pyi")) or text.startswith("<")


def _type_and_message(failure: Failure, ending: str, section: str) -> tuple[str | None, str]:
    message = failure.message
    phase = _PHASE.match(message)
    if phase is not None:
        message = phase["inner"]
    if message.startswith(_STRICT_XPASS):
        return "XPASS(strict)", message.removeprefix(_STRICT_XPASS).strip() or "passes, but is marked xfail(strict)"
    message = _FAILED_AFTER.sub("", message.removeprefix(_COLLECTION))
    raised = _raised_line(section)
    if _LOOKUP.match(message.partition("\n")[0]):
        message = raised
    if message.lstrip().startswith('File "'):
        message = _of_syntax(message)
    typed = _TYPED.match(message)
    if typed is not None and _names_exception(typed["type"], ending):
        return _short(typed["type"]), typed["message"] or ""
    if failure.type and not failure.type.startswith("pytest."):
        return _short(failure.type), message or _message_of(raised)
    if ending:
        return _short(ending), message
    typed = _TYPED.match(raised)
    if typed is not None and _names_exception(typed["type"], ""):
        return _short(typed["type"]), typed["message"] or ""
    return None, message or raised


def _of_syntax(message: str) -> str:
    """What is wrong with the code comes last, behind the place and the code itself."""
    syntax = _SYNTAX.match(message)
    if syntax is None:
        return message
    name = syntax["file"].replace("\\", "/").rpartition("/")[2]
    return f"{syntax['type']}: {syntax['message']} ({name})"


def _names_exception(name: str, ending: str) -> bool:
    short = _short(name)
    return short == _short(ending) if ending else bool(_EXCEPTION_NAME.search(short))


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _message_of(raised: str) -> str:
    typed = _TYPED.match(raised)
    return (typed["message"] or "") if typed is not None else raised


def _raised_line(text: str) -> str:
    """The line that names the exception: pytest's first marked one, or the last that is not indented."""
    last = ""
    for line in text.splitlines():
        if line.startswith("E   "):
            return line[1:].strip()
        if line and not line.startswith((" ", "\t", "|", "+")):
            last = line.strip()
    return last
