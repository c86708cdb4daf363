"""Words that carry arithmetic in twelve languages, in lower case.

Operators and "of" make a product or sum of the numbers around them; joins and lead words warn that
an expression may begin earlier than its symbols show; clause words end it.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPERATORS: dict[str, str] = {
    word: operator
    for operator, words in {
        "+": "plus più 加 加上 たす 足す 더하기 زائد mais",
        "-": "minus moins menos meno 减 減 减去 ひく 引く 빼기 ناقص",
        "*": "times mal fois por veces vezes krát keer maal volte 乘 乘以 かける 곱하기 ضرب",
        "/": "除以 わる 割る 나누기 قسمة",
    }.items()
    for word in words.split()
}

# "multiplied by": the first word says which operator, the second one completes it.
PHRASES: dict[str, tuple[str, frozenset[str]]] = {
    word: (operator, frozenset(seconds.split()))
    for operator, firsts, seconds in (
        ("*", "multiplied multipliziert multiplicado multiplié moltiplicato vermenigvuldigd",
         "by mit por par per met"),
        ("/", "divided geteilt dividiert dividido divisé diviso gedeeld děleno lomeno",
         "by durch por entre par per door"),
    )
    for word in firsts.split()
}  # fmt: skip

OF = _words("of von vom de del du des di da do van z ze の 的 من")

JOINS = _words(
    "and plus with each & und mit je et avec chaque y e con com cada ogni a s každý en met elk"
    " elke per times 和 加 每 と 각 و"
)

# Words that end an expression: what follows belongs to another clause.
CLAUSE = _words(
    "is was are were will would has have had so then that if when because since which means gives"
    " therefore thus hence but get gets got makes made equals equal needs left ist war sind also"
    " dann hat haben weil wenn dass es está son fue tiene así entonces porque si que est sont donc"
    " alors car était ont é são foi tem então è sono ha quindi allora je jsou má tedy protože když"
    " is zijn heeft dus dan omdat als"
)

# Before an expression these change what the result stands for (half of 5 + 3 = 4).
LEADS = _words(
    "twice double doubled doubling half halve thrice triple quadruple third thirds fourth fourths"
    " fifth fifths sixth tenth quarter quarters square squared cube cubed root sqrt log ln exp sin"
    " cos tan average averages mean median mod modulo percent percentage minus less plus times"
    " max min gcd lcm doppelt hälfte drittel viertel wurzel durchschnitt mittelwert"
    " mitad doble tercio cuarto raíz promedio media moitié double tiers quart racine moyenne metade"
    " dobro terço quarto raiz média metà doppio terzo radice polovina dvojnásobek třetina průměr"
    " helft dubbele derde kwart wortel gemiddelde"
    " 一半 平均 根号 の平方根 半分 절반 평균 نصف ضعف متوسط"
    " not nicht no non não ne niet wrong false incorrect"
)

# Words that may stand between "=" and the result.
FILLERS = _words(
    "about approximately approx roughly around nearly almost only just a an total of exactly the"
    " etwa ungefähr rund circa ca fast nur aproximadamente unos cerca environ presque quase circa"
    " quasi asi přibližně zhruba ongeveer bijna 约 约为 大约 共 約 およそ 약 حوالي"
    " rs usd eur us gbp inr rm r s hk c au"
)

APPROXIMATE = _words(
    "about approximately approx roughly around nearly almost etwa ungefähr rund circa ca fast"
    " aproximadamente unos cerca environ presque quase quasi asi přibližně zhruba ongeveer bijna"
    " 约 约为 大约 約 およそ 약 حوالي 左右"
)
