"""A changed prompt is another version: each text is pinned together with its version.

Changed a prompt on purpose? Raise `version` in its front matter and write the new pair here.
"""

import hashlib

from assay_judge.prompts.files import read_prompts

PINNED = {
    "answer": (1, "067f6c642dd4"),
    "answer_scores": (1, "a666e975966b"),
    "checks": (1, "8312061a2adc"),
    "facts": (1, "5fd694a4afa6"),
    "injection": (1, "6527ad83ceba"),
    "kind_code": (1, "dff94194a3d9"),
    "kind_math": (1, "15507369349f"),
    "kind_multi_turn": (1, "8666550b1615"),
    "kind_multilingual": (1, "ab52f0254563"),
    "kind_rag": (1, "1b9cac674a68"),
    "kind_single_turn": (1, "972054b5206e"),
    "kind_tool_calling": (1, "316209a062f5"),
    "notes": (1, "337a7ad7c26c"),
    "role": (1, "7613b631bf80"),
    "rubric": (1, "0b06d85d25e8"),
    "tail_check": (1, "1e90f98c8d22"),
    "tail_confirm": (1, "4b6656b79a1b"),
    "tail_evidence": (1, "9b8c045cf0e3"),
    "tail_injection": (1, "0b9807712b84"),
    "tail_score": (1, "e03c1aa71404"),
}


def test_every_prompt_is_pinned_with_its_version() -> None:
    found = {
        name: (file.version, hashlib.sha256(file.text.encode()).hexdigest()[:12])
        for name, file in read_prompts().files.items()
    }
    assert found == PINNED
