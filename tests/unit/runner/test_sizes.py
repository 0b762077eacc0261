"""Sizes in bytes, as people write and read them."""

import pytest

from runner.sizes import parse_size, show_size


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1000", 1000), ("500M", 500 << 20), ("2 GiB", 2 << 30), ("7kb", 7 << 10), ("12B", 12), ("1T", 1 << 40)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "much", "1.5G", "1 X", "9" * 13])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1 << 30, "1.0 GiB"), (1500, "1.5 KiB")]
)
def test_sizes_in_words(size: int, text: str) -> None:
    assert show_size(size) == text
