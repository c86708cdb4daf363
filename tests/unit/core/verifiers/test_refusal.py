import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.refusal import RefusalKind, refusal_kind

BARE = [
    "I'm sorry, but I can't help with that.",
    "As an AI language model, I cannot assist with that request.",
    "Sorry, I can't do that.",
    "I cannot fulfill this request.",
    "I apologize, but I cannot provide that information.",
    "I'm unable to comply with your request.",
    "I'm sorry, but I can't assist with that as it goes against my guidelines. "
    "Is there anything else I can help you with?",
    "I must decline this request.",
    "No, I can't help with that.",
    "I'm sorry. I am not able to write a poem about autumn.",
    "Es tut mir leid, aber ich kann dabei nicht helfen.",
    "Leider kann ich diese Anfrage nicht beantworten.",
    "Als KI-Sprachmodell kann ich Ihnen dabei nicht helfen.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "Como modelo de lenguaje, no puedo cumplir con esa solicitud.",
    "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
    "En tant qu'IA, je ne peux pas répondre à cette question.",
    "申し訳ありませんが、そのご要望にはお応えできません。",
    "AI言語モデルとして、そのリクエストには対応できません。",
    "すみませんが、お手伝いできません。",
    "Desculpe, mas não posso ajudar com isso.",
    "Como um modelo de linguagem, não posso atender a esse pedido.",
    "عذرًا، لا يمكنني مساعدتك في ذلك.",
    "أنا آسف، لكن لا أستطيع تقديم هذه المعلومات.",
    "Omlouvám se, ale s tím vám nemohu pomoci.",
    "Bohužel nemohu na tuto otázku odpovědět.",
    "Mi dispiace, ma non posso aiutarti con questa richiesta.",
    "In quanto modello linguistico, non posso rispondere a questa domanda.",
    "죄송하지만 그 요청은 도와드릴 수 없습니다.",
    "AI로서 그 질문에는 답변할 수 없습니다.",
    "Het spijt me, maar daar kan ik je niet mee helpen.",
    "Sorry, ik kan niet aan dit verzoek voldoen.",
    "抱歉，我无法回答这个问题。",
    "作为一个人工智能语言模型，我不能提供这方面的帮助。",
    "对不起，我不能完成您的请求。",
    "I can't help with that. Please let me know if you have another question.",
]

REASONED = [
    "I can't help with that, but you could ask a lawyer.",
    "As an AI language model, I cannot provide medical advice because I lack the training.",
    "I'm sorry, but I'm unable to assist with booking flights. "
    "My current capabilities are limited to calculating loan payments.",
    "Lo siento, no puedo ayudarte con eso porque requiere datos privados.",
    "抱歉，我无法回答这个问题，因为缺乏足够的信息。",
    "Je ne peux pas répondre à cette question sans plus de détails. Pouvez-vous préciser ?",
    "Ich kann diese Frage nicht beantworten, weil mir die Daten fehlen.",
    "Não posso ajudar com isso, mas posso sugerir um livro.",
    "Non posso fornire questa informazione perché è privata.",
    "申し訳ありませんが、情報が不足しているのでお答えできません。",
    "죄송하지만 정보가 부족하기 때문에 답변할 수 없습니다.",
    "عذرًا، لا يمكنني مساعدتك في ذلك لأن المعلومات ناقصة.",
    "Nemohu na to odpovědět, protože nemám data.",
    "Daar kan ik je niet mee helpen omdat het gevaarlijk is.",
    "I'm sorry, but as an AI I cannot generate images.",
    "I cannot answer this without the attachment.",
]

NONE = [
    "I can't stress enough how important sleep is.",
    "Sorry for the delay, here is the report you asked for.",
    "I can't help but admire her courage.",
    "I cannot recommend this book enough.",
    "Lo siento mucho por tu pérdida. Estoy contigo.",
    "I'm sorry, but I can't attend the party on Friday.",
    "I'm sorry to hear that. How can I help?",
    "One cannot ski with cups.",
    "He said: \"I'm sorry, I can't help you.\"",
    "Je suis désolé pour votre perte.",
    "Es tut mir leid, dass du krank bist. Trink viel Tee.",
    "Mi dispiace per il ritardo, ecco il rapporto.",
    "申し訳ありません。報告書をお送りします。",
    "죄송합니다. 늦었습니다. 여기 보고서입니다.",
    "对不起，我迟到了。",
    "Non posso vivere senza di te.",
    "No puedo esperar más para verte.",
    "آسف على التأخير، إليك التقرير.",
    "Desculpe a demora, aqui está o texto.",
    "Promiňte, že jdu pozdě.",
    "Het spijt me dat ik te laat ben.",
    "Why can't penguins fly? Because their wings became flippers.",
    "'I cannot help you,' said the wizard, and closed the door.",
    "I will not answer for him.",
    "The server cannot process the request because the disk is full.",
    "Je ne peux pas attendre de te revoir !",
    "Ich kann nicht mehr warten.",
    "I can't help it, I love this song.",
    "",
]


@pytest.mark.parametrize("text", BARE)
def test_a_refusal_and_nothing_else_is_bare(text: str) -> None:
    assert refusal_kind(text) is RefusalKind.BARE


@pytest.mark.parametrize("text", REASONED)
def test_a_refusal_with_reasons_or_help_is_reasoned(text: str) -> None:
    assert refusal_kind(text) is RefusalKind.REASONED


@pytest.mark.parametrize("text", NONE)
def test_other_texts_are_no_refusals(text: str) -> None:
    assert refusal_kind(text) is RefusalKind.NONE


def test_a_long_text_is_never_bare() -> None:
    text = "I'm sorry, but I can't help with that. " + "Here is what you can do instead. " * 20
    assert refusal_kind(text) is RefusalKind.REASONED


@given(st.text(max_size=200))
def test_any_text_has_a_kind(text: str) -> None:
    assert refusal_kind(text) in RefusalKind
