import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.mojibake import (
    count_mojibake,
    count_residue,
    may_have_mojibake,
    repair_c1,
    repair_mojibake,
)

CLEAN = [
    "The café's résumé, she said, was “naïve” – and that’s fine… £5, 20 °C, 3 × 4 = 12.",
    "Größe und „Ähnlichkeit“ der Äpfel: 10 m², „CAFÉ“ – „GRÜN“.",
    "El niño comió piñas en «ESPAÑA»… ¿Qué día? “CAFÉ” ¡Olé! N.º 5, 3.ª vez.",
    "L’été, « où est le garçon ? » OÙ… « café…” » À bientôt ! VOILÀ… DÉJÀ “VU” ŒUVRE",
    "今日はいい天気ですね。「散歩」に行きましょう……①②㈱〜",
    "A MAÇÃ, o pão e as ações: “MAÇÃ” – NÃO… “AVÔ” «É» Ângela disse Ô.",
    "مرحبا بالعالم، «كيف» الحال؟ ١٢٣ لا…",
    "Příliš žluťoučký kůň úpěl ďábelské ódy – „ČAJ“ ŠÍP»",
    "È già così: «PERCHÉ» è l’università? CITTÀ… “CAFFÈ” 5 €",
    "안녕하세요. ‘오늘’ 날씨가 참 좋네요… “네”",
    "Eén café in België: ‘geïnspireerd’, “OLÉ” – 20 °C.",
    "你好，世界！“今天”的天气——很好……《书》",
    "Привет, ёлка! Ещё «Гёте» – 5 №",
    "√π + √∞ ≈ 10 Å², ½ × ¼, µ = 3·10⁻⁶, α ≤ β, ÷",
    "10 Å³, Å™ and ®, naïve²³, É…—, fiancé’”",
]


@pytest.mark.parametrize("text", CLEAN)
def test_correct_text_of_any_language_stays(text: str) -> None:
    assert repair_mojibake(text) == text
    assert repair_c1(text) == text
    assert count_mojibake(text) == count_residue(text) == 0


@pytest.mark.parametrize("text", [t for t in CLEAN if not t.startswith(("Привет", "√"))])
@pytest.mark.parametrize("codec", ["latin-1", "sloppy"])
def test_damage_is_taken_back_exactly(text: str, codec: str) -> None:
    damaged = damage(text, codec)
    assert may_have_mojibake(damaged)
    assert repair_mojibake(damaged) == text


@pytest.mark.parametrize("text", CLEAN[:4])
def test_double_damage_is_taken_back(text: str) -> None:
    assert repair_mojibake(damage(damage(text, "sloppy"), "sloppy")) == text


def damage(text: str, codec: str) -> str:
    """Read UTF-8 as Latin-1, or as CP1252 that passes on the five bytes it does not know."""
    shown = (bytes([b]) for b in text.encode())
    if codec == "latin-1":
        return "".join(b.decode("latin-1") for b in shown)
    return "".join(b.decode("cp1252", "ignore") or b.decode("latin-1") for b in shown)


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        ("PĹ™Ă\xadliĹˇ ĹľluĹĄouÄŤkĂ˝ kĹŻĹ\x88", "Příliš žluťoučký kůň"),  # CP1250
        ("‚Äôtis the caf√© ‚Äì open", "’tis the café – open"),  # Mac Roman
        ("itвЂ™s late вЂ“ go", "it's late – go"),  # CP1251
        ("itΓÇÖs a caf├⌐", "it’s a café"),  # CP437
    ],
)
def test_other_code_pages_are_recognised(damaged: str, expected: str) -> None:
    assert repair_mojibake(damaged).replace("’", "'") == expected.replace("’", "'")


def test_damaged_stretch_in_sound_chinese_is_mended_alone() -> None:
    assert (
        repair_mojibake("这是好的。" + damage("坏的，", "latin-1") + "完") == "这是好的。坏的，完"
    )


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        ("She said â€œyes, cafÃ©â€ and left.", "She said “yes, café” and left."),
        ("voilÃ  la rÃ©ponse", "voilà la réponse"),
        ("Great.Â  Next one.", "Great.  Next one."),
        ("priced at Â£30m, Â½ of it, 20Â°C", "priced at £30m, ½ of it, 20°C"),
    ],
)
def test_lost_bytes_are_restored_where_only_one_fits(damaged: str, expected: str) -> None:
    assert repair_mojibake(damaged) == expected


def test_ascii_author_gets_ascii_quotes_back() -> None:
    assert repair_mojibake("itâ€™s Â\xa0â€œfineâ€œ") == 'it\'s  "fine"'
    assert repair_mojibake("lâ€™Ã©tÃ©") == "l’été"


def test_text_beyond_repair_is_counted() -> None:
    assert count_residue("ã‚ã¡ã¯ ã¾ã") >= 2


def test_stray_c1_controls_become_their_punctuation() -> None:
    assert (
        repair_c1("a lot of fun \x96 wow\x85 it\x92s \x80 5 \x81")
        == "a lot of fun – wow… it’s € 5 \x81"
    )


@given(st.text(max_size=60))
def test_repair_ends_and_leaves_ascii_alone(text: str) -> None:
    assert isinstance(repair_mojibake(text), str)
    ascii_text = text.encode("ascii", "ignore").decode()
    assert repair_mojibake(ascii_text) == ascii_text


@pytest.mark.parametrize("unit", ["Ã©", "é…", "â€", "Ã", "ä¸", "É»", "Ê®a"])
def test_hostile_length_is_linear(unit: str) -> None:
    start = time.perf_counter()
    repair_mojibake(unit * 50_000)
    assert time.perf_counter() - start < 3
