"""The vocabulary of structured-output tasks in four languages: data, our own.

A field has a key for the object, a kind of value, and a label in each language; parts of an entity
are objects of their own, singly or in lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["text", "code", "integer", "number", "flag", "day", "choice", "texts"]
LANGUAGES = ("en", "de", "es", "fr")
FLAGS = {"en": ("yes", "no"), "de": ("ja", "nein"), "es": ("sí", "no"), "fr": ("oui", "non")}


@dataclass(frozen=True, slots=True)
class Field:
    """A property with one value; `choices` are codes of a closed set, `largest` bounds integers."""

    key: str
    kind: Kind
    labels: Mapping[str, str]
    choices: Sequence[str] = ()
    largest: int = 500


@dataclass(frozen=True, slots=True)
class Part:
    """An object inside another, or (`is_list`) a list of them."""

    key: str
    labels: Mapping[str, str]
    fields: Sequence[Field]
    is_list: bool


@dataclass(frozen=True, slots=True)
class Entity:
    """What a document is about."""

    key: str
    labels: Mapping[str, str]
    fields: Sequence[Field]
    parts: Sequence[Part]


def _labels(en: str, de: str, es: str, fr: str) -> Mapping[str, str]:
    return {"en": en, "de": de, "es": es, "fr": fr}


_NAME = Field("name", "text", _labels("name", "Name", "nombre", "nom"))
_CITY = Field("city", "text", _labels("city", "Ort", "ciudad", "ville"))
_OWNER = Field("owner", "text", _labels("person in charge", "Zuständige Person",
               "persona responsable", "personne responsable"))  # fmt: skip
_CODE = Field("code", "code", _labels("code", "Kennung", "código", "code"))
_SERIAL = Field("serial_number", "code", _labels("serial number", "Seriennummer",
                "número de serie", "numéro de série"))  # fmt: skip
_DAY = Field("date", "day", _labels("date", "Datum", "fecha", "date"))
_DUE = Field("due_date", "day", _labels("due date", "Fälligkeit", "vencimiento", "échéance"))
_AMOUNT = Field("amount", "integer", _labels("quantity", "Menge", "cantidad", "quantité"))
_PRICE = Field("unit_price", "number", _labels("unit price", "Einzelpreis", "precio unitario",
               "prix unitaire"))  # fmt: skip
_WEIGHT = Field("weight_kg", "number", _labels("weight in kg", "Gewicht in kg", "peso en kg",
                "poids en kg"))  # fmt: skip
_SEATS = Field("num_seats", "integer", _labels("number of seats", "Zahl der Plätze",
               "número de plazas", "nombre de places"))  # fmt: skip
_FLOOR = Field("floor", "integer", _labels("floor", "Stockwerk", "planta", "étage"), largest=30)
_OPEN = Field("is_open", "flag", _labels("open", "Geöffnet", "abierto", "ouvert"))
_PAID = Field("is_paid", "flag", _labels("paid", "Bezahlt", "pagado", "payé"))
_FRAGILE = Field("is_fragile", "flag", _labels("fragile", "Zerbrechlich", "frágil", "fragile"))
_TAGS = Field("tags", "texts", _labels("keywords", "Stichwörter", "palabras clave", "mots-clés"))
_STATUS = Field("status", "choice", _labels("status", "Stand", "estado", "état"),
                ("draft", "approved", "sent", "closed"))  # fmt: skip
_LEVEL = Field("priority", "choice", _labels("priority", "Dringlichkeit", "prioridad", "priorité"),
               ("low", "normal", "high"))  # fmt: skip
_CURRENCY = Field("currency", "choice", _labels("currency", "Währung", "moneda", "devise"),
                  ("EUR", "USD", "JPY", "BRL", "CZK"))  # fmt: skip
_TOTAL = Field("total", "number", _labels("total", "Summe", "importe total", "total"))
_DEPTH = Field("depth_m", "number", _labels("depth in m", "Tiefe in m", "profundidad en m",
               "profondeur en m"))  # fmt: skip
_COUNT = Field("num_samples", "integer", _labels("samples taken", "Zahl der Proben",
               "muestras tomadas", "échantillons prélevés"))  # fmt: skip
_MINUTES = Field("minutes", "integer", _labels("minutes", "Minuten", "minutos", "minutes"))

ENTITIES = (
    Entity(
        "invoice",
        _labels("invoice", "Rechnung", "factura", "facture"),
        (_CODE, _DAY, _DUE, _CURRENCY, _TOTAL, _PAID, _STATUS, _TAGS),
        (
            Part("customer", _labels("customer", "Kunde", "cliente", "client"),
                 (_NAME, _CITY, _CODE), is_list=False),
            Part("lines", _labels("lines", "Posten", "líneas", "lignes"),
                 (_NAME, _AMOUNT, _PRICE, _FRAGILE), is_list=True),
        ),
    ),
    Entity(
        "library",
        _labels("library", "Bibliothek", "biblioteca", "bibliothèque"),
        (_NAME, _CITY, _OWNER, _SEATS, _OPEN, _TAGS, _DAY),
        (
            Part("rooms", _labels("rooms", "Räume", "salas", "salles"),
                 (_NAME, _FLOOR, _SEATS, _OPEN), is_list=True),
            Part("director", _labels("director", "Leitung", "dirección", "direction"),
                 (_NAME, _CODE, _DAY), is_list=False),
        ),
    ),
    Entity(
        "shipment",
        _labels("shipment", "Sendung", "envío", "envoi"),
        (_SERIAL, _DAY, _WEIGHT, _FRAGILE, _LEVEL, _STATUS, _CITY),
        (
            Part("recipient", _labels("recipient", "Empfang", "destinatario", "destinataire"),
                 (_NAME, _CITY, _CODE), is_list=False),
            Part("parcels", _labels("parcels", "Pakete", "paquetes", "colis"),
                 (_CODE, _WEIGHT, _FRAGILE, _AMOUNT), is_list=True),
        ),
    ),
    Entity(
        "expedition",
        _labels("expedition", "Expedition", "expedición", "expédition"),
        (_NAME, _DAY, _OWNER, _COUNT, _STATUS, _TAGS, _LEVEL),
        (
            Part("stations", _labels("stations", "Messpunkte", "estaciones", "stations"),
                 (_CODE, _DEPTH, _COUNT, _DAY), is_list=True),
            Part("vessel", _labels("vessel", "Schiff", "buque", "navire"),
                 (_NAME, _SERIAL, _SEATS), is_list=False),
        ),
    ),
    Entity(
        "workshop",
        _labels("workshop", "Lehrgang", "taller", "atelier"),
        (_NAME, _CITY, _DAY, _SEATS, _OWNER, _OPEN, _TAGS, _LEVEL),
        (
            Part("sessions", _labels("sessions", "Einheiten", "sesiones", "séances"),
                 (_NAME, _MINUTES, _OWNER, _SEATS), is_list=True),
            Part("venue", _labels("venue", "Tagungsort", "sede", "lieu"),
                 (_NAME, _CITY, _FLOOR), is_list=False),
        ),
    ),
)  # fmt: skip
TASKS = {
    "en": "Turn what the text says about the {entity} into one JSON object that follows this "
    "schema. Leave out what the text does not state and what the schema does not know. Days are "
    "written YYYY-MM-DD; lists keep their order.",
    "de": "Übertrage, was der Text über die Angaben zu „{entity}“ sagt, in ein JSON-Objekt nach "
    "diesem Schema. Lass weg, was nicht im Text steht oder im Schema nicht vorkommt. Tage haben "
    "die Form JJJJ-MM-TT; Listen behalten ihre Reihenfolge.",
    "es": "Convierte lo que el texto dice sobre «{entity}» en un objeto JSON que siga este "
    "esquema. Omite lo que el texto no indica y lo que el esquema no conoce. Los días se escriben "
    "AAAA-MM-DD; las listas conservan su orden.",
    "fr": "Transforme ce que le texte dit de « {entity} » en un objet JSON conforme à ce schéma. "
    "Omets ce que le texte n'indique pas et ce que le schéma ne connaît pas. Les jours s'écrivent "
    "AAAA-MM-JJ ; les listes gardent leur ordre.",
}
HEADINGS = {
    "en": ("Schema", "Text"),
    "de": ("Schema", "Text"),
    "es": ("Esquema", "Texto"),
    "fr": ("Schéma", "Texte"),
}
PLACES = {
    "whole": {
        "en": "Answer with the JSON object and nothing else.",
        "de": "Antworte nur mit dem JSON-Objekt.",
        "es": "Responde solo con el objeto JSON.",
        "fr": "Réponds uniquement par l'objet JSON.",
    },
    "fenced": {
        "en": "Put the JSON object into one block that begins with ```json.",
        "de": "Setze das JSON-Objekt in einen Block, der mit ```json beginnt.",
        "es": "Pon el objeto JSON en un bloque que empiece por ```json.",
        "fr": "Mets l'objet JSON dans un bloc qui commence par ```json.",
    },
}
SENTENCES = {
    "en": 'Under "{label}" it says: {value}.',
    "de": "Unter „{label}“ steht: {value}.",
    "es": "En «{label}» figura: {value}.",
    "fr": "Sous « {label} » figure : {value}.",
}
ITEMS = {"en": "entry", "de": "Eintrag", "es": "entrada", "fr": "entrée"}
