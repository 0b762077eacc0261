"""Values of secrets do not stay in what a suite leaves behind."""

from __future__ import annotations

import json
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runner import masking
from runner.masking import Mask, mask_secrets

SECRET = 's3cr<t&va"lue'  # noqa: S105 - made up
LONG = "ghp_0123456789abcdefghijABCDEFGHIJ"
KEY = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA0123\nb9x8c7v6b5n4m3\n-----END KEY-----\n"


@pytest.mark.parametrize(
    "text",
    [SECRET, 's3cr&lt;t&amp;va"lue', "s3cr&lt;t&amp;va&quot;lue", 's3cr<t&va\\"lue', "s3cr%3Ct%26va%22lue"],
    ids=["plain", "xml", "xml attribute", "json", "address"],
)
@pytest.mark.parametrize("name", ["output.log", "junit.xml", "tests.jsonl", "warnings.jsonl"])
def test_a_value_is_hidden_however_it_is_written(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(f"before {text} after {text}", encoding="utf-8")
    assert Mask({"API_TOKEN": SECRET, "PATH": "/usr/bin"}).evidence(tmp_path) == 1
    assert (tmp_path / name).read_text(encoding="utf-8") == "before *** after ***"
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", "true"),
        ("API_TOKEN", ""),
        ("SSH_AUTH_SOCK", "/run/ssh/agent.1"),
        ("HOME_TOWN", "Springfield, Ohio"),
        ("POSTGRES_PASSWORD", "postgres"),
        ("DB_PASSWORD", "test_user"),
        ("TOKEN_LIFETIME", "2026-11-20"),
        ("GIT_AUTHOR_NAME", "Jane Doe the Second"),
        ("DATABASE_URL", "postgres://postgres:postgres@localhost/db"),
        ("AUTH_URL_FILE", "/etc/forewarn/credentials.json"),
    ],
)
def test_what_is_no_secret_stays(tmp_path: Path, name: str, value: str) -> None:
    (tmp_path / "output.log").write_text(f"it says {value} and postgres", encoding="utf-8")
    assert Mask({name: value}).evidence(tmp_path) == 0
    assert (tmp_path / "output.log").read_text(encoding="utf-8") == f"it says {value} and postgres"


@pytest.mark.parametrize(
    ("environment", "text", "expected"),
    [
        ({"A_TOKEN": "abcd1234efgh5678", "B_TOKEN": "abcd1234"}, "abcd1234efgh5678 abcd1234", "*** ***"),
        ({"A_TOKEN": "abcd1234wxyz", "B_TOKEN": "wxyz5678"}, "abcd1234wxyz5678", "***"),
        ({"INDEX_URL": "https://me:pa55w0rd!@example.org/simple"}, "403 for me:pa55w0rd!@", "403 for me:***@"),
        ({"GITHUB_AUTHORIZATION": LONG}, f"<{LONG}>", "<***>"),
        ({"SIGNING_KEY": KEY}, "E  MIIEpAIBAAKCAQEA0123\nE  b9x8c7v6b5n4m3 -----END KEY-----", None),
        ({"PRIVATE_PEM": KEY}, repr(KEY), "'***'"),
        ({"ROOT_PASSWORD": "/pa55/w0rd"}, "is /pa55/w0rd", "is ***"),
    ],
)
def test_texts(environment: dict[str, str], text: str, expected: str | None) -> None:
    found = Mask(environment).text(text)
    if expected is None:
        assert found == "E  ***\nE  *** -----END KEY-----"
    else:
        assert found.replace("\\n", "") == expected


@pytest.mark.parametrize("cut", [20, 25, len(LONG) - 1])
def test_a_value_is_hidden_where_the_text_around_it_was_cut(tmp_path: Path, cut: int) -> None:
    record = {"event": "end", "id": "t", "message": f"bad token {LONG[:cut]}"}
    (tmp_path / "tests.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    (tmp_path / "junit.xml").write_text(f"<failure message={quoteattr(LONG[:cut] + '...')}/>", encoding="utf-8")
    (tmp_path / "output.log").write_text(f"killed while it said {LONG[:cut]}", encoding="utf-8")
    assert Mask({"GH_TOKEN": LONG}).evidence(tmp_path) == 3
    assert json.loads((tmp_path / "tests.jsonl").read_text(encoding="utf-8"))["message"] == "bad token ***"
    assert (tmp_path / "junit.xml").read_text(encoding="utf-8") == '<failure message="***..."/>'
    assert (tmp_path / "output.log").read_text(encoding="utf-8") == "killed while it said ***"


def test_a_text_that_only_begins_like_a_secret_stays() -> None:
    assert Mask({"GH_TOKEN": LONG}).text(f"{LONG[:25]}-other, {LONG[:10]}") == f"{LONG[:25]}-other, {LONG[:10]}"


ENVIRONMENT = {"A_TOKEN": "abab1abab", "B_TOKEN": "1ababab2abab1", "DB_PASSWORD": "password1"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from([*ENVIRONMENT.values(), "ab", "1", "2", '"', "...", ".", "password", "\n"]), max_size=20),
    st.integers(1, 40),
)
@example(["password1", ".", "password1"], 5)
def test_pieces_are_masked_as_the_whole_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], chunk: int
) -> None:
    monkeypatch.setattr(masking, "_CHUNK", chunk)
    mask, file = Mask(ENVIRONMENT), tmp_path / "output.log"
    text = "".join(words)
    file.write_bytes(text.encode())
    mask.file(file)
    assert file.read_bytes().decode() == mask.text(text)
    assert not any(value in mask.text(text) for value in ENVIRONMENT.values())


@given(st.dictionaries(st.sampled_from(["A_TOKEN", "KEY", "AUTH", "X_URL"]), st.text()), st.text())
def test_no_value_is_too_strange(environment: dict[str, str], text: str) -> None:
    assert isinstance(Mask(environment).text(text + "".join(environment.values())), str)


@pytest.mark.parametrize(
    "name", ["GIT_AUTHOR_NAME", "AUTHORS", "XAUTHORITY", "MONKEY", "PATH", "COMPAT", "PWD", "OLDPWD"]
)
def test_names_that_only_look_alike(name: str) -> None:
    assert mask_secrets({name: "value"}) == {name: "value"}


@pytest.mark.parametrize(
    "name", ["PGPASSPHRASE", "ENCRYPTION_KEY", "AUTHORIZATION", "GH_PAT", "SESSION_COOKIE", "DB_PWD"]
)
def test_names_of_secrets(name: str) -> None:
    assert mask_secrets({name: "value"}) == {name: "***"}


def test_the_working_folder_is_no_secret(tmp_path: Path) -> None:
    assert (
        Mask({"PWD": str(tmp_path)}).text(f"{tmp_path}/test_a.py:3: ValueError")
        == f"{tmp_path}/test_a.py:3: ValueError"
    )
