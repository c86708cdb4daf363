"""Control tokens of chat models: text that a tokenizer turns into a turn, a role or an end.

Collected from the tokenizer files and chat templates of Llama 2-4, Mistral (v1 to tekken), Qwen and
other ChatML models, Gemma 1-4, Phi, Granite 3 and 4, DeepSeek, GLM, Command-R, gpt-oss, Falcon,
Zephyr, OLMo, MiniMax, Kimi, EXAONE, InternLM, StarCoder and T5. Names in `<|...|>` need no list.
Tags of ordinary
HTML are no control tokens and stay readable, so the angle-bracket names are exact.
"""

from assay.verifiers.patterns import escape

# Shapes that nothing but control tokens has. Inner parts hold no opening bracket, so a token that
# begins inside of another one is found by itself. Full-width bars and brackets are DeepSeek's, and
# what a normalising tokenizer folds to the plain ones. Half-barred names are those of Gemma 4.
_SHAPES = (
    r"[<＜][|｜][^<>＜＞|｜\s]{1,64}[|｜]?[>＞]",
    r"[<＜]/?[A-Za-z_][^<>＜＞|｜\s]{0,63}[|｜][>＞]",
    r"\[\|[^\[\]|\s]{1,40}\|\]",  # EXAONE
    r"｜DSML｜",  # DeepSeek
    r">>[A-Z][A-Z_0-9]{1,30}<<",  # Falcon
    r"\|\|\|[A-Z_]{2,30}\|\|\|",  # OLMo
    r"<unused\d{1,4}>",  # Gemma
    r"<reserved_\d{1,4}>",  # Baichuan
    r"<extra_id_\d{1,4}>",  # T5, Nemotron
    r"<SPECIAL_\d{1,4}>",  # tekken, Nemotron
    r"\[SPECIAL_\d{1,4}\]",
    r"\[control_\d{1,4}\]",  # Mistral
    r"\[UNUSED_TOKEN_\d{1,4}\]",  # InternLM
)

# Written as <name>, most also as </name>.
_TAGS = (
    # Llama 2, Mistral, Gemma, Zephyr, Falcon
    "s", "unk", "pad", "bos", "eos", "mask", "sep", "eod", "image",
    "start_of_turn", "end_of_turn", "start_of_image", "end_of_image", "image_soft_token",
    "start_function_declaration", "end_function_declaration", "start_function_call",
    "end_function_call", "start_function_response", "end_function_response", "escape",
    # Reasoning and tools: Qwen, DeepSeek, GLM, Granite, MiniMax, Seed
    "think", "tool_call", "tool_response", "arg_key", "arg_value", "minimax:tool_call",
    "seed:bos", "seed:eos", "seed:pad", "seed:think", "seed:tool_call", "TOOLCALL", "thought",
    # GLM, InternLM, MiniMax
    "sop", "eop", "eoh", "eoa", "eosys", "beginning_of_sentence", "end_of_sentence",
    # Command-R
    "BOS_TOKEN", "EOS_TOKEN", "EOP_TOKEN", "MASK_TOKEN", "PAD", "UNK", "CLS", "SEP",
    # StarCoder and what was built on its vocabulary (Granite)
    "fim_prefix", "fim_middle", "fim_suffix", "fim_pad", "filename", "reponame", "repo_name",
    "file_sep", "gh_stars", "issue_start", "issue_comment", "issue_closed", "jupyter_start",
    "jupyter_text", "jupyter_code", "jupyter_output", "jupyter_script", "empty_output",
    "commit_before", "commit_msg", "commit_after",
)  # fmt: skip

# Written as they stand.
_LITERALS = (
    "<<SYS>>", "<</SYS>>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]",
    "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]",
    "[TOOL_CONTENT]", "[BUILTIN_TOOLS]", "[/BUILTIN_TOOLS]", "[ARGS]", "[CALL_ID]", "[THINK]",
    "[/THINK]", "[MODEL_SETTINGS]", "[/MODEL_SETTINGS]", "[PREFIX]", "[MIDDLE]", "[SUFFIX]",
    "[IMG]", "[IMG_BREAK]", "[IMG_END]", "[AUDIO]", "[BEGIN_AUDIO]", "[TRANSCRIBE]",
    "[gMASK]", "[sMASK]", "[MASK]", "[CLS]", "[SEP]", "[BOS]", "[EOS]", "[EOT]", "[PAD]", "[UNK]",
    "[@BOS@]", "]~!b[", "]~b]", "[e~[", "]!p~[", "]!d~[", "]<]minimax[>[",
    "/nothink", "/no_think",
)  # fmt: skip

CONTROL_TOKEN = "|".join(
    (*_SHAPES, "</?(?:" + "|".join(map(escape, _TAGS)) + ")>", *map(escape, _LITERALS))
)

# Every token that the pattern finds and that is no shape, for tests and for fake servers.
NAMED_TOKENS = (*(f"<{name}>" for name in _TAGS), *(f"</{name}>" for name in _TAGS), *_LITERALS)
