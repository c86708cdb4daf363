import pytest

from assay_judge.evidence.typography import slips_per_100_words


@pytest.mark.parametrize(
    "text",
    [
        "He said that that was fine, and it was. Then he left!",
        "Wer die, die das sagten, kennt, weiß es. Das ist gut.",
        "Vous vous trompez : il est tard ; partons ! Vraiment ?",
        "¿Qué, qué pasa? Nada, nada.",
        "Nós nos vimos, e foi bom. Está bem!",
        "Ci ci vuole tempo, ma va bene.",
        "Hij zei dat dat goed was. Prima!",
        "Řekl, že se to nestane. Dobře!",
        "قال إنه بخير، ثم ذهب.",
        "他说他很好，然后就走了。用 Python 写代码 很有趣。春 夏 秋 冬。",
        "彼は元気だと言って、帰りました。本当です！",
        "그는 잘 지낸다고 말하고, 떠났습니다. 정말요!",
        "Use version 3.5.1 of Node.js on example.com, e.g. for e.on.",
        "if (a ,b) { return `` }",
        "",
    ],
)
def test_careful_writing_has_no_slips(text: str) -> None:
    assert slips_per_100_words(text) == 0


@pytest.mark.parametrize(
    "text",
    [
        "It is late , and it is dark .",
        "It ended there.Then it began.",
        "He did n't go because it 's late.",
        "It is the the best one.",
        "Das ist und und bleibt so.",
        "Es el el mejor de todos.",
        "C'est dans les les jardins.",
        "Wow!!! Really???",
        "一个,两个。",
        "我 们 今 天 要 去。",
        "واحد,اثنان",
    ],
)
def test_slips_are_counted(text: str) -> None:
    assert slips_per_100_words(text) > 0


def test_the_rate_follows_the_number_of_slips() -> None:
    filler = "a plain run of ordinary words " * 10
    assert (
        0
        < slips_per_100_words(filler + "one , two")
        < slips_per_100_words(filler + "one , two , three , four")
    )
