r"""Residue of web pages in prose: presentational tags, entities, buttons of chat pages.

`clean_html` turns them into the plain text that the page showed. It does nothing where the markup
may be the subject: a document, a script, a component, a form or a table, a tag in quotes, words
such as HTML or tag in the conversation, code, Markdown table cells. Comparison signs, generics and
`<placeholders>` are no tags here, since only known names count. Source: own table of HTML elements.
"""

import html
from collections.abc import Iterable

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import find_code_blocks

_BLOCK = (
    "p|div|ul|ol|li|dl|dt|dd|h[1-6]|hr|blockquote|section|article|header|footer|nav|main|aside"
    "|center|figure|figcaption"
)
_INLINE = "span|font|a|b|i|em|strong|u|img|small|big|tt"
_ATTRIBUTES = r"""(?:\s+[a-zA-Z][a-zA-Z:-]*(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=]+))?)*\s*/?"""
_TAG = compile_pattern(rf"</?(?:br|{_BLOCK}|{_INLINE}){_ATTRIBUTES}>", ignore_case=True)
_INLINE_TAG = compile_pattern(rf"</?(?:{_INLINE}){_ATTRIBUTES}>", ignore_case=True)
_ENTITY = compile_pattern(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ESCAPED_TAG = compile_pattern(
    rf"&lt;[/!]?(?:br|html|head|body|script|table|{_BLOCK}|{_INLINE})(?:\s|/|&gt;|>)",
    ignore_case=True,
)
_LONE_TAG = compile_pattern(r"(?m)^<p>", ignore_case=True)
# Names that occur only in pages, or a sign that a short name is a tag and no placeholder.
_EVIDENCE = compile_pattern(
    rf"""</(?:{_BLOCK})>|<(?:br|hr)\s*/?>|<(?:{_BLOCK}|img)\s[^<>]*=|<div>"""
    r"|<li>|&nbsp;",
    ignore_case=True,
)
_DOCUMENT = compile_pattern(
    r"<(?:!doctype|\?|%|html|head|body|script|style|link|meta|title|svg|path|form|input|button"
    r"|textarea|select|option|label|table|tr|td|th|template|iframe|canvas|video|audio|source)\b"
    r"|className\s*=|\bon(?:click|change|submit|load)\s*=|\{\{|/>\s*\)|=>\s*[({<]",
    ignore_case=True,
)
_QUOTED_TAG = compile_pattern(
    r"""(?:^|[\s(])["'“‘「«]</?[a-zA-Z][^<>\n]{0,80}>["'”’」»]|[=(]\s*["']<[a-zA-Z]"""
)
_SUBJECT = compile_pattern(
    r"html|xml|\bjsx|\bcss\b|\bsvg\b|markup|markdown|<[^<>]*>.?.?.?\btag|\btags?\b.{0,3}<|\bphp\b|javascript|\breact\b"
    r"|\bangular\b|\bdom\b|web ?page|selector|front-?end|balise|etiqueta|marcaç|\btagy\b|značk"
    r"|标签|標籤|網頁|网页|タグ|태그|وسم|وسوم",
    ignore_case=True,
)
_ASKS_FOR_TAG = compile_pattern(r"\btags?\b", ignore_case=True)
_RESIDUE = compile_pattern(
    rf"<br\s*/?>(?:&nbsp;|\x{{A0}})?\n?|\s*(?:</?(?:{_BLOCK}){_ATTRIBUTES}>(?:\s|&nbsp;)*)+"
    rf"|</?(?:{_INLINE}){_ATTRIBUTES}>|&(?:[a-zA-Z][a-zA-Z0-9]{{1,31}}|#[0-9]{{1,7}}|#[xX][0-9a-fA-F]{{1,6}});",
    ignore_case=True,
)
_INLINE_CODE = compile_pattern(r"`[^`\n]+`")
_ANGLES = ("&lt;", "&gt;")
_BLANK = "\x1a"
_MAX_ROW = 4000  # characters looked back for the start of a table row; keeps hostile text linear
_FLAT_FENCE = compile_pattern(r"(?:```|~~~)[\w+#-]*<br", ignore_case=True)
_BUTTON_WORDS = (
    "Copy code|复制代码|複製程式碼|コードをコピーする|コードをコピー|코드 복사"
    "|Copier le code|Copiar código|Code kopieren|Copia codice|Kopírovat kód|Code kopiëren|نسخ الكود"
)
_BUTTON = compile_pattern(rf"(?m)^[ \t]*(?:{_BUTTON_WORDS})[ \t]*(?:\n|\z)")
_GLUED_BUTTON = compile_pattern(
    rf"(?m)^([ \t]*(?:```|~~~)[\w+#-]{{0,20}})[ \t]*(?:{_BUTTON_WORDS})[ \t]*"
)
_PAGER = compile_pattern(r"\A\s*\d{1,3} / \d{1,3}[ \t]*\n+")
_COUNTER = compile_pattern(r"(?m)^Copy\d+ chars / \d+ words[ \t]*(?:\n|\z)")
_REGENERATE = compile_pattern(r"\n+[ \t]*(?:Regenerate response|Stop generating)\s*\z")


def may_have_html(text: str) -> bool:
    """Cheap test: False when there is neither tag, entity nor button."""
    return (
        ("<" in text and _TAG.search(text) is not None)
        or ("&" in text and _ENTITY.search(text) is not None)
        or _may_have_debris(text)
    )


def is_markup_subject(texts: Iterable[str]) -> bool:
    """Whether a conversation is about markup, so that tags are its content."""
    return any(
        _SUBJECT.search(text) or _ASKS_FOR_TAG.search(text) or ("<" in text and _TAG.search(text))
        for text in texts
    )


def clean_html(text: str) -> str:
    """Return `text` as the page showed it; unchanged where the markup may be meant."""
    text = strip_debris(text)
    if "<" not in text and "&" not in text:
        return text
    prose = text if _FLAT_FENCE.search(text) else _mask(text)
    if _SUBJECT.search(prose) or _DOCUMENT.search(prose) or _QUOTED_TAG.search(prose):
        return text
    has_residue = _EVIDENCE.search(prose) is not None or _LONE_TAG.search(prose) is not None
    cleaned = _resolve(text, prose, has_residue=has_residue)
    return cleaned.strip("\n") if cleaned != text else text


def strip_debris(text: str) -> str:
    """Remove the buttons and counters that chat pages put around answers."""
    if not _may_have_debris(text):
        return text
    text = _GLUED_BUTTON.sub(r"\1", _PAGER.sub("", text))
    return _REGENERATE.sub("", _COUNTER.sub("", _BUTTON.sub("", text)))


def count_html(text: str) -> int:
    """Number of characters of tags, entities and debris that `clean_html` would resolve."""
    if not may_have_html(text):
        return 0
    return max(0, len(text) - len(clean_html(text)))


def _may_have_debris(text: str) -> bool:
    return (
        " / " in text[:12]
        or "Copy code" in text
        or "```" in text
        or text.rstrip().endswith(("Regenerate response", "Stop generating", " words"))
    )


def _mask(text: str) -> str:
    """Blank code with a character that is neither a space nor part of a tag; same length."""
    if "`" not in text and "~~~" not in text:
        return text
    parts: list[str] = []
    position = 0
    for block in find_code_blocks(text):
        parts += (text[position : block.start], _BLANK * (block.end - block.start))
        position = block.end
    parts.append(text[position:])
    return _INLINE_CODE.sub(lambda m: _BLANK * len(m.group()), "".join(parts))


def _resolve(text: str, prose: str, *, has_residue: bool) -> str:
    """Replace what is found in `prose`, which shows `text` with code masked."""
    keeps_angles = _ESCAPED_TAG.search(prose) is not None
    pattern = _RESIDUE if has_residue else _ENTITY
    parts: list[str] = []
    position = 0
    for match in pattern.finditer(prose):
        start, end = match.span()
        raw = match.group()
        if raw.startswith("&"):
            plain = raw if keeps_angles and raw in _ANGLES else html.unescape(raw)
            plain = plain.replace("\xa0", " ")
        else:
            plain = _plain(raw, is_cell=_is_table_row(prose, start))
        parts += (text[position:start], plain)
        position = end
    parts.append(text[position:])
    return "".join(parts)


def _plain(raw: str, *, is_cell: bool) -> str:
    lower = raw.lower()
    if lower.startswith("<br"):
        return raw if is_cell else "\n"
    if _INLINE_TAG.fullmatch(raw):
        return ""
    return "\n- " if "<li" in lower else "\n\n"


def _is_table_row(prose: str, at: int) -> bool:
    line_start = prose.rfind("\n", max(0, at - _MAX_ROW), at) + 1
    return prose[line_start : line_start + _MAX_ROW].lstrip().startswith("|")
