import pytest

from assay.domain.finding import Report
from assay.domain.sample import Document, Message, Sample
from assay.verifiers.citations import check_citations
from assay.verifiers.view import View

DOCUMENTS = (
    Document(
        "doc_1",
        "The Elbe",
        "The river Elbe rises in the Czech Republic and flows for 1,094 kilometres to the "
        "North Sea.",
    ),
    Document(
        "doc_2",
        "Coffee",
        "Coffee came to Vienna in 1683 after the siege of the city. "
        "咖啡于一六八三年传到维也纳，很快成为城市生活中不可缺少的一部分。",
    ),
)


def check(answer: str, documents: tuple[Document, ...] = DOCUMENTS, question: str = "q") -> Report:
    messages = (Message("user", question), Message("assistant", answer))
    return check_citations(View(Sample(messages, (), documents)))


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        ("It rises there [3].", "[3]"),
        ("It rises there.[7]", "[7]"),
        ("It rises there[5], they say.", "[5]"),
        ("It rises there [^4].", "[^4]"),
        ("It rises there【5】。", "【5】"),
        ("It rises there [1][5].", "[5]"),
        ("Rain [1, 4] falls [2].", "[1, 4]"),
        ("It rains [doc_9].", "[doc_9]"),
        ("It rains (Document 3).", "Document 3"),
        ("See passages 1 and 5.", "passages 1 and 5"),
        ("Document 7 states that it rains.", "Document 7"),
        ("<cite>4</cite> It rains.", "<cite>4</cite>"),
        ("According to document 4, it rains.", "document 4"),
        ("Laut Dokument 5 regnet es.", "Dokument 5"),
        ("Según el documento 4, llueve.", "documento 4"),
        ("Selon le document 4, il pleut.", "document 4"),
        ("文書4によると、雨です。", "文書4"),
        ("De acordo com o documento 5, chove.", "documento 5"),
        ("بحسب المستند 4 تمطر السماء", "المستند 4"),
        ("Podle dokumentu 4 prší.", "dokumentu 4"),
        ("Secondo il documento 4 piove.", "documento 4"),
        ("문서 4에 따르면 비가 온다.", "문서 4"),
        ("Volgens document 4 regent het.", "document 4"),
        ("根据文档4，下雨。", "文档4"),
        ("根据第4份文档，下雨。", "第4份文档"),
    ],
)
def test_marks_of_documents_that_do_not_exist_are_told(answer: str, mark: str) -> None:
    (finding,) = check(answer).findings
    assert (finding.code, finding.hard, finding.kind) == (
        "missing_document",
        True,
        "missing_document",
    )
    assert finding.place.quote == mark
    assert answer[finding.place.start :].startswith(mark)


@pytest.mark.parametrize(
    "answer",
    [
        "It rises there [1], and coffee came later [2].",
        "Both [1][2] agree, and so do passages 1 and 2.",
        "It rises there [doc_1].",
        "Laut Dokument 2 regnet es.",
        "Según el documento 1, llueve.",
        "Selon le document 2, il pleut.",
        "文書2によると、雨です。",
        "De acordo com o documento 1, chove.",
        "بحسب المستند 2 تمطر السماء",
        "Podle dokumentu 1 prší.",
        "Secondo il documento 2 piove.",
        "문서 1에 따르면 비가 온다.",
        "Volgens document 2 regent het.",
        "根据文档1，下雨。",
    ],
)
def test_marks_of_existing_documents_are_counted(answer: str) -> None:
    report = check(answer)
    assert report.findings == ()
    assert report.num_checked >= 1


@pytest.mark.parametrize(
    "answer",
    [
        "x = list[5] and list[6]",
        "a[7] holds, arr[9] too.",
        "`row[7]` is code\n```\nx[9]\n```",
        "In [2019] it rained.",
        "See [5](http://example.com).",
        "See [5] there.\n\n[5]: http://example.com",
        "As shown [5].\n\nReferences\n[5] Smith 2020",
        "As shown [^5].\n\n[^5]: Smith 2020",
        "The interval [0, 100] is closed.",
        "The list [1, 2, 3] is short.",
        "- [x] done\n- [ ] open",
        "Set it to [5] and go on.",
        "In 1683 [sic] it rained.",
        "The report documents 12 cases.",
        "We used sources 3 times.",
        "The Source 4 engine is new.",
        "See passage 3:16 there.",
        "资料3年前公布。",
        "It takes up to 10 documents.",
    ],
)
def test_other_brackets_and_numbers_are_no_citations(answer: str) -> None:
    assert check(answer) == Report("citations", 0)


def test_what_question_or_documents_say_may_be_repeated() -> None:
    assert check("As you say, document 9 is lost.", question="Where is document 9?").findings == ()
    quoting = (*DOCUMENTS, Document("doc_3", "", "It was proved [12] long ago."))
    assert check("It was proved [12].", quoting).findings == ()


def test_numbers_in_ids_can_be_cited() -> None:
    documents = (Document("kb-17", "", "a"), Document("kb-18", "", "b"))
    assert check("It is so [18].", documents).findings == ()
    assert check("It is so [kb-17].", documents).findings == ()
    assert [f.place.quote for f in check("It is so [kb-19].", documents).findings] == ["[kb-19]"]


@pytest.mark.parametrize(
    "answer",
    [
        'He said "the moon is made of green cheese today".',
        "He said “the moon is made of green cheese today”.",
        "Er sagte „der Mond besteht heute ganz aus Käse“.",
        "Il dit « the moon is made of green cheese today ».",
        "他说「月亮是用绿色奶酪做成的，这是大家今天都知道的城市生活常识」。",
    ],
)
def test_quotations_that_stand_nowhere_are_told(answer: str) -> None:
    report = check(answer)
    (finding,) = report.findings
    assert (finding.code, finding.hard) == ("unsupported_quote", False)
    assert answer[finding.place.start :].startswith(finding.place.quote)
    assert report.num_checked == 1


@pytest.mark.parametrize(
    "answer",
    [
        'It says "flows for 1,094 kilometres to the North Sea".',
        'It says "Flows for 1094 KILOMETRES  to the north sea!"',
        'It says "flows for 1,094 kilometers to the North Sea".',
        "It “rises in the Czech Republic … flows for 1,094 kilometres to the North Sea”.",
        "书中说「咖啡于一六八三年传到维也纳，很快成为城市生活中」。",
    ],
)
def test_quotations_are_found_give_or_take_slips(answer: str) -> None:
    assert check(answer) == Report("citations", 1)


@pytest.mark.parametrize(
    "answer",
    [
        'A "short one" and then a long text that is no quote "as well".',
        'It is 5" wide and the other one that we have is 6" wide.',
        'Run `echo "the moon is made of green cheese today"` now.',
        "Она сказала «луна сегодня сделана из зелёного сыра».",  # a script the documents lack
    ],
)
def test_what_is_no_checkable_quotation_is_left(answer: str) -> None:
    assert check(answer) == Report("citations", 0)


def test_earlier_turns_may_be_quoted() -> None:
    question = "Why do they say that the moon is made of green cheese?"
    assert check('That "the moon is made of green cheese" is a joke.', question=question) == Report(
        "citations", 1
    )


def test_samples_without_documents_are_not_checked() -> None:
    assert check("It rises there [3].", ()) == Report("citations", 0)


@pytest.mark.parametrize(
    "unit", ["[1]", '"', "“a b c d e f g” ", "a[1]", "[doc_9]", "document 4 ", "文書1"]
)
def test_hostile_repetition_is_bounded(unit: str) -> None:
    assert check(unit * 20_000).num_checked <= 4_000
