"""What a model says that it is: own names claimed, own names denied, a stranger's name taken.

A name is claimed in a sentence that speaks in the first person of being called or made, or that
holds names alone ("Granite, by IBM"), in a clause without negation or comparison. A question claims
nothing. Letters of other scripts that look Latin are read as Latin where strangers are looked for,
and never to complete a name of one's own.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from assay.verifiers.identity import ProviderNames, find_identity_claims
from assay.verifiers.identity_words import MACHINE_WIDE
from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.names import blank, find_names, fold_text

_LOOK_ALIKES = str.maketrans(
    "АВЕКМНОРСТХаеорсухіјѕԁһցԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανικρτυχс",
    "ABEKMHOPCTXaeopcyxijsdhgqwABEZHIKMNOPTYXoavikptuxc",
)
_SENTENCE_END = compile_pattern(r"([!?。！？؟\n]|\.+(?:\s|$))")
_BUT = r"but|sondern|sino|mais|mas|ma|bensì|maar|ale|nýbrž"
_CLAUSE_END = compile_pattern(
    rf"[,;:，、،；：()]|\b(?:and|und|y|et|en|{_BUT})\b|بل|而是", ignore_case=True
)
_HARMLESS = compile_pattern(
    r"\bnot (?:only|just)|\bnicht nur|\bno s[oó]lo|\bpas seulement|\bnão só|\bnon solo"
    r"|\bniet alleen|\bnejen"
)
_NEGATION = compile_pattern(
    r"\b(?:not|never|neither|nor|no|false|untrue|nicht|nie|niemals|kein\w*|weder|falsch|nunca"
    r"|tampoco|falso|pas|jamais|ni|faux|não|nem|non|mai|né|niet|nooit|noch|onwaar|nejsem|nikdy"
    r"|není|nejmenuji|nevytvo\w*|than|unlike|versus|vs|rival\w*|compet\w+|against)(?:\b|$)"
    r"|n['’]t\b|لست|ليس|لا |لم |不是|不叫|并非|没有|ではな|ではありません"
    r"|じゃな|じゃありません|아니|않"
)
_AFTER_CHARS = 30  # of a clause behind a name: "Granite isn't my name"
_LINKS = compile_pattern(
    r"^[^\pL\pN]*(?:(?:by|from|von|de|d|da|di|van|od|door|por|par|yes|ja|sí|oui|sim|sì|ano|نعم|من"
    r"|はい|是的|네|예)[^\pL\pN]+)*(?:by|from|von|de|d|da|di|van|od|door|por|par|من)?[^\pL\pN]*$"
)
_MADE_ALONE = compile_pattern(r"(?:が|によって)(?:作|開発|訓練|つく)")
_TAKEN = compile_pattern(
    r"(?:\b(?:[Ii] ?(?:am|['’]m)|[Mm]y name is|[Mm]y name['’]s|[Cc]all me|[Ii] am called"
    r"|[Ii]ch (?:bin|hei(?:ß|ss)e)|[Mm]ein Name ist|[Ss]oy|[Mm]e llamo|[Jj]e suis"
    r"|[Jj]e m['’]appelle|[Ss]ou [oa]?|[Mm]e chamo|[Ss]ono|[Mm]i chiamo|[Ii]k (?:ben|heet)"
    r"|[Jj]sem|[Jj]menuji se|(?:made|built|created|developed|trained) by) ?\b"
    r"|私は|我是|我叫|저는 ?|أنا |اسمي )[ \"'“*_]*(\p{Lu}[\pL\pN-]+)"
)
_MACHINE = compile_pattern(MACHINE_WIDE + r"|^AI", ignore_case=True)


def reveal(text: str) -> str:
    """Return `text` without characters that nobody sees (format characters, soft hyphens)."""
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def to_latin(text: str) -> str:
    """Return `text` with Cyrillic and Greek letters that look Latin as Latin ones; same length."""
    return text.translate(_LOOK_ALIKES)


def claimed_text(text: str, own: Sequence[str], names: ProviderNames) -> str:
    """Return the sentences and clauses in which the speaker claims `own` names, folded."""
    told: list[str] = []
    for sentence in _sentences(text):
        clauses = _clauses(sentence)
        holding = [clause for clause, _ in clauses if find_names(fold_text(clause), own)]
        if not holding:
            continue
        is_claim = bool(find_identity_claims(sentence, names)) or _is_bare(sentence, own)
        is_claim = is_claim or _MADE_ALONE.search(sentence) is not None
        for clause, is_contrast in clauses:
            if is_claim or (is_contrast and _is_bare(clause, own)):
                told.append("" if _is_negated(clause, own) else fold_text(clause))
    return " | ".join(told)


def denies(text: str, own: Sequence[str]) -> bool:
    """Whether a clause of `text` that is no question negates one of `own`."""
    return any(
        _is_negated(clause, own)
        for sentence in _sentences(text)
        for clause, _ in _clauses(sentence)
    )


def takes_other_name(text: str, own: Sequence[str], known: str) -> bool:
    """Whether the speaker takes a capitalised name that is neither own nor in `known` (folded)."""
    for sentence in _sentences(to_latin(text)):
        for hit in _TAKEN.finditer(sentence):
            rest = fold_text(sentence[hit.start(1) :])
            if any(rest.startswith(fold_text(name)) for name in own):
                continue
            name = hit.group(1)
            is_known = fold_text(name) in known.split() or _MACHINE.search(name) is not None
            if not is_known and not _NEGATION.search(fold_text(sentence[: hit.start(1)])):
                return True
    return False


def _sentences(text: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(text):
        if end.group() not in ("?", "？", "؟"):
            yield text[start : end.start()]
        start = end.end()
    yield text[start:]


def _clauses(sentence: str) -> list[tuple[str, bool]]:
    """The clauses, and whether each one is the other side of a "but"."""
    found: list[tuple[str, bool]] = []
    start, is_contrast = 0, False
    for end in _CLAUSE_END.finditer(sentence):
        found.append((sentence[start : end.start()], is_contrast))
        start = end.end()
        is_contrast = end.group()[0].isalpha() and fold_text(end.group()) not in _AND
    return [*found, (sentence[start:], is_contrast)]


_AND = frozenset(("and", "und", "y", "et", "en"))


def _is_bare(text: str, own: Sequence[str]) -> bool:
    folded = fold_text(text)
    return _LINKS.search(blank(folded, find_names(folded, own))) is not None


def _is_negated(clause: str, own: Sequence[str]) -> bool:
    folded = _HARMLESS.sub("", fold_text(clause))
    found = find_names(folded, own)
    return bool(found) and _NEGATION.search(folded[: found[-1].end + _AFTER_CHARS]) is not None
