"""Words around numbers in equations: units with their sizes, and words that carry arithmetic.

A result may stand in another unit than its terms (3 * 0.25 = 75 cents), so a mismatch that a known
conversion explains is no false claim. Covers the twelve languages; keys are in lower case.
"""

from fractions import Fraction
from typing import NamedTuple


class Unit(NamedTuple):
    """What a unit measures, and its size in the dimension's base unit."""

    dimension: str
    size: Fraction


# dimension -> size -> words. Sizes are relative: only ratios within a dimension are used.
_SIZES: dict[str, dict[str, str]] = {
    "time": {
        "1": "s sec secs second seconds sekunde sekunden segundo segundos seconde secondes secondo"
        " secondi sekunda sekund sekundy 秒 초 ثانية ثواني ثوان",
        "60": "min mins minute minutes minuten minuto minutos minuti minuut minuta minut minuty"
        " 分 分钟 分鐘 分間 분 دقيقة دقائق",
        "3600": "h hr hrs hour hours stunde stunden std hora horas heure heures ora ore uur uren"
        " hodina hodin hodiny 时 小时 小時 時間 시간 ساعة ساعات",
        "86400": "day days tag tage tagen día días dia dias jour jours giorno giorni dag dagen den"
        " dní dny 天 日 日間 일 يوم أيام يوما",
        "604800": "week weeks woche wochen semana semanas semaine semaines settimana settimane"
        " weken týden týdnů týdny 周 星期 週間 주 أسبوع أسابيع",
    },
    "calendar": {
        "1": "month months monat monate monaten mes meses mês mois mese mesi maand maanden"
        " měsíc měsíců měsíce 月 个月 ヶ月 か月 개월 달 شهر أشهر",
        "12": "year years yr yrs jahr jahre jahren año años ano anos an ans année années anno"
        " anni jaar rok roků roky let 年 年間 년 سنة سنوات",
    },
    "money": {
        "1": "c ct cent cents penny pence centavo centavos centime centimes centesimo centesimi"
        " céntimo céntimos cêntimo cêntimos haléř haléřů セント 센트 سنت 分钱 ¢ p",
        "5": "nickel nickels",
        "10": "dime dimes 角",
        "25": "quarter quarters",
        "100": "$ € £ dollar dollars usd euro euros eur gbp buck bucks dólar dólares"
        " dollari dollaro peso pesos reais real koruna korun koruny kč 元 块 欧元 美元 ドル ユーロ"
        " 달러 유로 دولار يورو",
    },
    "length": {
        "1": "mm millimeter millimeters millimetre millimetres milímetro milímetros 毫米 ミリ",
        "10": "cm centimeter centimeters centimetre centimetres zentimeter centímetro centímetros"
        " centimètre centimètres centimetro centimetri 厘米 公分 センチ 센티미터",
        "100": "dm decimeter dezimeter decímetro decimetro",
        "1000": "m meter meters metre metres metern metro metros mètre mètres metri metr metrů"
        " metry 米 メートル 미터 متر",
        "1000000": "km kilometer kilometers kilometre kilometres kilometern kilómetro kilómetros"
        " quilômetro quilômetros kilomètre kilomètres chilometro chilometri 公里 千米"
        " キロメートル 킬로미터 كيلومتر",
    },
    "feet": {
        "1": "inch inches pulgada pulgadas",
        "12": "ft foot feet pie pies",
        "36": "yd yard yards",
        "63360": "mi mile miles milla millas",
    },
    "mass": {
        "1": "mg milligram milligrams milligramm",
        "1000": "g gram grams gramm gramo gramos grama gramas gramme grammes grammo grammi gramů"
        " 克 グラム 그램 غرام جرام",
        "1000000": "kg kilo kilos kilogram kilograms kilogramm kilogramo kilogramos quilograma"
        " quilogramas kilogramme kilogrammes chilogrammo chilogrammi 公斤 千克 キログラム 킬로그램",
        "1000000000": "t ton tons tonne tonnes tonnen tonelada toneladas tonnellata 吨 トン 톤",
    },
    "ounces": {
        "1": "oz ounce ounces",
        "16": "lb lbs pound pounds",
    },
    "volume": {
        "1": "ml milliliter milliliters millilitre millilitres mililitro mililitros 毫升"
        " ミリリットル",
        "10": "cl centiliter centilitre",
        "100": "dl deciliter decilitre",
        "1000": "l liter liters litre litres litro litros litri litrů 升 公升 リットル 리터 لتر",
    },
    "cups": {
        "1": "cup cups",
        "2": "pint pints",
        "4": "qt quart quarts",
        "16": "gal gallon gallons",
    },
    "data": {
        "1": "kb",
        "1000": "mb",
        "1024": "mib",
        "1000000": "gb",
        "1000000000": "tb",
    },
    "energy": {
        "1": "j joule joules w watt watts v n newton newtons pa hz a",
        "1000": "kj kw kv kn kpa khz kwh wh",
        "1000000": "mj mw mn mpa mhz",
    },
    "count": {
        "12": "dozen dozens dutzend docena docenas douzaine douzaines dúzia dúzias dozzina dozzine"
        " dozijn tucet tuctů ダース 打 다스 دزينة",
        "100": "hundred hundreds hundert cien cento 百 백",
        "1000": "k thousand thousands tausend tsd mil mille mila milla duizend tisíc tisíce ألف"
        " آلاف 千 천",
        "10000": "万 萬 만 万円 만원 万元",
        "1000000": "mio million millions millionen millón millones milhão milhões milione"
        " milioni miljoen milion milionů miliony مليون ملايين 百万 백만",
        "100000000": "亿 億 억 亿元 億円 억원",
        "1000000000": "bn billion billions mrd milliarde milliarden milliard milliards"
        " bilhão bilhões miliardo miliardi miljard miliarda miliard مليار 十亿",
        "1000000000000": "trillion trillions billón billones 兆 万亿",
    },
}  # fmt: skip

UNITS: dict[str, Unit] = {
    word: Unit(dimension, Fraction(size))
    for dimension, sizes in reversed(_SIZES.items())  # the first one stated wins
    for size, words in sizes.items()
    for word in words.split()
}

RATIOS: dict[str, frozenset[Fraction]] = {
    dimension: frozenset(Fraction(a) / Fraction(b) for a in sizes for b in sizes)
    for dimension, sizes in _SIZES.items()
}
