"""One row of a JUnit file, from the result of a unittest test."""

from xml.sax.saxutils import escape, quoteattr

from .evidence import first_line


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith((" ", "\t"))]
    return first_line(lines[-1] if lines else text)


_TAGS = {"failed": "failure", "error": "error"}


def case(name, outcome, seconds, text, file, line):
    if name.startswith("\0"):
        classname, method = "", name[1:]
    else:
        stem = name.split("(", 1)[0].rstrip()
        classname, _, _ = stem.rpartition(".")
        method = name[len(classname) + 1 :] if classname else name
    head = '<testcase classname=%s name=%s time="%.6f"' % (_attribute(classname), _attribute(method), seconds)
    if file:
        head += ' file=%s line="%d"' % (_attribute(file), line)
    if outcome == "passed":
        return head + "/>"
    if outcome in _TAGS:
        message = "collection failure" if name.startswith("\0") else last_line(text)
        kind = last_line(text).split(":", 1)[0]
        body = "<%s type=%s message=%s>%s</%s>" % (
            _TAGS[outcome],
            _attribute(kind),
            _attribute(message),
            _text(text),
            _TAGS[outcome],
        )
    else:
        # The word that JUnit readers know an expected failure by; unittest has none of its own.
        kind = "pytest.xfail" if outcome == "xfailed" else "unittest.skip"
        body = "<skipped type=%s message=%s/>" % (_attribute(kind), _attribute(last_line(text)))
    return "%s>%s</testcase>" % (head, body)


def _legal(text):
    return "".join(
        char
        if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
        else "#x%02X" % ord(char)
        for char in text
    )


def _text(text):
    return escape(_legal(text))


def _attribute(text):
    return quoteattr(_legal(text))
