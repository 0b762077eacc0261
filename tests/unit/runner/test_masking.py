"""Values of secrets do not stay in what a suite leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner import masking
from runner.masking import mask_evidence

SECRET = 's3cr<t&va"lue'  # noqa: S105 - made up


@pytest.mark.parametrize(
    "text",
    [SECRET, 's3cr&lt;t&amp;va"lue', "s3cr&lt;t&amp;va&quot;lue", 's3cr<t&va\\"lue'],
    ids=["plain", "xml", "xml attribute", "json"],
)
@pytest.mark.parametrize("name", ["output.log", "junit.xml", "tests.jsonl", "warnings.jsonl"])
def test_a_value_is_hidden_however_it_is_written(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(f"before {text} after {text}", encoding="utf-8")
    assert mask_evidence(tmp_path, {"API_TOKEN": SECRET, "PATH": "/usr/bin"}) == 1
    assert (tmp_path / name).read_text(encoding="utf-8") == "before *** after ***"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [("API_TOKEN", "true"), ("API_TOKEN", ""), ("SSH_AUTH_SOCK", "/run/ssh/agent.1"), ("HOME_TOWN", "Springfield")],
)
def test_what_is_no_secret_stays(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "output.log").write_text(f"it says {value}", encoding="utf-8")
    assert mask_evidence(tmp_path, {name: value}) == 0
    assert (tmp_path / "output.log").read_text(encoding="utf-8") == f"it says {value}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.integers(0, 40), between=st.integers(0, 40), chunk=st.integers(1, 16))
def test_a_value_across_two_pieces_is_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int, between: int, chunk: int
) -> None:
    monkeypatch.setattr(masking, "_CHUNK", chunk)
    file = tmp_path / "output.log"
    file.write_bytes(b"." * before + b"password1" + b"-" * between + b"password1")
    mask_evidence(tmp_path, {"DB_PASSWORD": "password1"})
    assert file.read_bytes() == b"." * before + b"***" + b"-" * between + b"***"
