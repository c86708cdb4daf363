"""Whether the last word of a text can be its last: a word that needs a sequel, a piece of a word.

No dictionary: a longer piece is known by the same text (or prompt) holding only longer words with
that head, a short one by a table of the two-letter words of the Latin-script languages, others by
final letters that words of the text's language hardly ever have. Inflection is allowed for: `play`
beside `playing` is no piece.
"""

from assay.verifiers.dangling_words import STRANDED, is_dangling_word, language_by_words
from assay.verifiers.patterns import compile_pattern

_UNPRONOUNCED = compile_pattern(
    r"(?:[bcdfghklmpqrstvwxz](?:[bcdfgpt][lr])|[bcfgp]l|[bcdfgptv]r|sc|sq|q|[^aeiou]v|j|nv"
    r"|mpt?[lr])$"
)
# Letters that seldom end a longer word (by knowledge of the spelling, not counted), and exceptions.
_ODD_ENDS = {
    "en": "aiuovbjqz",
    "de": "ajqvcw",
    "es": "bcfghjkpqtvw",
    "fr": "jqvbg",
    "pt": "bcdfghjkpqtvw",
    "it": "bcfghjkmpqtvwz",
    "nl": "vzjqc",
}
_ODD_ENDED_TEXT = (
    "also into onto data media area idea extra camera pizza photo video radio menu zero hero"
    " audio studio piano formula agenda criteria era drama america opera sofa soda tuna taco"
    " avocado potato tomato auto logo memo euro undo redo ratio scenario quiz jazz blitz buzz"
    " web blob club verb adverb proverb thumb climb bomb lamb limb crab grab bulb suburb superb"
    " curb absorb describe alumni ski taxi wifi spaghetti sushi broccoli zucchini safari thru"
    " guru emu tofu banana pasta salsa vanilla quinoa chia yoga alpha beta gamma delta omega"
    " schema metadata replica stamina trivia mania phobia militia aroma diploma dilemma trauma"
    " plasma panorama orchestra umbrella gorilla koala panda zebra cobra algebra lava magma"
    " larva flora fauna antenna arena visa villa plaza casino volcano mosquito domino cargo"
    " disco tango bingo ego motto ghetto portfolio embryo innuendo torso soprano cello espresso"
    " cappuccino jalapeno halo buffalo mango kangaroo shampoo bamboo taboo tattoo igloo voodoo"
    " zoo too two who"
)
_ODD_ENDED = frozenset(_ODD_ENDED_TEXT.split())
_SHORT_WORDS_TEXT = (
    "ad ah al am an as at aw ax be by co da de di do du ed eh el em en er es et ex fa fe go ha"
    " he hi ho id if il im in is it je jo ju ke ki ku la le li lo lu ly ma me mi mu my na ne ni"
    " no nu of oh ok on op or os ow ox oz pa pi po qu re sa se si so su ta te ti to tu tv uh um"
    " un up us uw va ve vi we wo ya ye yo za ze zu če či já ji mé má my ní né on od po si só té"
    " to tě ta ty už vy za že àj às és là où sí só tú él mí né né già può più cm mm km kg ml gb"
    " mb hz pm ft lb bc ce tv dc uk eu ai pc lt vs ph yr hr oz sq"
)
_SHORT_WORDS = frozenset(_SHORT_WORDS_TEXT.split())

_INFLECTIONS_TEXT = (
    "s es ed d ing n en e er r rs ers est st ly y al ally ies ful less ness ment ments ity able"
    " ism ist ists a as o os i na nas ne t te ten ter tes x eur euse és ée ées mente mento"
)
_INFLECTIONS = frozenset(_INFLECTIONS_TEXT.split())
_LONGEST_INFLECTION = max(map(len, _INFLECTIONS))

_VOTE_CHARS = 500  # the language is told by the words of so many last characters
_PROMPT_CHARS = 4000  # words of the prompt's end are known words
_LATIN_END = "\u024f"  # the last letter of the Latin blocks


def word_end_signals(word: str, text: str, prompt: str) -> list[str]:
    """Return the signal (at most one) that `word`, the last of `text`, does not end a sentence."""
    context = text.lower()
    language = language_by_words(set(context[-_VOTE_CHARS:].split()))
    lower = word.lower()
    if word.isupper() and len(word) > 1:
        return []
    if is_dangling_word(lower, language):
        return ["dangling_word"]
    if language == "en" and lower in STRANDED:
        return ["stranded_word"]
    if lower[0] > _LATIN_END:
        return []
    return _piece_signals(word, f"{prompt[-_PROMPT_CHARS:].lower()}\n{context}", language)


def _piece_signals(word: str, context: str, language: str | None) -> list[str]:
    """Is `word` only the head of a word? Short pieces by table, longer ones by the same text."""
    lower = word.lower()
    if len(lower) <= 2:
        is_known = language is None or word[0].isupper() or lower in _SHORT_WORDS or lower in "xyzn"
        return [] if is_known or f" {lower} " in context else ["word_piece"]
    whole, longer = _occurrences(lower, context)
    if whole > 1:
        return []
    if longer and len(lower) > 3 and word.islower():
        return ["word_piece"]
    if word.islower() and (_UNPRONOUNCED.search(lower) or _is_odd_end(lower, language)):
        return ["odd_word_end"]
    return []


def _is_odd_end(word: str, language: str | None) -> bool:
    """Say whether a word of `language` hardly ever ends as `word` does."""
    return (
        len(word) > 3 and word[-1] in _ODD_ENDS.get(language or "", "") and word not in _ODD_ENDED
    )


def _occurrences(word: str, text: str) -> tuple[int, int]:
    """How often `word` stands in `text` as a word, and as the head of a longer word."""
    whole = longer = 0
    at = text.find(word)
    while at >= 0 and whole < 2:
        end = at + len(word)
        if at == 0 or not text[at - 1].isalpha():
            if end < len(text) and text[end].isalpha():
                longer += _rest_of_word(text, end) not in _INFLECTIONS
            else:
                whole += 1
        at = text.find(word, end)
    return whole, longer


def _rest_of_word(text: str, start: int) -> str:
    end = start
    while end < len(text) and end < start + _LONGEST_INFLECTION + 1 and text[end].isalpha():
        end += 1
    return text[start:end]
