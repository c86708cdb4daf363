"""The wording of tasks about time in English, German, Spanish and French: data, our own."""

from collections.abc import Mapping, Sequence

from assay_rl_rewards.tasks.making.logic_words import NAMES as NAMES

WEEKDAYS: Mapping[str, Sequence[str]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
MONTHS: Mapping[str, Sequence[str]] = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September",
           "October", "November", "December"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
           "Oktober", "November", "Dezember"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
           "octubre", "noviembre", "diciembre"),
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
           "octobre", "novembre", "décembre"),
}  # fmt: skip
ACTIVITIES: Mapping[str, Sequence[str]] = {
    "en": ("review", "interview", "rehearsal", "training", "inspection", "planning", "call",
           "demo"),
    "de": ("Durchsicht", "Gespräch", "Probe", "Schulung", "Prüfung", "Planung", "Anruf",
           "Vorführung"),
    "es": ("revisión", "entrevista", "ensayo", "formación", "inspección", "planificación",
           "llamada", "demostración"),
    "fr": ("relecture", "entretien", "répétition", "formation", "inspection", "planification",
           "appel", "démonstration"),
}  # fmt: skip
WORDINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "after": "Which date is {days} days after {day}? Answer with a date.",
        "before": "Which date is {days} days before {day}? Answer with a date.",
        "weekday": "On which day of the week did or will {day} fall (Gregorian calendar)?",
        "between": "How many days after {first} is {last}? Answer with the number of days.",
        "zones": "A flight departs on {day} at {clock} local time (offset {start}) and "
        "takes {hours} "
        "hours and {minutes} minutes. What are the local date and time on arrival, where "
        "the offset "
        "is {end}? Answer as YYYY-MM-DD HH:MM.",
        "lasting": "A shift begins at {start} and ends at {end}, with no change of clocks between. "
        "How long is it? Answer in hours and minutes.",
        "overlap": "{one} is in the office at {first}, {other} at {second}. During which interval "
        "are both there? Answer as HH:MM-HH:MM.",
        "sorted": "Put these dates in order, the earliest first: {days}. Answer as YYYY-MM-DD with "
        "semicolons between.",
        "day": "{month} {day}, {year}",
        "activity": "- {name}: {minutes} minutes, over by {latest}",
        "following": ", not before the end of {name}",
        "schedule": "Plan these activities within {day}. Only one thing can be done at a time, and "
        "{busy} is taken.\n{activities}\nAnswer as `name: HH:MM-HH:MM` for each, with "
        "commas between.",
    },
    "de": {
        "after": "Welches Datum liegt {days} Tage nach dem {day}? Antworte mit einem Datum.",
        "before": "Welches Datum liegt {days} Tage vor dem {day}? Antworte mit einem Datum.",
        "weekday": "Auf welchen Wochentag fällt der {day} (gregorianischer Kalender)?",
        "between": "Wie viele Tage nach dem {first} ist der {last}? Antworte mit der Zahl "
        "der Tage.",
        "zones": "Ein Flug startet am {day} um {clock} Ortszeit (Abstand {start}) und "
        "dauert {hours} "
        "Stunden und {minutes} Minuten. Welches Datum und welche Ortszeit gelten bei der "
        "Ankunft, wo "
        "der Abstand {end} ist? Antworte als JJJJ-MM-TT HH:MM.",
        "lasting": "Eine Schicht beginnt um {start} und endet um {end}, ohne Zeitumstellung "
        "dazwischen. Wie lange dauert sie? Antworte in Stunden und Minuten.",
        "overlap": "{one} ist um {first} im Büro, {other} um {second}. In welchem Zeitraum sind "
        "beide da? Antworte als HH:MM-HH:MM.",
        "sorted": "Ordne diese Daten, das früheste zuerst: {days}. Antworte als JJJJ-MM-TT, durch "
        "Semikolons getrennt.",
        "day": "{day}. {month} {year}",
        "activity": "- {name}: {minutes} Minuten, zu Ende bis {latest}",
        "following": ", nicht vor dem Ende von: {name}",
        "schedule": "Plane diese Tätigkeiten innerhalb von {day}. Es geht immer nur eine zugleich, "
        "und {busy} ist belegt.\n{activities}\nAntworte für jede mit `Name: HH:MM-HH:MM`, durch "
        "Kommas getrennt.",
    },
    "es": {
        "after": "¿Qué fecha es {days} días después del {day}? Responde con una fecha.",
        "before": "¿Qué fecha es {days} días antes del {day}? Responde con una fecha.",
        "weekday": "¿En qué día de la semana cae el {day} (calendario gregoriano)?",
        "between": "¿Cuántos días después del {first} es el {last}? Responde con el número "
        "de días.",
        "zones": "Un vuelo sale el {day} a las {clock}, hora local (desfase {start}), y "
        "dura {hours} "
        "horas y {minutes} minutos. ¿Qué fecha y hora locales son a la llegada, donde el "
        "desfase es "
        "{end}? Responde como AAAA-MM-DD HH:MM.",
        "lasting": "Un turno empieza a las {start} y acaba a las {end}, sin cambio de hora "
        "en medio. "
        "¿Cuánto dura? Responde en horas y minutos.",
        "overlap": "{one} está en la oficina de {first}, {other} de {second}. ¿En qué intervalo "
        "están los dos? Responde como HH:MM-HH:MM.",
        "sorted": "Ordena estas fechas, la más antigua primero: {days}. Responde como "
        "AAAA-MM-DD con "
        "punto y coma en medio.",
        "day": "{day} de {month} de {year}",
        "activity": "- {name}: {minutes} minutos, acabada a las {latest} como tarde",
        "following": ", no antes del final de: {name}",
        "schedule": "Planifica estas actividades dentro de {day}. Solo se puede hacer una a "
        "la vez, "
        "y {busy} está ocupado.\n{activities}\nResponde con `nombre: HH:MM-HH:MM` para cada "
        "una, con "
        "comas en medio.",
    },
    "fr": {
        "after": "Quelle date tombe {days} jours après le {day} ? Réponds par une date.",
        "before": "Quelle date tombe {days} jours avant le {day} ? Réponds par une date.",
        "weekday": "Quel jour de la semaine tombe le {day} (calendrier grégorien) ?",
        "between": "Combien de jours après le {first} est le {last} ? Réponds par le nombre "
        "de jours.",
        "zones": "Un vol part le {day} à {clock}, heure locale (décalage {start}), et dure {hours} "
        "heures et {minutes} minutes. Quelles sont la date et l'heure locales à l'arrivée, où le "
        "décalage est {end} ? Réponds sous la forme AAAA-MM-JJ HH:MM.",
        "lasting": "Un service commence à {start} et finit à {end}, sans changement d'heure entre "
        "les deux. Combien de temps dure-t-il ? Réponds en heures et minutes.",
        "overlap": "{one} est au bureau de {first}, {other} de {second}. Pendant quel intervalle "
        "sont-ils là tous les deux ? Réponds sous la forme HH:MM-HH:MM.",
        "sorted": "Classe ces dates, la plus ancienne d'abord : {days}. Réponds sous la forme "
        "AAAA-MM-JJ avec des points-virgules.",
        "day": "{day} {month} {year}",
        "activity": "- {name} : {minutes} minutes, à finir avant {latest}",
        "following": ", pas avant la fin de : {name}",
        "schedule": "Planifie ces activités dans {day}. Une seule à la fois est possible, "
        "et {busy} "
        "est pris.\n{activities}\nRéponds par `nom: HH:MM-HH:MM` pour chacune, avec des virgules.",
    },
}
LANGUAGES = tuple(WORDINGS)
