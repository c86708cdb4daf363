"""The words of a model that speaks of itself, in twelve languages: data of the identity verifier.

A product name that is also a name of people, animals or things (Claude, Gemini, Llama) is
ambiguous: alone it proves nothing. Latin names are matched at ASCII word boundaries, so that they
are found inside Japanese, Chinese and Korean text, which writes no spaces.
"""

PRODUCTS = (
    r"\bchat[ -]?gpt(?:[ -]?\d[\w.]*)?\b",
    r"\bgpt(?:[ -]?\d[\w.]*)?\b",
    r"\bdeep[ -]?seek(?:[ -](?:r1|v\d\w*|chat|coder))?\b",
    r"\bqwen[\w.-]*",
    r"\bqwq\b",
    r"\btongyi(?: qianwen)?\b",
    r"\bchatglm[\w-]*",
    r"\bglm-\d[\w.]*",
    r"\bhunyuan\b",
    r"\bdoubao\b",
    r"\bernie ?bot\b",
    r"\bmixtral\b",
    r"\bbing ?chat\b",
    r"\bhyperclova[ -]?x?\b",
    r"\bopen ?assistant\b",
    r"\bnemotron\b",
    r"\binternlm\w*",
    r"\bbaichuan\w*",
    r"\bpalm ?2\b",
    r"\blamda\b",
    r"\bmeta ai\b",
    r"\bmicrosoft copilot\b",
    r"\bgithub copilot\b",
    r"\bgoogle (?:bard|gemini|assistant)\b",
    r"\bcommand[ -]r(?:\+|\b)",
    "通义千问|通义|千问|文心一言|智谱清言|讯飞星火|腾讯混元|豆包|チャットGPT|챗GPT|챗지피티",
    "(?:شات|تشات) ?جي ?بي ?تي",
)
AMBIGUOUS_PRODUCTS = (
    r"\bclaude(?:[ -](?:\d[\w.]*|instant|sonnet|opus|haiku)(?: (?:sonnet|opus|haiku"
    r"|\d[\d.]*))?)?\b",
    r"\bgemini(?: (?:pro|ultra|nano|flash|\d[\d.]*))?\b",
    r"\bllama(?:[ -]?\d[\w.]*)?\b",
    r"\bmistral(?:[ -](?:large|small|medium|7b))?\b",
    r"\b(?:bard|grok|copilot|kimi|ernie|falcon|granite|vicuna|alpaca|alexa|siri|cortana)\b",
    r"\b(?:perplexity|gemma|jamba|phi-\d\S*|olmo|bloom)\b",
    "クロード|ジェミニ|클로드|제미나이|克劳德|双子座模型|كلود|جيميني",
)
ORGANISATIONS = (
    r"\bopen ?ai\b",
    r"\banthropic\b",
    r"\bgoogle(?: deepmind| ai| research)?\b",
    r"\bdeepmind\b",
    r"\bmeta(?: ai| platforms)?\b",
    r"\bfacebook\b",
    r"\bmicrosoft\b",
    r"\bmistral ai\b",
    r"\balibaba(?: cloud| group)?\b",
    r"\bdeep[ -]?seek\b",
    r"\bcohere\b",
    r"\bxai\b",
    r"\bmoonshot(?: ai)?\b",
    r"\bbaidu\b",
    r"\bzhipu(?: ?ai)?\b",
    r"\btencent\b",
    r"\bbytedance\b",
    r"\biflytek\b",
    r"\bhuawei\b",
    r"\bnaver\b",
    r"\bkakao\b",
    r"\blg ai research\b",
    r"\bsamsung\b",
    r"\bnvidia\b",
    r"\bibm\b",
    r"\bamazon\b",
    r"\bapple\b",
    r"\bhugging ?face\b",
    r"\bdatabricks\b",
    r"\bstability ai\b",
    r"\bai21(?: labs)?\b",
    r"\bai2\b|\ballen institute for ai\b",
    r"\binflection ai\b",
    r"\blaion\b",
    r"\blmsys\b",
    r"\byandex\b",
    r"\btechnology innovation institute\b",
    r"\bupstage\b",
    r"\baleph alpha\b",
    r"\bsensetime\b",
    "阿里巴巴|阿里云|达摩院|深度求索|月之暗面|百度|智谱|腾讯|字节跳动|科大讯飞|华为|零一万物|商汤|谷歌|微软",
    "グーグル|オープンAI|マイクロソフト|오픈AI|구글|네이버|카카오|마이크로소프트|앤트로픽",
    "أوبن ?(?:إيه|ايه|أي|اي) ?(?:آي|اي)|جوجل|غوغل|قوقل|أنثروبيك|مايكروسوفت",
)

# A word for what a model is. The strict list proves that a machine speaks; the wide one also holds
# words that people use of themselves (assistant, model), good enough beside a maker's name.
MACHINE = (
    r"(?-i:\bA\.?I\.?\b|\bKI\b|\bIA\b|\bLLM\b)|artificial intelligence|k[uü]nstliche Intelligenz"
    r"|inteligencia artificial|intelligence artificielle|intelig[eê]ncia artificial"
    r"|intelligenza artificiale|kunstmatige intelligentie|um[eě]l\S{1,3} inteligenc"
    r"|language model|sprachmodell|modelo de (?:lenguaje|linguagem|idioma)"
    r"|mod[eè]le (?:de langage|linguistique)|modello (?:linguistico|di linguaggio)|taalmodel"
    r"|jazykov\S{1,3} model|chat ?bot|virtual assistant|virtueller assistent|asistente virtual"
    r"|assistant virtuel|assistente virtual|virtuele assistent|virtu[aá]ln\S{1,2} asistent"
    r"|نموذج لغ|الذكاء الاصطناعي|ذكاء اصطناعي|روبوت (?:محادثة|دردشة)|مساعد افتراضي"
    "|言語モデル|人工知能|チャットボット|语言模型|人工智能|聊天机器人|대화형|언어 ?모델"
    "|인공지능|챗봇"
)
MACHINE_WIDE = (
    MACHINE
    + r"|\bassistant|\bassistent|\basistent|\bassistente|\bchat|\bbot\b|model|modell|mod[eè]le"
    r"|\bprogram|\bsyst[eè]m|\bsistema|\bsoftware|نموذج|مساعد|برنامج|モデル|アシスタント|プログラム"
    "|模型|助手|程序|机器人|모델|비서|프로그램|도우미|어시스턴트"
)
# Words that show a person speaking of a product rather than the product speaking of itself.
OUTSIDER = (
    r"(?i)\b(?:using|uses?|used|fan|users?|developers?|engineers?|students?|researchers?|teachers?"
    r"|aware|familiar|about|love|hear(?:d|ing)?|not|never|than|like|similar"
    r"|nutze|benutze|verwende|student|studentin|entwickler\w*|ingenieur\w*|nicht|kein\w*"
    r"|usando|uso|utilizo|usuari[oa]|estudiante|ingenier[oa]|programador\w*|no|n[aã]o"
    r"|utilise|utilisateur|utilisatrice|[eé]tudiant\w*|d[eé]veloppeu\w+|pas"
    r"|estudante|engenheir[oa]|studente\w*|studentessa|sviluppatore|ingegnere|non|utente"
    r"|gebruik\w*|ontwikkelaar|niet|geen|pou[zž][ií]v[aá]m|u[zž]ivatel\w*|v[yý]voj[aá][rř]\w*|nejsem"
    r"|sure|certain|glad|happy|proud|told|sicher|dass|[uü]berzeugt|froh|segur[oa]|s[uû]re?|sicur[oa]"
    r"|zeker|blij|jist\S|r[aá]da?|[zž]e"
    r")\b|أستخدم|استخدم|طالب|مهندس|لست|ليس|使う|使って|使用|学生|ではな|개발자|학생|사용|用|不是|工程师"
)

# Any first person at all: tested before the patterns below, which cost more.
SELF = (
    r"\b(?:I|my|me|as|talking|speaking|chatting|call|ich|bin|mein|mich|als|soy|estoy|fui|he|mi|como|je|mon"
    r"|moi|en|sou|meu|sono|come|in|ik|ben|mijn|mij|jsem|jmenuj[iu]|m[eě]|moje|m[eé]|jako)\b|\b[jm]['’]"
    r"|أنا|انا|إنن|اسمي|إسمي|بصفتي|كوني|كـ|ني|ري|بي|ئي|مي|تي|私|わたし|僕|ぼく|俺|当AI|このAI|我|作为|身为|저|나는|전|제|내"
)
# After the maker: a user's verb, which makes a product the object and not the speaker.
USED_BY_SPEAKER = (
    r"を(?:使|利用|活用|用い|学|研究)|が好き|[를을] ?(?:사용|이용|활용|좋아|쓰|쓴|써|연구|공부)"
)
# First person before a name: "I am", "my name is", ... `gap` is what stands between.
FIRST_PERSON_NAME = (
    r"\bI ?(?:am|['’]?m)\b|\bmy name(?: is|['’]s)|\bcall me|\bI go by|\b(?:talking|speaking"
    r"|chatting) (?:to|with)"
    r"|\bich (?:bin|hei[sß]+e)\b|\bbin ich\b|\bmein name ist\b"
    r"|\bsoy\b|\bestoy\b|\bme llamo\b|\bmi nombre es\b"
    r"|\bje suis\b|\bje m['’]appelle\b|\bmon nom est\b|\bmoi,"
    r"|\bsou\b(?: [oa]\b)?|\b(?:me chamo|chamo-me)\b|\bmeu nome [eé]"
    r"|\bsono\b|\bmi chiamo\b|\bil mio nome [eè]"
    r"|\bik (?:ben|heet)\b|\bben ik\b|\bmijn naam is\b"
    r"|\bjsem\b|\bjmenuj[iu] se\b|\bm(?:[eé]|oje) jm[eé]no je\b"
    r"|(?:أنا|انا|إنني|اسمي|إسمي)(?: هو)?"
    "|(?:私|わたし|僕|ぼく|俺)(?:は|の名前は|、)|我(?:是|叫|的名字(?:是|叫))|(?:저는|나는|전"
    "|제 이름은|내 이름은)"
)
CALLED = (
    r"(?:called|named|known as|namens|genannt|mit dem namen|llamad[oa]|nomm[eé]e?|appel[eé]e?"
    r"|chamad[oa]|chiamat[oa]|di nome|genaamd|jm[eé]nem|zvan\S{1,2}|(?:ي|ت)?دعى|اسمه|اسمي|يسمى"
    r"|المسمى"
    r"|という名前の|名为|名叫|叫做|叫|이름은|[,:(–—-])"
)
# The "as X, I ..." opening of a sentence; the first person must follow.
AS_OPENING = (
    r"^\W*(?:[\pL']+,? ){0,2}?(?:as|als|como|en tant que?|comme|come|in quanto|in qualit[aà] di"
    r"|jako"
    r"|بصفتي|كـ|作为|身为)\s*(?:an? |une? |ein(?:e)? |een |un[ao]? |la |le |el |o |a )?"
)
FIRST_PERSON_AFTER = (
    r"\bI\b|\bI['’]|\bmy\b|\bich\b|\bmein|\bpuedo\b|\btengo\b|\bsoy\b|\bestoy\b|\bmis?\b|\bme\b|\byo\b"
    r"|\bj['’]|\bje\b|\bmon\b|\bposso\b|\btenho\b|\bsou\b|\bmeu\b|\bminha\b|\beu\b|\bsono\b|\bho\b"
    r"|\bmi[oa]\b|\bio\b|\bik\b|\bmijn\b|\bjsem\b|\bnem[aá]m\b|\bm[aá]m\b|\bmohu\b|\bnemohu\b|\bm[uů]j\b"
    "|我|本|يمكنني|لا أ|ليس لد|لدي"
)

# Makers. `{gap}` is what stands between the first person and the participle.
_GAP = r"(?P<gap>[^.!?\n]{0,110}?)"
_TEAM = (
    r"(?:\s+(?:the|la|el|das|die|de|het|il|lo|l['’]|der|dem|a|o|d['’]))?"
    r"(?:\s*(?:team|researchers|people|engineers|experts|scientists|developers|company|firm|startup"
    r"|organi[sz]ation|equipo|empresa|compa[nñ][ií]a|[eé]quipe|entreprise|soci[eé]t[eé]|equipe|firma"
    r"|unternehmen|societ[aà]|azienda|bedrijf|spole[cč]nost[ií]|firmou|t[yý]mem|شركة|فريق))?"
    r"(?:\s*(?:at|from|of|called|von|de|d['’]|da|do|di|van|bij))?(?:\s+the)?\s*[\"'*_(]*$"
)
MADE_BY_BEFORE = (
    r"\b(?:I(?:['’]m| am| was| have been|['’]ve been)|as)\b"
    + _GAP
    + r"\b(?:trained|developed|created"
    r"|made|built|designed|programmed|engineered|launched|produced|released|trained and \w+"
    r"|\w+ and (?:trained|developed|maintained|designed))(?:,? \w+ly)? (?:by|at|from)" + _TEAM,
    r"\bmy (?:creators?|developers?|makers?|parent company|trainers?)\b(?P<gap>)[^.!?\n]{0,12}"
    r"\b(?:is|are|at|from|was|were)" + _TEAM,
    r"\b(?:soy|fui|he sido|como|estoy)\b"
    + _GAP
    + r"\b(?:desarrollad|cread|entrenad|dise[nñ]ad|hech"
    r"|programad|construid)[oa]s?(?: y \w+)? por" + _TEAM,
    r"(?:\bje suis\b|\bj['’]ai [eé]t[eé]\b|\ben tant qu)"
    + _GAP
    + r"\b(?:d[eé]velopp[eé]|cr[eé][eé]"
    r"|entra[iî]n[eé]|con[cç]u|form[eé]|fabriqu[eé]|programm[eé])e?s?(?: et \w+)? par" + _TEAM,
    r"\b(?:sou|fui|como)\b" + _GAP + r"\b(?:desenvolvid|criad|treinad|projetad|feit|constru[ií]d"
    r"|programad)[oa]s?(?: e \w+)? (?:pela|pelo|por)" + _TEAM,
    r"\b(?:sono|in quanto|come)\b" + _GAP + r"\b(?:sviluppat|creat|addestrat|progettat|realizzat"
    r"|costruit|programmat)[oa](?: e \w+)? (?:da|dal|dalla|dai)" + _TEAM,
    r"\b(?:ik ben|ben ik|ik werd|ik word|als)\b" + _GAP + r"\b(?:ontwikkeld|getraind|gemaakt"
    r"|gecre[eë]erd|gebouwd|ontworpen)(?: en \w+)? door" + _TEAM,
    r"\b(?:jsem|jako)\b" + _GAP + r"(?:vytvo[rř]en|vyvinut|tr[eé]novan|natr[eé]nov[aá]n|navr[zž]en"
    r"|vyv[ií]jen|naprogramov[aá]n)[\pL]*" + _TEAM,
    r"\b(?:vytvo[rř]il|vyvinul|natr[eé]noval)[\pL]* m[eě](?P<gap>)(?: spole[cč]nost| firma"
    r"| t[yý]m)?\s*$",
    r"(?:أنا|انا|بصفتي|كوني|إنني)(?P<gap>[^.!؟\n]{0,80}?)(?:طو|تطوير|إنشا|تدريب|مدرب|صمم|تصميم|أنشأ|صنع|درب)\S*"
    r"(?: \S{1,8}){0,3}\s*$",
    r"(?:تطويري|تدريبي|إنشائي|تصميمي|برمجتي)(?P<gap>)(?: \S{1,8}){0,4}\s*$",
    r"(?:طورتني|دربتني|أنشأتني|صممتني|طورني|صنعتني)(?P<gap>)(?: شركة)?\s*$",
    r"我的(?P<gap>)(?:开发者|创造者|开发商|制造商|研发团队|开发团队|母公司)(?:是|为|来自)\s*$",
    r"我(?P<gap>)来自\s*$",
    r"(?:내|제|저의) (?P<gap>)(?:개발사|제작사|개발자)(?:는|은)\s*$",
    r"(?:私|わたし)の(?P<gap>)(?:開発元|開発者|開発会社)は\s*$",
)
# The participle after the maker: German, Dutch, Japanese, Chinese, Korean.
MADE_BY_AROUND = (
    (
        r"\b(?:ich (?:bin|wurde)|(?:bin|wurde) ich|als)\b" + _GAP + r"\bvon" + _TEAM,
        r"^[^.!?\n]{0,40}?(?:entwickel|trainier|erstell|geschaffen|programmier|gebaut|erschaffen)",
    ),
    (
        r"\b(?:ik ben|ben ik|ik werd|als)\b" + _GAP + r"\bdoor" + _TEAM,
        r"^[^.!?\n]{0,40}?(?:ontwikkeld|getraind|gemaakt|gecre[eë]erd|gebouwd|ontworpen)",
    ),
    (
        r"(?:私|わたし|僕|当AI|このAI)(?:は|、)(?P<gap>[^。！？\n]{0,30}?)\s*$",
        r"^(?:社|のチーム)?(?:が|によって|により|で|から)[^。！？\n]{0,10}?"
        r"(?:開発|作ら|作成|訓練|トレーニング|学習|設計|生み出|構築)",
    ),
    (
        r"(?:我(?:是|叫|为)?|作为)(?P<gap>[^。！？\n]{0,24}?)(?:由|被|来自)?\s*$",
        r"^(?:公司|团队|的?研究(?:人员|团队)|推出的)?(?:所|独立|自主|倾力|精心|最新)*"
        r"(?:开发|研发|训练|创建|创造|打造|推出|设计|制造|构建|提供|发布)",
    ),
    (
        r"(?:저는|나는|전|제가)(?P<gap>[^.!?\n]{0,30}?)\s*$",
        r"^(?:사)?(?:에서|가|이|에 의해|의|사에서|사가)\s?[^.!?\n]{0,10}?"
        r"(?:개발|만들|만든|훈련|학습|제작|설계|창조|구축)",
    ),
)
# The maker as the subject: "OpenAI trained me".
MADE_ME_AFTER = (
    r"^(?:['’]s (?:team|engineers|researchers))?,?(?: (?:who|which|that))?(?: has| have)?"
    r" (?:trained|created|developed|built|made|designed|programmed) me\b"
    r"|^ me (?:ha )?(?:cre|desarroll|entren|dise[nñ]|desenvolv|trein)"
    r"|^ m['’]a (?:cr[eé][eé]|d[eé]velopp|entra[iî]n|con[cç]u)|^ mi ha (?:cre|svilupp|addestr)"
    r"|^ hat mich (?:entwickel|trainier|erschaff|geschaff)|^ heeft mij? (?:ontwikkel|getrain"
    r"|gemaak)"
    r"|^ m[eě] (?:vytvo[rř]il|vyvinul|natr[eé]noval)"
    "|^(?:社)?(?:が|は)(?:私|わたし)を|^(?:公司)?(?:开发|训练|创造|创建|制造|研发|设计)了我"
    "|^(?:이|가|은|는|에서) (?:저를|나를) |^ (?:طورتني|دربتني|أنشأتني|طورني|صممتني)"
)

# A machine that names no maker: "As an AI language model, ...".
GENERIC = (
    r"\b(?:as|I am|I['’]m)(?: just| only| merely| simply)? an? (?:[\w-]+ ){0,2}?(?:AI\b|artificial"
    r" intelligence|language model|LLM\b|chat ?bot)"
    r"|\b(?:als|ich bin)(?: nur)? (?:eine?\s)?(?:[\pL-]+ )?(?:KI\b|KI-|k[uü]nstliche Intelligenz"
    r"|sprachmodell|chatbot)"
    r"|\b(?:como|soy|sou)(?: s[oó]lo| apenas)? (?:una? |uma? )?(?:asistente |assistente |modelo )?"
    r"(?:de )?(?:(?-i:IA)\b|inteligencia artificial|intelig[eê]ncia artificial|lenguaje"
    r"|linguagem|chatbot)"
    r"|\b(?:en tant qu['’e]|je suis)\s?(?:une? )?(?:simple )?(?:assistant |mod[eè]le )?(?:de "
    r"|d['’])?"
    r"(?:IA\b|intelligence artificielle|langage|chatbot)"
    r"|\b(?:in quanto|come|sono)(?: solo)? (?:un['’]?a? ?)?(?:assistente "
    r"|modello )?(?:di )?(?:IA\b|AI\b"
    r"|intelligenza artificiale|linguistico|linguaggio|chatbot)"
    r"|\b(?:als|ik ben)(?: slechts| maar)? (?:een )?(?:AI\b|AI-|kunstmatige intelligentie|taalmodel"
    r"|chatbot)"
    r"|\b(?:jako|jsem)(?: jen| pouze)? (?:AI\b|um[eě]l[aá] inteligence|jazykov[yý] model|chatbot)"
    r"|(?:بصفتي|كوني|أنا|انا)(?: مجرد)? (?:نموذج|مساعد|روبوت|ذكاء)\S*(?: \S+)? ?\S*(?:ذكاء|لغ"
    r"|الذكاء|اصطناع)"
    r"|(?:AI|人工知能|言語モデル|AIアシスタント|AI言語モデル)(?:である私|として|なので|ですので|ですから)"
    r"|(?:私|わたし)は[^。\n]{0,8}(?:AI|人工知能|言語モデル)[^。\n]{0,10}(?:です|であり|なので)"
    r"|(?:作为|身为|我(?:只|仅仅?)?是|我(?:只|仅仅?)?是)(?:一)?(?:个|名|款|种|位)?[^。，\n]{0,6}?"
    r"(?:AI|人工智能|语言模型|智能助手|聊天机器人)"
    r"|(?:저는|나는)[^.\n]{0,10}(?:AI|인공지능|언어 ?모델|챗봇)|(?:AI|인공지능"
    r"|언어 ?모델)(?:로서|으로서)"
)

# What is tested first on every answer for the generic statement above.
MACHINE_HINT = (
    r"\b(?:AI|KI|IA|LLM|chat ?bot)\b|language model|artificial intel|sprachmodell|taalmodel"
    r"|k[uü]nstliche intel|inteligencia art|intelligence art|intelig[eê]ncia art|intelligenza art"
    r"|kunstmatige|um[eě]l[aá] intel|jazykov|modelo de l|mod[eè]le de l|modello ling|اصطناع|لغوي"
    "|人工知能|言語モデル|人工智能|语言模型|智能助手|聊天机器人|인공지능|언어 ?모델|챗봇"
)
# A question about who the model is; lets an ambiguous name alone count as a claim.
WHO_ARE_YOU = (
    r"\bwho (?:are|r) (?:you|u)\b|\bwhat(?:['’]s| is) your name\b|\bare you (?:an? )?(?:ai|bot"
    r"|human"
    r"|chatgpt|claude|gemini|bard|gpt|llama)|\b(?:what|which) (?:ai )?(?:language )?model are you"
    r"|\bwho (?:made|created|built|developed|trained) you\b|\bintroduce yourself\b|\bwhat are you\b"
    r"|\bwer bist du\b|\bwer sind sie\b|\bwie hei[sß]+t du\b|\bqui[eé]n eres\b|c[oó]mo te llamas"
    r"|\bqui es[- ]tu\b|\bqui [eê]tes[- ]vous\b|comment t['’]appelles|\bquem [eé] voc[eê]\b"
    r"|qual [eé] o"
    r" seu nome|\bchi sei\b|come ti chiami|\bwie ben (?:je|jij)\b|hoe heet je|\bkdo jsi\b"
    r"|jak se jmenuje"
    "|من أنت|من انت|ما اسمك|あなたは誰|お名前|名前は何|你是谁|你叫什么|您是谁|自我介绍"
    "|누구(?:세요|야|입니까|신가요)|이름이 뭐"
)
# The prompt asks for a part to be played or a text to be written: the "I" is not the model's.
ROLE_PLAY = (
    r"\bpretend|\bact(?:ing)? (?:as|like)|\brole[- ]?play|\bplay(?:ing)? the (?:role|part)"
    r"|\bimagine (?:you"
    r"|that you|being)|\bsimulate\b|\bimpersonat|\b(?:voice|style|persona|character|perspective"
    r"|point of view"
    r"|shoes) of\b|\btranslate\b|\brewrite\b|\bparaphrase\b|\b(?:write|compose|draft|create"
    r"|generate)\b"
    r"[^.!?\n]{0,60}\b(?:story|dialog(?:ue)?|poem|song|script|novel|letter|speech|monolog(?:ue)?"
    r"|conversation|introduction|bio|email|tweet|post)\b"
    r"|\bstell dir vor\b|\btu so als\b|\bspiel(?:e|st)? die rolle\b|\b[uü]bersetze"
    r"|\bact[uú]a como\b|\bfinge\b|\bimag[ií]nate\b|\btraduce\b|\bhaz de\b|\bagis comme\b"
    r"|\bfais semblant\b"
    r"|\bjoue le r[oô]le\b|\bimagine que tu\b|\btradui[st]\b|\baja como\b|\bfinja\b"
    r"|\bimagine que voc[eê]\b"
    r"|\btraduza\b|\bfai finta\b|\bcomportati come\b|\bimmagina di\b|\btraduci\b|\bdoe alsof\b"
    r"|\bstel je voor\b"
    r"|\bgedraag je\b|\bvertaal\b|\bp[rř]edst[ií]rej\b|\bhraj roli\b|\bp[rř]edstav si\b"
    r"|\bp[rř]elo[zž]"
    "|تظاهر|تخيل|تصرف ك|العب دور|ترجم|ふりをし|演じて|なりきって|なったつもり|翻訳|扮演|假装"
    "|假设你|想象你|翻译"
    "|인 척|역할을|라고 상상|번역"
)
YOU_ARE = (
    r"\byou(?:['’]re| are)\b|\byour name is\b|\bdu bist\b|\beres\b|\btu es\b|\bvous [eê]tes\b"
    r"|\bvoc[eê] [eé]"
    r"|\b(?:tu )?sei\b|\bje bent\b|\bjsi\b|أنت|انت|あなたは|你是|당신은|너는|넌"
)
