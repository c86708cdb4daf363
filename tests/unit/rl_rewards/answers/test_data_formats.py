"""YAML, TOML, CSV and XML that hold data alone."""

import time
from contextlib import suppress

import pytest

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers.data_formats import READERS
from assay_rl_rewards.answers.strict_json import StrictValueError

YAML = "a: 1\nb: no\nc: [1.5, 'x', null, true, \"1\"]"
TOML = "a = 1\n[b]\nc = 1979-05-27\nd = [1.5, true]"
CSV = 'a,b\n1,"x, y"\n2,"two\nlines"\n'
XML = '<r><b>1</b><b>2</b><c x="1"/><d>&lt;</d></r>'


@pytest.mark.parametrize(
    ("format", "text", "value"),
    [
        ("yaml", YAML, {"a": 1, "b": "no", "c": [1.5, "x", None, True, "1"]}),
        ("yaml", "when: 2026-01-02\nat: 1:30", {"when": "2026-01-02", "at": "1:30"}),
        ("yaml", '{"a": [1, {"b": false}]}', {"a": [1, {"b": False}]}),
        ("toml", TOML, {"a": 1, "b": {"c": "1979-05-27", "d": [1.5, True]}}),
        ("csv", CSV, [{"a": "1", "b": "x, y"}, {"a": "2", "b": "two\nlines"}]),
        ("xml", XML, {"r": {"b": ["1", "2"], "c": {"@x": "1"}, "d": "<"}}),
        ("json", "[1]", [1]),
    ],
)
def test_data_become_json_values(format: str, text: str, value: JsonValue) -> None:
    assert READERS[format](text) == value


@pytest.mark.parametrize(
    ("format", "text", "reason"),
    [
        ("yaml", "a: &x [1]\nb: *x", "aliases"),
        ("yaml", "a: &x 1", "aliases"),
        ("yaml", "a: !!python/object/apply:os.system ['true']", "tags"),
        ("yaml", "a: !include /etc/passwd", "tags"),
        ("yaml", "a: 1\na: 2", "twice"),
        ("yaml", "? [1]\n: 2", "scalar"),
        ("yaml", "--- 1\n--- 2", "several"),
        ("yaml", "[" * 65 + "]" * 65, "deeply"),
        ("yaml", "- " * 5000, "deeply"),
        ("yaml", "a: .inf", "finite"),
        ("yaml", "a: 1e999", "finite"),
        ("yaml", "", "empty"),
        ("yaml", "a: [", "parse"),
        ("yaml", "a" * 40_000, "long"),
        ("toml", "a = nan", "finite"),
        ("toml", "a = 1\na = 2", "parse"),
        ("toml", "a = " + "[" * 5000, "parse"),
        ("toml", "a = " + "[" * 70 + "]" * 70, "deeply"),
        ("toml", "a." * 15_000 + "a = 1", "dots"),
        ("csv", "a,a\n1,2", "twice"),
        ("csv", "a,b\n1", "length"),
        ("csv", "a,b", "no row"),
        ("csv", 'a,b\n"x"y,2', "parse"),
        ("xml", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type"),
        ("xml", '<!DOCTYPE a SYSTEM "http://127.0.0.1/x"><a/>', "document type"),
        ("xml", "<?php echo 1 ?><a/>", "instruction"),
        ("xml", "<a>&x;</a>", "parse"),
        ("xml", "<a>text<b/></a>", "beside"),
        ("xml", "<a>" * 70 + "</a>" * 70, "deeply"),
        ("xml", "<a/><b/>", "parse"),
    ],
)
def test_what_does_more_than_hold_data_is_refused(format: str, text: str, reason: str) -> None:
    with pytest.raises(StrictValueError, match=reason):
        READERS[format](text)


@pytest.mark.parametrize("format", sorted(READERS))
@pytest.mark.parametrize(
    "unit", ["[", "{", "a: ", "- ", "<a>", '"', "a.", ",", "&a ", "\n", "'", "|"]
)
def test_no_text_takes_long_or_breaks_a_reader(format: str, unit: str) -> None:
    started = time.process_time()
    with suppress(StrictValueError):
        READERS[format](unit * (32_000 // len(unit)))
    assert time.process_time() - started < 2
