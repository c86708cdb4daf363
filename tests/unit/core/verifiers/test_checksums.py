from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers import checksums

# Published examples and made-up numbers with a right check digit.
VALID: tuple[tuple[Callable[[str], bool], str], ...] = (
    (checksums.is_card_number, "4539148803436467"),
    (checksums.is_card_number, "378282246310005"),
    (checksums.is_iban, "GB82WEST12345698765432"),
    (checksums.is_iban, "NL91ABNA0417164300"),
    (checksums.is_spanish_id, "12345678Z"),
    (checksums.is_spanish_id, "X2482300W"),
    (checksums.is_italian_tax_code, "RSSMRA85T10A562S"),
    (checksums.is_cpf, "52998224725"),
    (checksums.is_bsn, "111222333"),
    (checksums.is_resident_id, "11010519491231002X"),
    (checksums.is_birth_number, "7360285163"),
    (checksums.is_steuer_id, "86095742719"),
    (checksums.is_my_number, "123456789018"),
    (checksums.is_french_social_security, "255081416802538"),
)


@pytest.mark.parametrize(("check", "number"), VALID)
def test_valid_number_passes(check: Callable[[str], bool], number: str) -> None:
    assert check(number)


@pytest.mark.parametrize(("check", "number"), VALID)
def test_wrong_check_digit_fails(check: Callable[[str], bool], number: str) -> None:
    wrong = [number[:-1] + last for last in "0123456789" if last != number[-1]]
    if number[-1].isalpha():
        wrong = [number[:-1] + last for last in "ABCDEFGHJKLMNPQRSTVWXYZ" if last != number[-1]]
    if check is checksums.is_resident_id:
        wrong = [number[:-1] + last for last in "0123456789"]
    assert not any(check(candidate) for candidate in wrong)


def test_luhn_without_an_issuers_prefix_is_no_card() -> None:
    assert checksums.is_luhn("1234567812345670")
    assert not checksums.is_card_number("1234567812345670")


def test_areas_that_are_never_issued_are_no_social_security_numbers() -> None:
    assert checksums.is_social_security_number("536228714")
    for never in ("000228714", "666228714", "912228714", "536008714", "536220000"):
        assert not checksums.is_social_security_number(never)


def test_resident_id_needs_a_real_birth_date() -> None:
    assert not checksums.is_resident_id("110105194913310025")


def test_korean_registration_number_needs_its_check_digit() -> None:
    passing = [d for d in "0123456789" if checksums.is_resident_registration("900101123456" + d)]
    assert len(passing) == 1


@given(st.integers(min_value=10**14, max_value=10**15 - 1), st.integers(0, 13), st.integers(1, 9))
def test_luhn_notices_any_single_wrong_digit(number: int, position: int, shift: int) -> None:
    body = str(number)
    digits = next(body + last for last in "0123456789" if checksums.is_luhn(body + last))
    changed = str((int(digits[position]) + shift) % 10)
    assert not checksums.is_luhn(digits[:position] + changed + digits[position + 1 :])
