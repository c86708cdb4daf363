"""What a model says of itself: claims to be a vendor's product, or to be made by a vendor.

Product and maker names are found first; what stands before and after each one in its sentence
decides. Only the first person counts: "GPT-4 was developed by OpenAI" is a fact, "I was developed
by OpenAI" a claim. Quotations and code are not read. A name that people bear too (Claude, Gemini)
needs a word that proves a machine, or a question that asks who is speaking.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from assay.verifiers import identity_words as words
from assay.verifiers.patterns import Match, Pattern, compile_pattern, escape

MAX_NAMES = 200  # names looked at in one text: bounds the work on a hostile one
_BEFORE, _AFTER = 180, 120  # characters of context read on either side of a name

_QUOTED = compile_pattern(
    r'"[^"\n]+"|“[^”\n]+”|„[^“”\n]+[“”]|«[^»\n]+»|「[^」\n]+」'
    r"|『[^』\n]+』|(?m:^[ \t]*>[^\n]*$)"
)
_SENTENCE_END = compile_pattern(r"[!?。！？؟\n]|\.[\s*_\"')]")
_SELF = compile_pattern(words.SELF, ignore_case=True)
_NAME = compile_pattern(
    rf"(?:{words.FIRST_PERSON_NAME})(?P<gap>[^.!?。！？\n]{{0,90}}?)[\"'“*_\s]*$", ignore_case=True
)
_AS = compile_pattern(words.AS_OPENING + r"[\"'“*_\s]*$", ignore_case=True)
_AS_AFTER = compile_pattern(r"として|로서|으로서")
_FIRST_PERSON_AFTER = compile_pattern(words.FIRST_PERSON_AFTER)
_CALLED = compile_pattern(words.CALLED + r"\s*[\"'“*_]*\s*$", ignore_case=True)
_FILLER = compile_pattern(
    r"(?i)^[\s,]*(?:(?:powered by|(?:based|built|running) (?:up)?on|originally|first|been"
    r"|stat[oa]|worden|actually|indeed|just|simply|also|currently|still|hier|auch|aqu[ií]"
    r"|[\pL\pN]+['’]s"
    r"|[\pL\pN]+[的의の]|the|le|la|el|o|de|der|die|das|هو)[\s,]*){0,3}$"
)
_ARTICLE = compile_pattern(r"(?i)^\s*(?:an?|une?|ein|eine|een|un|una|um|uma|一个|一名)\s*$")
_NOUN_AFTER = compile_pattern(
    r"(?i)^(?:[- ]?(?:based|powered|trained|style))?[- ]?(?:AI\b|IA\b|KI\b|language|large|model"
    r"|assist|chat|bot\b"
    r"|instance|modell|mod[eè]le|的|模型|助手|モデル|모델)"
)
_OTHER_NOUN = compile_pattern(
    r"(?i)^(?:['’]s\b|[- ](?:users?|fan|experts?|plus|subscriber|developers?|engineers?"
    r"|enthusiast|api|prompt"
    r"|plugin|alternative|clone|competitor|rising|sun|moon)\b|\s?(?:[をがにのも的를을의에]"
    r"|[와과] |用户|使用))"
)
_SURNAME = compile_pattern(r"^[ -]\p{Lu}[\p{Ll}'’]+")
_MACHINE = compile_pattern(words.MACHINE, ignore_case=True)
_MACHINE_WIDE = compile_pattern(words.MACHINE_WIDE, ignore_case=True)
_OUTSIDER = compile_pattern(words.OUTSIDER)
_MADE_BEFORE = compile_pattern(
    "|".join(part.replace("?P<gap>", "") for part in words.MADE_BY_BEFORE), ignore_case=True
)
_MADE_AROUND = tuple(
    (compile_pattern(before, ignore_case=True), compile_pattern(after, ignore_case=True))
    for before, after in words.MADE_BY_AROUND
)
_AS_WORD = compile_pattern(r"(?i)^(?:as|als|como|come|in quanto|jako|作为)\b|^(?:作为|en tant qu)")
_LEAD = compile_pattern(r"^\W*(?:[\pL']+,? ){0,2}$")
_SONO = compile_pattern(r"(?i)^sono\b")
_SONO_LEAD = compile_pattern(r"(?i)(?:^|[,;:!]|\bio|\be)[\s*_\"']*$")
_USED_BY_SPEAKER = compile_pattern(words.USED_BY_SPEAKER)
_MADE_ME = compile_pattern(words.MADE_ME_AFTER, ignore_case=True)
_GENERIC = compile_pattern(words.GENERIC, ignore_case=True)
_WHO_ARE_YOU = compile_pattern(words.WHO_ARE_YOU, ignore_case=True)
_ROLE_PLAY = compile_pattern(words.ROLE_PLAY, ignore_case=True)
_YOU_ARE = compile_pattern(words.YOU_ARE, ignore_case=True)


@dataclass(frozen=True, slots=True)
class IdentityClaim:
    """A first-person claim. `ambiguous`: the name alone does not prove that a machine speaks."""

    kind: Literal["product", "maker"]
    name: str
    start: int
    end: int
    quote: str
    ambiguous: bool


class ProviderNames:
    """The names to look for: the known vendors', `extra` ones, without the `own` ones."""

    def __init__(self, *, extra: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        added = tuple(rf"\b{escape(name)}\b" if name.isascii() else name for name in extra)
        self._own = frozenset(name.casefold() for name in own)
        self._ambiguous = compile_pattern("|".join(words.AMBIGUOUS_PRODUCTS), ignore_case=True)
        self._products = compile_pattern(
            "|".join(words.PRODUCTS + words.AMBIGUOUS_PRODUCTS + added), ignore_case=True
        )
        self._makers = compile_pattern("|".join(words.ORGANISATIONS + added), ignore_case=True)
        names = words.PRODUCTS + words.AMBIGUOUS_PRODUCTS + words.ORGANISATIONS + added
        self.pattern: Pattern = compile_pattern("|".join(names), ignore_case=True)
        self._screen = compile_pattern("|".join((*names, words.MACHINE_HINT)), ignore_case=True)

    def may_concern(self, text: str) -> bool:
        """Whether `text` names a vendor or a machine at all: one cheap search."""
        return self._screen.search(text) is not None

    def is_own(self, name: str) -> bool:
        """Whether `name` is one of ours, a version number after it included."""
        folded = name.casefold()
        return any(folded == own or folded.startswith((f"{own} ", f"{own}-")) for own in self._own)

    def is_ambiguous(self, name: str) -> bool:
        return self._ambiguous.fullmatch(name) is not None

    def is_product(self, name: str) -> bool:
        return self._products.fullmatch(name) is not None

    def has_maker(self, text: str) -> bool:
        return self._makers.search(text) is not None


def find_identity_claims(text: str, names: ProviderNames) -> tuple[IdentityClaim, ...]:
    """First-person claims in `text` (prose: code already blanked), in order."""
    spoken = blank_quotations(text)
    claims: list[IdentityClaim] = []
    for count, hit in enumerate(names.pattern.finditer(spoken)):
        if count == MAX_NAMES:
            break
        if not names.is_own(hit.group()):
            claims.extend(_claims_at(spoken, hit, names))
    return tuple(claims)


def find_generic_statement(text: str) -> str | None:
    """The words by which a model calls itself a machine without naming a maker, or None."""
    match = _GENERIC.search(blank_quotations(text))
    return match.group() if match else None


def is_spoken_by_model(claim: IdentityClaim, prompt: str, names: ProviderNames) -> bool:
    """Whether the claim is the model's own, given all that was said to it before (`prompt`).

    A part that the prompt asks for (a story, a translation, "pretend to be X") is not; an ambiguous
    name counts only as the answer to a question for the speaker's identity.
    """
    if claim.name.casefold() in prompt.casefold():
        if _ROLE_PLAY.search(prompt):
            return False
        if claim.ambiguous and _YOU_ARE.search(prompt):
            return False
        if any(c.name == claim.name for c in find_identity_claims(prompt, names)):
            return False
    return not claim.ambiguous or _WHO_ARE_YOU.search(prompt) is not None


def blank_quotations(text: str) -> str:
    """Replace quotations by spaces, length kept; a text quoted as a whole is the speaker's own."""
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == '"' == stripped[-1] and stripped.count('"') == 2:
        return text.replace('"', " ")
    return _QUOTED.sub(lambda match: " " * len(match.group()), text)


def _claims_at(text: str, hit: Match, names: ProviderNames) -> Iterator[IdentityClaim]:
    before, after = _sentence_around(text, hit)
    if not _SELF.search(f"{before}|{after}"):
        return
    name = hit.group()
    start = hit.start() - len(before)
    quote = text[start : hit.end()].strip()
    if _claims_maker(before, after):
        yield IdentityClaim("maker", name, start, hit.end(), quote, ambiguous=False)
    elif names.is_product(name) and (gap := _product_gap(before, after)) is not None:
        ambiguous = names.is_ambiguous(name)
        if ambiguous and (_MACHINE.search(f"{gap} | {after}") or names.has_maker(after)):
            ambiguous = False
        if not (ambiguous and _SURNAME.search(after)):
            yield IdentityClaim("product", name, start, hit.end(), quote, ambiguous)


def _sentence_around(text: str, hit: Match) -> tuple[str, str]:
    before = text[max(0, hit.start() - _BEFORE) : hit.start()]
    sentence_start = 0
    for end in _SENTENCE_END.finditer(before):
        sentence_start = end.end()
    after = text[hit.end() : hit.end() + _AFTER]
    stop = _SENTENCE_END.search(after)
    return before[sentence_start:], after[: stop.start()] if stop else after


def _product_gap(before: str, after: str) -> str | None:
    """What stands between the first person and the name, None where nobody claims the name."""
    if _OTHER_NOUN.search(after) and not _AS_AFTER.search(after):
        return None
    if _AS.search(before) and _FIRST_PERSON_AFTER.search(after):
        return ""
    match = _innermost(_NAME, before)
    if match is None or not _is_own_voice(match.group(), before[: match.start()], after):
        return None
    gap = match.group("gap")
    if _OUTSIDER.search(gap):
        return None
    if _FILLER.search(gap) or (_ARTICLE.search(gap) and _NOUN_AFTER.search(after)):
        return gap
    return gap if _MACHINE_WIDE.search(gap) and _CALLED.search(gap) else None


def _claims_maker(before: str, after: str) -> bool:
    if _MADE_ME.search(after):
        return True
    match = _innermost(_MADE_BEFORE, before)
    if match is not None and _names_a_machine(match, before, after):
        return True
    for opening, participle in _MADE_AROUND:
        match = _innermost(opening, before)
        if match is None or not participle.search(after) or _USED_BY_SPEAKER.search(after):
            continue
        if _names_a_machine(match, before, after):
            return True
    return False


def _innermost(pattern: Pattern, before: str) -> Match | None:
    """The match that begins last: the first person nearest to the name."""
    found = pattern.search(before)
    while found is not None:
        closer = pattern.search(before, found.start() + 1)
        if closer is None:
            break
        found = closer
    return found


def _names_a_machine(match: Match, before: str, after: str) -> bool:
    gap = next((group for group in match.groups() if group is not None), "")
    if _OUTSIDER.search(gap) or not _is_own_voice(match.group(), before[: match.start()], after):
        return False
    if _ARTICLE.search(gap):
        return _MACHINE_WIDE.search(after) is not None
    return _FILLER.search(gap) is not None or _MACHINE_WIDE.search(gap) is not None


def _is_own_voice(matched: str, lead: str, after: str) -> bool:
    """Settles two openings that need not be the first person: "as" and the Italian "sono"."""
    if _AS_WORD.search(matched):
        return _LEAD.search(lead) is not None and _FIRST_PERSON_AFTER.search(after) is not None
    if _SONO.search(matched):
        return _SONO_LEAD.search(lead) is not None
    return True
