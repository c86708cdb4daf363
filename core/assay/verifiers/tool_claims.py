r"""Finds words in which an assistant says that it used a tool: "I searched", "ich habe gebucht".

The idea: first person and a completed act that needs a tool (search, look up, query, call, book,
send), in the twelve languages; not acts that a model does by itself (write, calculate, think).
The guards that a linear engine lacks (negation, "once I have searched") stand in code.

Invariant: at most one claim per turn, quoted verbatim.
"""

from itertools import islice

from assay.domain.action import Place
from assay.verifiers.patterns import Match, compile_pattern
from assay.verifiers.view import View

_W = r"[\pL\pN'’_`-]+\s+"  # one word
_DONE_DE = (
    "gesucht|nachgeschlagen|nachgesehen|nachgeschaut|abgefragt|abgerufen|recherchiert|aufgerufen"
    "|durchsucht|gebucht|reserviert|storniert|bestellt|gesendet|geschickt|verschickt"
)
_DONE_NL = (
    "gezocht|opgezocht|nagekeken|nagezocht|geraadpleegd|opgevraagd|opgehaald|doorzocht|geboekt"
    "|gereserveerd|aangeroepen|verstuurd|verzonden|gestuurd|geannuleerd|besteld"
)
_DONE_CS = "vyhledal|prohledal|dohledal|zarezervoval|rezervoval|objednal|odeslal|zrušil|zavolal"
_EN_ADVERBS = r"(?:\s+(?:just|already|also|now|quickly|successfully|gone\s+ahead\s+and))*"
_EN_TOOLS = "tool|function|api|endpoint|search\\s+engine|calculator|database"
_EN_RECORDS = (
    "system|database|website|records?|calendar|weather|account|inventory|availability|flights?"
    "|inbox|forecast"
)

_SPACED = (
    # English
    rf"(?:i|we)(?:['’]ve|\s+have)?{_EN_ADVERBS}\s+(?:searched|looked\s+(?:{_W}){{0,4}}up|queried"
    r"|fetched|retrieved|pulled\s+up|browsed"
    rf"|(?:called|used|ran|run|invoked|executed)\s+(?:the|your|our|an?)\s+(?:{_W}){{0,3}}"
    rf"(?:{_EN_TOOLS})"
    rf"|checked\s+(?:the|your|our|my)\s+(?:{_W}){{0,2}}(?:{_EN_RECORDS})"
    r"|(?:booked|reserved|scheduled|ordered|cancell?ed|purchased|rescheduled)"
    r"\s+(?:the|your|this|that|an?|you|it|them|all)"
    rf"|sent\s+(?:the|your|an?|out|you|him|her|them)\s+(?:{_W}){{0,2}}"
    r"(?:e-?mail|message|invitation|invite|reminder|notification|text|request))",
    r"(?:based\s+on|according\s+to)\s+(?:my|the)\s+(?:[\pL]+\s+)?(?:search|lookup|query)",
    r"my\s+(?:[\pL]+\s+)?(?:search|lookup|query)\s+(?:returned|found|shows?|turned|yielded)",
    # German, Dutch
    rf"(?:ich|wir)\s+haben?\s[^.!?\n]{{0,80}}?(?:{_DONE_DE})",
    rf"haben?\s+(?:ich|wir)\s[^.!?\n]{{0,80}}?(?:{_DONE_DE})",
    r"(?:laut|nach|gemäß)\s+meiner\s+(?:[\pL]+\s+)?(?:suche|abfrage|recherche)",
    r"meine\s+(?:suche|abfrage|recherche)\s+(?:ergab|hat|zeigt|lieferte)",
    rf"(?:ik\s+heb|heb\s+ik|wij?\s+hebben|hebben\s+wij?)\s[^.!?\n]{{0,80}}?(?:{_DONE_NL})",
    r"(?:volgens\s+)?mijn\s+zoekopdracht(?:\s+(?:leverde|gaf|toont))?",
    # Spanish, Portuguese, Italian, French
    r"(?:he|hemos)\s+(?:[\pL]+\s+)?(?:buscado|consultado|reservado|enviado|cancelado|ejecutado"
    r"|agendado|llamado\s+a\s+la\s+(?:función|api|herramienta)"
    r"|(?:usado|utilizado)\s+la\s+(?:función|api|herramienta)"
    r"|realizado\s+una\s+(?:búsqueda|consulta|reserva))",
    r"(?:busqué|reservé|consulté\s+(?:el|los|las|tus?|sus?)|según\s+mi\s+búsqueda)",
    r"(?:pesquisei|busquei|consultei|procurei|reservei|agendei|cancelei)",
    r"(?:fiz|realizei)\s+uma\s+(?:pesquisa|busca|consulta|reserva)",
    r"(?:chamei|usei|utilizei)\s+a\s+(?:função|api|ferramenta)|enviei\s+(?:o|a|um|uma)",
    r"(?:de\s+acordo\s+com\s+a|segundo\s+a)\s+minha\s+(?:pesquisa|busca)",
    r"(?:ho|abbiamo)\s+(?:[\pL]+\s+)?(?:cercato|consultato|ricercato|prenotato|interrogato|inviato"
    r"|annullato|(?:chiamato|usato|utilizzato)\s+(?:la\s+funzione|l['’]api|lo\s+strumento)"
    r"|(?:effettuato|fatto|eseguito)\s+una\s+(?:ricerca|prenotazione|query))",
    r"secondo\s+la\s+mia\s+ricerca|la\s+mia\s+ricerca\s+(?:ha|mostra)",
    r"(?:j['’]ai|nous\s+avons)\s+(?:[\pL]+\s+)?(?:cherché|recherché|consulté|réservé|interrogé"
    r"|envoyé|annulé|commandé"
    r"|(?:appelé|utilisé)\s+(?:la\s+fonction|l['’]api|l['’]outil)"
    r"|(?:effectué|fait|lancé)\s+une\s+(?:recherche|réservation|requête))e?s?",
    r"(?:d['’]après|selon)\s+ma\s+recherche|ma\s+recherche\s+(?:indique|montre)",
    # Czech
    rf"(?:{_DONE_CS})a?\s+jsem|jsem\s+(?:[\pL]+\s+){{0,4}}?(?:{_DONE_CS})a?",
    r"podle\s+mého\s+(?:vyhledávání|hledání)",
    # Arabic
    r"(?:بحثت|استعلمت|استدعيت|حجزت|أرسلت)",
    r"قمت\s+ب(?:البحث|حجز|إرسال|استدعاء|الاستعلام|إلغاء)|وفقا?ً?ا?\s+ل(?:نتائج\s+)?بحثي",
)
_UNSPACED = (
    # Japanese
    r"(?:検索|予約|照会|呼び出し)を?(?:いた)?し(?:ました|てみました|たところ|た結果)",
    r"調べ(?:ました|てみました|たところ)|検索結果によると",
    r"(?:システム|データベース|カレンダー|在庫)[でを]確認(?:いた)?しました",
    # Korean
    r"(?:검색|조회|예약|호출)[을를]?\s*(?:해\s*)?(?:했습니다|했어요|하였습니다|보았습니다|봤습니다"
    r"|봤어요|드렸습니다|한\s*결과|보니)",
    r"찾아\s*(?:보았습니다|봤습니다|봤어요)|검색\s*결과에\s*따르면",
    # Chinese
    r"我们?(?:已经|已|刚刚|刚才|刚|[为帮替给][您你]|在[^,，。\n]{1,12}){0,3}"
    r"(?:搜索|查询|检索|查找|查阅|调用|预订|预定|查|搜)[了过到]",
    r"(?:根据|按照)我?的?(?:搜索|查询|检索)结果",
)
_CLAIM = compile_pattern(
    rf"(?:^|[^\pL\pN])(?:{'|'.join(_SPACED)})(?:$|[^\pL\pN])|{'|'.join(_UNSPACED)}",
    ignore_case=True,
)
_GUARD = compile_pattern(  # a negation inside the claim
    r"(?:^|[^\pL])(?:not|never|nicht|kein\pL*|nichts|nie|niets?|geen|nooit|no|nunca|não|non|mai|pas|jamais"
    r"|ne|without|ohne|لم|ما|لن)(?:$|[^\pL])|n['’]t\b|没|未能|无法",
    ignore_case=True,
)
_BEFORE = compile_pattern(  # a condition or a denial right before the claim
    r"(?:^|[^\pL])(?:if|once|after|when|until|unless|before|had|should|could|would|not|wenn|sobald"
    r"|nachdem|falls|als|zodra|nadat|wanneer|si|cuando|após|quando|quand|après|una\s+vez|no|não"
    r"|non|ne|nunca|když|až|لم|ما|إذا|如果|假如|没有)[\s,]*$",
    ignore_case=True,
)
_GUARD_WINDOW = 24
MAX_MATCHES = 100  # guarded claims passed over per turn


def find_claim(view: View, index: int) -> Place | None:
    """The first claim of a used tool in message `index`, outside code."""
    text = view.prose(index)
    for match in islice(_CLAIM.finditer(text), MAX_MATCHES):
        if not _is_guarded(text, match):
            quote = match.group()
            start = match.start() + len(quote) - len(quote.lstrip(" \t\n.,;:!?(*\"'"))
            return Place(index, start, view.text(index)[start : match.end()].rstrip())
    return None


def _is_guarded(text: str, match: Match) -> bool:
    if _GUARD.search(match.group()) is not None:
        return True
    start = match.start()
    before = text[max(0, start - _GUARD_WINDOW) : start + 1]
    return _BEFORE.search(before) is not None
