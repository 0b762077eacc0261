"""What running again says of a break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from runner.confirm import Confirmation, confirm

ORDER = ("a", "b", "c", "d", "e")


class Suite:
    """Stands for a cell's command: answers which tests fail, given what ran before them."""

    def __init__(self, *, always: Sequence[str] = (), after: Mapping[str, str] | None = None, runs: int = 100) -> None:
        self._always = set(always)
        self._after = dict(after or {})
        self._runs = runs
        self.asked: list[Sequence[str] | None] = []

    def __call__(self, tests: Sequence[str] | None) -> dict[str, str] | None:
        self.asked.append(tests)
        if len(self.asked) > self._runs:
            return None
        ran = list(ORDER if tests is None else tests)
        return {test: "failed" if self._fails(test, ran) else "passed" for test in ran}

    def _fails(self, test: str, ran: list[str]) -> bool:
        causes = self._after.get(test, "")
        before = ran[: ran.index(test)]
        return test in self._always or (bool(causes) and set(causes) <= set(before))


def verdicts(found: list[Confirmation]) -> dict[str, str]:
    return {one.test: one.verdict for one in found}


def test_what_fails_again_and_alone_is_the_versions_doing() -> None:
    [one] = confirm({"d": "no"}, ORDER, Suite(always="d"))
    assert (one.verdict, one.again, one.alone) == ("deterministic", "failed", "failed")


def test_what_passes_the_second_time_is_flaky() -> None:
    [one] = confirm({"d": "no"}, ORDER, Suite())
    assert (one.verdict, one.again) == ("flaky", "passed")


def test_what_passes_alone_depends_on_an_earlier_test_which_is_named() -> None:
    [one] = confirm({"d": "no"}, ORDER, Suite(after={"d": "b"}))
    assert (one.verdict, one.alone, one.because) == ("order-dependent", "passed", ("b",))


def test_two_that_only_together_do_harm_are_both_named() -> None:
    [one] = confirm({"e": "no"}, ORDER, Suite(after={"e": "bd"}))
    assert (one.verdict, one.because) == ("order-dependent", ("b", "d"))


def test_one_test_speaks_for_those_that_say_the_same() -> None:
    suite = Suite(always="bcd")
    found = confirm({"b": "no 1", "c": "no 22", "d": "else"}, ORDER, suite)
    assert verdicts(found) == {"b": "deterministic", "c": "deterministic", "d": "deterministic"}
    assert suite.asked == [None, ["b"], ["d"]], "numbers do not make two failures different"
    assert "b says the same" in found[1].note


def test_where_the_first_passes_alone_the_others_are_asked_too() -> None:
    found = confirm({"c": "no", "d": "no"}, ORDER, Suite(after={"c": "a"}, always="d"))
    assert verdicts(found) == {"c": "order-dependent", "d": "deterministic"}


@pytest.mark.parametrize(("runs", "verdict"), [(0, "unconfirmed"), (1, "unconfirmed"), (2, "order-dependent")])
def test_what_the_time_did_not_suffice_for_is_not_guessed(runs: int, verdict: str) -> None:
    [one] = confirm({"d": "no"}, ORDER, Suite(after={"d": "b"}, runs=runs))
    assert (one.verdict, one.because) == (verdict, ())
    assert one.note


def test_a_test_that_does_not_run_again_is_unconfirmed() -> None:
    [one] = confirm({"z": "no"}, ORDER, Suite())
    assert one.verdict == "unconfirmed"
