import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.url_debris import clean_url, find_url_debris

SIGNED = "https://b.s3.amazonaws.com/k.png?X-Amz-Date=1&X-Amz-Signature=0123456789abcdef0123&v=2"
AZURE = "https://a.blob.core.windows.net/c/f?sv=2020&se=2021-01-01&sig=abcdefghijklmnopqrst%3D"
CLEANED = (
    ("See https://x.com/a?utm_source=chat&id=3#top.", "See https://x.com/a?id=3#top."),
    ("See https://x.com/a?utm_source=chat.", "See https://x.com/a."),
    ("(https://x.com/a?id=1&fbclid=abc)", "(https://x.com/a?id=1)"),
    (SIGNED, "https://b.s3.amazonaws.com/k.png?v=2"),
    (AZURE, "https://a.blob.core.windows.net/c/f"),
    ("[Download the file](sandbox:/mnt/data/out.csv) now", "Download the file now"),
    ("It is at sandbox:/mnt/data/out.csv.", "It is at out.csv."),
    ("Open file:///Users/me/a.txt please", "Open a.txt please"),
    ("The sky is blue【4†source】.", "The sky is blue."),
    ("空は青い【4:2†source】。", "空は青い。"),
    ("Fact :contentReference[oaicite:0]{index=0} and", "Fact and"),
    ("Fact \ue200cite\ue202turn0search1\ue202turn0news3\ue201.", "Fact."),
    ("Fact citeturn0search1turn0search2 end", "Fact end"),
    ("Water is wet [^1^][2].", "Water is wet."),
)
LEFT_ALONE = (
    "https://shop.com/?sp=1&se=2&q=cats",
    "https://x.com/?policy=2&expires=soon",
    "【1】歴史的価値",
    "In turn 3 we search 1",
    "note[^1]",
    "open file:///etc/hosts",
    "cite the paper",
)


def cleaned(text: str) -> str:
    for debris in reversed(find_url_debris(text)):
        text = text[: debris.start] + debris.after + text[debris.end :]
    return text


@pytest.mark.parametrize(("text", "expected"), CLEANED)
def test_debris_goes_and_the_rest_stays(text: str, expected: str) -> None:
    assert cleaned(text) == expected


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert find_url_debris(text) == ()


@given(st.lists(st.sampled_from(["a=1", "utm_medium=x", "b", "gclid=9", "c=%20"]), max_size=6))
def test_cleaning_twice_is_cleaning_once(pairs: list[str]) -> None:
    url = "https://x.com/p?" + "&".join(pairs)
    once = clean_url(url)
    assert clean_url(once) == once
    assert "utm_" not in once
