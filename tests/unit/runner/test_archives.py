"""An archive writes into its folder and nowhere else, whatever the Python that unpacks it."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from runner.archives import extract_all


def archive(*members: tuple[str, bytes, str]) -> tarfile.TarFile:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, kind, link in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            made.addfile(member)
    buffer.seek(0)
    return tarfile.open(fileobj=buffer)


@pytest.fixture(params=["today's", "3.11.0"])
def python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "3.11.0":
        monkeypatch.delattr(tarfile, "data_filter", raising=False)


@pytest.mark.usefixtures("python")
def test_files_and_links_inside_are_unpacked(tmp_path: Path) -> None:
    extract_all(archive(("a/b", tarfile.REGTYPE, ""), ("a/c", tarfile.SYMTYPE, "b")), tmp_path)
    assert (tmp_path / "a" / "b").is_file()
    assert (tmp_path / "a" / "c").read_bytes() == b""


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize(
    "member",
    [
        pytest.param(("../x", tarfile.REGTYPE, ""), id="above"),
        pytest.param(("a", tarfile.SYMTYPE, "../../etc"), id="symbolic link"),
        pytest.param(("a", tarfile.SYMTYPE, "/etc"), id="absolute link"),
        pytest.param(("a", tarfile.LNKTYPE, "../x"), id="hard link"),
        pytest.param(("a", tarfile.FIFOTYPE, ""), id="special file"),
    ],
)
def test_what_leads_outside_is_refused(tmp_path: Path, member: tuple[str, bytes, str]) -> None:
    with pytest.raises(tarfile.TarError):
        extract_all(archive(member), tmp_path / "inside")
    assert not (tmp_path / "x").exists()
