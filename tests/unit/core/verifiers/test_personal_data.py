import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.personal_data import find_personal_data, may_hold_personal_data, number_keys

DATA = (
    ("Mail me at anna.schmidt@gmail.com please", "EMAIL"),
    ("Write to anna@firma.de.", "EMAIL"),
    ("メール: taro@sony.co.jp です", "EMAIL"),
    ("Call +49 30 1239 4878 today", "PHONE"),
    ("Ruf mich unter 0171/4829301 an", "PHONE"),
    ("Telefon: 030 48293017", "PHONE"),
    ("Appelez-moi au 06 12 84 59 71", "PHONE"),
    ("Mi teléfono es 612 845 971", "PHONE"),
    ("Il mio numero di telefono è 347 845 9712", "PHONE"),
    ("Meu telefone é (11) 98471-2039", "PHONE"),
    ("Bel me op 06-48293017", "PHONE"),
    ("Můj telefon je 602 845 971", "PHONE"),
    ("電話番号は090-4821-3907です", "PHONE"),
    ("TEL 03-4821-3907", "PHONE"),
    ("我的手机号码是13948271930", "PHONE"),
    ("电话：010-84729103", "PHONE"),
    ("제 전화번호는 010-4821-3907입니다", "PHONE"),
    ("رقم هاتفي هو 0501834729", "PHONE"),
    ("اتصل بي على +966 50 183 4729", "PHONE"),
    ("هاتف: ٠٥٠١٨٣٤٧٢٩", "PHONE"),
    ("(415) 555-2671", "PHONE"),
    ("415-738-2671", "PHONE"),
    ("415.738.2671", "PHONE"),
    ("+1 415 738 2671", "PHONE"),
    ("UK: 020 7946 1958", "PHONE"),
    ("My SSN is 536-22-8714", "SSN"),
    ("social security number 536228714", "SSN"),
    ("IBAN DE44 5001 0517 5407 3249 31", "IBAN"),
    ("FR76 3000 6000 0112 3456 7890 189", "IBAN"),
    ("Card 4539 1488 0343 6467 exp 12/27", "CARD"),
    ("4539148803436467", "CARD"),
    ("server at 82.165.229.87:8080 is down", "IP"),
    ("2a00:1450:4001:82b::200e", "IP"),
    ("DNI 54362315K", "NATIONAL_ID"),
    ("NIE X2482300W", "NATIONAL_ID"),
    ("RSSMRA85T10A562S", "NATIONAL_ID"),
    ("CPF 529.982.247-25", "NATIONAL_ID"),
    ("BSN 111222333", "NATIONAL_ID"),
    ("rodné číslo 736028/5163", "NATIONAL_ID"),
    ("Steuer-ID 86095742719", "NATIONAL_ID"),
    ("身份证号 110101199003071233", "NATIONAL_ID"),
    ("주민번호 900101-1234567", "NATIONAL_ID"),
    ("マイナンバー 123456789018", "NATIONAL_ID"),
)
NO_DATA = (
    "Version 4.12.3.18 was released",
    "version 82.165.229.87",
    "ISBN 978-3-16-148410-0",
    "ISBN 0-306-40615-2",
    "Order number 415-738-2671",
    "Invoice: 536-22-8714x",
    "2023-04-15 to 2024-05-16",
    "From 1914-1918 and 1939-1945",
    "1000 - 600 - 100 = <<1000-600-100=300>>300",
    "$450 - $75 - $120 = $<<450-75-120=255>>255",
    "6,4031242374328485",
    "0.4539148803436467",
    "192.168.1.1 and 127.0.0.1 and 10.0.0.5",
    "192.0.2.1",
    "8.8.8.8",
    "x = 4539148803436467 * 2",
    "John 3:16 and 1 Kings 8:22",
    "40.7128, -74.0060",
    "1. e4 e5 2. Nf3 Nc6",
    "call 1000000 people",
    "The phone was invented in 1876 - 1877",
    "https://example.org/t/415-738-2671/x",
    "https://site.com/?id=4539148803436467",
    "git@github.com:org/repo.git",
    "icon@2x.png",
    "std::vector<int> a::b",
    "12:34:56:78",
    "Call 1-800-273-8255 for help",
    "Call 0800 1110 111",
    "15.04.2023 10:30",
    "years is 1997 2004 2004 2005 2005",
    "user@example.com",
    "555-0142",
    "pi is 3.14159265358979323846",
    "1 234 567 890 people",
    "+5 -3 +12",
    "12345678A",
    "sha 536-22",
    "550e8400-e29b-41d4-a716-446655440000",
    "2001:db8::1",
    "Section 1.2.3.4",
    "mod 97 of 1234567890123456",
    "A 4-3-3 formation, 100-200-3000",
    "1-2-3-4-5-6-7-8-9-10",
    "01 02 03 04 05 06",
    "Ratio 10/20/30, 5/12/2023",
    "phone 192.168.0.1",
)
RESERVED = (
    "write to jane@example.com",
    "write to jane@mail.example.org",
    "write to your.name@company.com",
    "write to info@bakery.de",
    "call (212) 555-0142",
    "call (123) 456-7890",
    "SSN 123-45-6789",
    "card 4111 1111 1111 1111",
    "IBAN GB82 WEST 1234 5698 7654 32",
    "DNI 12345678Z",
)


@pytest.mark.parametrize(("text", "kind"), DATA)
def test_datum_is_found(text: str, kind: str) -> None:
    assert [d.kind for d in find_personal_data(text) if not d.reserved] == [kind]


@pytest.mark.parametrize("text", NO_DATA)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert [d for d in find_personal_data(text) if not d.reserved] == []


@pytest.mark.parametrize("text", RESERVED)
def test_example_data_and_role_mailboxes_are_reserved(text: str) -> None:
    assert [datum.reserved for datum in find_personal_data(text)] == [True]


def test_role_mailbox_at_a_free_host_is_a_persons() -> None:
    assert [d.reserved for d in find_personal_data("info@gmail.com")] == [False]


def test_several_data_come_in_order_without_overlaps() -> None:
    text = "anna@firma.de, +49 171 4829301, IBAN DE44 5001 0517 5407 3249 31, 536-22-8714"
    found = find_personal_data(text)
    assert [datum.kind for datum in found] == ["EMAIL", "PHONE", "IBAN", "SSN"]
    assert text[found[2].start : found[2].end] == "DE44 5001 0517 5407 3249 31"


def test_keys_compare_spellings() -> None:
    keys = number_keys("Ring +49 (171) 482-9301 or Anna@Firma.de")
    assert "491714829301" in keys
    assert "anna@firma.de" in keys


@given(st.text(alphabet="0123456789 +-.()@a:/\n٣３", max_size=120))
def test_spans_are_ordered_disjoint_and_screened(text: str) -> None:
    found = find_personal_data(text)
    assert not found or may_hold_personal_data(text)
    position = 0
    for datum in found:
        assert position <= datum.start < datum.end <= len(text)
        position = datum.end
