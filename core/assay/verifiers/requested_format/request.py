"""What a user asks of the answer's form in plain words: where to look, and where not to.

The idea: only orders count. Pasted texts, quotations and code are matter to work on; a question
about form ("how many words...") and a task whose product is a program, a query or another prompt
speak of something else than the answer. The invariant: doubt yields no requirement.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from assay.verifiers.patterns import Pattern, compile_pattern
from assay.verifiers.requested_format.clauses import Clause, split_clauses

_MAX_ORDER = 700  # characters of a turn that is read whole; of a longer one its first and last part
_MAX_CLAUSES = 40
# Literals only: this runs on every user turn.
_TRIGGER = compile_pattern(
    r"json|bullet|words?[ ,.:'\"“]|sentence|paragraph|character|caps[^a-z]|upper ?case|lower ?case"
    r"|capital letter|commas|table[^a-z]|tabular|numbered|with \"|phrase|mots?[ .,]|palabra|oraci"
    r"|párrafo"
    r"|caracter|caractère|wört|wort[ ,.:\"“]|worte|sätze|satz|absatz|absätze|zeichen|großbuch"
    r"|kleinbuch|komma"
    r"|tabelle"
    r"|nummeriert|stichpunkt|frase|mayúscula|minúscula|comas|tabla|numerada|viñeta|majuscule"
    r"|minuscule|virgule|tableau|numéroté|puces|palavr|parágrafo|maiúscul|minúscul|vírgula"
    r"|tabela|parol|frasi"
    r"|paragraf|maiuscol|minuscol|virgol|tabella|woord|zinnen|één zin|alinea|hoofdletter|tabel"
    r"|slov|vět|odstav"
    r"|písmeny|tabulk|čárek|単語|文字|[0-9一二三四五]つ?の?文|段落|読点|使わ|表形式|箇条書き"
    r"|番号|語で|字|词|句|段"
    r"|表格|列表|逗号|编号|用[\p{Han}]+[语文]|단어|문장|문단|글자|[0-9]자|표로|어로|쉼표|목록"
    r"|كلم|جمل|فقر|حرف|جدول|بال"
    r"|(?:in|auf|en|em|in het|v) (?:engl|angl|ingl|germ|deut|alem|allem|tede|duit|něm|fren|fran"
    r"|span|spaa|espa"
    r"|españ|spag|špan|ital|japan|japon|giap|port|arab|árab|chin|cine|čín|kore|core|dutch|nied"
    r"|neer|néer|oland"
    r"|holan|neder|niz|czech|tsche|chec|tchè|tche|ceco|tsje|češ)|česky|anglicky|německy",
    ignore_case=True,
)
_OTHER_PRODUCT = compile_pattern(
    r"\b(?:function|program|script|code|regex|regular expression|query|sql|algorithm|class"
    r"|method|api"
    r"|prompt|html|css|python|javascript|java|c\+\+|excel|spreadsheet|database|formula|command|bash"
    r"|software|app|parser|rubric|quiz|test cases?|password|crossword|funktion|programm|skript"
    r"|función"
    r"|programa|código|fonction|programme|função|funzione|programma|codice|functie|funkce)\b"
    r"|関数|プログラム|コード|函数|程序|代码|编程|함수|프로그램|코드|دالة|برنامج|كود",
    ignore_case=True,
)
_QUESTION = compile_pattern(
    r"^\W*(?:how|why|what|which|who|when|where|is|are|does|do|did|was|were|if|wie|warum|was"
    r"|welche\pL*"
    r"|cómo|por qué|qué|cuál\pL*|comment|pourquoi|quel\pL*|como|quais|qual|come|perché|quale|hoe"
    r"|waarom"
    r"|welke|jak|proč|který)\b",
    ignore_case=True,
)


@dataclass(frozen=True)
class Request:
    """The orders of a user turn; `text` holds the parts of the turn that may state them."""

    text: str

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """Its clauses without questions; none where there are too many to be orders."""
        clauses = split_clauses(self.text)
        if len(clauses) > _MAX_CLAUSES:
            return ()
        return tuple(clause for clause in clauses if not _is_question(clause.text))

    @cached_property
    def makes_other(self) -> bool:
        """Whether the product is a program or the like, of which the orders then speak."""
        return self.says(_OTHER_PRODUCT)

    def says(self, pattern: Pattern) -> bool:
        """Whether `pattern` is found in the text; looked for once."""
        found = self._found.get(pattern)
        if found is None:
            found = self._found[pattern] = pattern.search(self.text) is not None
        return found

    @cached_property
    def _found(self) -> dict[Pattern, bool]:
        return {}


def read_request(user_text: str) -> Request | None:
    """The orders in `user_text`; None when nothing in it speaks of form."""
    return _request(_orders(user_text))


@lru_cache(maxsize=256)  # many prompts come with several answers; the texts are short
def _request(text: str) -> Request | None:
    return Request(text) if text and _TRIGGER.search(text) is not None else None


def _orders(text: str) -> str:
    """The part of the turn that may hold orders: all of a short one, else its ends."""
    if "\n\n" not in text:
        return text if len(text) <= _MAX_ORDER else ""
    first, _, rest = text.strip().partition("\n\n")
    last = rest.rpartition("\n\n")[2]
    return "\n".join(part for part in (first, last) if part and len(part) <= _MAX_ORDER)


def _is_question(clause: str) -> bool:
    return clause.rstrip().endswith(("?", "？", "؟")) and _QUESTION.search(clause) is not None
