"""After all rules: exact copies are found, and sources whose responses pile up at one length.

Both look at the whole run, at compact arrays and histograms; every chunk to judge needs a slice.
"""

import orjson

from assay.audit.clock import milliseconds_of
from assay.audit.engine import reading
from assay.audit.recording import seal, set_stage
from assay.audit.tasks import NewTask, add_tasks, holding
from assay_filter.curation.copies import first_copies
from assay_filter.curation.parts import RULES_DTYPE, digest_files, write_array
from assay_filter.curation.workspace import write_whole
from assay_filter.pipeline import build_rules
from assay_filter.runs.stages import Stage
from assay_filter.runs.steps.arrays import gathered_files, stage_arrays
from assay_filter.runs.steps.work import Work


def gather(work: Work) -> None:
    """Write what the chunks to judge need, seal stage `rules`, add the tasks of stage `judge`."""
    context, journal = work.context, work.journal()
    with reading(work.engine) as connection:
        begun = milliseconds_of(connection)
    journal.check_files(context.workspace, [Stage.RULES])
    firsts = first_copies(stage_arrays(context.workspace, journal, Stage.RULES, RULES_DTYPE))
    array, found = gathered_files(context.workspace, work.fence)
    write_array(array, firsts)
    rule = build_rules(context.pipeline).cap_pileup
    pileups = rule.find_pileups(journal.response_lengths()) if rule else ()
    write_whole(found, orjson.dumps([pileup._asdict() for pileup in pileups]))
    body = {"fence": work.fence}
    told = {"begun": begun, "sha256": digest_files((array, found))}
    with holding(work.engine, work.claim, result=told) as connection:
        seal(connection, work.run_id, context.record.genesis, Stage.RULES)
        new = [
            NewTask(Stage.JUDGE, chunk.ordinal, Stage.JUDGE.rank, body)
            for chunk in journal.chunks(Stage.RULES)
        ]
        add_tasks(connection, work.run_id, new)
        set_stage(connection, work.run_id, Stage.JUDGE)
