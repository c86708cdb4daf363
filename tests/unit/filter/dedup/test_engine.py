from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.unit.filter.dedup.conftest import Deduplicate, Talk

from assay.domain.errors import DedupError
from assay.domain.sample import Document, Message, Sample, Tool, ToolCall
from assay_filter.dedup import corpus, engine
from assay_filter.dedup.engine import find_duplicates
from assay_filter.dedup.features import compute_features
from assay_filter.dedup.keys import DedupText
from assay_filter.dedup.result import Members, Method
from assay_filter.dedup.settings import DedupSettings

STORY = (
    "The old harbour master walked along the quay every morning, counted the boats that had come "
    "in during the night and wrote their names in a ledger bound in green leather."
)
EDITED = STORY.replace("green leather", "brown leather")
PROMPT = "Describe the morning round of the harbour master in a single sentence."


def test_nothing_to_do_for_no_samples(deduplicate: Deduplicate) -> None:
    found = deduplicate([])
    assert found.edges == {}
    assert found.flags == []


def test_no_feature_files_and_no_members() -> None:
    nothing = Members(*(np.empty(0, kind) for kind in (bool, "u1", "i4", "i8", "i2")))
    assert len(find_duplicates([], nothing, DedupSettings()).edges) == 0


def test_one_sample_stays(deduplicate: Deduplicate, talk: Talk) -> None:
    assert deduplicate([talk(PROMPT, STORY)]).survivors == [0]


def test_exact_copies_join_the_first(deduplicate: Deduplicate, talk: Talk) -> None:
    found = deduplicate([talk("Hi", "Yes")] * 4, num_blocks=3)
    assert found.survivors == [0]
    assert {(e.kept, e.method, e.context, e.response) for e in found.edges.values()} == {
        (0, Method.EXACT, 1000, 1000)
    }


def test_case_space_and_punctuation_make_near_exact_copies(
    deduplicate: Deduplicate, talk: Talk
) -> None:
    found = deduplicate([talk("Who are you?", "It's me, Ada!"), talk("who  are you", "Its me Ada")])
    assert [edge.method for edge in found.edges.values()] == [Method.NEAR_EXACT]


def test_a_changed_word_makes_a_near_copy(deduplicate: Deduplicate, talk: Talk) -> None:
    found = deduplicate([talk(PROMPT, STORY), talk(PROMPT, EDITED)])
    (edge,) = found.edges.values()
    assert (edge.method, edge.context) == (Method.NEAR, 1000)
    assert edge.response is not None
    assert 800 <= edge.response < 1000


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("港の管理人は毎朝岸壁を歩き、夜のうちに入った船を数え、緑色の帳簿に名前を書き入れる。"
         "それから事務所に戻り、濃いお茶を一杯飲む。",
         "港の管理人は毎朝岸壁を歩き、夜のうちに入った船を数え、緑色の帳簿に名前を書き入れる。"
         "それから事務所に戻り、熱いお茶を一杯飲む。"),
        ("老港务长每天早晨沿着码头散步，清点夜里进港的船只，把它们的名字写进绿色皮面的账簿里，"
         "然后回到办公室，泡上一杯浓茶慢慢地喝。",
         "老港务长每天早晨沿着码头散步，清点夜里进港的船只，把它们的名字写进绿色皮面的账簿里，"
         "然后回到办公室，泡上一杯热茶慢慢地喝。"),
        ("항구 관리인은 매일 아침 부두를 걸으며 밤사이 들어온 배를 세고 "
         "초록색 가죽 장부에 이름을 적었다.",
         "항구 관리인은 매일 아침 부두를 걸으며 밤사이 들어온 배를 세고 "
         "초록색 가죽 장부에 이름을 썼다."),
        ("كان مدير الميناء العجوز يمشي كل صباح على الرصيف "
         "ويعد السفن التي وصلت ليلا ويكتب أسماءها في دفتر.",
         "كان مدير الميناء العجوز يمشي كل صباح على الرصيف "
         "ويعد السفن التي وصلت ليلا ويسجل أسماءها في دفتر."),
    ],
)  # fmt: skip
def test_near_copies_in_other_scripts(
    deduplicate: Deduplicate, talk: Talk, first: str, second: str
) -> None:
    found = deduplicate([talk(PROMPT, first), talk(PROMPT, second)])
    assert [edge.method for edge in found.edges.values()] == [Method.NEAR]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Solve 2x + 3 = 7", "Solve 5x - 1 = 9"),
        ("Add two numbers", "Multiply two numbers"),
        ("Compute 5-3", "Compute 53"),
        ("Compute 3.5 + 1", "Compute 35 + 1"),
        ("现在几点了", "你是谁"),
    ],
)
def test_short_texts_must_be_equal(
    deduplicate: Deduplicate, talk: Talk, first: str, second: str
) -> None:
    assert deduplicate([talk(first, "Sure."), talk(second, "Sure.")]).survivors == [0, 1]


def test_a_short_answer_must_be_equal(deduplicate: Deduplicate, talk: Talk) -> None:
    samples = [talk(STORY, "green"), talk(EDITED, "brown"), talk(EDITED, "Green!")]
    found = deduplicate(samples, score=[3, 2, 1])
    assert found.survivors == [0, 1]
    assert found.edges[2].kept == 0


def test_another_question_on_the_same_passage_is_another_task(
    deduplicate: Deduplicate, talk: Talk
) -> None:
    passage = " ".join([STORY, *(f"Then {name} came by." for name in ("Ada", "Ben", "Cy", "Di"))])
    asked = ("Who wrote the book of tides?", "When did the lighthouse burn down?")
    found = deduplicate([talk(f"{passage} {question}", "No answer") for question in asked])
    assert found.survivors == [0, 1]
    unlimited = DedupSettings(short_answer_changes=10**9, threshold=0.7)
    again = deduplicate(
        [talk(f"{passage} {question}", "No answer") for question in asked], settings=unlimited
    )
    assert len(again.survivors) == 1


def test_a_long_setting_does_not_hide_another_question(deduplicate: Deduplicate) -> None:
    tool = Tool("lookup", STORY * 3, {"type": "object", "properties": {"city": {}}})

    def ask(question: str) -> Sample:
        return Sample(
            (
                Message("system", STORY * 4),
                Message("user", question),
                Message("assistant", "Let me look that up for you in the ledger, please wait."),
            ),
            tools=(tool,),
            documents=(Document("d1", "Harbour", STORY * 2),),
        )

    questions = ("Which boats came in from the north last night?", "How is your mother doing?")
    assert deduplicate([ask(question) for question in questions]).survivors == [0, 1]
    assert len(deduplicate([ask(questions[0]), ask(questions[0] + " Hm?")]).survivors) == 1


def test_calls_are_part_of_the_answer(deduplicate: Deduplicate) -> None:
    def call(arguments: str) -> Sample:
        calls = (ToolCall("c1", "get_weather", arguments),)
        return Sample((Message("user", PROMPT), Message("assistant", None, calls)))

    assert deduplicate([call('{"city":"Rome"}'), call('{"city":"Oslo"}')]).survivors == [0, 1]


def test_the_guard_keeps_and_flags_other_numbers(deduplicate: Deduplicate, talk: Talk) -> None:
    samples = [talk(PROMPT, f"{STORY} It was {hour} o'clock.") for hour in (5, 6, 7)]
    found = deduplicate(samples)
    assert found.survivors == [0, 1, 2]
    assert len(found.flags) == 2
    assert len({flag.kept for flag in found.flags}) == 1
    unguarded = deduplicate(samples, settings=DedupSettings(guard=False))
    assert len(unguarded.survivors) == 1
    assert unguarded.flags == []


def test_the_guard_keeps_other_identifiers(deduplicate: Deduplicate, talk: Talk) -> None:
    code = "def total(prices):\n    result = 0\n    for price in prices:\n        result += {}\n"
    answers = [
        f"```python\n{code.format(name)}    return result\n```" for name in ("price", "cost")
    ]
    assert deduplicate([talk(PROMPT, answer) for answer in answers]).survivors == [0, 1]


def test_languages_part_near_copies_only_when_both_are_known(
    deduplicate: Deduplicate, talk: Talk
) -> None:
    samples = [talk(PROMPT, STORY), talk(PROMPT, EDITED)]
    assert deduplicate(samples, language=[1, 2]).survivors == [0, 1]
    assert len(deduplicate(samples, language=[1, 0]).survivors) == 1
    assert len(deduplicate(samples, language=[3, 3]).survivors) == 1


def _chain() -> list[str]:
    """Texts of which only neighbours are similar."""
    letters = np.random.default_rng(3).choice(list("abcdefghijklmnopqrstuvwxyz"), (24, 7))
    words = ["".join(row) for row in letters]
    return [" ".join(words[start : start + 20]) for start in (0, 2, 4)]


def test_a_chain_keeps_both_ends_when_the_middle_is_worst(
    deduplicate: Deduplicate, talk: Talk
) -> None:
    samples = [talk(PROMPT, text) for text in _chain()]
    found = deduplicate(samples, score=[4000, 3000, 4500])
    assert found.survivors == [0, 2]
    assert found.edges[1].kept == 2


def test_a_chain_keeps_its_middle_when_that_is_best(deduplicate: Deduplicate, talk: Talk) -> None:
    samples = [talk(PROMPT, text) for text in _chain()]
    assert deduplicate(samples, score=[3000, 4000, 3500]).survivors == [1]


def test_ends_of_a_chain_do_not_merge(deduplicate: Deduplicate, talk: Talk) -> None:
    samples = [talk(PROMPT, text) for text in _chain()]
    found = deduplicate(samples, score=[4000, 3500, 3000])
    assert found.survivors == [0, 2]
    assert found.edges[1].kept == 0


@pytest.mark.parametrize(
    ("rank", "score", "survivor"),
    [([1, 0], [5000, 4000], 1), ([0, 0], [4000, 4100], 1), ([0, 0], [4000, 4000], 0)],
)
def test_preference_is_verdict_then_score_then_length(
    deduplicate: Deduplicate, talk: Talk, rank: list[int], score: list[int], survivor: int
) -> None:
    longer = STORY + " So it goes."
    found = deduplicate([talk(PROMPT, longer), talk(PROMPT, STORY)], rank=rank, score=score)
    assert found.survivors == [survivor]


def test_rejected_copies_are_neither_survivors_nor_duplicates(
    deduplicate: Deduplicate, talk: Talk
) -> None:
    samples = [talk(PROMPT, STORY)] * 3 + [talk(PROMPT, EDITED)] * 2
    found = deduplicate(samples, kept=[False, True, True, False, True])
    assert found.survivors == [1]
    assert {dropped: edge.kept for dropped, edge in found.edges.items()} == {2: 1, 4: 1}


def test_copies_of_a_near_copy_join_its_survivor(deduplicate: Deduplicate, talk: Talk) -> None:
    found = deduplicate([talk(PROMPT, EDITED)] * 2 + [talk(PROMPT, STORY)], score=[1, 1, 2])
    assert {(edge.kept, edge.method) for edge in found.edges.values()} == {(2, Method.NEAR)}


def test_a_big_family_of_near_copies_keeps_one(deduplicate: Deduplicate, talk: Talk) -> None:
    rng = np.random.default_rng(7)
    samples = []
    for _ in range(1500):
        words = (STORY + " " + STORY[::-1].lower()).split(" ")
        words[int(rng.integers(len(words)))] = "".join(rng.choice(list("klmnop"), 5))
        samples.append(talk(PROMPT, " ".join(words)))
    found = deduplicate(samples, settings=DedupSettings(prompt_cap=0), num_blocks=4)
    assert len(found.survivors) == 1


def test_a_big_bucket_of_different_numbers_keeps_all(deduplicate: Deduplicate, talk: Talk) -> None:
    samples = [talk(f"{STORY} How many boats were there on day {day}?", STORY)
               for day in range(1200)]  # fmt: skip
    found = deduplicate(samples)
    assert len(found.survivors) == 1200
    assert len(found.flags) == 1199


def test_the_prompt_cap_keeps_the_best_answers(deduplicate: Deduplicate, talk: Talk) -> None:
    answers = ["Paris lies on the Seine and is large.", "It would be Rome, I should think, no?",
               "London, of course, as everyone knows!", "Some say Oslo, which I find unlikely.",
               "Nobody can tell you that for certain."]  # fmt: skip
    samples = [talk("Which city is meant?", answer) for answer in answers]
    score = [3000, 5000, 2000, 4000, 1000]
    found = deduplicate(samples, score=score)
    assert found.survivors == [0, 1, 3]
    assert {(edge.kept, edge.method, edge.context, edge.response)
            for edge in found.edges.values()} == {(1, Method.PROMPT_CAP, 1000, None)}  # fmt: skip
    assert len(deduplicate(samples, settings=DedupSettings(prompt_cap=0)).survivors) == 5


def test_the_prompt_of_a_conversation_is_all_before_its_last_answer(
    deduplicate: Deduplicate,
) -> None:
    def chat(first: str, last: str) -> Sample:
        return Sample(
            (
                Message("user", "Tell me about boats."),
                Message("assistant", first),
                Message("user", "Go on."),
                Message("assistant", last),
            )
        )

    lasts = ["They float, mostly on water.", "Some have sails, some have oars.",
             "Harbours are where boats sleep.", "A keel keeps the boat from rolling."]  # fmt: skip
    same = [chat("Boats are old.", last) for last in lasts]
    other = [chat(f"Boats are {word}.", last)
             for word, last in zip(("old", "new", "big", "tiny"), lasts, strict=True)]  # fmt: skip
    assert len(deduplicate(same).survivors) == 3
    assert len(deduplicate(other).survivors) == 4


def test_samples_without_a_prompt_are_not_capped(deduplicate: Deduplicate) -> None:
    answers = [f"This is {word} that nobody asked for." for word in ("a", "some", "one", "much")]
    samples = [Sample((Message("assistant", answer),)) for answer in answers]
    assert len(deduplicate(samples).survivors) == 4


@pytest.mark.parametrize("switch", ["exact", "near_exact", "near"])
def test_each_method_can_be_switched_off(deduplicate: Deduplicate, talk: Talk, switch: str) -> None:
    pairs = {
        "exact": [talk("Hi", "Yes")] * 2,
        "near_exact": [talk("Hi", "Yes"), talk("hi!", "yes")],
        "near": [talk(PROMPT, STORY), talk(PROMPT, EDITED)],
    }
    off = dict.fromkeys(("exact", "near_exact", "near"), False)
    assert len(deduplicate(pairs[switch], settings=DedupSettings(**off)).survivors) == 2
    on = DedupSettings(**{**off, switch: True})
    assert len(deduplicate(pairs[switch], settings=on).survivors) == 1


def test_threads_blocks_and_batches_do_not_matter(
    deduplicate: Deduplicate, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [STORY, EDITED, *_chain()]
    samples = [talk(f"{PROMPT} {name}", text) for name in ("Ada", "Bob", "Cyd") for text in texts]
    expected = deduplicate(samples)
    monkeypatch.setattr(engine, "BATCH_UNITS", 64)
    monkeypatch.setattr(corpus, "IN_MEMORY_UNITS", 16)
    assert deduplicate(samples, num_blocks=5, num_threads=3) == expected
    assert expected.edges


def test_members_must_match_the_features(tmp_path: Path) -> None:
    path = tmp_path / "block"
    compute_features([DedupText("a", "b", b"c")], DedupSettings()).save(path)
    nothing = Members(*(np.empty(0, kind) for kind in (bool, "u1", "i4", "i8", "i2")))
    with pytest.raises(ValueError, match="expected 1 members, found 0"):
        find_duplicates([path], nothing, DedupSettings())


def test_features_of_other_settings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "block"
    compute_features([DedupText("a", "b", b"c")], DedupSettings(min_chars=5)).save(path)
    one = Members(*(np.zeros(1, kind) for kind in (bool, "u1", "i4", "i8", "i2")))
    with pytest.raises(DedupError, match="min_chars=20"):
        find_duplicates([path], one, DedupSettings())


def test_progress_tells_every_step(tmp_path: Path) -> None:
    path = tmp_path / "block"
    texts = [DedupText(PROMPT, answer, answer.encode()) for answer in (STORY, EDITED)]
    compute_features(texts, DedupSettings()).save(path)
    two = Members(*(np.ones(2, kind) for kind in (bool, "u1", "i4", "i8", "i2")))
    seen: list[tuple[str, int, int]] = []
    find_duplicates([path], two, DedupSettings(), lambda *step: seen.append(step))
    assert [step for step, _, _ in seen] == ["exact", "bands", "bands", "verify", "flags"]
    assert all(done <= total for _, done, total in seen)


def test_the_chain_is_a_chain(talk: Talk) -> None:
    """The texts used above: neighbours share over .8 of their shingles, ends do not."""
    sets = [{text[i : i + 5] for i in range(len(text) - 4)} for text in _chain()]
    assert all(len(a & b) >= 0.8 * len(a | b) for a, b in pairwise(sets))
    assert len(sets[0] & sets[2]) < 0.8 * len(sets[0] | sets[2])
