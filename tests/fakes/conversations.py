"""Small conversations for tests of judges."""

from collections.abc import Sequence

from assay.domain.sample import Document, Message, Sample, SampleType, Tool, ToolCall

QUESTION = "Which river flows through Vienna, and how long is it?"
ANSWER = "The Danube flows through Vienna. It is 2850 km long and ends in the Black Sea."


def chat(*turns: str, system: str | None = None, type: SampleType | None = None) -> Sample:
    """A conversation of user and assistant in turn; the default is one question, one answer."""
    texts = turns or (QUESTION, ANSWER)
    head = [] if system is None else [Message("system", system)]
    roles = ("user", "assistant")
    messages = [Message(roles[at % 2], text) for at, text in enumerate(texts)]
    kind = type or (SampleType.SINGLE_TURN if len(texts) < 3 else SampleType.MULTI_TURN)
    return Sample((*head, *messages), type=kind)


def rag(*texts: str, answer: str = ANSWER, earlier: Sequence[str] = ()) -> Sample:
    """A question about documents; `earlier` are turns before it."""
    roles = ("user", "assistant")
    before = [Message(roles[at % 2], text) for at, text in enumerate(earlier)]
    documents = tuple(Document(f"doc-{n}", f"Title {n}", text) for n, text in enumerate(texts, 1))
    messages = (*before, Message("user", QUESTION), Message("assistant", answer))
    return Sample(messages, documents=documents, type=SampleType.RAG)


def tool_use(arguments: str = '{"city":"Vienna"}', content: str | None = None) -> Sample:
    """A turn that calls the declared tool."""
    tool = Tool(
        "weather",
        "The weather of a city.",
        {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    )
    call = ToolCall("c1", "weather", arguments)
    return Sample(
        (Message("user", "How is the weather in Vienna?"), Message("assistant", content, (call,))),
        tools=(tool,),
        type=SampleType.TOOL_CALLING,
    )
