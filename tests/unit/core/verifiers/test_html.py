import pytest

from assay.verifiers.html import clean_html, count_html, is_markup_subject, may_have_html

KEPT = [
    "If a < b and c > d then a & b hold.",
    "Use List<int> or Map<String, List<Foo>> in Java.",
    "Call it as `curl <url>` with <name> and <your email>.",
    "In `<div>` and `<p>` blocks text flows; `&nbsp;` is a blank.",
    "```html\n<div class='x'><p>Hi</p></div>\n```",
    "| a | b |\n|---|---|\n| one<br>two | three |",
    'Write element.innerHTML = "<p>text</p>" to set it.',
    "The area is 5 m<sup>2</sup> and H<sub>2</sub>O.",
    "<!DOCTYPE html>\n<html><body><p>Hello</p></body></html>",
    "return (\n  <div className='a'>{x}</div>\n)",
    "<svg width='5'><path d='M0 0'/></svg> <p>x</p>",
    "The <p> tag starts a paragraph and </p> ends it.",
    'Die HTML-Seite beginnt mit <div class="a">.',
    "AT&T and R&D; Q&A",
    "&lt;div&gt; opens a box, 5 &lt; 6",
    "<span style='color:red'>BIG</span>",
]


@pytest.mark.parametrize("text", KEPT)
def test_markup_that_is_meant_stays(text: str) -> None:
    assert clean_html(text) == text
    assert count_html(text) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<div class="answer"><p>Hello there.</p></div>', "Hello there."),
        ("<p>One.</p>\n<p>Two.</p>", "One.\n\nTwo."),
        ("Line one<br/>&nbsp;Line two<br>Line three", "Line one\nLine two\nLine three"),
        ("<ul><li>Brot</li><li>Käse</li></ul>", "- Brot\n\n- Käse".replace("\n\n", "\n")),
        (
            "Tom &amp; Jerry&#39;s caf&eacute; &mdash; open&nbsp;now",
            "Tom & Jerry's café — open now",
        ),
        ("see http://x.org/?a=1&amp;b=2", "see http://x.org/?a=1&b=2"),
        ('<span style="color:red">你好</span>，世界。<br/>再见。', "你好，世界。\n再见。"),
        ("مرحبا.<br/>كيف <b>الحال</b>؟", "مرحبا.\nكيف الحال؟"),
        ("Unbalanced text.</p></div>", "Unbalanced text."),
        ("<div>안녕하세요.<br />반갑습니다.", "안녕하세요.\n반갑습니다."),
        ('He said "yes"<br/>"No," she said.', 'He said "yes"\n"No," she said.'),
        ("x is 5 &lt; 6", "x is 5 < 6"),
        (
            "#include &lt;iostream&gt;\ncout &lt;&lt; &quot;a&quot;;",
            '#include <iostream>\ncout << "a";',
        ),
    ],
)
def test_residue_becomes_what_the_page_showed(text: str, expected: str) -> None:
    assert may_have_html(text)
    assert clean_html(text) == expected


def test_flattened_fence_is_opened_again() -> None:
    flat = '<div class="answer"><p>```<br/>&nbsp;def f(a):<br/>&nbsp;    return a<br/>&nbsp;```</p>'
    assert clean_html(flat) == "```\ndef f(a):\n    return a\n```"


def test_code_beside_residue_stays() -> None:
    text = "<p>Run `a<br>b` now:</p>\n```\nx<br/>&nbsp;y\n```"
    assert clean_html(text) == "Run `a<br>b` now:\n\n```\nx<br/>&nbsp;y\n```"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 / 3\n\nThe answer is here.", "The answer is here."),
        ("```pythonCopy code\nx = 1\n```", "```python\nx = 1\n```"),
        ("```python\n复制代码\nx = 1\n```", "```python\nx = 1\n```"),
        ("Here:\nCopy code\nx = 1", "Here:\nx = 1"),
        ("That is all.\nRegenerate response", "That is all."),
        ("Fine.\nCopy120 chars / 20 words", "Fine."),
    ],
)
def test_buttons_of_chat_pages_go(text: str, expected: str) -> None:
    assert clean_html(text).rstrip() == expected


def test_words_on_buttons_stay_in_sentences() -> None:
    text = "Press Copy code to copy, or 3 / 4 of it; Regenerate response helps too."
    assert clean_html(text) == text


@pytest.mark.parametrize(
    "question",
    [
        "Write an HTML page",
        "How do I close a <b> element?",
        "Was macht das XML hier?",
        "¿Qué hace la etiqueta p?",
        "À quoi sert la balise br ?",
        "HTMLの段落は?",
        "这个标签是什么意思？",
        "K čemu je značka p?",
        "ما هو وسم الفقرة؟",
        "A cosa serve il tag p?",
        "이 태그는 뭐야?",
        "Wat doet de tag p?",
        "O que faz a etiqueta p?",
    ],
)
def test_questions_about_markup_are_known(question: str) -> None:
    assert is_markup_subject([question])


@pytest.mark.parametrize(
    "question",
    [
        "Tell me a story about a stage.",
        "Wie alt ist die Erde?",
        "今天天气如何？",
        "Raconte une histoire.",
    ],
)
def test_other_questions_are_not_about_markup(question: str) -> None:
    assert not is_markup_subject([question])
