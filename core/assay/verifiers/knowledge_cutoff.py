"""Where a model speaks of the date its own training data ends, in twelve languages.

The words must be the model's about itself: "my knowledge cutoff is", "as of my last update", or the
header that some chat templates print ("Cutting Knowledge Date:"). That a library was last updated
in 2019, or what a knowledge cutoff is, says nothing of the model. Sources: the filters of
open-instruct and their measured gaps (no final point needed, possessive required).
"""

from assay.verifiers.identity import blank_quotations
from assay.verifiers.patterns import compile_pattern

_YEAR = r"(?:19|20)\d\d"
_ENGLISH = (
    r"\b(?:my|our)\s+(?:\w+\s+){0,2}?(?:knowledge|training|data|information)[\s\w-]{0,12}?\bcut[\s-]?off",
    r"\b(?:my|our)\s+(?:current\s+)?(?:knowledge|training(?:\s+data)?|training\s+set|dataset)"
    r"(?:\s+\w+)?\s+(?:only\s+)?(?:goes|extends|reaches|ends?|stops?|includes|covers|cuts?\s+off|(?:was|is|were)\s+(?:last\s+)?"
    r"(?:updated|limited\s+to|current\s+(?:as\s+of|up\s+to|until)))",
    r"\b(?:my|our)\s+knowledge\s+(?:base\s+)?(?:up\s+)?(?:to|until|as\s+of)\b[^.\n]{0,20}?" + _YEAR,
    r"\b(?:as\s+of|since|until|up\s+to|by|after|before|at)\s+(?:the\s+time\s+of\s+)?my\s+(?:last|latest|most"
    r"\s+recent|current|knowledge|training)\s+(?:(?:knowledge|training|data|information)\s+)?"
    r"(?:update|cut[\s-]?off|training|data)",
    r"\bI\s+(?:was|am|have\s+been)\s+(?:only\s+)?(?:last\s+)?(?:trained|updated)\s+(?:on\s+data\s+)?"
    r"(?:up\s+)?(?:to|until|in|through|with\s+data)\b[^.\n]{0,30}?" + _YEAR,
    r"\bI\s+(?:only|just)\s+have\s+(?:information|data|knowledge)\s+(?:up\s+)?(?:to|until|as\s+of)\b"
    r"[^.\n]{0,20}?" + _YEAR,
    r"\bmy\s+(?:information|knowledge|(?:last\s+)?training\s+data)\s+is\s+(?:current|up\s+to\s+date|from)\b"
    r"[^.\n]{0,20}?" + _YEAR,
    r"\bmy\s+(?:last|latest)\s+(?:knowledge\s+|training\s+)?update\b[^.\n]{0,30}?" + _YEAR,
    r"\b(?:cutting\s+knowledge\s+date|knowledge\s+cut[\s-]?off(?:\s+date)?)\s*:\s*[^\n]{0,12}?"
    + _YEAR,
)
_EUROPEAN = (
    r"\bmein(?:e[mnrs]?)?\s+(?:\w+\s+)?(?:wissen(?:s(?:stand|datenbank|basis|grenze|stichtag))?|trainings(?:daten|stand)"
    r"|datenstand|kenntnisstand|letzte[nrms]?\s+(?:wissens|trainings)?\s?-?(?:update|aktualisierung|training))"
    r"[^.!?\n]{0,50}?(?:" + _YEAR + r"|stichtag|cutoff|reich|endet|begrenzt)",
    r"\b(?:seit|stand)\s+meine[rsm]\s+(?:letzten\s+)?(?:wissens|trainings|aktualisierung|update)",
    r"\b(?:mis?\s+(?:[uú]ltim[ao]\s+)?(?:conocimientos?|datos\s+de\s+entrenamiento|entrenamiento|actualizaci[oó]n|corte|fecha"
    r"\s+de\s+corte)|mi\s+base\s+de\s+conocimientos)[^.!?\n]{0,50}?(?:"
    + _YEAR
    + r"|corte|llegan?\s+hasta|actualiz)",
    r"\b(?:mes?|ma)\s+(?:derni[eè]re\s+)?(?:connaissances?|donn[eé]es\s+d['’]entra[iî]nement|entra[iî]nement|mise\s+[aà]\s+jour"
    r"|base\s+de\s+connaissances|date\s+(?:limite|de\s+coupure))[^.!?\n]{0,50}?(?:"
    + _YEAR
    + r"|s['’]arr[eê]t|limit|remont|jusqu|connaissances)",
    r"\b(?:minhas?|meus?)\s+(?:[uú]ltim[ao]\s+)?(?:conhecimentos?|dados\s+de\s+treinamento|treinamento|atualiza[cç][aã]o|data"
    r"\s+de\s+corte|base\s+de\s+(?:dados|conhecimento))[^.!?\n]{0,50}?(?:"
    + _YEAR
    + r"|corte|v(?:ai|[aã]o)\s+at[eé]|atualiz)",
    r"\b(?:mi[ea]i?|mio)\s+(?:ultim[oa]\s+)?(?:conoscenz[ae]|dati\s+di\s+addestramento|addestramento|aggiornamento|base\s+di"
    r"\s+conoscenza)[^.!?\n]{0,50}?(?:" + _YEAR + r"|fino\s+a|ferm|aggiorn|limit)",
    r"\bmijn\s+(?:laatste\s+)?(?:kennis|trainingsdata|trainingsgegevens|training|update|kennisupdate|kennisbank)[^.!?\n]{0,50}?"
    r"(?:" + _YEAR + r"|reik|loopt|eindigt|afgesloten|bijgewerkt)",
    r"\b(?:m[eéáa]|moj[ei]|m[yý]ch|m[eé]ho)\s+(?:posledn\S{1,3}\s+)?(?:znalosti|znalost[ií]|tr[eé]ninkov\S{1,3}\s+dat\S*"
    r"|aktualizac\S{1,3}|data)[^.!?\n]{0,50}?(?:" + _YEAR + r"|sahaj|kon[cč]|aktualizov|omezen)",
)
_OTHERS = (
    r"(?:معرفتي|معلوماتي|بياناتي|بيانات تدريبي|تدريبي|آخر تحديث لي|تحديثي الأخير)[^.!؟\n]{0,50}?(?:"
    + _YEAR
    + r"|٢٠[٠-٩]{2}|تنتهي|تتوقف|محدودة|حتى|حدود)",
    r"私の(?:最新の|最後の)?(?:知識|学習データ|トレーニングデータ|訓練データ|データ|情報|最終更新|カットオフ)[^。！？\n]{0,30}?"
    r"(?:" + _YEAR + "|まで|カットオフ|時点)",
    r"(?:知識|学習データ)の?カットオフ[^。\n]{0,20}?" + _YEAR,
    r"我(?:的)?(?:知识|训练数据|训练|数据|信息|数据库|知识库|最后一次更新|最近一次更新)[^。！？\n]{0,20}?"
    r"(?:" + _YEAR + "|截止|截至|更新到|更新至)",
    r"(?:截至|截止)(?:到|至)?我(?:的)?(?:知识|训练|最后|最近|上次|数据)",
    r"(?:제|나의|저의|내)\s?(?:마지막\s)?(?:지식|학습\s?데이터|훈련\s?데이터|데이터|정보|업데이트)[^.!?\n]{0,30}?"
    r"(?:" + _YEAR + "|까지|기준|컷오프|마지막)",
)
_CUTOFF = compile_pattern("|".join(_ENGLISH + _EUROPEAN + _OTHERS), ignore_case=True)
_SCREEN = compile_pattern(
    r"cut[\s-]?off|cutting knowledge|\bI (?:only|just) have|\bmy [\w -]{0,24}?(?:knowledge"
    r"|training|update|data|information)"
    r"|\bour (?:knowledge|training)"
    r"|\bI (?:was|am|have been) (?:only |last )?(?:last )?(?:trained|updated)"
    r"|\bmein\S{0,2}\s[\w ]{0,12}?(?:wissen|training|daten|kenntnis|letzte)"
    r"|(?:stand|seit) meine|\bmis? [\w ú]{0,10}(?:conocimiento|datos|entrena|actual|corte|fecha"
    r"|base)|\bm(?:es?|a) [\w è]{0,10}(?:connai|donn|entra|mise|base|date)"
    r"|\bm(?:inhas?|eus?) [\w ú]{0,10}(?:conhec|dados|trein|atual|data|base)|\bmi(?:[ea]i?"
    r"|o) [\w]{0,8} ?(?:conosc|dati|addest|aggio|base)"
    r"|\bmijn [\w ]{0,8}(?:kennis|train|update)|\bm\S{1,3} (?:posledn\S* )?(?:znalost|tr[eé]nink"
    r"|aktualiz|data)"
    r"|معرفتي|معلوماتي|تدريبي|بياناتي|آخر تحديث|تحديثي|カットオフ|私の|截[至止]|我的?(?:知识"
    r"|训练|数据|信息|最)|[제의내] ?(?:마지막 )?(?:지식|학습|훈련|데이터|정보|업데이트)",
    ignore_case=True,
)


def find_knowledge_cutoff(text: str) -> str | None:
    """The words in `text` (prose) by which a model dates its own knowledge, or None."""
    if _SCREEN.search(text) is None:
        return None
    match = _CUTOFF.search(blank_quotations(text))
    return match.group() if match else None
