"""The words that name a cited document, in the source's twelve languages.

Invariant: nouns are lower case alternatives of one pattern; `PLURALS` need two numbers behind them,
because a verb ("documents 12 cases") looks like them.
"""

NOUNS = (
    "documents?|docs?|passages?|sources?|excerpts?"  # English, French
    "|dokumenten?|dokumente?s?|quellen?|passagen|textabschnitte?"  # German
    "|documentos?|fuentes?|pasajes?|fontes?|trechos?|passagens?"  # Spanish, Portuguese
    "|document[oi]|font[ei]|passagg(?:io|i)|bran[oi]"  # Italian
    "|documenten|bron(?:nen)?"  # Dutch
    "|dokument(?:u|y|em|ech)?|zdroj(?:e|i|em|ů)?|pasáž(?:e|i)?"  # Czech
    "|(?:ال|لل|بال|وال)?(?:مستند|وثيقة|مصدر|مقطع)"  # Arabic
)
NOUNS_WITHOUT_SPACES = (
    "文書|ドキュメント|資料|出典"  # Japanese
    "|문서|자료|출처|문헌"  # Korean
    "|文档|文檔|资料|来源|文献|段落"  # Chinese
)
_PLURALS = (
    "documents docs passages sources excerpts dokumente dokumenten quellen passagen "
    "textabschnitte documentos fuentes pasajes fontes trechos passagens documenti fonti passaggi "
    "brani documenten bronnen dokumenty zdroje zdrojů dokumentech pasáže"
)
_CUES = (
    # English
    "to in from per see by of and on under also cf both with as "
    # German
    "laut im aus nach siehe gemäß und dem zu zufolge vgl das die "
    # Spanish, Portuguese, Italian
    "según en de del el véase ver y al segundo no em do o e com conforme ao na da a "
    "secondo nel nella dal dalla della il la vedi "
    # French
    "selon dans le du d'après après voir et au l'extrait "
    # Dutch
    "volgens uit zie van het "
    # Czech
    "podle v ve z ze viz dle "
    # Arabic
    "في من وفقا وفقًا وفقاً حسب بحسب انظر إلى على و"
)
# Names that carry an index rather than a citation.
_INDEXED = "arr array list args argv data items vec vector row col index matrix nums"
INDEXED = frozenset(_INDEXED.split())
PLURALS = frozenset(_PLURALS.split())
CUES = frozenset(_CUES.split())
