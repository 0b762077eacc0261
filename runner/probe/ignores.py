"""What the suite itself has decided not to hear: filters that ignore, skips and expected failures (ignores.jsonl)."""

from .evidence import Log


def write(config, items):
    """Write the rules of pytest's configuration and of the tests' marks, each once, with the tests that it is on."""
    log = Log("ignores.jsonl")
    file = str(getattr(config, "inipath", None) or getattr(config, "inifile", None) or "")
    for text in _lines(config.getini("filterwarnings")):
        log.write({"kind": "ini", "text": text, "file": file})
    for text in _lines(getattr(config.known_args_namespace, "pythonwarnings", None)):
        log.write({"kind": "option", "text": text})
    found = {}
    for item in items:
        for mark in item.iter_markers():
            if mark.name == "filterwarnings":
                for text in mark.args:
                    found.setdefault(("mark", str(text), ""), []).append(item.nodeid)
            elif mark.name in ("skip", "skipif", "xfail"):
                reason = mark.kwargs.get("reason") or (mark.args[0] if mark.name == "skip" and mark.args else "")
                conditions = " or ".join(arg for arg in mark.args if isinstance(arg, str) and mark.name != "skip")
                found.setdefault((mark.name, str(reason), conditions), []).append(item.nodeid)
    for (kind, text, condition), tests in found.items():
        log.write({"kind": kind, "text": text, "condition": condition, "tests": tests})


def _lines(value):
    return [str(line) for line in value or () if str(line).strip()]
