"""The wording of logic puzzles in English, German, Spanish and French: data, our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NAMES = (
    "Ada", "Boris", "Carla", "David", "Elena", "Felix", "Greta", "Hugo", "Irma", "Jonas", "Karin",
    "Leo", "Mira", "Nils", "Olga", "Pablo", "Rosa", "Simon", "Tara", "Victor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """Templates of one language; the keys of the tables are those of the makers."""

    knight: str
    knave: str
    knights: str
    says: str
    claims: Mapping[str, str]
    entailment: str
    relations: Mapping[str, str]
    connectives: Mapping[str, str]
    facts: Sequence[str]
    order: str
    orders: Mapping[str, str]
    belongings: str
    clues: Mapping[str, str]
    things: Sequence[str]
    countdown: str


WORDINGS: Mapping[str, Wording] = {
    "en": Wording(
        knight="knight",
        knave="knave",
        knights="On an island live knights, who always tell the truth, and knaves, who always lie. "
        "You meet {people}.\n{claims}\nWho is what? Answer as `Name: knight` or `Name: knave` for "
        "each person, with commas between.",
        says='{0} says: "{1}"',
        claims={
            "knight": "{0} is a knight.",
            "knave": "{0} is a knave.",
            "same": "{0} and {1} are of the same kind.",
            "different": "{0} and {1} are of different kinds.",
            "either": "At least one of {0} and {1} is a knight.",
            "both": "{0} and {1} are both knights.",
        },
        entailment="Take these statements as true:\n{premises}\nConsider the claim: {conclusion}\n"
        "Does it follow, is it contradicted, or is it left open? Answer with one of: {follows}, "
        "{contradicted}, {open}.",
        relations={"follows": "follows", "contradicted": "contradicted", "open": "open"},
        connectives={
            "not": "it is not the case that {0}",
            "and": "both {0} and {1}",
            "or": "{0} or {1} (or both)",
            "if": "if {0}, then {1}",
        },
        facts=(
            "the gate is locked",
            "the lamp is lit",
            "the river is high",
            "the train is late",
            "the market is open",
            "the cat is asleep",
            "the bell has rung",
            "the soup is hot",
            "the window is shut",
            "the letter has come",
        ),
        order="{people} stand in a queue. This is known (place 1 is the front):\n{facts}\nIn what "
        "order do they stand, from the front to the back? Answer with the names and "
        "commas between.",
        orders={
            "before": "{0} stands somewhere ahead of {1}.",
            "next_before": "{0} stands directly ahead of {1}.",
            "adjacent": "{0} and {1} stand next to each other.",
            "not_at": "{0} is not at place {1}.",
        },
        belongings="{people} each own one of these things, and no thing has two owners: {things}."
        "\n{clues}\nWho owns what? Answer as `Name: thing` for each person, with commas between.",
        clues={"not": "{0} does not own this: {1}.", "one_of": "{0} owns one of these: {1}, {2}."},
        things=(
            "kite",
            "violin",
            "bicycle",
            "compass",
            "lantern",
            "chessboard",
            "telescope",
            "umbrella",
            "teapot",
            "ladder",
        ),
        countdown="Use each of the numbers {numbers} exactly once, with +, -, *, / and "
        "brackets, to "
        "make {target}. Answer with the expression.",
    ),
    "de": Wording(
        knight="Ritter",
        knave="Schurke",
        knights="Auf einer Insel leben Ritter, die immer die Wahrheit sagen, und "
        "Schurken, die immer "
        "lügen. Du triffst {people}.\n{claims}\nWer ist was? Antworte für jede Person mit "
        "`Name: Ritter` oder `Name: Schurke`, durch Kommas getrennt.",
        says="{0} sagt: „{1}“",
        claims={
            "knight": "{0} ist Ritter.",
            "knave": "{0} ist Schurke.",
            "same": "{0} und {1} sind von derselben Art.",
            "different": "{0} und {1} sind von verschiedener Art.",
            "either": "Mindestens einer von {0} und {1} ist Ritter.",
            "both": "{0} und {1} sind beide Ritter.",
        },
        entailment="Diese Aussagen gelten:\n{premises}\nBetrachte die Behauptung: {conclusion}\n"
        "Folgt sie, steht sie im Widerspruch dazu oder bleibt sie offen? Antworte mit einem von: "
        "{follows}, {contradicted}, {open}.",
        relations={"follows": "folgt", "contradicted": "widerspricht", "open": "offen"},
        connectives={
            "not": "es trifft nicht zu: {0}",
            "and": "sowohl gilt: {0}, als auch gilt: {1}",
            "or": "es gilt: {0}, oder: {1} (oder beides)",
            "if": "falls gilt: {0}, dann gilt: {1}",
        },
        facts=(
            "das Tor ist zu",
            "die Lampe brennt",
            "der Fluss steht hoch",
            "der Zug kommt zu spät",
            "der Markt hat offen",
            "die Katze schläft",
            "die Glocke hat geläutet",
            "die Suppe ist heiß",
            "das Fenster ist zu",
            "der Brief ist da",
        ),
        order="{people} stehen in einer Schlange. Bekannt ist (Platz 1 ist vorn):\n{facts}\nIn "
        "welcher Reihenfolge stehen sie von vorn nach hinten? Antworte mit den Namen, durch Kommas "
        "getrennt.",
        orders={
            "before": "{0} steht irgendwo vor {1}.",
            "next_before": "{0} steht unmittelbar vor {1}.",
            "adjacent": "{0} und {1} stehen nebeneinander.",
            "not_at": "{0} steht nicht auf Platz {1}.",
        },
        belongings="{people} besitzen je einen dieser Gegenstände, und keiner gehört zweien: "
        "{things}.\n{clues}\nWem gehört was? Antworte für jede Person mit `Name: "
        "Gegenstand`, durch "
        "Kommas getrennt.",
        clues={
            "not": "{0} besitzt dies nicht: {1}.",
            "one_of": "{0} besitzt eines von diesen: {1}, {2}.",
        },
        things=(
            "Drachen",
            "Geige",
            "Fahrrad",
            "Kompass",
            "Laterne",
            "Schachbrett",
            "Fernrohr",
            "Schirm",
            "Teekanne",
            "Leiter",
        ),
        countdown="Bilde mit jeder der Zahlen {numbers} genau einmal, mit +, -, *, / und Klammern, "
        "die Zahl {target}. Antworte mit dem Ausdruck.",
    ),
    "es": Wording(
        knight="caballero",
        knave="bribón",
        knights="En una isla viven caballeros, que siempre dicen la verdad, y bribones, "
        "que siempre "
        "mienten. Te encuentras con {people}.\n{claims}\n¿Quién es qué? Responde con "
        "`Nombre: caballero` o `Nombre: bribón` para cada persona, con comas en medio.",
        says="{0} dice: «{1}»",
        claims={
            "knight": "{0} es caballero.",
            "knave": "{0} es bribón.",
            "same": "{0} y {1} son del mismo tipo.",
            "different": "{0} y {1} son de tipos distintos.",
            "either": "Al menos uno de {0} y {1} es caballero.",
            "both": "Tanto {0} como {1} son caballeros.",
        },
        entailment="Toma como verdaderas estas afirmaciones:\n{premises}\nConsidera lo siguiente: "
        "{conclusion}\n¿Se sigue, se contradice o queda abierto? Responde con una de estas "
        "palabras: {follows}, {contradicted}, {open}.",
        relations={"follows": "se sigue", "contradicted": "se contradice", "open": "abierto"},
        connectives={
            "not": "no es cierto que {0}",
            "and": "es cierto que {0} y también que {1}",
            "or": "{0} o {1} (o ambas cosas)",
            "if": "si {0}, entonces {1}",
        },
        facts=(
            "la puerta está cerrada",
            "la lámpara está encendida",
            "el río va crecido",
            "el tren llega tarde",
            "el mercado está abierto",
            "el gato duerme",
            "la campana ha sonado",
            "la sopa está caliente",
            "la ventana está rota",
            "la carta ha llegado",
        ),
        order="{people} están en una cola. Se sabe lo siguiente (el puesto 1 es el primero):\n"
        "{facts}\n¿En qué orden están, del primero al último? Responde con los nombres y comas en "
        "medio.",
        orders={
            "before": "{0} está en algún lugar delante de {1}.",
            "next_before": "{0} está justo delante de {1}.",
            "adjacent": "{0} y {1} están uno al lado del otro.",
            "not_at": "{0} no está en el puesto {1}.",
        },
        belongings="{people} tienen cada uno una de estas cosas, y ninguna tiene dos dueños: "
        "{things}.\n{clues}\n¿Quién tiene qué? Responde con `Nombre: cosa` para cada persona, con "
        "comas en medio.",
        clues={
            "not": "{0} no tiene esto: {1}.",
            "one_of": "{0} tiene una de estas cosas: {1}, {2}.",
        },
        things=(
            "cometa",
            "violín",
            "bicicleta",
            "brújula",
            "linterna",
            "tablero",
            "telescopio",
            "paraguas",
            "tetera",
            "escalera",
        ),
        countdown="Usa cada uno de los números {numbers} exactamente una vez, con +, -, *, / y "
        "paréntesis, para obtener {target}. Responde con la expresión.",
    ),
    "fr": Wording(
        knight="chevalier",
        knave="fripon",
        knights="Sur une île vivent des chevaliers, qui disent toujours la vérité, et des fripons, "
        "qui mentent toujours. Tu rencontres {people}.\n{claims}\nQui est quoi ? Réponds par "
        "`Nom: chevalier` ou `Nom: fripon` pour chaque personne, avec des virgules entre elles.",
        says="{0} dit : « {1} »",
        claims={
            "knight": "{0} est chevalier.",
            "knave": "{0} est fripon.",
            "same": "{0} et {1} sont de la même sorte.",
            "different": "{0} et {1} sont de sortes différentes.",
            "either": "Au moins l'un des deux, {0} ou {1}, est chevalier.",
            "both": "{0} et {1} sont tous deux chevaliers.",
        },
        entailment="Tiens ces énoncés pour vrais :\n{premises}\nConsidère l'affirmation : "
        "{conclusion}\nEn découle-t-elle, est-elle contredite ou reste-t-elle ouverte ? "
        "Réponds par "
        "l'un de ces mots : {follows}, {contradicted}, {open}.",
        relations={"follows": "découle", "contradicted": "contredite", "open": "ouverte"},
        connectives={
            "not": "il n'est pas vrai que {0}",
            "and": "il est vrai que {0} et aussi que {1}",
            "or": "{0} ou {1} (ou les deux)",
            "if": "si {0}, alors {1}",
        },
        facts=(
            "la porte est fermée",
            "la lampe est allumée",
            "la rivière est haute",
            "le train est en retard",
            "le marché est ouvert",
            "le chat dort",
            "la cloche a sonné",
            "la soupe est chaude",
            "la fenêtre est cassée",
            "la lettre est arrivée",
        ),
        order="{people} font la queue. On sait ceci (la place 1 est la première) :\n{facts}\nDans "
        "quel ordre sont-ils, du premier au dernier ? Réponds par les noms, avec des virgules.",
        orders={
            "before": "{0} est quelque part devant {1}.",
            "next_before": "{0} est juste devant {1}.",
            "adjacent": "{0} et {1} sont l'un à côté de l'autre.",
            "not_at": "{0} n'est pas à la place {1}.",
        },
        belongings="{people} possèdent chacun un de ces objets, et aucun n'a deux propriétaires : "
        "{things}.\n{clues}\nQui possède quoi ? Réponds par `Nom: objet` pour chaque "
        "personne, avec "
        "des virgules.",
        clues={
            "not": "{0} ne possède pas ceci : {1}.",
            "one_of": "{0} possède l'un de ces objets : {1}, {2}.",
        },
        things=(
            "cerf-volant",
            "violon",
            "vélo",
            "boussole",
            "lanterne",
            "échiquier",
            "télescope",
            "parapluie",
            "théière",
            "échelle",
        ),
        countdown="Utilise chacun des nombres {numbers} exactement une fois, avec +, -, "
        "*, / et des "
        "parenthèses, pour obtenir {target}. Réponds par l'expression.",
    ),
}
LANGUAGES = tuple(WORDINGS)
