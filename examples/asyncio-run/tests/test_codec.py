"""The form on disk: no loop needed, so nothing here depends on how the rest is run."""

from __future__ import annotations

import pytest

from eventlog import decode, encode


def test_equal_mappings_have_equal_texts() -> None:
    assert encode({"b": 1, "a": [2, 3]}) == encode({"a": [2, 3], "b": 1}) == '{"a":[2,3],"b":1}'


@pytest.mark.parametrize(
    "data", [{}, {"text": "żółw"}, {"nested": {"list": [1, None, True]}}], ids=["empty", "text", "nested"]
)
def test_decode_is_the_reverse_of_encode(data: dict) -> None:
    assert decode(encode(data)) == data


@pytest.mark.parametrize("text", ["[1, 2]", '"text"', "3"], ids=["list", "string", "number"])
def test_only_objects_are_event_data(text: str) -> None:
    with pytest.raises(ValueError, match="must be an object"):
        decode(text)
