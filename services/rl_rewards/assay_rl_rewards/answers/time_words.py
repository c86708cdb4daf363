"""Names of months, weekdays, halves of the day and units of time in twelve languages: data.

Keys are folded by `fold_time`, as answers are: without case, width and accents. One word has one
meaning in its table whatever the language; a short form that two languages use for two days or
units (`so` is Sunday in German and Saturday in Czech) is left out.
"""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

UnitName: TypeAlias = Literal["year", "month", "week", "day", "hour", "minute", "second"]

# One line a month: en; de; es; fr; pt; cs; it; nl; ar. Short forms stand beside the full ones.
_MONTHS = (
    "january jan januar jänner enero ene janvier janv janeiro leden ledna gennaio gen januari "
    "يناير كانون_الثاني",
    "february feb februar feber febrero février févr fevereiro fev únor února febbraio februari "
    "فبراير شباط",
    "march mar märz mär mrz marzo mars março březen března maart mrt مارس آذار",
    "april apr abril abr avril avr duben dubna aprile أبريل نيسان",
    "may mai mayo maio květen května maggio mag mei مايو أيار",
    "june jun juni junio juin junho červen června giugno giu يونيو حزيران",
    "july jul juli julio juillet juil julho červenec července luglio lug يوليو تموز",
    "august aug agosto ago août srpen srpna augustus أغسطس آب",
    "september sept sep septiembre setiembre septembre setembro set září settembre سبتمبر أيلول",
    "october oct oktober okt octubre octobre outubro out říjen října ottobre ott "
    "أكتوبر تشرين_الأول",
    "november nov noviembre novembre novembro listopad listopadu نوفمبر تشرين_الثاني",
    "december dec dezember dez diciembre dic décembre déc dezembro prosinec prosince dicembre "
    "ديسمبر كانون_الأول",
)
# Monday first; ja, zh and ko names are written with the day's sign before or after.
_WEEKDAYS = (
    "monday mon montag lunes lun lundi segunda segunda-feira pondělí lunedì maandag الاثنين اثنين "
    "月曜日 月曜 星期一 周一 週一 礼拜一 월요일",
    "tuesday tue tues dienstag martes mardi terça terça-feira úterý martedì dinsdag "
    "الثلاثاء ثلاثاء "
    "火曜日 火曜 星期二 周二 週二 礼拜二 화요일",
    "wednesday wed mittwoch miércoles mercredi quarta quarta-feira středa středu "
    "mercoledì woensdag "
    "الأربعاء أربعاء 水曜日 水曜 星期三 周三 週三 礼拜三 수요일",
    "thursday thu thur thurs donnerstag jueves jue jeudi jeu quinta quinta-feira "
    "čtvrtek giovedì gio "
    "donderdag الخميس خميس 木曜日 木曜 星期四 周四 週四 礼拜四 목요일",
    "friday fri freitag viernes vie vendredi ven sexta sexta-feira pátek venerdì vrijdag "
    "الجمعة جمعة 金曜日 金曜 星期五 周五 週五 礼拜五 금요일",
    "saturday samstag sonnabend sábado samedi sobota sobotu sabato zaterdag السبت سبت "
    "土曜日 土曜 星期六 周六 週六 礼拜六 토요일",
    "sunday sonntag domingo dom dimanche dim neděle neděli domenica zondag الأحد أحد "
    "日曜日 日曜 星期日 星期天 周日 週日 礼拜天 일요일",
)
_HALVES: Mapping[Literal["am", "pm"], str] = {
    "am": "am 午前 上午 오전 ص صباحا",
    "pm": "pm 午後 下午 오후 م مساء",
}
_UNITS: Mapping[UnitName, str] = {
    "year": "year years yr yrs y jahr jahre jahren año años an ans année années ano anos rok roky "
    "roků let anno anni jaar jaren سنة سنوات عام أعوام عاما 年 年間 년",
    "month": "month months mo mos monat monate monaten mes meses mois mês měsíc měsíce měsíců mese "
    "mesi maand maanden شهر أشهر شهرا شهور か月 ヶ月 ケ月 カ月 か月間 ヶ月間 个月 個月 개월 달",
    "week": "week weeks wk wks w woche wochen semana semanas semaine semaines týden týdny týdnů "
    "settimana settimane weken أسبوع أسابيع أسبوعا 週間 周 星期 个星期 週 주 주일",
    "day": "day days d tag tage tagen día días jour jours dia dias den dny dní dnů giorno giorni "
    "dag dagen يوم أيام يوما 日 日間 天 일 일간",
    "hour": "hour hours hr hrs h stunde stunden std hora horas heure heures hodina hodiny "
    "hodin ora "
    "ore uur uren ساعة ساعات 時間 小时 小時 个小时 시간",
    "minute": "minute minutes min mins minuten minuto minutos minuta minuty minut minuti minuut "
    "دقيقة دقائق 分 分間 分钟 分鐘 분",
    "second": "second seconds sec secs s sekunde sekunden segundo segundos seconde secondes "
    "sekunda "
    "sekundy sekund secondo secondi seconden ثانية ثوان ثواني 秒 秒間 秒钟 초",
}
_PAIRS: Mapping[UnitName, str] = {  # Arabic says two of a unit in one word
    "year": "سنتان سنتين عامان عامين",
    "month": "شهران شهرين",
    "week": "أسبوعان أسبوعين",
    "day": "يومان يومين",
    "hour": "ساعتان ساعتين",
    "minute": "دقيقتان دقيقتين",
    "second": "ثانيتان ثانيتين",
}
_FILLERS = (
    "of the de del la le el den der dem am il lo o a um op il يوم من في den dia día th st nd rd er"
)
_CONNECTORS = "and und y et e en i و と 和 그리고 a"
_HOUR_MARKS = "h uhr 時 点 點 时 시 hod u uur"
_MINUTE_MARKS = "min m 分 분"
_SECOND_MARKS = "s 秒 초"
_INTERVAL_MARKS = (
    " to ", " until ", " till ", " through ", " bis ", " a ", " al ", " hasta ", " au ", " até ",
    " do ", " až ", " tot ", " إلى ", " حتى ", "から", "至", "到", "부터", "–", "—", "~", " - ",
    "/", "-",
)  # fmt: skip


def fold_time(text: str) -> str:
    """Fold a time expression: no case, width, accents or Arabic hamza; plain digits and dashes."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = [_plain(c) for c in decomposed if not unicodedata.combining(c)]
    return unicodedata.normalize("NFC", "".join(kept))


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return _SIGNS.get(character, character)


_SIGNS = {"−": "-", "‐": "-", "‑": "-", "،": ",", "、": ",", "。": ".", "’": "'", "\u0640": ""}


def _index(names: str, value: int) -> Mapping[str, int]:
    return {fold_time(name.replace("_", " ")): value for name in names.split()}


class PairWord(NamedTuple):
    """A word that says how many and of what."""

    number: int
    unit: UnitName


def _table(lines: tuple[str, ...], first: int) -> Mapping[str, int]:
    merged: dict[str, int] = {}
    for value, names in enumerate(lines, first):
        for name, number in _index(names, value).items():
            assert merged.setdefault(name, number) == number, name
    return MappingProxyType(merged)


MONTHS = _table(_MONTHS, 1)
WEEKDAYS = _table(_WEEKDAYS, 0)  # Monday is 0
HALVES: Mapping[str, Literal["am", "pm"]] = {
    fold_time(name): half for half, names in _HALVES.items() for name in names.split()
}
UNITS: Mapping[str, UnitName] = {
    fold_time(name): unit for unit, names in _UNITS.items() for name in names.split()
}
PAIR_WORDS: Mapping[str, PairWord] = {
    fold_time(name): PairWord(2, unit) for unit, names in _PAIRS.items() for name in names.split()
}
FILLERS = frozenset(fold_time(word) for word in _FILLERS.split())
CLOCK_MARKS: Mapping[str, Literal["hour", "minute", "second"]] = {
    **dict.fromkeys(map(fold_time, _HOUR_MARKS.split()), "hour"),
    **dict.fromkeys(map(fold_time, _MINUTE_MARKS.split()), "minute"),
    **dict.fromkeys(map(fold_time, _SECOND_MARKS.split()), "second"),
}
# Between the ends of an interval; the dashes last, for they also stand inside a date.
INTERVAL_MARKS = tuple(fold_time(mark) for mark in _INTERVAL_MARKS)
INTERVAL_ENDS = ("まで", "까지", "間")  # after the second end
CONNECTORS = frozenset(fold_time(word) for word in _CONNECTORS.split())
