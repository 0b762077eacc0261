"""The disk is full, in each of the folders that a run writes into; and has room again at the next one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from project import Project, Ran, command, environment, in_a_world_where, pair, project, timeless  # noqa: F401 - fixtures

pytestmark = pytest.mark.slow

STEADY = "class Middle(unittest.TestCase):\n    def test_middle(self): pass\n"
ALL = ("test_one", "test_two", "test_middle", "test_z_one", "test_z_two")
FULL = "No space left on device"


#: Kilobytes; from one that holds next to nothing to one that holds nearly all of a run.
SIZES = [4, 16, 32, 40, 48, 64, 96]


@pytest.mark.parametrize("size", SIZES)
def test_a_full_disk_while_results_are_written(project: Project, size: int) -> None:
    """Whatever file is written when the disk is full: never a pass, never a traceback of ours."""
    (project.folder / ".forewarn").mkdir()
    project.suite(STEADY)
    script = f'mount -t tmpfs -o size={size}k none .forewarn && "$@"; code=$?; cp -r .forewarn saved; exit $code'
    code, output = in_a_world_where(project.folder, script, *command("run"))
    said = output.decode()
    assert "Traceback" not in said
    assert code in (2, 3), said
    assert FULL in said
    # What is readable is true: a cell that says it is complete has all of its tests.
    complete = 0
    for record in (project.folder / "saved").glob("cells/*/cell.json"):
        if json.loads(record.read_text(encoding="utf-8"))["status"] == "complete":
            assert (record.parent / "junit.xml").read_text(encoding="utf-8").count("<testcase ") == len(ALL)
            complete += 1
    assert complete == 2 or "nothing breaks" not in said


def test_a_disk_that_was_full_for_a_while_is_not_forgotten(project: Project) -> None:
    """Warnings cannot be written, all else can: the forecast would be too good."""
    fills = (
        "from resource import RLIM_INFINITY, RLIMIT_FSIZE, setrlimit\n"
        "class Middle(unittest.TestCase):\n"
        "    def test_middle(self):\n"
        "        import warnings\n"
        "        if LATER: setrlimit(RLIMIT_FSIZE, (1, RLIM_INFINITY))\n"
        "        warnings.warn('old', DeprecationWarning)\n"
        "        if LATER: setrlimit(RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))\n"
    )
    project.suite(fills)
    ran = project.run()
    ran.is_incomplete()
    assert ran.status[0] == "truncated"
    assert "could not all be written" in ran.status[1]
    ran.base_is_intact(*ALL)


def before_and_after(project: Project, disk: Path, options: str, *words: str, **changes: str | None) -> tuple[Ran, Ran]:
    """(a run with ``disk`` on a small one, a run after that has got room)."""
    disk.mkdir(exist_ok=True)
    first, saved = project.folder.parent / "first", project.folder.parent / "saved"
    script = (
        f'mount -t tmpfs -o {options} none "$DISK"; "$@" > "{first}" 2>&1; echo $? >> "{first}"; '
        f'rm -rf "{saved}"; cp -r .forewarn "{saved}"; mount -o remount,size=1g,nr_inodes=100000 "$DISK" && exec "$@"'
    )
    ended = in_a_world_where(project.folder, script, *command("run", *words), DISK=str(disk), **changes)
    *said, code = first.read_text(encoding="utf-8").splitlines()
    full = Ran(code=int(code), said="\n".join(said), results=saved, base=project.base, later=project.later)
    return full, project.ran(*ended)


def is_as_if_never_full(project: Project, after: Ran, *words: str, **changes: str | None) -> None:
    """What was left on the full disk plays no part: the next report is that of a run with new folders."""
    after.is_told()
    assert after.code == 0, after.said
    after.base_is_intact(*ALL)
    first = timeless(after.report)
    assert project.run("--no-cache", "--recreate", *words, env=changes).code == 0
    assert timeless(project.ran(0, b"").report) == first


#: From one where nothing can be made to one where the first environment can: cut in the build, in the environment, in
#: what is put into it, by room and by number of files.
ENVIRONMENTS = ["size=12k", "size=132k", "nr_inodes=12", "nr_inodes=120"]


@pytest.mark.parametrize("options", ENVIRONMENTS)
def test_a_full_disk_while_environments_are_made(project: Project, options: str) -> None:
    project.suite(STEADY)
    setup = "from setuptools import setup\nsetup(name='x', version='1', py_modules=['x'])\n"
    project.write({"setup.py": setup, "x.py": "#" * 20_000})
    full, after = before_and_after(project, project.folder / ".nox", options)
    full.is_incomplete()
    assert FULL in full.status[1]
    assert full.status[0] == "failed-to-install"
    log = (full.results / "nox.log").read_text(encoding="utf-8")
    assert "Traceback" not in log, log
    if full.cell(f"{full.base}-plain")["status"] == "complete":
        full.base_is_intact(*ALL)
    is_as_if_never_full(project, after)


def test_a_full_disk_before_anything_is_made(project: Project) -> None:
    project.suite(STEADY)
    (project.folder / ".nox").mkdir()
    for options in ("size=4k", "nr_inodes=2", "nr_inodes=6"):
        script = f'mount -t tmpfs -o {options} none .nox && exec "$@"'
        code, output = in_a_world_where(project.folder, script, *command("run"))
        said = output.decode()
        assert (code, said.count("error: cannot write "), said.count(FULL)) == (2, 1, 1), said
        assert "Traceback" not in said


def test_a_full_disk_while_the_target_is_fetched(project: Project, tmp_path: Path) -> None:
    """From git; the clone that is cut is not taken for one."""
    source = Project(tmp_path / "source", project.base, project.later)
    source.suite(STEADY)
    own = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "all"]):
        subprocess.run([*own, *words], cwd=source.folder, check=True)
    project.matrix(target={"git": str(source.folder)})
    for options in ("size=16k", "nr_inodes=30"):
        full, after = before_and_after(project, project.folder / ".nox", options)
        full.is_told()
        assert full.code == 2, full.said
        assert FULL in full.said
        assert after.code == 0, after.said
        after.base_is_intact(*ALL)


@pytest.mark.parametrize("options", ["size=16k", "nr_inodes=4"])
def test_a_full_disk_while_evidence_is_kept_for_later(project: Project, tmp_path: Path, options: str) -> None:
    """The cache is a help, not evidence: nothing is said, and nothing that is cut is taken from it."""
    project.suite(STEADY)
    cache = tmp_path / "cache"
    full, after = before_and_after(project, cache, options, FOREWARN_CACHE=str(cache))
    full.is_told()
    assert full.code == 0, full.said
    full.base_is_intact(*ALL)
    is_as_if_never_full(project, after)


def test_a_full_disk_while_the_project_is_copied(project: Project) -> None:
    """The folder for temporary files is inside of the project: that one is not copied into itself."""
    project.suite(STEADY)
    disk = project.folder / "scratch"
    full, after = before_and_after(project, disk, "size=4k", "-j2", TMPDIR=str(disk))
    full.is_incomplete()
    for name in (full.base, full.later):
        record = full.cell(f"{name}-plain")
        assert record["status"] == "failed-to-start"
        assert "cannot make a place for a cell" in record["reason"]
        assert FULL in record["reason"]
    is_as_if_never_full(project, after, "-j2", TMPDIR=str(disk))
    assert list(disk.iterdir()) == []


def test_a_full_disk_while_reports_are_written(project: Project, tmp_path: Path) -> None:
    """The old document stays, or there is none; the next one, with room, is whole."""
    project.suite(STEADY)
    assert project.run().code == 0
    (tmp_path / "reports").mkdir()
    told = [*command("report", ".forewarn", "--output", str(tmp_path / "reports"))]
    script = (
        f'mount -t tmpfs -o size=8k none {tmp_path / "reports"}; echo old > {tmp_path / "reports"}/report.html; "$@"; '
        f"echo $?; ls -A {tmp_path / 'reports'}; cat {tmp_path / 'reports'}/report.html"
    )
    said = in_a_world_where(project.folder, script, *told)[1].decode()
    assert "Traceback" not in said
    assert f"error: cannot write {tmp_path / 'reports' / 'report.html'}: {FULL}\nhint: " in said
    assert said.endswith("\n2\nreport.html\nold\n")
    again = subprocess.run(told, cwd=project.folder, env=environment({}), capture_output=True, check=False, timeout=300)
    assert again.returncode == 0
    for name in ("report.html", "report.json", "report.md"):
        assert (tmp_path / "reports" / name).read_bytes() == (project.folder / ".forewarn" / name).read_bytes()
