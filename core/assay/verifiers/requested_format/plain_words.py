"""Words, letters and punctuation asked for in plain words."""

from collections.abc import Iterator

from assay.verifiers.patterns import compile_pattern
from assay.verifiers.requested_format.clauses import quoted_words, without_quotes
from assay.verifiers.requested_format.instruction import SATISFIED, Outcome
from assay.verifiers.requested_format.keywords import FORBIDDING, count_occurrences, times_of
from assay.verifiers.requested_format.request import Request

_GATE = compile_pattern(
    r"caps|capitals|capital letters|upper ?case|lower ?case|small letters|buchstaben|mayús|minús"
    r"|majus|minusc|maiús"
    r"|maiusc|hoofdlett|kleine letters|písmen|commas|kommas?|comas|virgul|vírgul|čárek|読点|逗号"
    r"|쉼표|使わ|不要"
    r"|(?:words?|phrases?|terms?|sentence|wort|wörter|palabras?|mots?|palavra|parola|woord"
    r"|slova?|with|: ?)[ ]?[\[(]?[\"“«‘']"
    r"|(?:words?|phrases?|terms?|following):",
    ignore_case=True,
)
_CAPS = compile_pattern(
    r"in (?:all |only )?(?:caps|capitals|capital letters|upper ?case)(?: letters)?(?:[.,;!]|$"
    r"| only)"
    r"|in großbuchstaben|en (?:letras )?mayúsculas|en (?:lettres )?majuscules"
    r"|em (?:letras )?maiúsculas"
    r"|in (?:lettere )?maiuscol[eo]|in hoofdletters|velkými písmeny",
    ignore_case=True,
)
_SMALL = compile_pattern(
    r"in (?:all |only )?(?:lower ?case|small letters)(?: letters)?(?:[.,;!]|$| only)"
    r"|no capital letters"
    r"|in kleinbuchstaben|en (?:letras )?minúsculas|en (?:lettres )?minuscules"
    r"|em (?:letras )?minúsculas"
    r"|in (?:lettere )?minuscol[eo]|in kleine letters|malými písmeny",
    ignore_case=True,
)
_PARTIAL = compile_pattern(
    r"(?:^|[^\pL])(?:words? be|words? (?:are|appear)|more than|at least|at most|fewer than|titles?"
    r"|headings?|names?|words? in|letters? of|keywords?|first letter|each|every|some|headers?"
    r"|convert"
    r"|change|titel|títulos?|titres?|wort|wörter|palabras?|mots?)(?:[^\pL]|$)",
    ignore_case=True,
)
_NO_COMMA = compile_pattern(
    r"(?:do not|don['’]t|never|avoid|without)(?: (?:use|using|include|including|any))* commas"
    r"|(?:keine|ohne) kommas|(?:sin|no uses) (?:usar |utilizar )?comas|(?:sans"
    r"|pas de) (?:utiliser de )?virgules"
    r"|(?:sem|não use) (?:usar )?vírgulas|senza (?:usare )?virgole|(?:zonder|geen) komma|bez čárek"
    r"|読点を(?:使わ|用い)|不要(?:使)?用逗号|쉼표를? (?:쓰|사용하)지",
    ignore_case=True,
)
_WORD_KIND = (
    r"(?:the )?(?:exact )?(?:words?|phrases?|terms?|das wort|die wörter|la palabra|las palabras"
    r"|le mot|les mots"
    r"|a palavra|la parola|het woord|slovo)"
)
_AVOID = compile_pattern(
    rf"(?:do not|don['’]t|never|avoid|without)(?: (?:use|using|say|saying|mention|mentioning"
    rf"|include|including))? {_WORD_KIND}"
    rf"|(?:ohne|nicht|vermeide) {_WORD_KIND}|(?:sin usar|no uses|evita(?: usar)?) {_WORD_KIND}"
    rf"|(?:sans utiliser|n['’]utilise[zr]? pas|évite[zr]?(?: d['’]utiliser)?) {_WORD_KIND}"
    rf"|(?:sem usar|não use|evite) {_WORD_KIND}|(?:senza usare|non usare) {_WORD_KIND}"
    rf"|(?:zonder|gebruik niet) {_WORD_KIND}|bez slova|nepoužívej {_WORD_KIND}|不要(?:使用|用"
    rf"|提到)|使わ(?:ないで|ず)",
    ignore_case=True,
)
_INCLUDE = compile_pattern(
    rf"(?:include|use|using|contain|containing|mention|incorporate)s? {_WORD_KIND}"
    rf"|(?:verwende|benutze) {_WORD_KIND}|(?:usa|utiliza|incluye) {_WORD_KIND}|(?:utilise[zr]?"
    rf"|inclus?|incluez) {_WORD_KIND}"
    rf"|(?:use|inclua) {_WORD_KIND}|(?:usa|includi) {_WORD_KIND}|gebruik {_WORD_KIND}"
    rf"|použij {_WORD_KIND}",
    ignore_case=True,
)
_MAKES = compile_pattern(
    r"write|construct|creat|compos|generat|make|form |story|poem|response|answer|reply|include"
    r"|schreib|bilde"
    r"|erstell|antwort|escrib|crea|respuesta|écri|rédig|réponse|compos|escrev|resposta|scriv"
    r"|risposta|schrijf"
    r"|antwoord|napiš|odpov",
    ignore_case=True,
)
_ALTERNATIVE = compile_pattern(
    r"(?i)(?:^|[^\pL])(?:or|either|one of|oder|ou|o|ó|of|nebo)(?:[^\pL]|$)"
)
_STARTS = compile_pattern(
    r"(?:start|begin) (?:your|the) (?:answer|response|reply) with (?:the (?:words?|phrase"
    r"|sentence) )?[\"“]",
    ignore_case=True,
)
_ENDS = compile_pattern(
    r"(?:end|finish|conclude) (?:your|the) (?:answer|response"
    r"|reply) with (?:the (?:exact )?(?:words?|phrase|sentence) )?[\"“]",
    ignore_case=True,
)
_EDGE = " \t\n\"'“”«»*_#>`.,!:;"
_MIN_CASED = 12


def check_words(answer: str, request: Request) -> Iterator[tuple[str, Outcome]]:
    """Yield an outcome for each requirement on words, case or punctuation."""
    if not request.says(_GATE) or request.makes_other:
        return
    for clause in request.clauses:
        order = without_quotes(clause.text)
        yield from _check_case(answer, order)
        yield from _check_commas(answer, order)
        yield from _check_named(answer, clause.text)
        yield from _check_edges(answer, clause.text)


def _check_commas(answer: str, clause: str) -> Iterator[tuple[str, Outcome]]:
    if _NO_COMMA.search(clause) is not None:
        has_comma = any(mark in answer for mark in ",，、")
        yield "no_comma", Outcome("expected no comma, found one") if has_comma else SATISFIED


def _check_case(answer: str, clause: str) -> Iterator[tuple[str, Outcome]]:
    is_caps, is_small = _CAPS.search(clause) is not None, _SMALL.search(clause) is not None
    if is_caps is is_small or _PARTIAL.search(clause) is not None:
        return
    num_upper = sum(map(str.isupper, answer))
    num_cased = num_upper + sum(map(str.islower, answer))
    if num_cased < _MIN_CASED:
        return
    share = num_upper / num_cased
    if is_caps:
        yield (
            "capitals",
            SATISFIED
            if share >= 0.5
            else Outcome(f"expected capital letters, found {share:.0%} of letters capital"),
        )
    else:
        yield (
            "lowercase",
            SATISFIED
            if share <= 0.01
            else Outcome(f"expected no capital letters, found {num_upper}"),
        )


def _check_named(answer: str, clause: str) -> Iterator[tuple[str, Outcome]]:
    avoid, include = _AVOID.search(clause), _INCLUDE.search(clause)
    order = avoid or include
    if order is None:
        return
    words = quoted_words(clause[order.end() - 1 :])
    if avoid is None and (FORBIDDING.search(clause) or _MAKES.search(clause) is None):
        return
    if (
        times_of(clause) is not None
        or not words
        or _ALTERNATIVE.search(clause[order.start() :]) is not None
    ):
        return
    if avoid is not None:
        present = [word for word in words if count_occurrences(word, answer)]
        failure = f"expected none of {words!r}, found {present!r}" if present else None
        yield "forbidden_word", Outcome(failure)
    else:
        missing = [word for word in words if not _stands_in(word, answer)]
        failure = f"expected the words {words!r}, missing {missing!r}" if missing else None
        yield "required_word", Outcome(failure)


def _stands_in(word: str, answer: str) -> bool:
    """Whether `word` or an inflection of it stands in `answer`."""
    stem = word.lower().strip(_EDGE)
    return stem[: max(3, len(stem) - 2)] in answer.lower()


def _check_edges(answer: str, clause: str) -> Iterator[tuple[str, Outcome]]:
    body = answer.strip(_EDGE).lower()
    for pattern, code in ((_STARTS, "starts_with"), (_ENDS, "ends_with")):
        order = pattern.search(clause)
        quoted = quoted_words(clause[order.end() - 1 :]) if order is not None else []
        if not quoted:
            continue
        phrase = quoted[0].strip(_EDGE).lower()
        is_met = body.startswith(phrase) if code == "starts_with" else body.endswith(phrase)
        yield (
            code,
            SATISFIED
            if is_met
            else Outcome(f"expected the answer to {code.replace('_', ' ')} {quoted[0]!r}"),
        )
