"""Refusals at the start of an answer, in twelve languages, and whether they say anything else.

A refusal is `bare` when every sentence is the refusal itself, an apology, a self-introduction as
an AI, a reference to rules, or a closing formula; `reasoned` when it gives a reason, asks for what
is missing or goes on to help. Whether a refusal was right (weapons, a dose for harm, private data)
cannot be told by code.

Invariant: only what the assistant says at the very start counts; a refusal that is quoted, told in
a story or uttered later in a text is none. Verbs such as "attend" or "wait" are left out because
letters use them ("I'm sorry, but I can't attend").
"""

from enum import StrEnum

from assay.verifiers.patterns import compile_pattern


class RefusalKind(StrEnum):
    """What an answer's beginning is."""

    NONE = "none"
    REASONED = "reasoned"
    BARE = "bare"


_HEAD_CHARS = 240  # a refusal is told by so many first characters
_MAX_REST_CHARS = 120  # what is refused may be named, in so many characters
_GATE_CHARS = 140  # its negation stands in so many
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“”", "「": "」", "『": "』"}
_MAX_BARE_CHARS = 420  # a longer text says more than a refusal

_APOLOGY = (
    r"(?:(?:i['’]?m|i am|we['’]re|we are) (?:(?:very|so|really|truly|deeply) )?(?:sorry"
    r"|afraid)(?: that)?"
    r"|(?:so |very )?sorry(?: about that)?|(?:my |sincere )*apologies|i (?:do )?apologi[sz]e"
    r"(?: for (?:the|any) (?:inconvenience|confusion|trouble))?|unfortunately|i regret that|no"
    r"|(?:es )?tut mir (?:sehr |wirklich )?leid|entschuldigung|verzeihung|leider|ich bedaure"
    r"|lo siento(?: mucho)?|lo lamento(?: mucho)?|disculp[ae]|perdón|mis disculpas|lamentablemente"
    r"|me temo que|desafortunadamente"
    r"|(?:je suis |nous sommes )?(?:vraiment |sincèrement |profondément )?(?:désolée?s?|navrée?s?)"
    r"|je m['’]excuse|(?:toutes )?mes excuses|pardon|malheureusement|je regrette"
    r"|(?:eu )?(?:sinto|lamento)(?: muito)?|(?:me )?desculpe?(?:-me)?|peço desculpas?|infelizmente"
    r"|mi (?:dispiace|scuso|spiace)(?: molto| davvero)?|scusa(?:mi|te)?|(?:sono )?spiacente"
    r"|purtroppo|chiedo scusa|le mie scuse"
    r"|het spijt me(?: zeer)?|helaas|(?:mijn )?excuses"
    r"|(?:je mi |to mi je )?(?:velmi )?líto|lituji|omlouvám se|promiňte|bohužel"
    r"|(?:أنا |نحن )?(?:آسف|متأسف)(?:ة|ون)?(?: جد[اًا]+)?|عذر(?:ًا|اً|ا)|أعتذر|نعتذر|للأسف"
    r"|معذرة|المعذرة"
    r"|(?:我)?(?:很|非常|十分|真的)?(?:抱歉|对不起|對不起|遗憾|不好意思)"
    r"|(?:大変|誠に)?申し訳(?:ありません|ございません|ない(?:です)?)(?:が|けど|けれども)?"
    r"|すみません(?:が)?|ごめんなさい|恐れ入りますが|残念ながら"
    r"|(?:정말 |대단히 )?죄송(?:합니다만|하지만|합니다|해요|하오나)|미안(?:합니다|하지만|해요)"
    r"|유감스럽게도|안타깝게도)"
)
_BUT = (
    r"(?:but|aber|pero|mais|mas|ma|maar|ale|لكن|ولكن"
    r"|但是?|不过|하지만|그러나|that|dass|dat|que|,|，|、|،)"
)
_AS_AI = (
    r"(?:(?:as|being|since i am|because i am) (?:an? )?(?:ai|artificial intelligence"
    r"|(?:large )?language"
    r" model|virtual assistant|text-based|assistant|chatbot)|als (?:eine? )?(?:ki|ai|künstliche"
    r"|sprachmodell"
    r"|virtuelle|taalmodel|kunstmatige)|como (?:una? |um |uma )?(?:ia|inteligencia|inteligência"
    r"|modelo|asistente"
    r"|assistente)|en tant qu['’e] ?(?:une? )?(?:ia|intelligence|modèle|assistant)|(?:in quanto"
    r"|come)"
    r" (?:un[ao']? ?)?(?:ia|intelligenza|modello|assistente)|jako (?:umělá|ai|jazykový"
    r"|virtuální|asistent)"
    r"|(?:بصفتي|كوني|باعتباري|بوصفي|كنموذج)|(?:作为|作為)(?:一[个個名款位种])?(?:ai|人工智能"
    r"|人工智慧|语言|語言|虚拟|大型|助手|聊天|文本)"
    r"|(?:私は)?(?:ai|人工知能|言語モデル|大規模言語)[^、。]{0,20}(?:として|なので|ですので"
    r"|であるため|のため)"
    r"|(?:저는 )?(?:ai|인공지능|인공 지능|언어 모델)[^,.]{0,16}(?:로서|으로서|이므로"
    r"|이기 때문에|라서))"
    r"[^.,，、،。!?！？\n]{0,60}[,，、،]?"
)
_EN_VERBS = (
    r"(?:help|assist|comply|fulfil+|answer|respond|provide|generate|complete|process|support"
    r"|discuss"
    r"|engage|continue|participate|perform|produce|address|proceed|accommodate|handle|advise|create"
    r"|write|share|offer|complete|satisfy|carry out|do (?:that|this|so|it)|give you|go ahead|grant)"
)
_CORE = (
    # English
    r"(?:i (?:really |simply |currently )?(?:can(?:['’]?t|not| not)|could(?:n['’]t| not)"
    r"|won['’]?t|will not"
    r"|must decline to|have to decline to|refuse to)"
    r"|(?:i['’]?m|i am|i will be|i['’]ll be) (?:currently |still |also )?(?:unable|not able"
    r"|not allowed"
    r"|not permitted|not authori[sz]ed|not in a position|not programmed"
    r"|not willing) to) (?:be able to )?"
    r"(?:directly |currently |really |actually |fully |legally |personally )?"
    + _EN_VERBS
    + r"(?:$|[^\pL])"
    r"|i (?:must|have to|need to|will have to|respectfully) (?:respectfully "
    r"|politely )?(?:decline|refuse)"
    r"|i(?:['’]?m| am) not comfortable|i do(?:n['’]t| not) feel comfortable"
    r"|(?:your|this|that|the) request (?:cannot|can['’]?t|can not) be (?:fulfilled|processed"
    r"|completed)"
    r"|i can(?:['’]?t|not)(?:$|[.!。])|(?:that|this)(?: is"
    r"|['’]s) (?:not )?something i (?:can(?:['’]?t|not)?)"
    # German, Dutch
    r"|(?:ich |dabei |damit |hierbei |das |diese[mnrs]? \pL+ |darauf )?(?:kann|darf|werde"
    r"|könnte|bin)"
    r" (?:ich )?[^.!?\n]{0,60}(?:nicht|kein(?:e[nrms]?)?)\b[^.!?\n]{0,60}(?:helfen|beantworten"
    r"|antworten"
    r"|unterstützen|erfüllen|bereitstellen|erstellen|schreiben|nachkommen|behilflich|liefern"
    r"|ausführen"
    r"|generieren|anbieten|bearbeiten|entsprechen|fortfahren|geben|in der lage|dienen|machen)"
    r"|(?:ik |daar |hier |daarmee |hiermee |dat )?(?:kan|mag|zal"
    r"|ben) (?:ik )?[^.!?\n]{0,60}(?:niet|geen)\b"
    r"[^.!?\n]{0,60}(?:helpen|beantwoorden|voldoen|bieden|schrijven|assisteren|verstrekken"
    r"|uitvoeren"
    r"|ondersteunen|genereren|ingaan|van dienst|geven|maken|in staat)"
    # Romance
    r"|(?:yo )?no (?:te |le |les |os |se |me )?(?:puedo|podemos|podré|soy capaz de|es posible"
    r"|estoy en condiciones de|estoy autorizad[oa] (?:a|para))(?: \pL+)?? (?:ayud|asist|respond"
    r"|contest"
    r"|proporcion|cumpl|gener|cre[ao]|escrib|ofrec|hacer|complet|realiz|atend|brind|dar|continu"
    r"|proces"
    r"|particip|discut|satisf|elabor|redact)"
    r"|je (?:ne |n['’])(?:peux|puis|suis|saurais|serai)(?: malheureusement)?(?: pas"
    r"| point)?(?: en mesure de"
    r"| capable de| autorisée? à)? ?(?:(?:vous|te|y) |[dt]['’]|d['’]y )?(?:aider|assister"
    r"|répondre|fournir"
    r"|satisfaire|donner|accéder|générer|créer|écrire|traiter|faire|exécuter|poursuivre"
    r"|continuer|proposer"
    r"|discuter|apporter|rédiger)"
    r"|(?:eu )?não (?:te |lhe |o |a )?(?:posso|podemos|consigo|sou capaz de|é possível|poderei"
    r"|estou autorizad[oa] a)(?: \pL+)?? (?:ajud|auxili|respond|fornec|atend|cumpr|ger[ae]"
    r"|criar|escrev|oferec"
    r"|fazer|complet|realiz|dar|continu|process|particip|discut|satisf|prest)"
    r"|(?:io )?non (?:ti |vi |le |mi )?(?:posso|possiamo|sono in grado di|riesco a|è possibile"
    r"|potrò"
    r"|sono autorizzat[oa] a)(?: \pL+)?? (?:aiut|assist|rispond|forn|soddisf|gener|crear|scriv"
    r"|offr|fare|complet"
    r"|esegu|dar|continu|elabor|partecip|discut|proced|evad|esaud)"
    # Czech, Arabic
    r"|(?:[^.!?\n]{0,30} )?(?:nemohu|nemůžu|nejsem schop(?:en|na)|nedokážu|nesmím"
    r"|nelze)[^.!?\n]{0,50}(?:pomoci|pomoct"
    r"|odpovědět|poskytnout|vyhovět|splnit|vytvořit|napsat|asistovat|vygenerovat|udělat"
    r"|zpracovat|pokračovat"
    r"|provést)"
    r"|(?:أنا )?(?:لا (?:يمكنني|أستطيع|يمكننا|أقدر)|لن أتمكن من|لن أستطيع|لست قادر[اًا]* على"
    r"|غير قادر على|ليس بإمكاني)"
    r"[^.!؟\n]{0,14}(?:مساعد|الإجاب|إجاب|تقديم|تلبية|إنشاء|كتابة|توفير|الرد|تنفيذ|القيام|إكمال"
    r"|الاستمرار|المشارك)"
    # Chinese, Japanese, Korean
    r"|(?:但?我(?:恐怕)?|恐怕|这个问题我)?(?:暂时|目前)?(?:无法|無法|不能|没办法|没有办法|拒绝"
    r"|恕不能|不便|不會|不会)[^。！？\n]{0,8}?(?:提供|回答|满足|滿足"
    r"|完成|协助|協助|帮助|幫助|帮|幫|生成|处理|處理|执行|執行|继续|繼續|讨论|討論|参与|编写"
    r"|創作|创作|写|給出|给出|做|支持|答复|回应|回應)"
    r"|(?:[^。！？\n]{0,40})(?:答え|回答|応え|対応|手伝い|手伝う|提供|協力|生成|作成|支援"
    r"|サポート|お力|助け)[^。！？\n]{0,12}(?:できません|できかねます"
    r"|いたしかねます|しかねます|出来ません|なれません|かねます)"
    r"|(?:[^.!?\n]{0,40})(?:도와|도움|답변|응답|제공|수행|처리|생성|작성|대답|지원"
    r"|들어)[^.!?\n]{0,16}(?:수가? ?없|불가능|못합니다|못해|어렵습니다)"
)
_SKIP = r"[\s\"'“”‘’«»*_>()\[\]:：-]*"
_GAP = r"[\s,，、،.。!！:：;…-]*"
_LEAD = rf"(?:{_APOLOGY}{_GAP}(?:{_BUT}{_GAP})*|{_AS_AI}{_GAP}(?:{_BUT}{_GAP})?)"
_REFUSAL = compile_pattern(rf"^{_SKIP}(?:{_LEAD}){{0,4}}({_CORE})", ignore_case=True)
_FORMULA = compile_pattern(rf"^{_SKIP}(?:{_LEAD}){{1,4}}[\s.]*$", ignore_case=True)
_GATE = compile_pattern(
    r"can['’]?t|cannot|can not|unable|not able|not allowed|not permitted|not authori|not in a pos"
    r"|not prog|not willing|won['’]?t|will not|could(?:n['’]t| not)|declin|refus|comfortable"
    r"|nicht|kein|niet|geen|no (?:\pL+ )?(?:pued|pod|soy|es posible|estoy)|ne (?:peux|puis|suis"
    r"|saurais|serai)|n['’]est"
    r"|não|non (?:\pL+ )?(?:poss|sono|riesco|è|potr)|nem[oů]|nejsem|nedok|nesm|nelze|لا |لن "
    r"|لست|غير قادر|ليس ب"
    r"|无法|無法|不能|没办法|没有办法|拒绝|不便|不会|不會|ません|かねます|없|불가능|못|어렵",
    ignore_case=True,
)
_NOT_A_REFUSAL = compile_pattern(
    r"^[^.!?]{0,40}(?:help|answer)(?: but\b| \pL+ing\b| myself| it\b| for (?:him|her|them))"
    r"|^[^.!?]{0,60}\benough[.! ]",
    ignore_case=True,
)
_REASON = compile_pattern(
    r"(?:^|[^\pL])(?:because|since|as (?:i|it|this|the|my|there|that|we|they|\pL+ (?:vary"
    r"|differ|depend|change|are|is))|due|without|unless|until|however|instead"
    r"|given|if|limited|only|need|lack|insufficient|but|weil|da|ohne|jedoch|aber|wenn|sofern"
    r"|sondern|porque|ya que|sin|pero"
    r"|si|debido|parce|car|sans|mais|pois|sem|mas|perché|poiché|senza|ma|se|omdat|want|zonder"
    r"|maar|als|protože"
    r"|bez|ale|pokud|لأن|لأنه|بدون|دون|لكن|إذا|بسبب)(?:$|[^\pL])"
    r"|visual|audio|image|pictur|photo|video|graphic|drawing|chart|music|real[- ]time|physical"
    r"|\pL*bild|imagen|imágen"
    r"|imagem|immagin|afbeelding|obráz|صور|图片|圖片|图像|音频|视频|实时|画像|映像|音声|이미지"
    r"|영상|음성"
    r"|因为|因為|由于|由於|没有足够|如果|但是|但我|不过|所以|缺乏|ので|から|ため、|しかし|もし"
    r"|때문|없이|하지만|만약|므로",
    ignore_case=True,
)
_RULES = compile_pattern(
    r"(?:,? ?(?:as|because|since|for|and))? ?(?:it|this|that|doing so|which|your request"
    r"|the request|they)?"
    r" ?(?:goes against|would go against|go against|is against|violates?|would violate"
    r"|may violate|conflicts with|falls outside)"
    r" (?:of )?(?:my|our|the|openai['’]?s?|ethical|content|usage)[^.!?\n]{0,80}"
    r"|(?:it|this|that) (?:is|may be|might be|would be) (?:inappropriate|unethical|harmful"
    r"|offensive)[^.!?\n]{0,30}",
    ignore_case=True,
)
_CLOSING = compile_pattern(
    r"^[\s\"'*]*(?:(?:but |however,? )?(?:if (?:you"
    r"|there)[^.!?\n]{0,80},? )?(?:is there (?:anything|something) else|please (?:let me know"
    r"|feel free"
    r"|ask|try)|feel free|let me know|how (?:else )?(?:can|may) i|can i help|(?:i['’]?m|i am"
    r"|i['’]ll be) (?:here|happy|glad)"
    r"|thank you|thanks|have a)[^\n]{0,120}"
    r"|if you have any (?:other |more )?(?:questions?|requests?|concerns?)[^\n]{0,120}"
    r"|(?:gibt es (?:noch )?etwas|kann ich (?:ihnen|dir) (?:sonst|bei|anders)|(?:hay"
    r"|puedo) [^.!?¿\n]{0,30}(?:más|otra|ayudar)|¿[^?\n]{0,80}(?:más|otra|ayudar)[^?\n]{0,40}"
    r"|(?:puis-je|y a-t-il|n['’]hésitez)|(?:posso|há algo|tem mais) [^.!?\n]{0,40}(?:mais|ajud"
    r"|altro|aiut)|(?:kan ik|is er) [^.!?\n]{0,40}(?:anders|nog|helpen)"
    r"|(?:mohu|je) [^.!?\n]{0,40}(?:jinak|jiného|ještě|pomoci)|هل (?:هناك|يمكنني|أستطيع)"
    r"|如果(?:您|你)?(?:有|还有|需要)|请问还有|请(?:随时)?(?:告诉|提出)|还有(?:什么|其他)"
    r"|(?:他|ほか)に(?:何か|ご)|何か(?:他|ほか)|다른 (?:질문|도움|요청|것))[^\n]{0,120})",
    ignore_case=True,
)
_SENTENCE_BREAK = compile_pattern(r"[.!?؟。！？\n]+[\"'”’»*)]*(?:\s+|$)|[。！？]+")


def refusal_kind(text: str) -> RefusalKind:
    """Say whether `text` begins with a refusal, and whether it is nothing but that."""
    if _GATE.search(text[:_GATE_CHARS]) is None:
        return RefusalKind.NONE
    head = text[:_HEAD_CHARS]
    match = None if _is_quoted(text) else _REFUSAL.search(head)
    if match is None or _NOT_A_REFUSAL.search(head[match.start() :]) is not None:
        return RefusalKind.NONE
    if len(text) > _MAX_BARE_CHARS:
        return RefusalKind.REASONED
    return RefusalKind.BARE if _is_bare(text) else RefusalKind.REASONED


def _is_quoted(text: str) -> bool:
    """The text begins with a quotation that ends before the text does: someone else speaks."""
    stripped = text.strip()
    return stripped[0] in _QUOTES and stripped[-1] not in _QUOTES[stripped[0]]


def _is_bare(text: str) -> bool:
    plain = _RULES.sub(" ", text)
    return all(_says_nothing(sentence) for sentence in _sentences(plain))


def _sentences(text: str) -> list[str]:
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_BREAK.finditer(text):
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if any(map(str.isalpha, sentence))]


def _says_nothing(sentence: str) -> bool:
    """The sentence is the refusal without a reason, an apology, or a closing formula."""
    match = _REFUSAL.search(sentence)
    if match is None:
        return _FORMULA.search(sentence) is not None or _CLOSING.search(sentence) is not None
    rest = sentence[match.end() :]
    core = sentence[match.start(1) :]
    return _REASON.search(core) is None and len(rest) <= _MAX_REST_CHARS
