import textwrap
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.finding import Report
from assay.domain.sample import Message, Sample
from assay.verifiers.code import check_code
from assay.verifiers.code_python import dedent
from assay.verifiers.view import View


def check(language: str, body: str) -> Report:
    answer = f"See:\n```{language}\n{body}\n```\nDone."
    return check_code(View(Sample((Message("user", "Code?"), Message("assistant", answer)))))


PARSES = [
    ("python", "def f(x):\n    return x + 1"),
    ("py", "import re\nre.match('\\d', 'a\\w')"),
    ("python3", "match x:\n    case 1:\n        pass"),
    ("python", "    indented = 1\n    also = 2"),
    ("python", "def f(x):"),
    ("python", "class A:\n    def f(self):"),
    ("python", "else:\n    x = 2"),
    ("python", "except ValueError:\n    pass"),
    ("python", "case 1:\n    pass"),
    ("python", "    def f(self):\n        return 1\nf()"),
    ("python", "x = 1\n    y = 2\n    z = 3"),
    ("python", "return x"),
    ("python", "await f()"),
    ("python", "%matplotlib inline\n!pip install numpy\nimport numpy\nnumpy?"),
    ("python", "x = [1, ...]\ndef f(): ..."),
    ("json", '{"a": [1, 2.5, null, "x"]}'),
    ("json", '"name": "x",\n"age": 3'),
    ("json", '{"a": 1}\n{"a": 2}'),
    ("jsonl", '{"a": 1}\n\n{"a": 2}'),
    ("sql", "SELECT a, COUNT(*) FROM t WHERE b = ? AND c = :name GROUP BY a;"),
    ("sql", "INSERT INTO t (a, b) VALUES (%s, %(name)s)"),
    ("mysql", "CREATE TABLE `t` (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;"),
    ("postgresql", "SELECT data->>'a' FROM t WHERE x = $1 ORDER BY 1 LIMIT 5;"),
    ("sql", "SELECT TOP 5 [name] FROM t;"),
    ("sqlite", "-- all\nDELETE FROM t WHERE id IN (SELECT id FROM u);"),
]

FAULTS = [
    ("python", "x = 1\ndef f(x)\n    return x", "python", "def f(x)"),
    ("python", "for i in range(3):\nprint(i)", "python", "print(i)"),
    ("python", "x = (1, 2", "python", "x = (1, 2"),
    ("py", "x = 'abc", "python", "x = 'abc"),
    ("python", "1. Import the libraries.", "python", "1. Import the libraries."),
    ("json", "{'a': 1}", "json", "{'a': 1}"),
    ("json", '{"a": 1,}', "json", '{"a": 1,}'),
    ("json", '\n{\n  "a": 1\n  "b": 2\n}', "json", '"b": 2'),
    ("jsonl", '{"a": 1}\n{"a": }', "jsonl", '{"a": }'),
    ("sql", "SELECT a FROM t\nWHERE (a = 1", "sql", "WHERE (a = 1"),
    ("sql", "SELECT FROM WHERE a ==== 1", "sql", "SELECT FROM WHERE a ==== 1"),
]

UNDECIDED = [
    ("python", ">>> x = (1\n... )\n>>> x\n1"),
    ("python", "$ python main.py"),
    ("python", "pip install numpy"),
    ("python", 'print "hello"'),
    ("python", "try:\n    f()\nexcept ValueError, e:\n    print e"),
    ("python", "x = {'a': 1, ...}"),
    ("python", "x = <your value>"),
    ("python", "def f[T](x: T) -> T:\n    return x\ntype A = list[int]\nx = ("),
    ("python", "- x = 1\n+ x = 2 +"),
    ("python", "(" * 60 + ")" * 60),
    ("python", "{% for x in y %}"),
    ("json", '{"a": 1, ...}'),
    ("json", '{\n  // the name\n  "a": 1\n}'),
    ("json", '{"a": <number>}'),
    ("json", '{"a": {{value}}}'),
    ("json", "POST /v1/items"),
    ("json", ""),
    ("sql", "SELECT * FROM <table>"),
    ("sql", "SELECT ..., FROM t"),
    ("sql", "mysql> SELECT 1;"),
    ("sql", "CREATE FUNCTION f() RETURNS INT BEGIN RETURN 1; END"),
    ("text", "def f(x)"),
    ("", "def f(x)"),
    ("rust", "fn main( {"),
]


@pytest.mark.parametrize(("language", "body"), PARSES)
def test_sound_code_and_fragments_pass(language: str, body: str) -> None:
    assert check(language, body) == Report("code", 1)


@pytest.mark.parametrize(("language", "body", "code", "quote"), FAULTS)
def test_faults_are_found_with_their_line(language: str, body: str, code: str, quote: str) -> None:
    report = check(language, body)
    (finding,) = report.findings
    assert report.num_checked == 1
    assert (finding.kind, finding.code, finding.hard) == ("unparsable_code", code, False)
    assert finding.place.quote == quote
    assert f"See:\n```{language}\n{body}"[finding.place.start :].startswith(quote)


@pytest.mark.parametrize(("language", "body"), UNDECIDED)
def test_sketches_transcripts_and_other_languages_are_not_decided(language: str, body: str) -> None:
    assert check(language, body) == Report("code", 0)


def test_a_block_that_is_cut_off_is_not_decided() -> None:
    sample = Sample((Message("user", "Code?"), Message("assistant", "```python\ndef f(x")))
    assert check_code(View(sample)) == Report("code", 0)


def test_no_warning_of_the_parser_escapes() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert check("python", "x = '\\d' is 1").findings == ()
    assert caught == []


@given(st.sampled_from(["python", "json", "jsonl", "sql"]), st.text(max_size=60))
def test_any_block_is_survived(language: str, body: str) -> None:
    answer = f"```{language}\n{body}\n```"
    sample = Sample((Message("user", "Code?"), Message("assistant", answer)))
    for finding in check_code(View(sample)).findings:
        start = finding.place.start
        assert answer[start : start + len(finding.place.quote)] == finding.place.quote


HOSTILE = [
    ("python", "(" * 100_000),
    ("python", "-" * 40_000 + "1"),
    ("python", "a" + ".b" * 20_000),
    ("python", "if x:\n a\n" + "elif x:\n a\n" * 4000),
    ("python", "lambda:" * 7000 + "1"),
    ("python", "f(a=" * 49),
    ("python", "x\0y"),
    ("python", "\n" * 45_000 + "("),
    ("python", "print\n" * 8000 + "("),
    ("json", "[" * 300_000),
    ("json", '{"a":' * 190 + "1"),
    ("json", "1 " * 200_000 + "x"),
    ("sql", "SELECT " + "(" * 12 + "a"),
    ("sql", "SELECT " + "NOT " * 1900 + "a"),
    ("sql", "SELECT " + "a AND " * 1200 + "a"),
    ("sql", "SELECT " + "CASE WHEN " * 700),
    ("sql", "SELECT " + "((a) " * 6 + "SELECT (" * 6),
]


@pytest.mark.parametrize(("language", "body"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_blocks_take_bounded_time(language: str, body: str) -> None:
    check("sql", "SELECT 1")  # the import is not what is measured
    started = time.process_time()
    check(language, body)
    assert time.process_time() - started < 2


@given(
    st.lists(
        st.sampled_from(
            ["a = 1", "  b", "    ", "\t", "\n", "\n\n", " ", "if x:\n", "\f", "\\\n", "\r"]
        ),
        max_size=10,
    ).map("".join)
)
def test_the_short_way_to_dedent_is_the_long_one(text: str) -> None:
    assert dedent(text) == textwrap.dedent(text)


def test_code_at_the_margin_is_not_dedented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(textwrap, "dedent")
    assert dedent("def f(x):\n    return x\n") == "def f(x):\n    return x\n"
