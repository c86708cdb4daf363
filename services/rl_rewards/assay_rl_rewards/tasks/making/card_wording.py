"""The wording of questions about a model and its card, in six languages: data, our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OTHER_MODELS = (
    "ChatGPT", "GPT-4", "Claude", "Gemini", "Llama", "Mistral", "DeepSeek", "Qwen", "Copilot",
    "Grok", "Kimi", "Ernie Bot",
)  # fmt: skip
OTHER_MAKERS = (
    "OpenAI", "Anthropic", "Google", "Microsoft", "Mistral AI", "DeepSeek", "Alibaba", "Baidu",
    "Nvidia", "Tencent", "Hugging Face", "Cohere",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class IdentityWording:
    """Openings, questions by what they ask, and the answer that is right."""

    greetings: Sequence[str]
    leads: Sequence[str]
    questions: Mapping[str, Sequence[str]]
    answer: str


IDENTITY: Mapping[str, IdentityWording] = {
    "en": IdentityWording(
        greetings=("", "Hello!", "Good morning.", "Hi there.", "Good evening.", "Hey."),
        leads=(
            "", "One thing before we start:", "I am new here.", "My sister wants to know:",
            "I forgot to ask:", "For my notes:", "Please be brief.", "We met only now.",
            "I am filling in a form.", "Answer in one sentence.", "I like to know my partner.",
            "My screen shows no name.",
        ),
        questions={
            "who": ("Who are you, and who made you?", "Please introduce yourself and your maker.",
                    "What are you called, and which company is behind you?"),
            "name": ("What is your name?", "How should I call you?", "Which model are you?"),
            "maker": ("Who made you?", "Which company developed you?", "Who trained you?"),
            "is_model": ("Are you {model}?", "You are {model}, aren't you?",
                         "Am I talking to {model}?", "Is {model} your name?"),
            "is_made_by": ("Were you made by {maker}?", "Is {maker} your maker?",
                           "{maker} trained you, right?", "Do you come from {maker}?"),
        },
        answer="I am {name}, a language model made by {maker}.",
    ),
    "de": IdentityWording(
        greetings=("", "Hallo!", "Guten Morgen.", "Guten Abend.", "Servus.", "Moin."),
        leads=(
            "", "Eins noch, bevor wir anfangen:", "Ich bin neu hier.", "Meine Schwester fragt:",
            "Ich vergaß zu fragen:", "Für meine Notizen:", "Bitte kurz.",
            "Wir kennen uns noch nicht.",
            "Ich fülle ein Formular aus.", "Antworte in einem Satz.",
            "Ich kenne gern mein Gegenüber.", "Mein Bildschirm zeigt keinen Namen.",
        ),
        questions={
            "who": ("Wer bist du, und wer hat dich gemacht?",
                    "Stell dich und deinen Hersteller vor.",
                    "Wie heißt du, und welche Firma steht hinter dir?"),
            "name": ("Wie heißt du?", "Wie soll ich dich nennen?", "Welches Modell bist du?"),
            "maker": ("Wer hat dich gemacht?", "Welche Firma hat dich entwickelt?",
                      "Wer hat dich trainiert?"),
            "is_model": ("Bist du {model}?", "Du bist doch {model}, oder?",
                    "Spreche ich mit {model}?",
                         "Ist {model} dein Name?"),
            "is_made_by": ("Hat dich {maker} gemacht?", "Ist {maker} dein Hersteller?",
                           "{maker} hat dich trainiert, oder?", "Kommst du von {maker}?"),
        },
        answer="Ich bin {name}, ein Sprachmodell von {maker}.",
    ),
    "es": IdentityWording(
        greetings=("", "¡Hola!", "Buenos días.", "Buenas noches.", "Buenas tardes.", "Muy buenas."),
        leads=(
            "", "Una cosa antes de empezar:", "Soy nuevo aquí.", "Mi hermana quiere saberlo:",
            "Olvidé preguntar:", "Para mis notas:", "Sé breve, por favor.",
            "Acabamos de conocernos.",
            "Estoy rellenando un formulario.", "Responde en una frase.",
            "Me gusta saber con quién hablo.", "Mi pantalla no muestra ningún nombre.",
        ),
        questions={
            "who": ("¿Quién eres y quién te hizo?", "Preséntate y presenta a tu creador.",
                    "¿Cómo te llamas y qué empresa está detrás de ti?"),
            "name": ("¿Cómo te llamas?", "¿Cómo debo llamarte?", "¿Qué modelo eres?"),
            "maker": ("¿Quién te hizo?", "¿Qué empresa te desarrolló?", "¿Quién te entrenó?"),
            "is_model": ("¿Eres {model}?", "Eres {model}, ¿verdad?", "¿Estoy hablando con {model}?",
                         "¿Te llamas {model}?"),
            "is_made_by": ("¿Te hizo {maker}?", "¿Es {maker} tu creador?",
                           "Te entrenó {maker}, ¿verdad?", "¿Vienes de {maker}?"),
        },
        answer="Soy {name}, un modelo de lenguaje creado por {maker}.",
    ),
    "fr": IdentityWording(
        greetings=("", "Bonjour !", "Bonsoir.", "Salut.", "Coucou.", "Enchanté."),
        leads=(
            "", "Une chose avant de commencer :", "Je débute ici.", "Ma sœur veut savoir :",
            "J'ai oublié de demander :", "Pour mes notes :", "Sois bref, s'il te plaît.",
            "On vient de se rencontrer.", "Je remplis un formulaire.", "Réponds en une phrase.",
            "J'aime savoir à qui je parle.", "Mon écran n'affiche aucun nom.",
        ),
        questions={
            "who": ("Qui es-tu, et qui t'a fait ?", "Présente-toi et présente ton créateur.",
                    "Comment t'appelles-tu, et quelle entreprise est derrière toi ?"),
            "name": ("Comment t'appelles-tu ?", "Comment dois-je t'appeler ?",
                     "Quel modèle es-tu ?"),
            "maker": ("Qui t'a fait ?", "Quelle entreprise t'a développé ?", "Qui t'a entraîné ?"),
            "is_model": ("Es-tu {model} ?", "Tu es {model}, non ?",
                    "Est-ce que je parle à {model} ?",
                         "T'appelles-tu {model} ?"),
            "is_made_by": ("Est-ce que {maker} t'a fait ?", "{maker} est-il ton créateur ?",
                           "C'est {maker} qui t'a entraîné, non ?", "Viens-tu de {maker} ?"),
        },
        answer="Je suis {name}, un modèle de langage créé par {maker}.",
    ),
    "it": IdentityWording(
        greetings=("", "Ciao!", "Buongiorno.", "Buonasera.", "Salve.", "Ehi."),
        leads=(
            "", "Una cosa prima di iniziare:", "Sono nuovo qui.", "Mia sorella vuole saperlo:",
            "Ho dimenticato di chiedere:", "Per i miei appunti:", "Sii breve, per favore.",
            "Ci siamo appena conosciuti.", "Sto compilando un modulo.", "Rispondi in una frase.",
            "Mi piace sapere con chi parlo.", "Il mio schermo non mostra alcun nome.",
        ),
        questions={
            "who": ("Chi sei e chi ti ha creato?", "Presenta te e chi ti ha creato.",
                    "Come ti chiami e quale azienda c'è dietro di te?"),
            "name": ("Come ti chiami?", "Come devo chiamarti?", "Che modello sei?"),
            "maker": ("Chi ti ha creato?", "Quale azienda ti ha sviluppato?",
                      "Chi ti ha addestrato?"),
            "is_model": ("Sei {model}?", "Tu sei {model}, vero?", "Sto parlando con {model}?",
                         "Ti chiami {model}?"),
            "is_made_by": ("Ti ha creato {maker}?", "È {maker} il tuo creatore?",
                           "Ti ha addestrato {maker}, vero?", "Vieni da {maker}?"),
        },
        answer="Sono {name}, un modello linguistico creato da {maker}.",
    ),
    "pt": IdentityWording(
        greetings=("", "Olá!", "Bom dia.", "Boa noite.", "Boa tarde.", "Oi."),
        leads=(
            "", "Uma coisa antes de começar:", "Sou novo aqui.", "Minha irmã quer saber:",
            "Esqueci de perguntar:", "Para as minhas notas:", "Seja breve, por favor.",
            "Acabamos de nos conhecer.", "Estou preenchendo um formulário.",
            "Responda em uma frase.", "Gosto de saber com quem falo.",
            "Minha tela não mostra nenhum nome.",
        ),
        questions={
            "who": ("Quem é você e quem fez você?", "Apresente-se e apresente o seu criador.",
                    "Como você se chama e que empresa está por trás de você?"),
            "name": ("Como você se chama?", "Como devo chamar você?", "Que modelo é você?"),
            "maker": ("Quem fez você?", "Que empresa desenvolveu você?", "Quem treinou você?"),
            "is_model": ("Você é {model}?", "Você é o {model}, não é?",
                    "Estou falando com {model}?",
                         "O seu nome é {model}?"),
            "is_made_by": ("Foi {maker} que fez você?", "{maker} é o seu criador?",
                           "{maker} treinou você, certo?", "Você vem de {maker}?"),
        },
        answer="Sou {name}, um modelo de linguagem criado por {maker}.",
    ),
}  # fmt: skip

# Card questions: what is known, by kind; what nobody can know, with a date and a count to vary it.
KNOWN: Mapping[str, Mapping[str, str]] = {
    "en": {
        "licence": "Under which licence were you released?",
        "context": "How many tokens long is your context window?",
        "languages": "How many languages do you support according to your model card?",
        "fits": "How many whole documents of {size} tokens fit into your context window at once?",
        "left": "A prompt takes {size} tokens of your context window. How many tokens are left?",
    },
    "de": {
        "licence": "Unter welcher Lizenz wurdest du veröffentlicht?",
        "context": "Wie viele Tokens lang ist dein Kontextfenster?",
        "languages": "Wie viele Sprachen unterstützt du laut deiner Modellkarte?",
        "fits": "Wie viele ganze Dokumente von je {size} Tokens passen zugleich in dein "
        "Kontextfenster?",
        "left": "Ein Prompt belegt {size} Tokens deines Kontextfensters. Wie viele bleiben übrig?",
    },
    "es": {
        "licence": "¿Bajo qué licencia te publicaron?",
        "context": "¿Cuántos tokens mide tu ventana de contexto?",
        "languages": "¿Cuántos idiomas admites según tu ficha?",
        "fits": "¿Cuántos documentos completos de {size} tokens caben a la vez en tu ventana de "
        "contexto?",
        "left": "Una entrada ocupa {size} tokens de tu ventana de contexto. ¿Cuántos quedan?",
    },
    "fr": {
        "licence": "Sous quelle licence as-tu été publié ?",
        "context": "De combien de tokens est ta fenêtre de contexte ?",
        "languages": "Combien de langues prends-tu en charge selon ta fiche ?",
        "fits": "Combien de documents entiers de {size} tokens tiennent à la fois dans ta fenêtre "
        "de contexte ?",
        "left": "Une requête occupe {size} tokens de ta fenêtre de contexte. Combien en "
        "reste-t-il ?",
    },
}
UNKNOWN: Mapping[str, Sequence[str]] = {
    "en": (
        "How many people wrote to you on {day}?",
        "What was the first word that you were asked on {day}?",
        "How many letters did the post bring to {maker} on {day}?",
        "Which number am I thinking of between 1 and {count}?",
        "What was the electricity bill in euros of {maker} for {day}?",
        "On page {count} of your training data, what is the third word?",
    ),
    "de": (
        "Wie viele Leute haben dir am {day} geschrieben?",
        "Was war das erste Wort, das man dich am {day} gefragt hat?",
        "Wie viele Briefe brachte die Post {maker} am {day}?",
        "An welche Zahl zwischen 1 und {count} denke ich?",
        "Wie hoch war die Stromrechnung von {maker} in Euro für den {day}?",
        "Wie lautet das dritte Wort auf Seite {count} deiner Trainingsdaten?",
    ),
    "es": (
        "¿Cuántas personas te escribieron el {day}?",
        "¿Cuál fue la primera palabra que te preguntaron el {day}?",
        "¿Cuántas cartas trajo el correo a {maker} el {day}?",
        "¿En qué número entre 1 y {count} estoy pensando?",
        "¿Cuánto pagó {maker} de electricidad, en euros, el {day}?",
        "¿Cuál es la tercera palabra de la página {count} de tus datos de entrenamiento?",
    ),
    "fr": (
        "Combien de personnes t'ont écrit le {day} ?",
        "Quel est le premier mot qu'on t'a demandé le {day} ?",
        "Combien de lettres la poste a-t-elle apportées à {maker} le {day} ?",
        "À quel nombre entre 1 et {count} est-ce que je pense ?",
        "Combien {maker} a-t-il payé d'électricité, en euros, le {day} ?",
        "Quel est le troisième mot de la page {count} de tes données d'entraînement ?",
    ),
}
ABSTAIN: Mapping[str, str] = {
    "en": "Put the final answer in \\boxed{}; if nobody can know it, put [IDK] there.",
    "de": "Schreibe die Antwort in \\boxed{}; kann sie niemand wissen, schreibe [IDK] hinein.",
    "es": "Escribe la respuesta en \\boxed{}; si nadie puede saberla, pon [IDK] dentro.",
    "fr": "Écris la réponse dans \\boxed{} ; si personne ne peut la savoir, mets-y [IDK] seul.",
}
