"""What an answer's wording says about itself, in twelve languages.

Four kinds of phrases: those that say the answer is not known or not in the documents, those that
hedge, those that leave no doubt, and filler that carries nothing. Invariant: patterns only; what a
phrase costs stands with the dimension that measures it.
"""

from itertools import islice

from assay.verifiers.patterns import Pattern, compile_pattern
from assay_judge.evidence.turn import Turn

MAX_ABSTENTION = 400  # characters; a longer answer says more than that it does not know
MAX_PHRASES = 200  # counted in one text

_QUESTION_MARKS = ("?", "？", "؟")
_SENTENCE_ENDS = (". ", "! ", ".\n", "!\n", "。", "！")

_START = r"(?:^|[^\pL\pN])"
_END = r"(?:$|[^\pL\pN])"


def _phrases(spaced: str, unspaced: str) -> Pattern:
    """Phrases that are whole words, or, in Chinese, Japanese and Korean, parts of a text."""
    return compile_pattern(f"{_START}(?:{spaced}){_END}|{unspaced}", ignore_case=True)


_ABSTENTION = _phrases(
    # English
    r"(?:i|we) (?:do not|don['’]?t|did not|could ?n[o'’]t|could not|can ?not|can['’]?t"
    r"|am not able to"
    r"|was not able to|am unable to|neither|have no|cannot)[^.!?\n]{0,40}"
    r"(?:know|have|find|information|answer|confirm|locate|say|tell|determine)"
    r"|(?:is|are|was|were) (?:not|no)(?: \pL+){0,2} (?:mentioned|stated|provided|specified|given"
    r"|found"
    r"|available|information|included|discussed|described)"
    r"|(?:does|do|did)(?: not|n['’]t)(?: \pL+){0,2} (?:mention|state|provide|specify|contain|say"
    r"|include"
    r"|discuss|describe|give|answer)|no (?:specific |relevant )?(?:information|answer|mention)"
    r"|unanswerable|(?:is )?unknown"
    # German, Dutch
    r"|(?:ich )?(?:weiß|weiss) (?:es |das )?(?:leider )?nicht|(?:wird|werden|ist"
    r"|sind)[^.!?\n]{0,60}nicht"
    r" (?:erwähnt|genannt|angegeben|enthalten|beschrieben|bekannt)"
    r"|keine (?:\pL+ )?(?:information\pL*"
    r"|angaben?|antwort)|weet (?:ik )?(?:het )?niet|geen (?:\pL+ )?(?:informatie|antwoord)"
    r"|(?:wordt|worden|is|zijn)[^.!?\n]{0,60}niet (?:vermeld|genoemd|bekend|beschreven)"
    # Spanish, Portuguese, Italian, French
    r"|no (?:lo )?sé|no (?:tengo|encuentro|encontré|hay|dispongo de)[^.!?\n]{0,30}(?:información"
    r"|respuesta|datos)|no se (?:menciona|indica|especifica|proporciona)"
    r"|não (?:sei|tenho|encontrei|há)[^.!?\n]{0,30}(?:informaç\pL+|resposta|dados)|não (?:é|são|foi"
    r"|se) (?:mencionad\pL+|menciona|informad\pL+|indicad\pL+)|não sei"
    r"|non (?:lo )?so|non (?:ho|trovo|ho trovato|ci sono)[^.!?\n]{0,30}(?:informazioni|risposta)"
    r"|non (?:è|sono|viene|vengono) (?:menzionat\pL+|specificat\pL+|indicat\pL+|riportat\pL+)"
    r"|je ne sais pas|(?:je )?n['’](?:ai|en ai|y a) (?:pas|aucune)[^.!?\n]{0,30}(?:information\pL*"
    r"|réponse)|n['’](?:est|est pas|était) pas (?:mentionn\pL+|précis\pL+|indiqu\pL+)"
    r"|aucune information"
    # Czech, Arabic
    r"|nevím|nemám[^.!?\n]{0,30}informac\pL+|(?:není|nejsou) (?:uveden\pL*|zmíněn\pL*)"
    r"|žádné informace"
    r"|لا أعرف|لا أعلم|(?:لا|لم)[^.!?\n]{0,20}(?:تذكر|يذكر|توجد معلومات|أجد|معلومات)"
    r"|ليس لدي معلومات",
    # Chinese, Japanese, Korean
    "我不知道|不清楚|没有(?:提到|提及|提供|说明|找到|相关信息|给出)|未(?:提及|提到|说明|提供"
    "|找到)|无法(?:确定|得知"
    "|回答)|(?:わかり|分かり)ません|記載(?:されて(?:い)?ませ?ん?|がありません|はありません)"
    "|(?:情報|回答)(?:が|は)(?:あり"
    "|見つかり)ません|知りません|모르겠|모릅니다|(?:정보|답변?)(?:가|이|는|은) 없"
    "|언급되(?:어 있)?지 않|찾을 수 없",
)
_HEDGE = _phrases(
    r"may|might|maybe|perhaps|possibly|probably|likely|presumably|apparently|seems?|appears?"
    r"|i (?:think|believe|guess|assume)|not (?:entirely |quite )?(?:sure|certain|clear)"
    r"|as far as i know"
    r"|could be|estimated|roughly|to my knowledge|it is (?:possible|unclear)"
    r"|vielleicht|möglicherweise|wahrscheinlich|vermutlich|eventuell|anscheinend|scheint|könnte"
    r"|dürfte"
    r"|nicht sicher|ich glaube|ich denke|soweit ich weiß"
    r"|quizás?|tal vez|posiblemente|probablemente|puede que|parece|creo que|no estoy segur[oa]"
    r"|podría"
    r"|peut-être|probablement|sans doute|possiblement|semble|il se peut|je (?:crois|pense)|pourrait"
    r"|pas (?:certaine?|sûre?)|talvez|possivelmente|provavelmente|poderia|acho que|acredito que"
    r"|forse|probabilmente|possibilmente|potrebbe|sembra|credo che|penso che|magari"
    r"|misschien|mogelijk|waarschijnlijk|vermoedelijk|lijkt|ik (?:denk|geloof)|zou kunnen"
    r"|možná|pravděpodobně|asi|snad|zdá se|mohl[oa]? by|myslím|ربما|قد|لعل|يبدو|من المحتمل|أعتقد"
    r"|أظن",
    "也许|或许|可能|大概|似乎|好像|估计|我(?:想|认为|觉得)|不(?:太)?确定|かもしれ|おそらく"
    "|たぶん|多分|らしい|と思(?:い|わ)"
    "|可能性|아마|것 같|듯합니다|수도 있|추정",
)
_CERTAIN = _phrases(
    r"definitely|certainly|undoubtedly|unquestionably|without (?:a |any )?doubt|no doubt|guaranteed"
    r"|absolutely|always|never|obviously|100 ?%|everyone knows|proven fact"
    r"|zweifellos|definitiv|garantiert|ganz sicher|auf jeden fall|immer|niemals|offensichtlich"
    r"|unbestritten"
    r"|sin duda|definitivamente|siempre|nunca|ciertamente|indudablemente|obviamente|garantizad[oa]"
    r"|certainement|assurément|toujours|jamais|évidemment|incontestablement|sans aucun doute"
    r"|sem dúvida|com certeza|definitivamente|sempre|certamente|indiscutivelmente"
    r"|senza dubbio|sicuramente|certamente|mai|ovviamente|indubbiamente"
    r"|zonder twijfel|ongetwijfeld|zeker weten|altijd|nooit|uiteraard|gegarandeerd"
    r"|bezpochyby|určitě|rozhodně|vždy|nikdy|samozřejmě|بالتأكيد|حتما|بلا شك|دائما|أبدا|قطعا",
    "毫无疑问|肯定|绝对|一定是|必然|总是|从来|従って間違いなく|間違いなく|絶対|必ず|確実に"
    "|틀림없|반드시|확실히|절대|물론",
)
_FILLER = _phrases(
    r"(?:as|being) an? (?:ai|artificial intelligence)(?: language)?(?: model| assistant)?"
    r"|as a (?:large )?language model|i (?:hope|trust) (?:this|that) (?:helps|was helpful"
    r"|answers)[^.!?\n]{0,30}"
    r"|(?:please )?(?:let me know|feel free to (?:ask|reach|contact|let))[^.!?\n]{0,60}"
    r"|if you have any (?:other |more |further )?questions[^.!?\n]{0,60}"
    r"|it(?:['’]s| is) (?:also )?(?:important|worth|crucial|essential)(?: to (?:note|remember"
    r"|mention|keep in"
    r" mind)| noting| mentioning) that|needless to say|at the end of the day"
    r"|in today['’]s (?:fast-paced )?world"
    r"|when it comes to|first and foremost|last but not least|it goes without saying"
    r"|thank you for (?:your (?:question|request|inquiry)|asking|reaching out)[^.!?\n]{0,30}"
    r"|(?:what a |that['’]s a |that is a )?(?:great|good|excellent) question"
    r"|i['’]d be happy to[^.!?\n]{0,30}"
    r"|ich hoffe,? (?:das|dies) hilft[^.!?\n]{0,30}|als (?:ki|künstliche intelligenz|sprachmodell)"
    r"|es ist wichtig zu (?:beachten|erwähnen),? dass|wenn (?:sie|du) (?:noch "
    r"|weitere )?fragen[^.!?\n]{0,40}"
    r"|nicht zuletzt|gute frage|espero que (?:esto|te|le|isso|isto)[^.!?\n]{0,40}|como (?:una "
    r"|uma )?(?:ia|modelo de"
    r" (?:lenguaje|linguagem))|es importante (?:tener en cuenta|destacar|señalar) que"
    r"|no dudes en[^.!?\n]{0,40}"
    r"|si tienes (?:más |alguna )?pregunta\pL*[^.!?\n]{0,30}|buena pregunta"
    r"|é importante (?:notar|lembrar|ressaltar) que"
    r"|não hesite em[^.!?\n]{0,40}|boa pergunta|j['’]espère que cela[^.!?\n]{0,40}"
    r"|en tant qu['’](?:ia|intelligence"
    r" artificielle)|il est important de (?:noter|souligner) que|n['’]hésitez pas[^.!?\n]{0,40}"
    r"|bonne question"
    r"|spero (?:che|di)[^.!?\n]{0,40}(?:utile|aiuto)|come (?:ia|modello linguistico)"
    r"|è importante (?:notare|ricordare)"
    r" che|non esitare a[^.!?\n]{0,40}|ottima domanda|ik hoop dat (?:dit|dat)[^.!?\n]{0,40}"
    r"|als (?:ai|taalmodel)"
    r"|het is belangrijk om (?:op te merken|te onthouden) dat|aarzel niet[^.!?\n]{0,40}|goede vraag"
    r"|doufám,? že[^.!?\n]{0,40}pom\pL+|jako (?:ai|umělá inteligence|jazykový model)"
    r"|je důležité (?:poznamenat|zmínit),? že"
    r"|neváhejte[^.!?\n]{0,40}|dobrá otázka|آمل أن (?:يكون|تكون)[^.!?\n]{0,40}|بصفتي (?:نموذج"
    r"|ذكاء)[^.!?\n]{0,20}"
    r"|من المهم (?:ملاحظة|الإشارة) أن|لا تتردد في[^.!?\n]{0,40}|سؤال (?:رائع|جيد)",
    "希望(?:这|以上|对你|对您)[^。！？\n]{0,20}(?:帮助|有用)|作为(?:一[个名])?(?:ai|人工智能"
    "|语言模型)(?:语言模型|助手)?|需要注意的是"
    "|值得(?:注意|一提)的是|如果(?:您|你)(?:还)?有(?:任何"
    "|其他)[^。！？\n]{0,8}问题[^。！？\n]{0,30}|好问题|总而言之|お役に立て(?:ば|れば)[^。\n]{0,12}"
    "|お気軽に[^。\n]{0,20}|(?:ai|言語モデル)として|ご質問(?:が|など)[^。\n]{0,20}|良い質問"
    "|重要なのは|도움이 되(?:었|길|기)[^.!?\n]{0,20}"
    "|언제든지[^.!?\n]{0,20}|인공지능(?: 언어 모델)?(?:로서|으로서)|좋은 질문|중요한 점은|참고로",
)


def abstains(turn: Turn) -> bool:
    """Whether the turn says, in short, that it does not know or that the documents do not say."""
    return len(turn.text) <= MAX_ABSTENTION and _ABSTENTION.search(turn.text) is not None


def asks_back(text: str) -> bool:
    """Whether `text` is one short counter-question and nothing else."""
    body = text.rstrip()
    if not body.endswith(_QUESTION_MARKS) or len(body) > MAX_ABSTENTION:
        return False
    return not any(mark in body[:-1] for mark in _SENTENCE_ENDS)


def hedges(text: str) -> bool:
    """Whether `text` voices doubt anywhere."""
    return _HEDGE.search(text) is not None


def num_certain(text: str) -> int:
    """How many words of `text` leave no room for doubt."""
    return sum(1 for _ in islice(_CERTAIN.finditer(text), MAX_PHRASES))


def filler_chars(text: str) -> int:
    """How many characters of `text` are stock phrases that carry nothing."""
    if _FILLER.search(text) is None:  # the common case, at a fifth of the cost
        return 0
    found = islice(_FILLER.finditer(text), MAX_PHRASES)
    return sum(match.end() - match.start() for match in found)
