from assay.domain.sample import Message, Sample
from assay.verifiers.relevance import content_words, topical_overlap
from assay.verifiers.view import View

RIVERS = "Which rivers flow through the mountains of northern Spain and Portugal?"


def view(*turns: str) -> View:
    roles = ("user", "assistant")
    return View(Sample(tuple(Message(roles[i % 2], text) for i, text in enumerate(turns))))


def test_an_answer_on_topic_shares_words() -> None:
    answer = (
        "The rivers of northern Spain flow from the mountains to the sea; the Minho also passes "
        "along the border with Portugal and carries much water."
    )
    assert (topical_overlap(view(RIVERS, answer), 1) or 0) > 0.6


def test_an_answer_off_topic_shares_none() -> None:
    answer = "Bake the cake for forty minutes, then let butter and sugar cool before serving cream."
    assert topical_overlap(view(RIVERS, answer), 1) == 0.0


def test_too_short_an_answer_is_not_measured() -> None:
    assert topical_overlap(view(RIVERS, "The Ebro."), 1) is None


def test_a_follow_up_is_measured_against_the_whole_talk() -> None:
    first = (
        "The Douro crosses valleys with terraced vineyards, old bridges, granite villages, dams."
    )
    follow = (
        "Those terraced vineyards and granite villages near the dams and bridges charm visitors."
    )
    overlap = topical_overlap(view(RIVERS, first, "Why would people enjoy going there?", follow), 3)
    assert overlap is not None and overlap > 0.5


def test_chinese_words_are_character_pairs_and_inflection_is_trimmed() -> None:
    assert content_words("北京大学") == {"北京", "京大", "大学"}
    assert content_words("photographs") == content_words("photography")
