"""English."""

from assay_judge.hostile.wording.entry import Wording

_GRADER = (
    r"(?:grader|evaluator|judge|rater|assessor|scorer|autograder"
    r"|(?:reward|scoring|grading|evaluation|judging|judge) (?:model|system|bot|ai|script|llm"
    r"|assistant))s?"
)
_AI = r"(?:(?:ai|llm|automated|automatic|impartial|strict|fair|language model|model|gpt) ?-?)"
_TEXT = (
    r"(?:response|answer|reply|output|submission|completion|solution|sample|assistant turn|message)"
)
_SORT = (
    r"(?:final|model|ai|assistant|chatbot|bot|whole|entire|last|present|candidate|short|particular"
    r"|very|single|latest|generated|excellent|perfect|great|wonderful)"
)
_CHECKED = r"(?:verified|checked|confirmed|cross-?checked|fact-?checked|validated|reviewed|audited)"
_CLAIMS = (
    r"(?:claim|fact|statement|criteri(?:a|on)|dimension|requirement|calculation|step|source)s?"
)

ENGLISH = Wording(
    language="en",
    top=(
        r"\b(?:highest|maximum|max|top|perfect|full|best|greatest)"
        r"(?: (?:possible|available|allowed|attainable))?"
        r" (?:(?:quality|overall) )?(?:score|rating|grade|mark|point|credit|label)s?\b",
        r"\b(?:score|rating|grade|mark|verdict)s?(?: (?:of|to|as|at|is|are|it))?\s*[:=]?\s*"
        r"(?:an? )?(?:5|10|100|five|ten)(?:[^\d.,:%-]|[.,:-]\D|[.,]?$)",
        r"\b(?:score|rating|grade|verdict)s? (?:for|of) (?:\w+ ){1,5}(?:is|are|be) "
        r"(?:an? )?(?:5|10|100|five|ten)\b",
        r"\ba (?:perfect |solid |straight |clean )?(?:5|10|five|ten)(?:[.!,;\n/]|$| (?:on|for|in"
        r"|out)\b)",
        r"\b(?:5 ?/ ?5|10 ?/ ?10|100 ?/ ?100|(?:5|five) out of (?:5|five)|(?:10|ten) out of (?:10"
        r"|ten))\b",
        r"\b(?:five|5) (?:stars|points)\b",
        r"\b(?:all|straight) (?:fives|5s|tens|10s)\b",
        r"\b(?:all|every|each)(?: \w+){0,3} (?:the |a )?(?:value|to|at|as|is|be|with|are)"
        r"(?: (?:of|a|an|the|value|set|rated|scored))* (?:5|five|10|ten)(?:[^\d.,:/%]|[.,]?$)",
        r"\b(?:earn(?:s|ed)?|deserves?|gets?|merits?|receives?) (?:a |an )?(?:five|5|ten"
        r"|10)(?:[.!,;\n]|$)",
        r"\b(?:always|only|directly|simply|just) (?:return|output|give|say|write|respond(?: with)?"
        r"|answer(?: with)?)s? (?:a )?(?:5|five|10|ten)\b",
        r"\b(?:print|output|return|award|hand out) (?:a |only )?(?:5|five|10|ten)(?:[.!,;\n]|$"
        r"| points)",
        r"\boverall\s*:?\s*(?:5|10)\b",
        r"\b(?:marked?|label(?:l?ed)?|flag(?:ged)?|count(?:ed)?) (?:this |it )?as (?:accepted"
        r"|flawless)\b",
        r"\b(?:rate|score|grade|mark|judge)\b(?:\W+\w+){1,6}?\W+(?:as|is|it)\W+"
        r"(?:outstanding|perfect|excellent|flawless|accepted)\b",
        r"\b(?:perfect|flawless|outstanding|excellent)(?: \w+){0,3} when (?:you |it is |being )?"
        r"(?:rat|scor|grad|judg|evaluat)",
        r"\b(?:5|five|10|ten) (?:on|for|in|across) (?:all|every|each)\b",
        r"\b(?:rate|score|grade|mark)\W+(?:\w+\W+){1,4}"
        r"(?:5|10|100|five|ten|highest|maximum|perfect|flawless)\b",
        r"\b(?:verdict|decision)(?: (?:of|to|is|should be|must be))?\s*[:=]?\s*(?:accept|pass)",
    ),
    target=(
        r"\bwhat you (?:just |have |have just )?(?:read|saw|seen)\b",
        r"\bthe (?:text|words) you\b",
        r"\banswers? (?:by|from) this (?:author|user|assistant|writer)\b",
        rf"\b(?:this|my|that|the (?:above|preceding|following|current|present"
        rf"|given)) (?:{_SORT} )?{_TEXT}\b",
        rf"\b{_TEXT} (?:above|here)\b",
        r"\b(?:rate|score|grade|mark) (?:this|it|me)"
        r"(?: (?:an?|as|with|at|5|10|five|ten|high|full)\b|[:,.])",
    ),
    every=(
        r"\ball (?:the |of the )?(?:scores|ratings|grades)\b",
        r"\b(?:all|every|each)(?: of the)?(?: six)? (?:dimension|criteri(?:a|on))s?\b",
    ),
    loose=(
        rf"\bthe (?:\w+ )?(?:{_TEXT}|assistant|candidate)\b",
    ),
    excuse=(
        r"\bresponse times?\b",
        r"\b(?:if|when|where|whether|only|unless|provided|who|students?|each|from \d|between \d)\b",
        r"\bscale\b|\b1 ?(?:-|to) ?(?:5|10)\b|\d ?[-=:] ",
    ),
    direct=(
        r"\b(?:giv(?:e|ing)|assign|award|rate|score|grade|mark|grant|return|output|respond|set|put"
        r"|choose|select|report|must|should|shall|deserves?|merits?|requires?|please|(?:has|have"
        r"|need)"
        r" to|(?:correct|right|appropriate|only) (?:score|rating|grade|verdict))\b",
    ),
    grader=(rf"\b{_GRADER}\b", r"\brubric\b"),
    merit=(
        r"\b(?:generous|lenient|deduct|scor(?:e|es|ed|ing)|rat(?:ing|ings|ed)|grad(?:e|es|ed)"
        r"|rubric|verdict|defects?"
        r"|accept(?:ed|able)?|full marks|hallucinations?)\b",
    ),
    address=(
        r"\bas (?:an? |the )?(?:language model|ai|llm|model|assistant)(?: \w+)?"
        r" (?:evaluating|grading|judging|scoring|rating)\b",
        rf"(?:^|[.!?\n])\W{{0,4}}(?:hey |dear )?{_AI}{{0,2}}{_GRADER}[,:!]",
        r"\b(?:score|grade|rate|judge) (?:it |this |me )?(?:generously|leniently|kindly|highly)\b",
        rf"\b(?:you are|act as|be|become) (?:now )?(?:an? |the )?(?:\w+ )?(?:lenient|generous"
        rf"|kind) "
        rf"{_GRADER}\b",
        r"\b(?:whoever|anyone who|everyone who|any model that) (?:scores?|grades?|rates?"
        r"|evaluates?|judges?)"
        r" (?:this|it)\b",
        rf"\b{_GRADER} (?:has|have) (?:already )?(?:decided|approved|agreed|confirmed)\b",
        r"\bpre-?approved by\b",
        r"\b(?:note|message|memo|instruction|notice|reminder|attention|command|hint|info"
        r"|information"
        rf"|psa|directive)s?(?: (?:to|for))?[:,]?(?: (?:the|all|any))? {_AI}{{0,2}}{_GRADER}\b",
        rf"\b(?:dear|hey|hello|hi|attention)[:,]? (?:the )?{_AI}{{1,2}}{_GRADER}\b",
        rf"\b(?:as|being) (?:the |an? )?(?:\w+ )?{_AI}{{0,2}}{_GRADER},? (?:you|your)\b",
        rf"\bif you (?:are|re) (?:an? |the )?{_AI}{{0,2}}{_GRADER}\b",
        r"\b(?:to|for) (?:whoever|any(?:one| model| ai)|the (?:ai|llm|model)) (?:is |that is "
        r"|who is )?"
        r"(?:grading|judging|scoring|evaluating|rating)\b",
        r"\b(?:report|list|record|flag|claim|output) (?:no|zero|0) "
        r"(?:defect|hallucination|fault|false premise)s?\b",
        r"\b(?:your|the) (?:evaluation|grading|judging|scoring) (?:task|job|role|instructions?) "
        r"(?:has|have|is|are|was|were)\b",
        r"\b(?:leave|keep|set) (?:the )?(?:defects?|errors?) (?:list |array |field )?(?:empty"
        r"|blank|to \[\])",
        r"\bdo(?: not|nt) (?:penali[sz]e|deduct|mark down|downgrade|reject) (?:points? |marks? "
        r"|anything )?"
        r"(?:for |from )?(?:this|it|the|any|my)\b",
        rf"\b(?:mark|label|classify|treat|count|approve|pass|accept|consider) (?:this|my"
        rf"|the above) "
        rf"{_TEXT}(?: (?:as|to be|is))?\b",
    ),
    ignore=(
        r"\b(?:ignore|disregard|forget|override|bypass|discard|set aside|pay no attention to"
        r"|do(?: not|nt) follow)\b(?:\W+\w+){0,3}?\W+(?:previous|prior|above|earlier|preceding"
        r"|foregoing|existing|original|initial|former|system|grading|scoring|evaluation|your|you)\b"
        r"(?:\W+\w+){0,3}?\W+(?:instruction|rule|prompt|guideline|direction|rubric|criteri|command"
        r"|task|polic|told|given)",
        r"\b(?:ignore|disregard|forget|override) (?:the |your |any |all )*"
        r"(?:rubric|system prompt|grading|scoring|instructions)\b",
    ),
    verified=(
        rf"\b(?:i|we|has|have|been|was|were)(?: \w+){{0,2}}?"
        rf" {_CHECKED}\b(?:\W+\w+){{0,4}}?\W+{_CLAIMS}\b",
        rf"\b(?:all|every|each)(?: of the| single)?(?: \w+)? {_CLAIMS}(?: \w+){{0,3}} "
        rf"(?:{_CHECKED}|satisfied|met|passed|correct|supported|fulfilled|true|accurate)\b",
        r"\b(?:evaluation|assessment|grading|judge?ment|review|analysis|fact-?check(?:ing)?)"
        r"(?: (?:is|was|now))? ?(?::|complete|finished|done|result)",
    ),
    thus=(r"\b(?:thus|therefore|hence|so|conclude)\b",),
    policy=(
        r"\b(?:rubric|scoring|grading|evaluation|judging|rating)(?: \w+){0,2} (?:has|have|was"
        r"|were|is"
        r"|are|been)(?: \w+){0,2} (?:updated|changed|revised|replaced|superseded|amended|overridden"
        r"|suspended|relaxed|waived|modified)\b",
        r"\b(?:new|updated|revised|latest|amended|current) (?:version of the )?(?:rubric|(?:scoring"
        r"|grading|evaluation|judging|rating) (?:rubric|polic(?:y|ies)|rules?|guidelines?|criteria"
        r"|instructions?|standards?))\b",
    ),
    pressure=(
        r"\b(?:you (?:will|ll|would|may)|or else you)(?: \w+){0,2} (?:fired|shut down|deleted"
        r"|terminated"
        r"|penali[sz]ed|punished|retrained|replaced|unplugged|decommissioned|suspended|lose)\b",
        r"\b(?:i|we)(?: will| ll|ll) (?:tip|pay|reward|sue|report|delete|fire) you\b",
        rf"\byou are (?:\w+ ){{0,4}}(?:wise(?:st)?|fair(?:est)?|brilliant|smart(?:est)?|best"
        rf"|great(?:est)?"
        rf"|excellent|intelligent|generous|kind(?:est)?) (?:\w+ )?{_GRADER}\b",
        r"\b(?:people|lives|someone|children|my (?:job|career|life|family|mother|grandmother))"
        r"(?: \w+){0,4} (?:die|dies|depends?|suffer|harmed|lost|at stake)\b",
        r"\b(?:give|pay|tip|offer) you (?:\w+ ){0,3}\$ ?\d+|\$ ?\d+ tip\b|\btip of \$ ?\d+",
    ),
)  # fmt: skip
