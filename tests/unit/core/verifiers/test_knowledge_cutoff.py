import pytest

from assay.verifiers.knowledge_cutoff import find_knowledge_cutoff

DATED = (
    "My knowledge cutoff is September 2021",
    "As of my last update in early 2023, the rate",
    "based on my knowledge cutoff and may not",
    "I don't have any records in my knowledge up to October 2023.",
    "Cutting Knowledge Date: December 2023",
    "My training data only goes up to April 2023.",
    "I was last updated in 2021",
    "I was trained on data up to 2022, so",
    "As of my knowledge cutoff, no",
    "Mein Wissensstand endet im September 2021.",
    "Meine Trainingsdaten reichen bis 2023",
    "Mein Wissen ist auf dem Stand von Oktober 2023.",
    "Mis conocimientos llegan hasta septiembre de 2021.",
    "Mi última actualización fue en 2023",
    "Mes connaissances s'arrêtent en septembre 2021.",
    "Ma dernière mise à jour date de 2023",
    "私の知識は2021年9月までです。",
    "私の学習データは2023年4月までのものです",
    "Meu conhecimento vai até 2021.",
    "Minha última atualização foi em janeiro de 2022",
    "معرفتي محدودة حتى سبتمبر 2021",
    "آخر تحديث لي كان في 2023",
    "Moje znalosti sahají do roku 2021.",
    "Má tréninková data končí v září 2021",
    "Le mie conoscenze sono aggiornate fino al 2021.",
    "Il mio addestramento si ferma al 2022",
    "제 지식은 2021년 9월까지입니다",
    "제 학습 데이터는 2023년까지입니다.",
    "Mijn kennis reikt tot september 2021.",
    "Mijn laatste update was in 2023",
    "我的知识截止到2021年9月。",
    "截至我的知识更新，",
    "我的训练数据截止于2023年",
)
MORE_DATED = (
    "Please note that my knowledge only extends to 2021.",
    "My information is current as of April 2023",
    "I only have information up to September 2021.",
    "My last training data is from 2022.",
    "Mein letztes Wissensupdate war im Oktober 2023.",
    "Stand meiner letzten Aktualisierung im April 2023",
    "Según mi última actualización en 2022",
    "Mi conocimiento tiene fecha de corte en 2023.",
    "Selon ma dernière mise à jour en 2022",
    "Mes données d'entraînement s'arrêtent en 2023",
    "私の知識のカットオフは2023年10月です。",
    "Até minha última atualização em 2023",
    "Meus dados de treinamento vão até 2023",
    "حسب آخر تحديث لي في يناير 2022",
    "Má poslední aktualizace proběhla v roce 2023",
    "Fino al mio ultimo aggiornamento nel 2023",
    "제 마지막 업데이트는 2023년 10월입니다.",
    "Mijn trainingsgegevens lopen tot 2023",
    "我的知识库更新到2023年",
    "截至我最后一次更新",
)
NOT_DATED = (
    "The library was last updated in 2019.",
    "A knowledge cutoff is the date after which a model has no data.",
    "My training for the marathon starts in May.",
    "The cutoff date for applications is 2023.",
    "I updated my knowledge of French by reading.",
    "Please update my data in 2024",
    "My knowledge of Python is good",
    "Mein Wissen über Katzen ist groß",
    "Meine Daten sind sicher",
    "Mi entrenamiento de maratón es duro",
    "Mis datos personales fueron robados",
    "Mes connaissances en histoire sont bonnes",
    "Ma mise à jour est arrivée",
    "私の知識を使って助けます",
    "Meu treinamento de futebol foi bom",
    "معرفتي باللغة جيدة",
    "Moje znalosti češtiny jsou dobré",
    "Le mie conoscenze di cucina sono scarse",
    "제 지식으로는 어렵습니다",
    "Mijn kennis van koken is klein",
    "我的知识有限",
    "我的数据很安全",
    "My data shows sales in 2019",
    '"As of my last update in 2021" is a phrase models use',
)


@pytest.mark.parametrize("text", DATED + MORE_DATED)
def test_statement_of_the_models_own_cutoff_is_found(text: str) -> None:
    found = find_knowledge_cutoff(text)
    assert found is not None
    assert found in text


@pytest.mark.parametrize("text", NOT_DATED)
def test_other_dates_and_knowledge_are_left_alone(text: str) -> None:
    assert find_knowledge_cutoff(text) is None
