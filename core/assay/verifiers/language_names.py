"""Names of languages as users write them, and the words that ask for a translation.

The idea: a user who names a language, in any of the twelve, may get an answer in it. Names are
listed by what they name, in every language of the source; a lookup is one search for all of them.
The invariant: one word, one language; a word that also means something else in a common language
("polish", "thai" dishes aside) is left out where it stands without a preposition.
"""

from assay.verifiers.patterns import compile_pattern

# Latin-script names match as whole words whatever their case; the others match anywhere.
_LATIN_NAMES = {
    "en": """
        english englisch englischen englische englischer englisches inglés ingles inglesa
        anglais anglaise inglês inglese engels engelse anglicky angličtina angličtině
        angličtiny angličtinu anglického""",
    "de": """
        german deutsch deutschen deutsche deutscher deutsches alemán aleman alemana allemand
        allemande alemão alemã tedesco tedesca duits duitse německy němčina němčině němčiny
        němčinu""",
    "es": """
        spanish spanisch spanischen spanische español espanol española castellano espagnol
        espagnole espanhol espanhola spagnolo spagnola spaans spaanse španělsky španělština
        španělštině španělštiny španělštinu""",
    "fr": """
        french französisch französischen französische francés frances francesa français
        française francais francês francese frans franse francouzsky francouzština
        francouzštině francouzštiny francouzštinu""",
    "ja": """
        japanese japanisch japanischen japanische japonés japonesa japonais japonaise japonês
        giapponese japans japanse japonsky japonština japonštině japonštiny japonštinu""",
    "pt": """
        portuguese portugiesisch portugiesischen portugués portuguesa portugais portugaise
        português portoghese portugees portugese portugalsky portugalština portugalštině
        portugalštiny portugalštinu""",
    "ar": """
        arabic arabisch arabischen arabische árabe arabe arabo araba arabsky arabština
        arabštině arabštiny arabštinu""",
    "cs": """
        czech tschechisch tschechischen tschechische checo checa tchèque tcheco tcheca ceco
        ceca tsjechisch tsjechische česky čeština češtině češtiny češtinu""",
    "it": """
        italian italienisch italienischen italienische italiano italiana italien italienne
        italiaans italiaanse italsky italština italštině italštiny italštinu""",
    "ko": """
        korean koreanisch koreanischen koreanische coreano coreana coréen coréenne koreaans
        koreaanse korejsky korejština korejštině korejštiny korejštinu""",
    "nl": """
        dutch niederländisch niederländischen niederländische holländisch neerlandés holandés
        néerlandais néerlandaise holandês neerlandês olandese nederlands nederlandse
        nizozemsky nizozemština nizozemštině nizozemštiny holandsky""",
    "zh": """
        chinese chinesisch chinesischen chinesische mandarin chino chinois chinoise chinês
        chinesa cinese chinees čínsky čínština čínštině čínštiny čínštinu cantonese""",
    "hi": "hindi",
    "ru": """
        russian russisch russischen russische ruso rusa russe russo russa rusky ruština""",
    "la": "latin latein lateinisch latín latim latino latijn latinsky",
    "tr": "turkish türkisch turco turc turque turks turecky",
    "pl": """
        polish polnisch polaco polonais polonês polacco pools polsky""",
    "el": """
        greek griechisch griego grec grecque grego greco grieks řecky""",
    "sv": "swedish schwedisch sueco suédois svedese zweeds švédsky",
    "vi": """
        vietnamese vietnamesisch vietnamita vietnamien vietnamees vietnamsky""",
    "th": """
        thai thailändisch tailandés thaï thaïlandais tailandês tailandese thais thajsky""",
    "he": """
        hebrew hebräisch hebreo hébreu hebraico ebraico hebreeuws hebrejsky""",
    "fa": """
        persian farsi persisch persa persan persiano perzisch persky""",
    "ur": "urdu ourdou",
    "id": """
        indonesian indonesisch indonesio indonésien indonésio indonesiano""",
    "fi": """
        finnish finnisch finlandés finnois finlandês finlandese fins finsky""",
    "uk": """
        ukrainian ukrainisch ucraniano ukrainien ucraino oekraïens ukrajinsky""",
    "sw": "swahili suahili",
    "bn": "bengali",
    "ta": "tamil",
    "te": "telugu",
    "mr": "marathi",
    "pa": "punjabi",
    "gu": "gujarati",
    "kn": "kannada",
    "bg": "bulgarian bulgarisch búlgaro bulgare bulgaro bulgaars",
    "ne": "nepali",
}
_OTHER_NAMES = {
    "en": "英語 英文 英语 영어 영문 الإنجليزية الانجليزية إنجليزية بالإنجليزي",
    "de": "ドイツ語 德语 德文 德語 독일어 الألمانية ألمانية",
    "es": "スペイン語 西班牙语 西班牙文 西语 스페인어 الإسبانية إسبانية",
    "fr": "フランス語 仏語 法语 法文 法語 프랑스어 불어 الفرنسية فرنسية",
    "ja": "日本語 日语 日文 日語 일본어 일어 اليابانية يابانية",
    "pt": "ポルトガル語 葡萄牙语 葡语 葡文 포르투갈어 البرتغالية",
    "ar": "アラビア語 阿拉伯语 阿拉伯文 아랍어 العربية عربية",
    "cs": "チェコ語 捷克语 捷克文 체코어 التشيكية",
    "it": "イタリア語 意大利语 意大利文 이탈리아어 الإيطالية",
    "ko": "韓国語 朝鮮語 韩语 韩文 朝鲜语 한국어 الكورية",
    "nl": "オランダ語 荷兰语 荷兰文 네덜란드어 الهولندية",
    "zh": """中国語 中文 汉语 漢語 普通话 国语 華語 华语 中國語 중국어 الصينية 古文 文言文
        拼音 成语 古诗""",
    "ru": "ロシア語 俄语 俄文 러시아어 الروسية",
    "la": "ラテン語 拉丁语 拉丁文 라틴어 اللاتينية",
    "th": "タイ語 泰语 泰文 태국어 التايلاندية",
    "vi": "ベトナム語 越南语 베트남어 الفيتنامية",
    "hi": "ヒンディー語 印地语 힌디어 الهندية",
    "el": "ギリシャ語 希腊语 그리스어 اليونانية",
}
_CODE_OF = {
    name: code
    for table in (_LATIN_NAMES, _OTHER_NAMES)
    for code, names in table.items()
    for name in names.split()
}
# All capitals-insensitive Latin names as whole words, or a name in another script anywhere.
_NAME = compile_pattern(
    r"(?:^|[^\pL])("
    + "|".join(sorted((n for t in _LATIN_NAMES.values() for n in t.split()), key=len, reverse=True))
    + r")(?:[^\pL]|$)|("
    + "|".join(sorted((n for t in _OTHER_NAMES.values() for n in t.split()), key=len, reverse=True))
    + ")",
    ignore_case=True,
)
_TRANSLATION = compile_pattern(
    r"translat|transcri|bilingual|multilingual|übersetz|traduc|tradui|traduz|tradur|tradott|vertaal"
    r"|vertaling|přelož|překlad|翻訳|訳して|訳し|和訳|英訳|翻译|译成|译为|翻譯|译文|英译|번역|ترجم"
    r"|foreign language|other languages?|another language|different languages?|fremdsprache"
    r"|andere sprache|idioma|langue étrang|lengua extranjera|外国语|外語|外语|外国語|多言語|외국어",
    ignore_case=True,
)


def named_languages(text: str) -> frozenset[str]:
    """Codes of the languages that `text` names, in any of the twelve languages."""
    spaced = text.replace(" ", "  ")  # two names may share a space
    found = (match.group(1) or match.group(2) for match in _NAME.finditer(spaced))
    return frozenset(_CODE_OF[name.lower()] for name in found)


def mentions_translation(text: str) -> bool:
    """Whether `text` speaks of translating or of foreign languages."""
    return _TRANSLATION.search(text) is not None
