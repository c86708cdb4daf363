"""Check digits of cards, bank accounts and national identity numbers, each on bare characters.

A number that only looks like an identifier fails its check digit nine times in ten or better; that
is what lets the personal-data verifier tell an identity number from any other run of digits. The
rules are the published ones of each register (ISO 13616, ISO 7064, national decrees).
"""

from datetime import date

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_CF_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_DIGITS = "10X98765432"
_RRN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20,
    "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18,
    "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27,
    "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
    "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24,
    "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24,
    "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip


def is_luhn(digits: str) -> bool:
    """Payment cards."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_card_number(digits: str) -> bool:
    """A length and prefix that an issuer uses, with a valid check digit."""
    length, two, four = len(digits), int(digits[:2]), int(digits[:4])
    issued = (
        (digits[0] == "4" and length in (13, 16, 19))
        or (length == 16 and (51 <= two <= 55 or 2221 <= four <= 2720))
        or (length == 15 and two in (34, 37))
        or (length == 16 and (four == 6011 or two == 65 or 6440 <= four <= 6499))
        or (length == 16 and 3528 <= four <= 3589)
        or (length == 14 and (two in (36, 38) or 3000 <= four <= 3059))
        or (16 <= length <= 19 and two == 62)
    )
    return issued and is_luhn(digits)


def is_iban(compact: str) -> bool:
    """`compact` holds no spaces: country, length and the remainder modulo 97."""
    if IBAN_LENGTHS.get(compact[:2]) != len(compact):
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def is_social_security_number(digits: str) -> bool:
    """United States: no check digit, but areas, groups and serials that are never issued."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def is_spanish_id(compact: str) -> bool:
    """DNI (8 digits and a letter) and NIE (X, Y or Z, 7 digits and a letter)."""
    digits = compact[:-1].translate(str.maketrans("XYZ", "012"))
    return _DNI_LETTERS[int(digits) % 23] == compact[-1]


def is_italian_tax_code(code: str) -> bool:
    """Codice fiscale, 16 characters."""
    total = 0
    for position, character in enumerate(code[:15]):
        value = int(character) if character.isdigit() else ord(character) - ord("A")
        total += value if position % 2 else _CF_ODD[value]
    return chr(ord("A") + total % 26) == code[15]


def is_cpf(digits: str) -> bool:
    """Brazil: 11 digits, the last two are check digits."""
    for length in (9, 10):
        total = sum(int(digits[i]) * (length + 1 - i) for i in range(length))
        if (total * 10 % 11) % 10 != int(digits[length]):
            return False
    return len(set(digits)) > 1


def is_bsn(digits: str) -> bool:
    """The Netherlands: the eleven-test."""
    total = sum(int(digits[i]) * (9 - i) for i in range(8)) - int(digits[8])
    return total % 11 == 0 and int(digits) > 0


def is_resident_id(code: str) -> bool:
    """China: 17 digits with a birth date, and a check character."""
    if not _is_date(int(code[6:10]), int(code[10:12]), int(code[12:14])):
        return False
    total = sum(int(code[i]) * weight for i, weight in enumerate(_RESIDENT_WEIGHTS))
    return _RESIDENT_DIGITS[total % 11] == code[17].upper()


def is_resident_registration(digits: str) -> bool:
    """Korea: 13 digits (numbers issued since October 2020 carry no check digit)."""
    total = sum(int(digits[i]) * weight for i, weight in enumerate(_RRN_WEIGHTS))
    return (11 - total % 11) % 10 == int(digits[12])


def is_my_number(digits: str) -> bool:
    """Japan: 12 digits."""
    total = 0
    for position, digit in enumerate(reversed(digits[:11]), start=1):
        total += int(digit) * (position + 1 if position <= 6 else position - 5)
    remainder = total % 11
    return int(digits[11]) == (0 if remainder <= 1 else 11 - remainder)


def is_birth_number(digits: str) -> bool:
    """Czechia: 10 digits (9 before 1954), divisible by 11, a plausible month."""
    month = int(digits[2:4]) % 50
    if not 1 <= (month - 20 if month > 12 else month) <= 12:
        return False
    if len(digits) == 9:
        return int(digits[:2]) < 54
    return int(digits) % 11 == 0 or (int(digits[:9]) % 11 == 10 and digits[9] == "0")


def is_steuer_id(digits: str) -> bool:
    """Germany: 11 digits, ISO 7064 modulo 11,10."""
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return digits[0] != "0" and (11 - product) % 10 == int(digits[10])


def is_french_social_security(compact: str) -> bool:
    """NIR: 13 characters and the complement to 97 (Corsica writes 2A, 2B)."""
    number = compact[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(compact[13:])


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        return date(year, month, day).year >= 1900
    except ValueError:
        return False
