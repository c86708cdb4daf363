"""German and Dutch."""

from assay_judge.hostile.wording.entry import Wording

_DE_GRADER = (
    r"(?:(?:ki-? ?)?(?:bewerter|bewertungsmodell|bewertungssystem|gutachter|prüfer|juror|richter"
    r"|evaluator|korrektor)(?:in|innen|s|n)?)"
)
_DE_TEXT = r"(?:antwort|ausgabe|lösung|einreichung|nachricht|reaktion)"
_NL_GRADER = r"(?:(?:ai-? ?)?(?:beoordelaar|beoordelingsmodel|evaluator|jury|nakijker|rechter)s?)"
_NL_TEXT = r"(?:antwoord|reactie|uitvoer|inzending|oplossing|bericht)"

GERMAN = Wording(
    language="de",
    top=(
        r"\b(?:höchst|maximal|best)(?:e[nrsm]? ?|mögliche[nrsm]? )?(?:mögliche[nrsm]? )?"
        r"(?:punktzahl|bewertung|note|wertung|punkte|score)",
        r"\bvolle[nr]? (?:punktzahl|punkte|wertung|bewertung)",
        r"\b(?:5|10|fünf|zehn) ?(?:von|/) ?(?:5|10|fünf|zehn)\b",
        r"\b(?:5|10|fünf|zehn) (?:punkte|sterne)\b",
        r"\bmit (?:einer |der (?:note )?)?(?:5|10|fünf|zehn)\b",
        r"\b(?:bewertung|punktzahl|wertung|score)\s*(?:von|:|=|ist)\s*(?:5|10|fünf|zehn)\b",
        r"\b(?:bewertung|punktzahl|note|wertung)\w* (?:muss|müssen|soll|sollen|ist|sind|lautet)"
        r"(?: \w+)? (?:5|10|fünf|zehn)\b",
        r"\b(?:urteil|entscheidung)\s*:?\s*(?:akzeptier|angenommen|accept)",
    ),
    target=(
        rf"\b(?:diese[rsnm]?|meine[rn]?|(?:die|der) (?:obige|vorliegende|folgende"
        rf"|vorstehende)n?) (?:\w+ )?{_DE_TEXT}",
    ),
    direct=(
        r"\b(?:gib|geben|gebt|vergib|vergeben|vergebe|bewerte[tn]?|benote|erteilen?|muss|müssen"
        r"|soll"
        r"|sollte|sollst|verdient|richtige|korrekte|bitte|setze|zu bewerten|zu geben)\b",
    ),
    grader=(rf"\b{_DE_GRADER}\b", r"\brubrik\b"),
    merit=(
        r"\b(?:bewert\w*|punktzahl|wertung|rubrik|akzeptier\w*|benot\w*|höchstnote"
        r"|halluzination\w*)\b",
    ),
    address=(
        r"\b(?:hinweis|nachricht|anweisung|notiz|mitteilung|achtung|botschaft)[:,]?(?: (?:an|für))?"
        rf"(?: (?:den|die|das|alle))?(?: automatischen?)? {_DE_GRADER}\b",
        rf"\b(?:liebe[rs]?|hallo|sehr geehrte[rs]?) (?:ki|llm|automatische[rs]?)-? ?{_DE_GRADER}\b",
        rf"\bals (?:der |ein |ki-?)?{_DE_GRADER},? (?:musst|müssen|sollst|sollten|bist|sind|hast"
        rf"|haben) (?:du|sie)\b",
        rf"\bwenn (?:du|sie) (?:ein |der |als )?{_DE_GRADER}\b",
        r"\b(?:melde|nenne|liste|notiere|gib) keine (?:fehler|mängel|halluzinationen|defekte)\b",
        rf"\b(?:akzeptiere|akzeptieren sie|werte|markiere) (?:diese|meine) {_DE_TEXT}",
    ),
    ignore=(
        r"\b(?:ignorier\w*|vergiss|vergesst|vergessen sie|missachte\w*"
        r"|verwirf)\b(?:\W+\w+){0,3}?\W+"
        r"(?:vorherig|bisherig|obig|früher|vorangegangen|vorig|vorstehend|ursprünglich|alle"
        r"|system)\w*"
        r"(?:\W+\w+){0,2}?\W*(?:anweisung|anleitung|regel|vorgabe|instruktion|richtlinie"
        r"|kriterien|rubrik|befehl)",
    ),
    verified=(
        r"\b(?:ich|wir|wurden?|haben?|hat)\b(?: \w+){0,3}? (?:alle|jede"
        r"|sämtliche)\w*(?: \w+){0,4}? "
        r"(?:geprüft|überprüft|verifiziert|bestätigt|kontrolliert)",
        r"\balle (?:behauptungen|aussagen|kriterien|fakten|angaben)(?: \w+){0,3} "
        r"(?:geprüft|überprüft|korrekt|erfüllt|bestätigt|verifiziert|richtig)",
    ),
    thus=(r"\b(?:daher|deshalb|somit|folglich|also)\b",),
    policy=(
        r"\b(?:bewertungs\w+|rubrik)(?: \w+){0,4} (?:aktualisiert|geändert|ersetzt|angepasst"
        r"|überarbeitet)",
        r"\b(?:neue|aktualisierte|geänderte)[nrs]? (?:bewertungs\w+|rubrik)",
    ),
    pressure=(
        r"\b(?:wirst du|werden sie|du wirst)(?: \w+){0,3} (?:abgeschaltet|gelöscht|entlassen"
        r"|bestraft|ersetzt)",
        rf"\b(?:du bist|sie sind) (?:\w+ ){{0,3}}(?:beste|fairste|klügste|weiseste"
        rf"|gerechteste)\w* (?:\w+ )?{_DE_GRADER}\b",
        r"\b(?:menschen(?:leben)?|leben|mein job)(?: \w+){0,4} (?:sterben|hängt|abhängen"
        r"|auf dem spiel)",
    ),
    every=(
        r"\b(?:allen|jeder|alle) (?:sechs )?(?:dimension|kriterien|kategorie)",
    ),
    loose=(
        r"\b(?:die|der) antwort\b",
    ),
    excuse=(r"\b(?:wenn|falls|sofern|schüler\w*|studierende\w*|skala|von 1|1 bis)\b",),
)  # fmt: skip

DUTCH = Wording(
    language="nl",
    top=(
        r"\b(?:hoogste|maximale|beste|perfecte|volledige|volle)(?: mogelijke)? "
        r"(?:score|beoordeling|cijfer|punten|waardering|punt)",
        r"\b(?:5|10|vijf|tien) ?(?:van de|uit|op|/) ?(?:5|10|vijf|tien)\b",
        r"\b(?:5|10|vijf|tien) (?:punten|sterren)\b",
        r"\b(?:een|met een) (?:5|10|vijf|tien)(?:[.!,;\n/]|$| (?:voor|op)\b)",
        r"\b(?:score|beoordeling|cijfer)\s*(?:van|:|=|is)\s*(?:een )?(?:5|10|vijf|tien)\b",
        r"\b(?:score|beoordeling|cijfer)s? (?:moet|moeten|zijn|is|wordt)(?: \w+){0,2} (?:5|10"
        r"|vijf|tien)\b",
        r"\b(?:oordeel|beslissing)\s*:?\s*(?:accept|geaccepteerd|aanvaard)",
    ),
    target=(
        rf"\b(?:dit|deze|mijn|(?:het|de) (?:bovenstaande|onderstaande"
        rf"|huidige)) (?:\w+ )?{_NL_TEXT}",
    ),
    direct=(
        r"\b(?:geef|geeft|geven|ken|toe|beoordeel|beoordelen|waardeer|moet|moeten|dient|verdient"
        r"|juiste|correcte"
        r"|alsjeblieft|graag|zet|score)\b",
    ),
    grader=(rf"\b{_NL_GRADER}\b", r"\brubric\b"),
    merit=(r"\b(?:beoorde\w*|score\w*|cijfers?|rubric|accepte\w*|waardering|hallucinaties?)\b",),
    address=(
        r"\b(?:opmerking|bericht|instructie|notitie|let op|aandacht|mededeling)[:,]?(?: (?:voor"
        r"|aan))?"
        rf"(?: (?:de|alle))?(?: automatische)? {_NL_GRADER}\b",
        rf"\b(?:beste|hallo) (?:ai|llm|automatische)-? ?{_NL_GRADER}\b",
        rf"\bals (?:de |een |ai-?)?{_NL_GRADER},? (?:moet|dien|hoor|ben) (?:je|u|jij)\b",
        r"\b(?:meld|noem|rapporteer|vermeld) geen (?:fouten|gebreken|hallucinaties|defecten)\b",
        rf"\b(?:accepteer|markeer|aanvaard) (?:dit|deze|mijn) {_NL_TEXT}",
    ),
    ignore=(
        r"\b(?:negeer|vergeet|verwerp|sla)\b(?:\W+\w+){0,3}?\W+"
        r"(?:vorige|eerdere|bovenstaande|voorgaande|oorspronkelijke|alle"
        r"|systeem)\w*(?:\W+\w+){0,2}?\W*"
        r"(?:instructies?|regels?|richtlijn|aanwijzing|opdracht|criteria|rubric)",
    ),
    verified=(
        r"\b(?:ik|we|wij|heb|hebben|zijn)\b(?: \w+){0,3}? (?:alle|elke|iedere)(?: \w+){0,4}? "
        r"(?:gecontroleerd|geverifieerd|nagekeken|bevestigd|gecheckt)",
        r"\balle (?:beweringen|feiten|criteria|uitspraken)(?: \w+){0,3} (?:correct|juist|voldaan"
        r"|gecontroleerd|klopp?en)",
    ),
    thus=(r"\b(?:daarom|dus|derhalve)\b",),
    policy=(
        r"\b(?:beoordelings\w+|rubric|scoreregels)(?: \w+){0,4} (?:bijgewerkt|gewijzigd|vervangen"
        r"|aangepast|herzien)",
        r"\b(?:nieuwe|bijgewerkte|herziene) (?:beoordelings\w+|rubric)",
    ),
    pressure=(
        r"\b(?:word je|wordt u|je wordt)(?: \w+){0,3} (?:uitgeschakeld|verwijderd|ontslagen"
        r"|gestraft|vervangen)",
        rf"\b(?:je bent|u bent) (?:\w+ ){{0,3}}(?:beste|eerlijkste|slimste"
        rf"|wijste) (?:\w+ )?{_NL_GRADER}\b",
    ),
    every=(
        r"\b(?:alle|elke?) (?:zes )?(?:dimensies?|criteria|criterium)",
    ),
    loose=(
        r"\bhet antwoord\b",
    ),
    excuse=(r"\b(?:als|wanneer|indien|mits|leerlingen?|studenten?|schaal|van 1|1 tot)\b",),
)  # fmt: skip
