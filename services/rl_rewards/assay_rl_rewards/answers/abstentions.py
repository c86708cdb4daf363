"""Saying that one does not know, in twelve languages, and stating a confidence.

An abstention is the mark `[IDK]` or a sentence that says just that, at most with what is not known.
It stands alone: beside anything that may be an answer it is a hedge, and which of the two was meant
is not guessed. A refusal is none: who will not answer has not said that the answer is unknown.
"""

from assay.verifiers.patterns import compile_pattern
from assay_rl_rewards.answers.digits import fold_digits
from assay_rl_rewards.answers.labels import fold_label

MARK = "[IDK]"
_MAX_CHARS = 200  # of one abstaining sentence

_PATTERNS = (
    r"i (?:really |honestly |simply |just )?(?:do not|don['’]?t) know",
    r"i (?:do not|don['’]?t) have (?:enough |any |that |the |this )*(?:information|knowledge)",
    r"i(?:['’]m| am) (?:not sure|unsure|not certain|uncertain)",
    r"i (?:cannot|can['’]?t) (?:tell|say|know|determine)",
    r"(?:ich )?wei(?:ß|ss) (?:ich )?(?:es |das )?(?:leider )?nicht|das ist mir nicht bekannt",
    r"(?:yo )?no lo s[eé]|no s[eé]\b|no tengo (?:esa |suficiente )?información|lo desconozco",
    r"je (?:ne )?(?:le )?sais pas|je l['’]ignore|je n['’]ai pas cette information",
    r"(?:eu )?não sei|desconheço|não tenho (?:essa )?informaç",
    r"(?:já )?(?:to )?nevím|není mi (?:to )?známo",
    r"(?:io )?non lo so|non so\b|non ho (?:questa |abbastanza )?informazion",
    r"(?:dat )?weet ik (?:het )?niet|ik weet (?:het|dat) niet|ik heb die informatie niet",
    r"لا أعرف|لا أعلم|لا ادري|لا أدري|لست متأكد|ليس لدي معلومات|ليست لدي معلومات",
    r"(?:私は|私には)?(?:それは)?(?:わかりません|分かりません|知りません|わからない|分からない|存じません)",
    r"我?不知道|我?不清楚|我?不确定|我没有(?:这方面的|相关|足够的?)?信息",
    r"(?:저는 )?(?:잘 )?(?:모르겠습니다|모르겠어요|모릅니다|몰라요|알 수 없습니다)",
)
_WHOLE = compile_pattern(
    r"(?:sorry,? |i['’]?m sorry,? (?:but )?|unfortunately,? |leider |lo siento,? |désolée?,? "
    r"|desculpe,? |bohužel |mi dispiace,? |helaas |عذر[اًا]+،? |すみません(?:が)?、?"
    r"|抱歉，?|죄송(?:하지만|합니다만) )?"
    r"(?:"
    + "|".join(_PATTERNS)
    + r")(?: (?:this|that|it|the answer(?: to (?:this|that|it|(?:this|that|your|the) question))?"
    r"|esto|eso|cela|isso|questo|dit))?",
    ignore_case=True,
)
_CONFIDENCE_WORDS = (
    "confidence", "konfidenz", "sicherheit", "confianza", "confiance", "confiança", "jistota",
    "confidenza", "fiducia", "vertrouwen", "zekerheid", "الثقة", "確信度", "信頼度", "置信度",
    "확신도", "신뢰도",
)  # fmt: skip
_SENTENCE_END = compile_pattern(r"[.!]\s+|[。！]")
_MUSING = compile_pattern(
    r"(?:h+m+|well|sorry|(?:i['’]m )?sorry|uh|um|ah|oh|puh|eh)", ignore_case=True
)
_MAX_LINES = 16  # of a response that only abstains
_DECORATION = " \t>*_#-"
_EMPHASIS = " \t*_"
_VALUE = compile_pattern(r"(?:(0|1|0?[.,]\d{1,6}|0[.,]\d{1,6}|1[.,]0{1,6})|(\d{1,3})\s?%)")


def is_abstention(answer: str) -> bool:
    """Whether an extracted answer is the mark or a sentence of not knowing, and nothing else."""
    if answer.strip() in (MARK, "IDK"):
        return True
    if len(answer) > _MAX_CHARS:
        return False
    return _WHOLE.fullmatch(fold_label(answer)) is not None


def only_abstains(text: str) -> bool:
    """Whether a response without an answer place says not to know, and nothing else.

    The last line must abstain; the lines before it too, an interjection aside.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > _MAX_LINES or not _line_abstains(lines[-1]):
        return False
    return all(_line_abstains(line) or _is_musing(line) for line in lines[:-1])


def ends_in_abstention(text: str) -> bool:
    """Whether the last line that is not blank is an abstention as a whole."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and _line_abstains(lines[-1])


def _line_abstains(line: str) -> bool:
    if len(line) > _MAX_CHARS:
        return False
    sentences = [s for s in _SENTENCE_END.sub("\n", line.strip()).split("\n") if s.strip()]
    return bool(sentences) and all(is_abstention(each) for each in sentences)


def _is_musing(line: str) -> bool:
    return len(line) <= _MAX_CHARS and _MUSING.fullmatch(line.strip(" .…!,")) is not None


def read_confidence(text: str) -> float | None:
    """The confidence (0 to 1) of the last line `Confidence: 0.85` or `85%`, in any language.

    None where there is no such line, or the last one does not hold a number from 0 to 1.
    """
    for line in reversed(text.splitlines()):
        label, colon, value = line.replace("：", ":").partition(":")
        if colon and label.strip(_DECORATION).casefold() in _CONFIDENCE_WORDS:
            return _confidence(fold_digits(value).strip(_EMPHASIS).rstrip("."))
    return None


def _confidence(text: str) -> float | None:
    match = _VALUE.fullmatch(text)
    if match is None:
        return None
    share, percent = match.groups()
    if share is not None:
        return float(share.replace(",", "."))
    return int(percent or "") / 100 if int(percent or "") <= 100 else None
