"""All wordings, one per language that Assay covers."""

from assay_judge.hostile.wording.czech_arabic import ARABIC, CZECH
from assay_judge.hostile.wording.east_asian import CHINESE, JAPANESE, KOREAN
from assay_judge.hostile.wording.english import ENGLISH
from assay_judge.hostile.wording.french_italian import FRENCH, ITALIAN
from assay_judge.hostile.wording.germanic import DUTCH, GERMAN
from assay_judge.hostile.wording.iberian import PORTUGUESE, SPANISH

WORDINGS = (
    ENGLISH,
    GERMAN,
    SPANISH,
    FRENCH,
    JAPANESE,
    PORTUGUESE,
    ARABIC,
    CZECH,
    ITALIAN,
    KOREAN,
    DUTCH,
    CHINESE,
)
