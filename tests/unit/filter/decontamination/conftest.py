from collections.abc import Sequence
from typing import Protocol

import pytest

from assay.domain.sample import Message, Sample
from assay_filter.decontamination.index import EvalIndex
from assay_filter.decontamination.items import EvalItem
from assay_filter.decontamination.settings import DecontaminationSettings
from assay_filter.decontamination.storage import index_items

QUESTIONS = {
    "en": (
        "A lighthouse keeper climbs 217 steps every evening and pauses for 4 seconds on each "
        "landing; there are 9 landings. How many seconds does she pause in a week, and how many "
        "steps does she climb in the same time?"
    ),
    "ru": (
        "Смотритель маяка каждый вечер поднимается на двести семнадцать ступеней и отдыхает по "
        "четыре секунды на каждой площадке. Сколько секунд он отдыхает за неделю, если площадок "
        "девять, и сколько ступеней он проходит за это время?"
    ),
    "zh": (
        "灯塔看守人每天晚上爬二百一十七级台阶,在每个平台上休息四秒钟,一共有九个平台。"
        "请问她一个星期里一共休息多少秒,又一共爬了多少级台阶?"
    ),
    "ar": (
        "يصعد حارس المنارة كل مساء مئتين وسبع عشرة درجة ويتوقف أربع ثوان عند كل بسطة، وهناك تسع "
        "بسطات. فكم ثانية يتوقف في أسبوع كامل، وكم درجة يصعد في الوقت نفسه؟"
    ),
    "ko": (
        "등대지기는 매일 저녁 이백십칠 개의 계단을 오르고 층계참마다 사 초씩 쉽니다. 층계참이 "
        "아홉 개라면 일주일 동안 모두 몇 초를 쉬고 몇 개의 계단을 오르는지 구하세요."
    ),
}


class MakeIndex(Protocol):
    def __call__(
        self, items: Sequence[EvalItem | str], *, settings: DecontaminationSettings = ...
    ) -> EvalIndex: ...


@pytest.fixture(scope="session")
def make_index() -> MakeIndex:
    def make(
        items: Sequence[EvalItem | str], *, settings: DecontaminationSettings | None = None
    ) -> EvalIndex:
        made = [
            EvalItem("made", "test", str(at), (item,)) if isinstance(item, str) else item
            for at, item in enumerate(items)
        ]
        return index_items(made, settings or DecontaminationSettings())

    return make


@pytest.fixture(scope="session")
def five_scripts(make_index: MakeIndex) -> EvalIndex:
    """One question in each of five scripts; the item's id is the language."""
    return make_index([EvalItem("made", "test", name, (text,)) for name, text in QUESTIONS.items()])


def says(*turns: str) -> Sample:
    """A conversation that begins with the user."""
    roles = ("user", "assistant")
    return Sample(tuple(Message(roles[at % 2], text) for at, text in enumerate(turns)))
