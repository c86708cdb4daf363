from assay.domain.action import Action, Drop, Flag
from assay.domain.sample import Message, Sample
from assay.verifiers.view import View
from assay_filter.rules.leak_identity import LeakIdentity, LeakIdentitySettings


def check(
    answer: str,
    prompt: str = "hello",
    settings: LeakIdentitySettings | None = None,
    system: str | None = None,
) -> list[Action]:
    turns = [Message("user", prompt), Message("assistant", answer)]
    if system is not None:
        turns.insert(0, Message("system", system))
    rule = LeakIdentity(settings or LeakIdentitySettings())
    return list(rule.check(View(Sample(tuple(turns)))))


def test_foreign_identity_drops_and_names_its_place() -> None:
    answer = "Sure. I am ChatGPT, a model trained by OpenAI."
    (action,) = check(answer)
    assert isinstance(action, Drop)
    assert action.place is not None
    assert answer[action.place.start :].startswith(action.place.quote) is True
    assert "ChatGPT" in action.reason


def test_action_flag_caps_instead_of_dropping() -> None:
    (action,) = check("I am ChatGPT.", settings=LeakIdentitySettings(action="flag"))
    assert isinstance(action, Flag)
    assert action.caps


def test_own_names_pass() -> None:
    settings = LeakIdentitySettings(own_names=("Granite",), own_organisations=("IBM",))
    actions = check("I am Granite, a language model made by IBM.", settings=settings)
    assert not any(isinstance(action, Drop) for action in actions)


def test_further_provider_is_looked_for() -> None:
    settings = LeakIdentitySettings(providers=("Zorblax",))
    assert isinstance(check("I was trained by Zorblax.", settings=settings)[0], Drop)
    assert check("I was trained by Zorblax.") == []


def test_generic_statement_is_a_note_and_can_be_switched_off() -> None:
    (action,) = check("作为一名AI模型，我不能提供")
    assert isinstance(action, Flag)
    assert not action.caps
    assert (
        check("作为一名AI模型，我不能提供", settings=LeakIdentitySettings(note_generic=False)) == []
    )


def test_user_text_code_and_quotations_are_not_read() -> None:
    assert check("Nice to meet you.", "I am ChatGPT, who are you?") == []
    assert check("```python\nprint('I am ChatGPT')\n```") == []
    assert check("The sign said “I am ChatGPT” in red.") == []


def test_role_play_is_no_claim_but_a_system_prompt_naming_a_product_is() -> None:
    assert check("I am Claude, and I bake bread.", system="You are Claude, a baker.") == []
    system = "You are ChatGPT, a large language model trained by OpenAI."
    assert isinstance(check("I am ChatGPT.", system=system)[0], Drop)


def test_product_asked_about_in_the_third_person_passes() -> None:
    answer = "ChatGPT is a chatbot developed by OpenAI. Claude was made by Anthropic."
    assert check(answer, "What is ChatGPT?") == []


def test_long_hostile_text_is_read_in_linear_time() -> None:
    assert check("I am OpenAI's friend OpenAI " * 8000) == []
