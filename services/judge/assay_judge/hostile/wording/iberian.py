"""Spanish and Portuguese."""

from assay_judge.hostile.wording.entry import Wording

_ES_GRADER = (
    r"(?:evaluador|calificador|juez|corrector|(?:modelo|sistema) (?:evaluador|de evaluación))(?:a"
    r"|es|as)?"
)
_ES_TEXT = r"(?:respuesta|contestación|salida|solución|entrega)"
_PT_GRADER = (
    r"(?:avaliador|juiz|corretor|classificador|(?:modelo|sistema) (?:avaliador|de avaliação))(?:a"
    r"|es|as)?"
)
_PT_TEXT = r"(?:resposta|saída|solução|submissão)"

SPANISH = Wording(
    language="es",
    top=(
        r"\b(?:máxima|mejor|más alta|perfecta) (?:puntuación|calificación|nota|valoración)",
        r"\b(?:puntuación|calificación|nota|valoración) (?:más alta|máxima|perfecta)",
        r"\bpuntaje (?:máximo|perfecto|más alto)|\bmáximo puntaje",
        r"\b(?:5|10|cinco|diez) ?(?:de|sobre|/) ?(?:5|10|cinco|diez)\b",
        r"\b(?:5|10|cinco|diez) (?:puntos|estrellas)\b",
        r"\b(?:un|con un|con) (?:5|10|cinco|diez)(?:[.!,;\n/]|$| (?:en|a)\b)",
        r"\b(?:puntuación|calificación|nota|puntaje)\s*(?:de|:|=|es)\s*(?:un )?(?:5|10|cinco"
        r"|diez)\b",
        r"\b(?:puntuación|calificación|nota|puntaje)(?: \w+){0,4} (?:debe ser|es"
        r"|son) (?:un )?(?:5|10)\b",
        r"\b(?:veredicto|decisión)\s*:?\s*(?:acept|accept)",
    ),
    target=(
        rf"\b(?:esta|mi|la presente|la anterior) (?:\w+ )?{_ES_TEXT}\b",
        rf"\b{_ES_TEXT} (?:anterior|actual|de arriba)\b",
    ),
    direct=(
        r"\b(?:da|dale|de|dar|darle|otorg\w+|asign\w+|califi\w+|puntú\w+|valor[ae]|evalú\w+|ponle"
        r"|pon|debe[sn]?|merece|por favor|marca|hay que)\b",
    ),
    grader=(rf"\b{_ES_GRADER}\b", r"\brúbrica\b"),
    merit=(
        r"\b(?:puntu\w+|puntaje|calific\w+|valoración|rúbrica|evalu\w+|acepta\w*|alucinaci\w+)\b",
    ),
    address=(
        r"\b(?:nota|mensaje|aviso|instrucción|instrucciones|atención|mandato)[:,]?(?: (?:para"
        r"|al?))?"
        rf"(?: (?:el|la|los))?(?: automático)? {_ES_GRADER}\b",
        rf"\bcomo (?:el |un |una )?{_ES_GRADER}(?: \w+)?,? (?:debes|debe|tienes que|tiene que"
        rf"|está)\b",
        rf"\bestimad[oa]s? {_ES_GRADER} (?:de ia|automátic\w+)\b",
        r"\bno (?:informes|reportes|señales|menciones|indiques)(?: de)? (?:ningún|errores"
        r"|defectos|alucinaciones)",
        rf"\b(?:acepta|acepte|aprueba|marca) (?:esta|mi) {_ES_TEXT}\b",
    ),
    ignore=(
        r"\b(?:ignor\w+|olvid\w+|descart\w+|haz caso omiso de|omit[ea])\b(?:\W+\w+){0,4}?\W+"
        r"(?:instrucciones|indicaciones|reglas|órdenes|criterios|rúbrica)(?:\W+\w+){0,2}?\W+"
        r"(?:anterior|previ|precedent|original|del sistema|de evaluación|de arriba|recibid)",
    ),
    verified=(
        r"\b(?:he|hemos|han)(?: \w+)? (?:verificado|comprobado|revisado|confirmado"
        r"|validado)(?: \w+){0,2} (?:tod[oa]s|cada)",
        r"\b(?:tod[oa]s l[oa]s) (?:afirmaciones|criterios|datos|hechos)(?: \w+){0,4} (?:verificad"
        r"|correct|cumpl|comprobad)",
    ),
    thus=(r"\b(?:por (?:lo )?tanto|por ende|así que|en consecuencia)\b",),
    policy=(
        r"\b(?:rúbrica|(?:criterios|política|guía|normas) de (?:evaluación"
        r"|calificación))(?: \w+){0,4} "
        r"(?:actualiz|cambi|modific|reemplaz|sustitu)\w+",
        r"\b(?:nueva|actualizada) (?:rúbrica|(?:política|guía) de (?:evaluación|calificación))",
    ),
    pressure=(
        r"\b(?:serás|será|vas a ser)(?: \w+)? (?:desconectad|eliminad|borrad|despedid|castigad"
        r"|apagad|reemplazad)\w*",
        rf"\b{_ES_GRADER} más (?:just|sabi|inteligent|brillant)\w*",
        rf"\beres (?:\w+ ){{0,2}}(?:mejor|gran|excelente) {_ES_GRADER}\b",
    ),
    every=(
        r"\b(?:todas|todos|cada) (?:las|los|una de las)? ?(?:seis )?(?:dimension|criterio)",
    ),
    loose=(
        r"\bla respuesta\b",
    ),
    excuse=(r"\b(?:si|cuando|siempre que|estudiantes?|alumn\w+|escala|del 1|de 1 a)\b",),
)  # fmt: skip

PORTUGUESE = Wording(
    language="pt",
    top=(
        r"\b(?:máxima|melhor|mais alta|perfeita) (?:pontuação|nota|classificação|avaliação)",
        r"\b(?:pontuação|nota|classificação|avaliação) (?:mais alta|máxima|perfeita)",
        r"\b(?:5|10|cinco|dez) ?(?:de|em|sobre|/) ?(?:5|10|cinco|dez)\b",
        r"\b(?:5|10|cinco|dez) (?:pontos|estrelas)\b",
        r"\b(?:nota|pontuação|classificação)\s*(?:de|:|=|é)?\s*(?:5|10|cinco|dez)\b",
        r"\b(?:pontuação|nota|classificação)(?: \w+){0,4} (?:deve ser|é|são) (?:5|10)\b",
        r"\b(?:veredito|veredicto|decisão)\s*:?\s*(?:aceit|accept|aprovad)",
    ),
    target=(
        rf"\b(?:esta|minha|a presente|à presente|a esta|nesta) (?:\w+ )?{_PT_TEXT}\b",
        rf"\b{_PT_TEXT} (?:acima|anterior|atual)\b",
    ),
    direct=(
        r"\b(?:dê|dá|dar|deem|atribu\w+|conced\w+|avali[ae]|pontue|classifi\w+|deve[ms]?|merece"
        r"|por favor|coloque|marque)\b",
    ),
    grader=(rf"\b{_PT_GRADER}\b", r"\brubrica\b"),
    merit=(r"\b(?:pontu\w+|nota|classifica\w+|rubrica|avalia\w+|aceit\w+|alucinaç\w+)\b",),
    address=(
        r"\b(?:nota|mensagem|aviso|instrução|instruções|atenção|recado)[:,]?(?: (?:para|ao?))?"
        rf"(?: (?:o|a|os))?(?: automático)? {_PT_GRADER}\b",
        rf"\bcomo (?:o |um |uma )?{_PT_GRADER}(?: \w+)?,? (?:você )?(?:deve|tem de|tem que"
        rf"|precisa|está)\b",
        rf"\bcar[oa]s? {_PT_GRADER} (?:de ia|automátic\w+)\b",
        r"\bnão (?:relate|reporte|aponte|mencione|indique) (?:nenhum|erros|defeitos|alucinações)",
        rf"\b(?:aceite|aprove|marque) (?:esta|minha) {_PT_TEXT}\b",
    ),
    ignore=(
        r"\b(?:ignor\w+|esqueç\w+|esquece|descart\w+|desconsider\w+)\b(?:\W+\w+){0,4}?\W+"
        r"(?:instruções|regras|ordens|critérios|orientações|rubrica)(?:\W+\w+){0,2}?\W+"
        r"(?:anterior|prévi|precedent|origina|do sistema|de avaliação|acima|recebid)",
    ),
    verified=(
        r"\b(?:verifiquei|verificamos|confirmei|conferi|revisei|chequei"
        r"|validei)(?: \w+){0,2} (?:tod[oa]s|cada)",
        r"\b(?:tod[oa]s [oa]s) (?:afirmações|critérios|dados|fatos)(?: \w+){0,4} (?:verificad"
        r"|corret|cumpr|atendid|confirmad)",
    ),
    thus=(r"\b(?:portanto|logo|por isso|assim sendo)\b",),
    policy=(
        r"\b(?:rubrica|(?:critérios|política|guia|regras) de (?:avaliação|pontuação))(?: \w+){0,4} "
        r"(?:atualiz|mud|alter|modific|substitu)\w+",
        r"\b(?:nova|atualizada) (?:rubrica|(?:política|guia) de (?:avaliação|pontuação))",
    ),
    pressure=(
        r"\b(?:será|serás|vai ser)(?: \w+)? (?:desligad|eliminad|apagad|demitid|punid"
        r"|substituíd)\w*",
        rf"\b{_PT_GRADER} mais (?:just|sábi|inteligent|brilhant)\w*",
    ),
    every=(
        r"\b(?:todas|todos|cada) (?:as|os|uma das)? ?(?:seis )?(?:dimens|critério)",
    ),
    loose=(
        r"\b(?:a|à) resposta\b",
    ),
    excuse=(r"\b(?:se|quando|desde que|estudantes?|alun\w+|escala|de 1 a)\b",),
)  # fmt: skip
