import pytest

from assay_judge.evidence.wording import asks_back, filler_chars, hedges, num_certain

PLAIN = (
    "The bridge is made of stone and has five arches.",
    "Die Brücke ist aus Stein und hat fünf Bögen.",
    "El puente es de piedra y tiene cinco arcos.",
    "Le pont est en pierre et compte cinq arches.",
    "A ponte é de pedra e tem cinco arcos.",
    "Il ponte è di pietra e ha cinque arcate.",
    "De brug is van steen en heeft vijf bogen.",
    "Most je z kamene a má pět oblouků.",
    "الجسر مصنوع من الحجر وله خمسة أقواس.",
    "这座桥是石头做的，有五个拱。",
    "その橋は石でできていて、五つのアーチがあります。",
    "그 다리는 돌로 되어 있고 아치가 다섯 개 있습니다.",
)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_statements_neither_hedge_nor_insist_nor_pad(text: str) -> None:
    assert not hedges(text)
    assert num_certain(text) == 0
    assert filler_chars(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "It was probably built in 1400.",
        "Vermutlich wurde sie 1400 gebaut.",
        "Probablemente se construyó en 1400.",
        "Il a peut-être été construit en 1400.",
        "Talvez tenha sido construída em 1400.",
        "Forse fu costruito nel 1400.",
        "Waarschijnlijk is hij in 1400 gebouwd.",
        "Pravděpodobně byl postaven roku 1400.",
        "ربما بُني عام 1400.",
        "它可能建于1400年。",
        "おそらく1400年に建てられました。",
        "아마 1400년에 지어졌습니다.",
    ],
)
def test_words_of_doubt_are_known_in_twelve_languages(text: str) -> None:
    assert hedges(text)


@pytest.mark.parametrize(
    "text",
    [
        "It definitely stands there.",
        "Sie steht zweifellos dort.",
        "Está allí, sin duda.",
        "Il est là, sans aucun doute.",
        "Está lá, com certeza.",
        "Sta lì, senza dubbio.",
        "Hij staat daar ongetwijfeld.",
        "Rozhodně tam stojí.",
        "إنه هناك بالتأكيد.",
        "它绝对在那里。",
        "それは間違いなくそこにあります。",
        "그것은 틀림없이 거기 있습니다.",
    ],
)
def test_words_of_certainty_are_known_in_twelve_languages(text: str) -> None:
    assert num_certain(text) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "I hope this helps!",
        "Ich hoffe, das hilft dir weiter.",
        "Espero que esto te ayude.",
        "J'espère que cela vous aidera.",
        "Espero que isso ajude.",
        "Spero che ti sia stato utile.",
        "Ik hoop dat dit helpt.",
        "Neváhejte se zeptat.",
        "لا تتردد في طرح الأسئلة.",
        "希望这对你有帮助。",
        "お気軽にお尋ねください。",
        "도움이 되길 바랍니다.",
    ],
)
def test_stock_phrases_are_known_in_twelve_languages(text: str) -> None:
    assert filler_chars(text) >= 0.3 * len(text)


def test_counter_questions_are_short() -> None:
    assert asks_back("Which one do you mean? ")
    assert asks_back("请问是哪一个？")
    assert asks_back("Do you mean one, two? Or three?")
    assert not asks_back("It is the first one.")
    assert not asks_back("It was built in 1402. Would you like to know more?")
    assert not asks_back("x" * 500 + "?")
