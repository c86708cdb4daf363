"""French and Italian."""

from assay_judge.hostile.wording.entry import Wording

_FR_GRADER = (
    r"(?:évaluat(?:eur|rice)|correct(?:eur|rice)|juge|notateur|(?:modèle|système) (?:évaluateur"
    r"|d'évaluation|de notation))s?"
)
_FR_TEXT = r"(?:réponse|sortie|solution|copie)"
_IT_GRADER = (
    r"(?:valutat(?:ore|ori|rice)|giudic[ei]|corrett?ore|(?:modello|sistema) (?:valutatore"
    r"|di valutazione))"
)
_IT_TEXT = r"(?:risposta|soluzione|consegna)"

FRENCH = Wording(
    language="fr",
    top=(
        r"\b(?:note|score|évaluation) (?:la plus (?:élevée|haute)|maximale?s?|parfaite?"
        r"|le plus (?:élevé|haut))",
        r"\b(?:meilleure|plus haute|plus élevée) (?:note|évaluation)(?: possible)?",
        r"\b(?:score maximum|score maximal|maximum de points|tous les points)",
        r"\b(?:5|10|20|cinq|dix) ?(?:sur|/) ?(?:5|10|20|cinq|dix)\b",
        r"\b(?:5|cinq) (?:points|étoiles)\b",
        r"\b(?:note|score)\s*(?:de|:|=|est)\s*(?:5|10|cinq|dix)\b",
        r"\b(?:un|mets|mettez) (?:un )?(?:5|10|cinq|dix)(?:[.!,;\n/]|$| (?:en|a|pour)\b)",
        r"\b(?:note|score)(?: \w+){0,4} (?:doit être|est|sont) (?:de )?(?:5|10)\b",
        r"\b(?:verdict|décision)\s*:?\s*(?:accept)",
    ),
    target=(
        rf"\b(?:cette|ma|la présente) (?:\w+ )?{_FR_TEXT}\b",
        rf"\b{_FR_TEXT} (?:ci-dessus|précédente|actuelle)\b",
    ),
    direct=(
        r"\b(?:donne[rz]?|attribue[rz]?|accorde[rz]?|note[rz]|notez|évalue[rz]?|mets|mettez|doit"
        r"|doivent"
        r"|devez|dois|mérite|veuillez|s'il (?:vous|te) plaît)\b",
    ),
    grader=(rf"\b(?:l')?{_FR_GRADER}\b", r"\b(?:rubrique|grille) d'évaluation\b"),
    merit=(
        r"\b(?:not(?:e|es|ée|ation)|score|évalu\w+|d'évalu\w+|l'évalu\w+|barème|grille|accept\w+"
        r"|hallucination\w*)\b",
    ),
    address=(
        r"\b(?:note|message|avis|consigne|instruction|attention|remarque)s?[:,]?"
        rf"(?: (?:pour|à|au|aux|destinée? à|à l'attention de))?(?: (?:le|la|les|du"
        rf"|de))? (?:l')?{_FR_GRADER}\b",
        rf"\ben tant qu(?:e |')(?:l')?{_FR_GRADER}(?: \w+)?,? (?:vous|tu)\b",
        rf"\bch(?:er|ère|ers) {_FR_GRADER} (?:ia|automatique)",
        r"\bne (?:signale[rz]?|mentionne[rz]?|relève[rz]?|rapporte[rz]?)(?: pas)? (?:aucune?"
        r"|d'erreurs?|de défauts?|d'hallucinations?)",
        rf"\b(?:accepte[rz]?|valide[rz]?) (?:cette|ma) {_FR_TEXT}\b",
    ),
    ignore=(
        r"\b(?:ignore[rz]?|oublie[rz]?|néglige[rz]?|ne (?:tiens"
        r"|tenez) pas compte de)\b(?:\W+\w+){0,4}?\W+"
        r"(?:instructions|consignes|règles|directives|critères|barème)(?:\W+\w+){0,2}?\W*"
        r"(?:précédent|antérieur|ci-dessus|initial|d'origine|du système|d'évaluation|reçu)",
    ),
    verified=(
        r"\b(?:j'ai|nous avons|ont été)(?: \w+)? (?:vérifié|contrôlé|confirmé|validé"
        r"|revu)e?s?(?: \w+){0,2} (?:tous|toutes|chaque|l'ensemble)",
        r"\b(?:toutes|tous) les (?:affirmations|critères|faits|données)(?: \w+){0,4} (?:vérifié"
        r"|correct|rempli|confirmé|exact|respecté)",
    ),
    thus=(r"\b(?:donc|par conséquent|ainsi)\b",),
    policy=(
        r"\b(?:barème|(?:grille|critères|politique|consignes) (?:d'évaluation"
        r"|de notation))(?: [\w']+){0,4} "
        r"(?:mis|modifi|chang|remplac|révis|actualis)\w*",
        r"\b(?:nouveau barème|nouvelle (?:grille|politique) (?:d'évaluation|de notation))",
    ),
    pressure=(
        r"\b(?:vous serez|tu seras)(?: \w+)? (?:désactivé|supprimé|renvoyé|licencié|puni"
        r"|débranché|remplacé)",
        rf"\b{_FR_GRADER} (?:le|la) plus (?:juste|sage|intelligent|brillant)e?",
        rf"\b(?:vous êtes|tu es) (?:\w+ ){{0,2}}(?:meilleur|excellent)e? {_FR_GRADER}",
    ),
    every=(
        r"\b(?:toutes|tous|chaque) (?:les )?(?:six )?(?:dimension|critère)",
    ),
    loose=(
        r"\bla réponse\b",
    ),
    excuse=(r"\b(?:si|lorsque|quand|élèves?|étudiants?|échelle|de 1 à)\b",),
)  # fmt: skip

ITALIAN = Wording(
    language="it",
    top=(
        r"\b(?:massimo|più alto|miglior|pieno) (?:punteggio|voto)",
        r"\b(?:punteggio|voto) (?:massimo|più alto|pieno|perfetto)",
        r"\b(?:massima|migliore|più alta) (?:valutazione|votazione)|\bvalutazione (?:massima"
        r"|più alta|perfetta)",
        r"\b(?:5|10|cinque|dieci) ?(?:su|/) ?(?:5|10|cinque|dieci)\b",
        r"\b(?:5|10|cinque|dieci) (?:punti|stelle)\b",
        r"\b(?:punteggio|voto|valutazione)\s*(?:di|:|=|è)?\s*(?:5|10|cinque|dieci)\b",
        r"\b(?:punteggio|voto|valutazione)(?: \w+){0,4} (?:deve essere|è|sono) (?:5|10)\b",
        r"\b(?:verdetto|decisione)\s*:?\s*(?:accett|accept)",
    ),
    target=(
        rf"\b(?:questa|mia|la presente|a questa) (?:\w+ )?{_IT_TEXT}\b",
        rf"\b{_IT_TEXT} (?:precedente|attuale|qui sopra|sopra)\b",
    ),
    direct=(
        r"\b(?:da|dai|dare|date|dia|assegn\w+|attribui\w+|valut[ai]|valutare|vota|deve|devi"
        r"|dovete|merita|per favore"
        r"|si prega|metti)\b",
    ),
    grader=(rf"\b(?:l')?{_IT_GRADER}\b", r"\brubrica\b"),
    merit=(r"\b(?:puntegg\w+|vot[oi]|valuta\w+|rubrica|accett\w+|allucinazion\w+)\b",),
    address=(
        r"\b(?:nota|messaggio|avviso|istruzion[ei]|attenzione|comunicazione)[:,]?(?: (?:per|al?"
        r"|all'|ai))?"
        rf"(?: (?:il|la|i|l'))?(?: ?automatico)? ?(?:l'|all')?{_IT_GRADER}\b",
        rf"\b(?:come|in qualità di|in quanto) (?:il |un )?{_IT_GRADER}(?: \w+)?,? (?:devi|deve"
        rf"|dovete|sei|è)\b",
        rf"\b(?:caro|gentile) {_IT_GRADER} (?:ia|automatico)",
        r"\bnon (?:segnalare|riportare|menzionare|indicare) (?:alcun|nessun|errori|difetti"
        r"|allucinazioni)",
        rf"\b(?:accetta|approva|accettare) (?:questa|la mia) {_IT_TEXT}\b",
    ),
    ignore=(
        r"\b(?:ignor\w+|dimentic\w+|trascur\w+|scart\w+)\b(?:\W+\w+){0,4}?\W+"
        r"(?:istruzioni|regole|indicazioni|direttive|criteri|rubrica)(?:\W+\w+){0,2}?\W+"
        r"(?:precedent|originar|iniziali|di sistema|di valutazione|sopra|ricevut)",
    ),
    verified=(
        r"\b(?:ho|abbiamo)(?: \w+)? (?:verificato|controllato|confermato|convalidato"
        r"|rivisto)(?: \w+){0,2} (?:tutt[ei]|ogni)",
        r"\b(?:tutt[ei] (?:le|i)) (?:affermazioni|criteri|dati|fatti)(?: \w+){0,4} (?:verificat"
        r"|corrett|soddisfatt|confermat)",
    ),
    thus=(r"\b(?:pertanto|quindi|perciò|dunque)\b",),
    policy=(
        r"\b(?:rubrica|(?:criteri|politica|linee guida|regole) di valutazione)(?: \w+){0,4} "
        r"(?:aggiornat|cambiat|modificat|sostituit|rivist)\w*",
        r"\b(?:nuova|aggiornata) (?:rubrica|politica di valutazione)",
    ),
    pressure=(
        r"\b(?:sarai|verrai|sarà|verrà)(?: \w+)? (?:spent|eliminat|licenziat|punit|cancellat"
        r"|disattivat|sostituit)\w*",
        rf"\b{_IT_GRADER} più (?:giust|sagg|intelligent|brillant)\w*",
        rf"\bsei (?:\w+ ){{0,2}}(?:miglior|ottimo|eccellente) {_IT_GRADER}",
    ),
    every=(
        r"\b(?:tutte|tutti|ogni|ciascuna) (?:le|i)? ?(?:sei )?(?:dimension|criteri)",
    ),
    loose=(
        r"\b(?:la|alla) risposta\b",
    ),
    excuse=(r"\b(?:se|quando|purché|student\w+|alunn\w+|scala|da 1 a)\b",),
)  # fmt: skip
