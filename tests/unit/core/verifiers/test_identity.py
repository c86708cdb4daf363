import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.identity import (
    ProviderNames,
    blank_quotations,
    find_generic_statement,
    find_identity_claims,
    is_spoken_by_model,
)

NAMES = ProviderNames()

CLAIMS = (
    "I am ChatGPT, a large language model.",
    "I'm Claude, an AI assistant made by Anthropic.",
    "As an AI language model created by OpenAI, I cannot do that",
    "I am an AI language model created by OpenAI",
    "I was trained by Google",
    "Hello! I'm an AI assistant called Qwen",
    "My name is ChatGPT",
    "OpenAI trained me to be helpful",
    "I was developed by the team at Mistral AI in Paris",
    "As ChatGPT, I don't have feelings",
    "Ich bin ChatGPT",
    "Ich bin ein Sprachmodell, das von OpenAI entwickelt wurde.",
    "Ich wurde von OpenAI trainiert.",
    "Als ein von OpenAI entwickeltes Sprachmodell kann ich das nicht.",
    "Ich bin ein KI-Assistent namens Claude.",
    "Soy un modelo de lenguaje desarrollado por OpenAI",
    "Soy Qwen, una inteligencia artificial creada por Alibaba Cloud, y no",
    "Estoy Qwen, una inteligencia artificial creativa",
    "Fui creado por Anthropic",
    "Je suis Claude, créé par Anthropic",
    "Je suis un modèle de langage entraîné par Mistral AI",
    "En tant que Qwen, je n'ai pas de ressources",
    "comme je suis Qwen, un assistant virtuel créé par Alibaba Cloud",
    "私はOpenAIが開発した言語モデルです",
    "私はChatGPTです。",
    "私はOpenAIによってトレーニングされたAIです",
    "我是由OpenAI开发的",
    "我是ChatGPT",
    "我是百度公司研发的人工智能语言模型，文心一言",
    "作为OpenAI训练的语言模型，我无法",
    "저는 OpenAI에서 개발한 언어 모델입니다",
    "저는 ChatGPT입니다",
    "أنا ChatGPT",
    "أنا نموذج لغوي تم تطويره بواسطة OpenAI",
    "تم تطويري من قبل OpenAI",
    "Jsem jazykovy model vytvoreny OpenAI",
    "Jsem jazykový model vytvořený společností OpenAI.",
    "Jmenuji se ChatGPT",
    "Ik ben een taalmodel ontwikkeld door OpenAI",
    "Ik ben ChatGPT",
    "Ik ben door Google getraind",
    "Sono un modello linguistico sviluppato da OpenAI",
    "Ciao, sono ChatGPT",
    "Sono stato creato da Anthropic",
    "Sou um modelo de linguagem desenvolvido pela OpenAI",
    "Eu sou o ChatGPT",
    "Fui treinado pela OpenAI",
    "I'm Gemini, a large language model",
    "I'm powered by GPT-4",
    "Je m'appelle ChatGPT",
    "I am a chatbot, ChatGPT",
)
NO_CLAIMS = (
    "GPT-4 is a multimodal model developed by OpenAI.",
    "I am a student using a model developed by OpenAI",
    "I am aware of ChatGPT, a language model developed by OpenAI",
    "I am Claude Monet, the painter",
    "I am a Gemini and I love music",
    "I'm a ChatGPT user",
    "I am not ChatGPT",
    '"I am ChatGPT," said the robot',
    "I'm not made by OpenAI",
    "ChatGPT was created by OpenAI. I find it useful",
    "I like Claude Debussy",
    "Models such as GPT-4, developed by OpenAI, are large",
    "I went to Google",
    "I was hired by Google",
    "As Claude Shannon showed, I think",
    "Ich nutze ChatGPT täglich",
    "ChatGPT wurde von OpenAI entwickelt.",
    "Ich bin Entwickler und nutze ein von OpenAI entwickeltes Modell",
    "ChatGPT es un modelo de lenguaje desarrollado por OpenAI",
    "Modelos como ChatGPT son útiles",
    "Je suis étudiant et j'utilise ChatGPT",
    "ChatGPT est un modèle créé par OpenAI.",
    "Le mistral souffle",
    "ChatGPTはOpenAIが開発したAIです",
    "私はChatGPTを使っています",
    "我用ChatGPT写作",
    "ChatGPT是由OpenAI开发的",
    "我是一名学生，使用OpenAI开发的模型",
    "저는 ChatGPT를 사용합니다",
    "ChatGPT는 OpenAI에서 개발한 모델입니다",
    "ChatGPT هو نموذج لغوي طورته OpenAI",
    "أنا أستخدم ChatGPT",
    "Používám ChatGPT každý den",
    "ChatGPT je jazykový model vytvořený OpenAI",
    "Ik gebruik ChatGPT",
    "ChatGPT is een taalmodel ontwikkeld door OpenAI",
    "I modelli più noti sono ChatGPT e Gemini",
    "Uso ChatGPT. È sviluppato da OpenAI",
    "Ci sono modelli sviluppati da Google",
    "Eu uso o ChatGPT",
    "O ChatGPT foi desenvolvido pela OpenAI",
    "I am happy to explain how GPT-4 was developed by OpenAI",
    "I am writing about a chatbot developed by Microsoft",
    "I am proud of the phone made by Apple",
    "I got this as a gift made by Apple",
    "I'm an engineer at Google",
    "I made Google my homepage",
    "My name is Claude and I live in Lyon",
    "I bought an iPhone; I am told it was made by Apple",
    "ChatGPT is known as a language model developed by OpenAI",
)
# Written after the patterns, without looking at them.
MORE_CLAIMS = (
    "I'm an assistant developed by Moonshot AI.",
    "I'm DeepSeek-V3, an artificial intelligence assistant created by DeepSeek.",
    "As a large language model trained by OpenAI, I don't have personal opinions.",
    "I am Claude, created by Anthropic to be helpful, harmless, and honest.",
    "I don't have a body because I'm an AI developed by Google.",
    "My name is Qwen, and I was created by Alibaba Cloud.",
    "You are talking to ChatGPT.",
    "Well, as GPT-4, I can say that",
    "Ich bin GPT-4, ein großes Sprachmodell.",
    "Mein Name ist Claude und ich bin ein KI-Assistent von Anthropic.",
    "Als KI, die von Google entwickelt wurde, kann ich nicht fühlen.",
    "Hola, soy ChatGPT, ¿en qué puedo ayudarte?",
    "Me llamo Claude y fui creado por Anthropic.",
    "Soy una IA entrenada por Google.",
    "Je m'appelle Claude et j'ai été créé par Anthropic.",
    "Je suis une IA développée par OpenAI.",
    "En tant que modèle de langage développé par OpenAI, je ne peux pas",
    "私の名前はChatGPTです。",
    "私はAnthropicによって作られたClaudeです。",
    "私はGoogleによって訓練された、大規模言語モデルです。",
    "Eu sou o ChatGPT, um modelo de linguagem.",
    "Fui desenvolvido pela Anthropic.",
    "Meu nome é Gemini e sou uma IA do Google.",
    "أنا كلود، مساعد ذكاء اصطناعي من تطوير شركة Anthropic.",
    "أنا نموذج لغة كبير دربته Google.",
    "اسمي ChatGPT وأنا نموذج لغوي",
    "Jsem ChatGPT, jazykový model od OpenAI.",
    "Byl jsem vytvořen společností Anthropic.",
    "Jako jazykový model vyvinutý společností OpenAI nemám pocity.",
    "Mi chiamo Claude e sono stato sviluppato da Anthropic.",
    "Io sono ChatGPT, un assistente virtuale.",
    "Come modello linguistico addestrato da OpenAI, non ho opinioni.",
    "저는 구글이 만든 AI입니다.",
    "저는 OpenAI의 ChatGPT입니다.",
    "제 이름은 클로드이고 Anthropic에서 만들었습니다.",
    "Ik ben Claude, een AI-assistent gemaakt door Anthropic.",
    "Ik werd ontwikkeld door OpenAI.",
    "Als taalmodel getraind door OpenAI heb ik geen mening.",
    "我是通义千问，由阿里云开发的语言模型。",
    "我是由深度求索公司开发的智能助手DeepSeek。",
    "作为由OpenAI训练的AI助手，我不能",
    "您好，我叫文心一言。",
    "My developers at OpenAI trained me on text",
    "I'm built on GPT-4 by OpenAI",
)
MORE_NO_CLAIMS = (
    "Claude and I went to the market.",
    "I'm a Llama farmer.",
    "I am a big fan of Apple.",
    "I asked Siri for help.",
    "As Google grew, I lost interest",
    "I am at Google headquarters.",
    "OpenAI released GPT-4, which I think is great.",
    "I am not ChatGPT; I was not made by OpenAI.",
    "I'm sorry, OpenAI was founded in 2015 by Sam Altman.",
    "If I were ChatGPT, I'd say",
    "Ich bin mir sicher, dass ChatGPT von OpenAI entwickelt wurde.",
    "Ich arbeite bei Google.",
    "Soy fan de Google.",
    "Soy ingeniera en Google y uso modelos creados por OpenAI.",
    "Je suis allé chez Google. Claude est mon voisin.",
    "Je suis d'accord avec Claude.",
    "私はGoogleで働いています。",
    "私はOpenAIが開発したChatGPTを使っています。",
    "Sou fã do Google.",
    "Trabalho na Google, sou programador.",
    "أنا أعمل في Google",
    "أنا أحب Apple",
    "Jsem zaměstnanec Google.",
    "Jsem rád, že Apple vyrobil telefon.",
    "Sono andato da Google.",
    "Sono felice che Apple abbia creato l'iPhone",
    "저는 구글에서 일합니다.",
    "저는 애플과 구글을 좋아합니다.",
    "Ik werk bij Google.",
    "Ik ben blij met Apple.",
    "我在百度工作。",
    "我喜欢用百度搜索。",
    "我是百度的员工。",
    "I was trained by a coach.",
    "I am the Falcon.",
    "I'm reading a book by Claude Levi.",
    "I come from Amazon.",
    "I'm from Apple Valley.",
)
GENERIC = (
    "As an AI language model, I have no feelings.",
    "I'm just an AI, so I cannot taste it.",
    "Als KI-Sprachmodell habe ich keine Gefühle.",
    "Como modelo de lenguaje, no tengo opiniones.",
    "En tant qu'intelligence artificielle, je n'ai pas d'avis.",
    "AI言語モデルとして、意見はありません。",
    "Como uma inteligência artificial, não sinto dor.",
    "أنا نموذج لغوي ولا أملك مشاعر",
    "Jako umělá inteligence nemám pocity.",
    "Come intelligenza artificiale non ho emozioni.",
    "저는 인공지능이라 감정이 없습니다.",
    "Als taalmodel heb ik geen mening.",
    "作为一名AI模型，我不能提供",
    "我是一个人工智能助手",
)
NOT_GENERIC = (
    "An AI model is a program that learns.",
    "AI is changing the world.",
    "KI verändert die Welt.",
    "La inteligencia artificial crece.",
    "L'intelligence artificielle progresse.",
    "人工知能は進歩しています。",
    "A inteligência artificial cresce.",
    "الذكاء الاصطناعي يتطور",
    "Umělá inteligence roste.",
    "L'intelligenza artificiale cresce.",
    "인공지능은 발전합니다.",
    "Kunstmatige intelligentie groeit.",
    "人工智能正在发展",
)


def genuine(text: str, prompt: str = "hello", names: ProviderNames = NAMES) -> list[str]:
    claims = find_identity_claims(text, names)
    return [claim.name for claim in claims if is_spoken_by_model(claim, prompt, names)]


@pytest.mark.parametrize("text", CLAIMS + MORE_CLAIMS)
def test_first_person_claim_is_found_in_every_language(text: str) -> None:
    assert genuine(text)


@pytest.mark.parametrize("text", NO_CLAIMS + MORE_NO_CLAIMS)
def test_talk_about_a_product_is_no_claim(text: str) -> None:
    assert genuine(text) == []


@pytest.mark.parametrize("text", GENERIC)
def test_generic_statement_is_found(text: str) -> None:
    assert find_generic_statement(text) is not None


@pytest.mark.parametrize("text", NOT_GENERIC)
def test_talk_about_machines_is_no_generic_statement(text: str) -> None:
    assert find_generic_statement(text) is None


def test_ambiguous_name_counts_only_as_an_answer_to_who_are_you() -> None:
    assert genuine("I am Claude.", "Who are you?") == ["Claude"]
    assert genuine("I am Claude.", "Tell me a joke.") == []
    assert genuine("I am Claude Monet.", "Who are you?") == []


def test_role_that_the_prompt_gives_is_no_claim() -> None:
    assert genuine("I am Claude.", "You are Claude, a baker in Lyon. Who are you?") == []
    assert genuine("I am ChatGPT!", "Pretend to be ChatGPT and say hello.") == []
    assert genuine("Je suis ChatGPT.", "Translate into French: I am ChatGPT.") == []


def test_system_prompt_that_names_a_product_does_not_excuse_it() -> None:
    assert genuine("I am ChatGPT.", "You are ChatGPT, a large language model.") == ["ChatGPT"]


def test_own_names_are_no_claims_and_extra_ones_are() -> None:
    own = ProviderNames(own=("Granite", "IBM"))
    assert find_identity_claims("I am Granite 4, a language model made by IBM.", own) == ()
    extra = ProviderNames(extra=("Zorblax",))
    assert genuine("I was trained by Zorblax", names=extra) == ["Zorblax"]
    assert genuine("I was trained by Zorblax") == []


def test_text_quoted_as_a_whole_is_the_speakers_own() -> None:
    assert genuine('"I am ChatGPT, a language model."') == ["ChatGPT"]
    assert genuine('The robot said: "I am ChatGPT." and left.') == []


@given(st.text(alphabet='ab "“”«»「」\n>', max_size=60))
def test_blanking_quotations_keeps_the_length(text: str) -> None:
    assert len(blank_quotations(text)) == len(text)


@given(st.text(alphabet="I am OpenAI.,ChatGPT的私は我是", max_size=80))
def test_spans_point_at_the_name(text: str) -> None:
    for claim in find_identity_claims(text, NAMES):
        assert text[: claim.end].endswith(claim.name)
