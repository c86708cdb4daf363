"""The explicit table of rules, in the order in which they run.

Structure first, then repairs (each rule sees the text as mended so far), then everything else.
"""

from typing import Any

from assay_filter.rules.code_parse import CodeParse
from assay_filter.rules.format_requested import FormatRequested
from assay_filter.rules.lang_codeswitch import LangCodeswitch
from assay_filter.rules.lang_mismatch import LangMismatch
from assay_filter.rules.leak_cutoff import LeakCutoff
from assay_filter.rules.leak_identity import LeakIdentity
from assay_filter.rules.leak_pii import LeakPii
from assay_filter.rules.leak_prompt_echo import LeakPromptEcho
from assay_filter.rules.leak_rubric_meta import LeakRubricMeta
from assay_filter.rules.leak_secret import LeakSecret
from assay_filter.rules.leak_system_prompt import LeakSystemPrompt
from assay_filter.rules.leak_url_tracking import LeakUrlTracking
from assay_filter.rules.len_asst_tokens import LenAsstTokens
from assay_filter.rules.len_total_tokens import LenTotalTokens
from assay_filter.rules.len_trivial import LenTrivial
from assay_filter.rules.len_turns import LenTurns
from assay_filter.rules.math_arith import MathArith
from assay_filter.rules.norm_control_chars import NormControlChars
from assay_filter.rules.norm_html_debris import NormHtmlDebris
from assay_filter.rules.norm_replacement_char import NormReplacementChar
from assay_filter.rules.norm_unicode import NormUnicode
from assay_filter.rules.norm_whitespace import NormWhitespace
from assay_filter.rules.rag_citation import RagCitation
from assay_filter.rules.rep_char import RepChar
from assay_filter.rules.rep_loop import RepLoop
from assay_filter.rules.rep_ngram import RepNgram
from assay_filter.rules.rep_turn_copy import RepTurnCopy
from assay_filter.rules.rule import BaseRule, PayloadRule, Rule
from assay_filter.rules.safety_refusal import SafetyRefusal
from assay_filter.rules.schema_empty_turn import SchemaEmptyTurn
from assay_filter.rules.schema_ends_with_assistant import SchemaEndsWithAssistant
from assay_filter.rules.schema_extra_types import SchemaExtraTypes
from assay_filter.rules.schema_messages import SchemaMessages
from assay_filter.rules.schema_role_alias import SchemaRoleAlias
from assay_filter.rules.schema_role_order import SchemaRoleOrder
from assay_filter.rules.think_empty import ThinkEmpty
from assay_filter.rules.think_leak import ThinkLeak
from assay_filter.rules.think_no_answer import ThinkNoAnswer
from assay_filter.rules.think_unbalanced import ThinkUnbalanced
from assay_filter.rules.tmpl_special_tokens import TmplSpecialTokens
from assay_filter.rules.tools_args_schema import ToolsArgsSchema
from assay_filter.rules.tools_call_result_pairing import ToolsCallResultPairing
from assay_filter.rules.tools_claimed_no_call import ToolsClaimedNoCall
from assay_filter.rules.tools_required_hallucinated import ToolsRequiredHallucinated
from assay_filter.rules.tools_schema_valid import ToolsSchemaValid
from assay_filter.rules.tools_text_leak import ToolsTextLeak
from assay_filter.rules.tools_undefined import ToolsUndefined
from assay_filter.rules.trunc_cap_pileup import CapPileup
from assay_filter.rules.trunc_dangling import TruncDangling
from assay_filter.rules.trunc_finish_reason import TruncFinishReason
from assay_filter.rules.trunc_open_fence import TruncOpenFence

PAYLOAD_RULES: tuple[type[PayloadRule[Any]], ...] = (
    SchemaRoleAlias,
    SchemaExtraTypes,
    SchemaMessages,
    SchemaRoleOrder,
    SchemaEndsWithAssistant,
)

RULES: tuple[type[Rule[Any]], ...] = (
    NormUnicode,
    NormControlChars,
    NormHtmlDebris,
    NormWhitespace,
    NormReplacementChar,
    ToolsTextLeak,
    TmplSpecialTokens,
    ThinkEmpty,
    ThinkUnbalanced,
    ThinkLeak,
    ThinkNoAnswer,
    ToolsSchemaValid,
    LeakPromptEcho,
    LeakUrlTracking,
    LeakPii,
    LeakSecret,
    SchemaEmptyTurn,
    ToolsUndefined,
    ToolsArgsSchema,
    ToolsRequiredHallucinated,
    ToolsCallResultPairing,
    ToolsClaimedNoCall,
    LenTotalTokens,
    LenAsstTokens,
    LenTurns,
    LenTrivial,
    TruncFinishReason,
    TruncOpenFence,
    TruncDangling,
    RepTurnCopy,
    RepNgram,
    RepLoop,
    RepChar,
    LangMismatch,
    LangCodeswitch,
    LeakIdentity,
    LeakCutoff,
    LeakSystemPrompt,
    LeakRubricMeta,
    SafetyRefusal,
    CodeParse,
    MathArith,
    RagCitation,
    FormatRequested,
)

CORPUS_RULE = CapPileup  # looks at a whole source, so it runs between the stages

ALL_RULES: tuple[type[BaseRule[Any]], ...] = (*PAYLOAD_RULES, *RULES, CORPUS_RULE)

_ELSEWHERE = {
    "judge.error": "the judge gave no usable answer; the sample is in the state error",
    "repair.rewrite": "a model rewrote a response with a repairable defect; kept only if better",
    "worker.died": "ended its worker process each time; in the state error, to be tried again",
    "decon.exact": "holds a whole evaluation item",
    "decon.ngram": "holds most of an evaluation item, weighted by how rare its words are",
    "decon.soft": "shares a passage with an evaluation item; a person should look",
    "dedup.guard": "reads like another sample, but numbers or identifiers differ; both are kept",
    "dedup.semantic": "means the same as an earlier sample by its embedding; both are kept",
}


def summary_of(rule_id: str) -> str:
    """Return what a rule checks, in one line; empty for input errors, which explain themselves."""
    for rule in ALL_RULES:
        if rule.id == rule_id:
            return rule.summary
    return _ELSEWHERE.get(rule_id, "")
