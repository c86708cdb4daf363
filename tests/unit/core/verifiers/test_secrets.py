import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.verifiers.secrets import entropy_bits, find_secrets, is_placeholder

_ALPHABET = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_BASE32 = string.ascii_uppercase + "234567"


def _made_up(length: int, alphabet: str = _ALPHABET) -> str:
    # Keys are made here, never written down, so that no scanner takes this file for a leak.
    generator = random.Random(length)
    return "".join(generator.choice(alphabet) for _ in range(length))


KEYS = (
    ("AWS access key", "AKIA" + _made_up(16, _BASE32)),
    ("AWS secret key", "aws_secret_access_key = '" + _made_up(40) + "'"),
    ("GitHub token", "ghp_" + _made_up(36)),
    ("GitHub token", "github_pat_" + _made_up(22) + "_" + _made_up(59)),
    ("Hugging Face token", "hf_" + _made_up(34)),
    ("OpenAI key", "sk-" + _made_up(48)),
    ("OpenAI key", "sk-proj-" + _made_up(60)),
    ("Anthropic key", "sk-ant-api03-" + _made_up(90)),
    ("Slack token", "xoxb-" + _made_up(12, string.digits) + "-" + _made_up(24)),
    ("Google API key", "AIza" + _made_up(35)),
    ("Stripe key", "sk_live_" + _made_up(24)),
    ("npm token", "npm_" + _made_up(36)),
    ("PyPI token", "pypi-" + _made_up(80)),
    ("GitLab token", "glpat-" + _made_up(20)),
    ("Twilio key", "SK" + _made_up(32, _HEX)),
    ("SendGrid key", "SG." + _made_up(22) + "." + _made_up(43)),
    ("private key", "-----BEGIN RSA PRIVATE KEY-----\n" + _made_up(300) + "\n-----END"),
    ("JSON web token", "eyJ" + _made_up(20) + ".eyJ" + _made_up(40) + "." + _made_up(43)),
    ("Azure storage key", "AccountKey=" + _made_up(86) + "=="),
    ("password in a URL", "postgres://admin:" + _made_up(14) + "@db.host.com/x"),
    ("assigned secret", 'password = "' + _made_up(24) + '"'),
    ("assigned secret", 'api_key: "' + _made_up(32) + '"'),
    ("assigned secret", "DB_PASSWORD_PROD=" + _made_up(25)),
    ("assigned secret", "Das Passwort lautet " + _made_up(26)),
    ("assigned secret", "API-Key: " + _made_up(40, _HEX)),
)
NO_KEYS = (
    "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sk-learn is a library; use sk-your-api-key-goes-here-now",
    "api_key = 'YOUR_API_KEY_GOES_HERE_PLEASE'",
    "password = os.environ['DATABASE_PASSWORD']",
    "token: 550e8400-e29b-41d4-a716-446655440000",
    "token hash: " + _made_up(64, _HEX),
    "secret = config.get_secret_value_from_vault",
    "token: the smallest unit",
    "def login(auth=None, token=None): ...",
    "password='abcdefghijklmnopqrstuvwxyz0123'",
    "secret: aaaaaaaaaaaaaaaaaaaaaaaaa",
    "The secret is 'be_yourself_no_matter_what_they_say'",
    "key: 20230415123456789012345",
    "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
    "http://user:password@example.com/",
    "https://a.com/signin?passive=true&continue=https%3A%2F%2Fb.com%2F&ec=GAZAmgQ&flow=GlifWebSignIn",
    "postgres://${USER}:${PASSWORD}@localhost/db",
)


@pytest.mark.parametrize(("kind", "text"), KEYS)
def test_key_is_found_and_never_shown(kind: str, text: str) -> None:
    surrounded = f"Here it is: {text} and no more"
    found = find_secrets(surrounded)
    assert [secret.kind for secret in found] == [kind]
    value = surrounded[found[0].start : found[0].end]
    assert len(found[0].shown) <= 4
    assert value[:6] not in found[0].description


@pytest.mark.parametrize("text", NO_KEYS)
def test_placeholder_or_name_is_no_secret(text: str) -> None:
    assert find_secrets(text) == ()


def test_documented_example_keys_are_placeholders() -> None:
    assert is_placeholder("AKIAIOSFODNN7EXAMPLE")
    assert not is_placeholder("AKIA" + _made_up(16, _BASE32))


@given(st.text(max_size=60))
def test_entropy_lies_between_zero_and_the_logarithm_of_the_length(text: str) -> None:
    assert -1e-9 <= entropy_bits(text) <= len(text).bit_length()
