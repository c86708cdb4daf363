"""Words that do not end a sentence, in twelve languages: articles, conjunctions, prepositions.

A text that stops at such a word was cut. Words that may end a sentence are left out on purpose
(English `in`, `to`, `that`, `is`; German separable prefixes such as `an`, `auf`, `ein`). The
words are frequent as well, so the language whose words a text uses most is taken for its language:
`or` is a conjunction in English and gold in French.
"""

import unicodedata

DANGLING: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the a an and or but nor of to than because although whereas if unless"
        " which whose my your our their its every between among during despite toward towards"
        " upon via whether including especially when where",
        "de": "der die das den dem des eine einen einem einer eines und oder aber sondern denn dass"
        " weil obwohl wenn als ob wie von zum zur im am vom beim für ohne gegen durch zwischen"
        " sowie seine ihre unsere eure ihren ihrem seinen seinem mein dein",
        "es": "el la los las un una unos unas y e o u pero sino de del al a en con por para sin"
        " sobre entre desde hasta que cuyo cuya su sus mi tu nuestro nuestra como porque aunque si"
        " cada muy se",
        "fr": "le la les un une des du de et ou mais ni car que qui dont à au aux en dans sur sous"
        " par pour sans avec chez entre vers depuis ce cette ces son sa ses leur leurs mon ma mes"
        " ton ta tes notre votre nos vos comme si très qu c d l s n j",
        "pt": "o a os as um uma uns umas e ou mas nem de do da dos das em no na nos nas ao aos à"
        " às com por pelo pela pelos pelas para sem sobre entre desde até que cujo cuja seu sua"
        " seus suas meu minha nosso nossa como porque embora se cada",
        "it": "il lo la i gli le un uno una e ed o ma né di del dello della dei degli delle a al"
        " allo alla ai agli alle da dal dalla dai in nel nella nei nelle con su sul sulla per tra"
        " fra che cui il suo sua suoi come perché se ogni l d un",
        "nl": "de het een en of maar want dat omdat hoewel als van voor met zonder tussen"
        " tegen bij tot naar over onder zijn haar hun onze ons mijn jouw uw deze dit die te",
        "cs": "a i nebo ale ani že protože který která které kteří jehož aby když jestli zda než v"
        " ve na do od ode z ze s se k ke u o po pro při před mezi bez nad pod přes jako jeho její"
        " jejich",
        "ar": "في من على إلى عن مع أن إن التي الذي الذين هذا هذه ذلك تلك أو ثم لكن كما حيث بين عند"
        " منذ حتى خلال لأن إذا قد و ب ل ك كل بعد قبل",
    }.items()
}

# English words that mostly want a sequel but may end a clause ("what we are", "all I work for").
_STRANDED_TEXT = (
    "for with from by at as into onto in on is are was were am been be can could should would"
    " will may might must has had not such while also these those who that how per through"
    " about"
)
STRANDED = frozenset(_STRANDED_TEXT.split())

# The last characters of a text without spaces between words, or of a Korean word.
_CHINESE = frozenset("和与在是将从对为以及或而但并把被由于向使让至且其该各每这那所地也都")
_JAPANESE = ("は", "が", "を", "に", "で", "と", "の", "へ", "も", "や", "て", "い", "し", "り")
_KOREAN = ("을", "를", "의", "은", "는", "에", "와", "과", "에서", "으로", "하고", "하는", "및")

_HANGUL_START, _HANGUL_END = "\uac00", "\ud7a3"


def language_by_words(words: set[str]) -> str | None:
    """Return the language whose function words `words` holds most of; None under two of them."""
    best, most = None, 1
    for language, table in DANGLING.items():
        shared = len(table & words)
        if language == "en":
            shared += len(STRANDED & words)
        if shared > most:
            best, most = language, shared
    return best


def is_dangling_word(word: str, language: str | None) -> bool:
    """Say whether lower-case `word` cannot end a sentence of `language`."""
    return language is not None and word in DANGLING[language]


def is_dangling_cjk(text: str) -> bool:
    """Say whether `text` ends in a Chinese, Japanese or Korean particle that needs a sequel."""
    if not text:
        return False
    last = text[-1]
    if _HANGUL_START <= last <= _HANGUL_END:
        return text.endswith(_KOREAN)
    if "HIRAGANA" in unicodedata.name(last, ""):
        return text.endswith(_JAPANESE)
    return last in _CHINESE
