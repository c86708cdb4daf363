"""What a judgement may use at most, so that it can be reserved before it is spent.

Taken from the texts that will be sent: a token for each three bytes, which is more than usual
tokenizers need for most languages, and every answer as long as its form allows. Reads count their
whole prompt, as a server without a prefix cache does.
"""

from collections.abc import Sequence

from assay.domain.judgement import Usage
from assay_judge.engine.desk import Desk
from assay_judge.engine.examine import Plan
from assay_judge.engine.gauge import TEMPLATE_TOKENS
from assay_judge.engine.subject import Subject
from assay_judge.prompts.exhibit import Rendered

BYTES_PER_TOKEN = 3


def most_usage(
    subject: Subject, parts: Sequence[Rendered], desk: Desk, plans: Sequence[Plan]
) -> Usage:
    """Return an upper estimate for judging `parts` by all of `plans`, retries aside."""
    prompt = completion = 0
    for plan in plans:
        form = (desk.scored if plan.writes_digits else desk.plain).first
        system = desk.system(subject, with_scores=plan.writes_digits)
        num_drafts = len(plan.orders) * len(plan.draws)
        num_reads = _num_reads(subject, form.bounds.num_defects, plan) if plan.reads else 0
        for part in parts:
            size = (len(system.encode()) + len(part.text.encode())) // BYTES_PER_TOKEN
            size += TEMPLATE_TOKENS
            prompt += num_drafts * size + num_reads * (size + form.shape.max_tokens)
            completion += num_drafts * form.shape.max_tokens + num_reads
    return Usage(num_prompt_tokens=prompt, num_completion_tokens=completion)


def _num_reads(subject: Subject, num_claims: int, plan: Plan) -> int:
    """Score reads for each draft; confirmations and checks for each order; one injection read."""
    num_drafts = len(plan.orders) * len(plan.draws)
    asked_once = num_claims * len(plan.draws) + len(subject.checks)
    return num_drafts * len(subject.dimensions) + len(plan.orders) * asked_once + 1
