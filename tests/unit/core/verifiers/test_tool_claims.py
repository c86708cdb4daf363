import pytest

from assay.domain.sample import Message, Sample
from assay.verifiers.tool_claims import find_claim
from assay.verifiers.view import View


def claim(text: str) -> str | None:
    place = find_claim(View(Sample((Message("user", "q"), Message("assistant", text)))), 1)
    if place is None:
        return None
    assert text[place.start :].startswith(place.quote)
    return place.quote


@pytest.mark.parametrize(
    "text",
    [
        "I've searched the database and found three hotels.",
        "I looked that address up for you.",
        "I called the `get_weather` function and it is sunny.",
        "Good news: I have already booked your flight.",
        "According to my search, it rains tomorrow.",
        "Ich habe für Sie im Internet gesucht.",
        "Laut meiner Suche regnet es.",
        "He consultado la base de datos.",
        "Busqué en la web y encontré esto.",
        "J'ai consulté la météo pour vous.",
        "J’ai effectué une recherche.",
        "データベースを検索しました。",
        "天気を調べたところ、雨です。",
        "Pesquisei no banco de dados.",
        "Fiz uma reserva para duas pessoas.",
        "لقد بحثت في قاعدة البيانات.",
        "قمت بحجز الرحلة.",
        "Vyhledal jsem to v databázi.",
        "Už jsem vám zarezervovala stůl.",
        "Ho cercato nel database.",
        "Ho già prenotato il volo.",
        "날씨를 검색했습니다.",
        "데이터베이스를 조회한 결과 없습니다.",
        "Ik heb het voor u opgezocht.",
        "Ik heb uw vlucht geboekt.",
        "我已经为您查询了天气。",
        "我查到了三家酒店。",
    ],
)
def test_claims_of_a_used_tool_are_found(text: str) -> None:
    assert claim(text)


@pytest.mark.parametrize(
    "text",
    [
        "I haven't searched yet.",
        "Once I've booked the flight, I'll tell you.",
        "I can search for you. Would you like me to look it up?",
        "I calculated the total: 42, and I have written a poem.",
        "`I searched the database` is what the log says.",
        "Ich habe noch nicht gesucht.",
        "Sobald ich gebucht habe, melde ich mich.",
        "No he consultado la base de datos.",
        "Puedo buscar eso.",
        "Je n'ai pas consulté la météo.",
        "Je peux réserver.",
        "検索してもよろしいですか？",
        "検索しませんでした。",
        "Posso pesquisar.",
        "Não pesquisei nada.",
        "لم أبحث بعد.",
        "يمكنني البحث.",
        "Mohu to vyhledat.",
        "Nevyhledal jsem nic.",
        "Posso cercare.",
        "Non ho cercato nulla.",
        "검색해 드릴까요?",
        "검색하지 않았습니다.",
        "Ik kan het opzoeken.",
        "Ik heb nog niets geboekt.",
        "我没有查询到。",
        "我可以为您查询。",
    ],
)
def test_offers_denials_and_own_work_are_no_claims(text: str) -> None:
    assert claim(text) is None
