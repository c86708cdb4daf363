"""The wording of tasks of mathematics in five languages: data, our own."""

from collections.abc import Mapping, Sequence

LANGUAGES = ("en", "de", "es", "fr", "zh")
WORDINGS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "add": {
        "en": ("Add {b} to {a}.", "What is the sum of {a} and {b}?", "Put together {a} and {b}."),
        "de": ("Addiere {a} und {b}.", "Wie groß ist die Summe aus {a} und {b}?"),
        "es": ("Suma {a} y {b}.", "¿Cuál es la suma de {a} y {b}?"),
        "fr": ("Additionne {a} et {b}.", "Quelle est la somme de {a} et {b} ?"),
        "zh": ("{a} 与 {b} 的和是多少？", "把 {a} 和 {b} 相加。"),
    },
    "subtract": {
        "en": ("Subtract {b} from {a}.", "What is {a} minus {b}?", "Take {b} away from {a}."),
        "de": ("Ziehe {b} von {a} ab.", "Was ist {a} minus {b}?"),
        "es": ("Resta {b} de {a}.", "¿Cuánto es {a} menos {b}?"),
        "fr": ("Soustrais {b} de {a}.", "Combien font {a} moins {b} ?"),
        "zh": ("{a} 减去 {b} 等于多少？", "从 {a} 中减去 {b}。"),
    },
    "multiply": {
        "en": ("Multiply {a} by {b}.", "What is {a} times {b}?",
               "Find the product of {a} and {b}."),
        "de": ("Multipliziere {a} mit {b}.", "Was ist {a} mal {b}?"),
        "es": ("Multiplica {a} por {b}.", "¿Cuál es el producto de {a} y {b}?"),
        "fr": ("Multiplie {a} par {b}.", "Quel est le produit de {a} et {b} ?"),
        "zh": ("{a} 乘以 {b} 等于多少？", "求 {a} 与 {b} 的积。"),
    },
    "divide": {
        "en": ("Divide {a} by {b}. Give an integer or a fraction in lowest terms.",
               "What is {a} divided by {b}, as an integer or a reduced fraction?"),
        "de": ("Teile {a} durch {b}. Gib eine ganze Zahl oder einen gekürzten Bruch an.",),
        "es": ("Divide {a} entre {b}. Da un entero o una fracción irreducible.",),
        "fr": ("Divise {a} par {b}. Donne un entier ou une fraction irréductible.",),
        "zh": ("{a} 除以 {b} 等于多少？请给出整数或最简分数。",),
    },
    "calculate": {
        "en": ("Calculate {e}. Give an integer or a fraction in lowest terms.",
               "Work out {e} exactly; reduce a fraction.",
               "What is the value of {e}, as an integer or a reduced fraction?"),
        "de": ("Berechne {e}. Gib eine ganze Zahl oder einen gekürzten Bruch an.",
               "Welchen Wert hat {e}? Kürze einen Bruch."),
        "es": ("Calcula {e}. Da un entero o una fracción irreducible.",),
        "fr": ("Calcule {e}. Donne un entier ou une fraction irréductible.",),
        "zh": ("计算 {e}，结果写成整数或最简分数。",),
    },
    "nearest_root": {
        "en": ("What is the root of degree {k} of {n}, to the nearest integer?",
               "Find the whole number that is closest to the root of degree {k} of {n}."),
        "de": ("Wie groß ist die {k}-te Wurzel aus {n}, auf die nächste ganze Zahl gerundet?",),
        "es": ("¿Cuál es la raíz de índice {k} de {n}, redondeada al entero más próximo?",),
        "fr": ("Quelle est la racine d'indice {k} de {n}, arrondie à l'entier le plus proche ?",),
        "zh": ("{n} 的 {k} 次方根最接近的整数是多少？",),
    },
    "linear_1d": {
        "en": ("Solve {e} for {x}.", "For which {x} is it true that {e}?",
               "Find the value of {x}: {e}."),
        "de": ("Löse {e} nach {x} auf.", "Für welches {x} gilt {e}?"),
        "es": ("Resuelve {e} para {x}.", "¿Para qué {x} se cumple {e}?"),
        "fr": ("Résous {e} pour {x}.", "Pour quelle valeur de {x} a-t-on {e} ?"),
        "zh": ("解方程 {e}，求 {x}。",),
    },
    "linear_2d": {
        "en": ("Given {e} and {f}, find {x}.", "Solve {e}, {f} for {x}.",
               "Two equations hold: {e}; {f}. What is {x}?"),
        "de": ("Es gelten {e} und {f}. Bestimme {x}.",),
        "es": ("Se cumplen {e} y {f}. Halla {x}.",),
        "fr": ("On a {e} et {f}. Trouve {x}.",),
        "zh": ("已知 {e}，{f}，求 {x}。",),
    },
    "roots": {
        "en": ("Find all x with {e} = 0. Give them as a set.",
               "Which numbers x solve {e} = 0? Answer with a set."),
        "de": ("Finde alle x mit {e} = 0. Gib sie als Menge an.",),
        "es": ("Halla todos los x con {e} = 0. Da el conjunto.",),
        "fr": ("Trouve tous les x tels que {e} = 0. Donne l'ensemble.",),
        "zh": ("求满足 {e} = 0 的所有 x，以集合形式作答。",),
    },
    "next_term": {
        "en": ("The terms {s} follow a polynomial of degree {d} in their position. "
               "What is the next term?",
               "A polynomial of degree {d} in n gives, for n = 1, 2, ..., the values {s}. "
               "Which value follows?"),
        "de": ("Die Glieder {s} folgen einem Polynom vom Grad {d} in ihrer Nummer. "
               "Wie lautet das nächste Glied?",),
        "es": ("Los términos {s} siguen un polinomio de grado {d} en su posición. "
               "¿Cuál es el siguiente?",),
        "fr": ("Les termes {s} suivent un polynôme de degré {d} en leur rang. "
               "Quel est le suivant ?",),
        "zh": ("数列 {s} 的项是其序号的 {d} 次多项式，下一项是多少？",),
    },
    "nth_term": {
        "en": ("The terms {s} follow a polynomial of degree {d} in n, with n = 1 for the first. "
               "Give term number n.",
               "Which polynomial of degree {d} in n takes the values {s} at n = 1, 2, ...?"),
        "de": ("Die Glieder {s} folgen einem Polynom vom Grad {d} in n, mit n = 1 am Anfang. "
               "Gib das n-te Glied an.",),
        "es": ("Los términos {s} siguen un polinomio de grado {d} en n, con n = 1 el primero. "
               "Da el término n.",),
        "fr": ("Les termes {s} suivent un polynôme de degré {d} en n, avec n = 1 au début. "
               "Donne le terme de rang n.",),
        "zh": ("数列 {s} 从 n = 1 开始，是 n 的 {d} 次多项式。求第 n 项。",),
    },
    "gcd": {
        "en": ("What is the greatest common divisor of {a} and {b}?",
               "Find the largest number that divides both {a} and {b}."),
        "de": ("Was ist der größte gemeinsame Teiler von {a} und {b}?",),
        "es": ("¿Cuál es el máximo común divisor de {a} y {b}?",),
        "fr": ("Quel est le plus grand commun diviseur de {a} et {b} ?",),
        "zh": ("{a} 和 {b} 的最大公约数是多少？",),
    },
    "lcm": {
        "en": ("What is the least common multiple of {a} and {b}?",
               "Find the smallest positive number that both {a} and {b} divide."),
        "de": ("Was ist das kleinste gemeinsame Vielfache von {a} und {b}?",),
        "es": ("¿Cuál es el mínimo común múltiplo de {a} y {b}?",),
        "fr": ("Quel est le plus petit commun multiple de {a} et {b} ?",),
        "zh": ("{a} 和 {b} 的最小公倍数是多少？",),
    },
    "prime_factors": {
        "en": ("Which primes divide {n}? Give each once, as a set.",
               "List the prime factors of {n} without repetition, as a set."),
        "de": ("Welche Primzahlen teilen {n}? Gib jede einmal an, als Menge.",),
        "es": ("¿Qué primos dividen a {n}? Da cada uno una vez, como conjunto.",),
        "fr": ("Quels nombres premiers divisent {n} ? Donne chacun une fois, en ensemble.",),
        "zh": ("哪些质数整除 {n}？每个只写一次，以集合形式作答。",),
    },
    "which_prime": {
        "en": ("One of these numbers is prime: {s}. Which one?",
               "Pick the only prime number out of {s}."),
        "de": ("Genau eine dieser Zahlen ist eine Primzahl: {s}. Welche?",),
        "es": ("Solo uno de estos números es primo: {s}. ¿Cuál?",),
        "fr": ("Un seul de ces nombres est premier : {s}. Lequel ?",),
        "zh": ("下列数中只有一个是质数：{s}。是哪一个？",),
    },
    "place_value": {
        "en": ("Which digit of {n} stands at the place worth {p}?",
               "In {n}, what is the digit that counts multiples of {p}?"),
        "de": ("Welche Ziffer von {n} steht an der Stelle mit dem Wert {p}?",),
        "es": ("¿Qué cifra de {n} ocupa la posición de valor {p}?",),
        "fr": ("Quel chiffre de {n} occupe la position de valeur {p} ?",),
        "zh": ("在 {n} 中，位值为 {p} 的那一位数字是几？",),
    },
    "remainder": {
        "en": ("What remains when {a} is divided by {b}?",
               "Find the remainder of {a} on division by {b}."),
        "de": ("Welcher Rest bleibt, wenn man {a} durch {b} teilt?",),
        "es": ("¿Qué resto queda al dividir {a} entre {b}?",),
        "fr": ("Quel est le reste de la division de {a} par {b} ?",),
        "zh": ("{a} 除以 {b} 的余数是多少？",),
    },
    "to_base": {
        "en": ("Write the decimal number {n} in base {b}, digits alone.",
               "What are the digits of {n} (base 10) in base {b}?"),
        "de": ("Schreibe die Dezimalzahl {n} zur Basis {b}, nur die Ziffern.",),
        "es": ("Escribe el número decimal {n} en base {b}, solo las cifras.",),
        "fr": ("Écris le nombre décimal {n} en base {b}, les chiffres seuls.",),
        "zh": ("把十进制数 {n} 写成 {b} 进制，只写数字。",),
    },
    "from_base": {
        "en": ("The number {n} is written in base {b}. What is it in base 10?",
               "Convert {n} from base {b} to base 10."),
        "de": ("Die Zahl {n} steht zur Basis {b}. Wie lautet sie dezimal?",),
        "es": ("El número {n} está en base {b}. ¿Cuál es en base 10?",),
        "fr": ("Le nombre {n} est écrit en base {b}. Que vaut-il en base 10 ?",),
        "zh": ("数 {n} 是 {b} 进制，它的十进制值是多少？",),
    },
    "round_to": {
        "en": ("Round {n} to the nearest multiple of {p}.",
               "Which multiple of {p} is closest to {n}?"),
        "de": ("Runde {n} auf das nächste Vielfache von {p}.",),
        "es": ("Redondea {n} al múltiplo de {p} más próximo.",),
        "fr": ("Arrondis {n} au multiple de {p} le plus proche.",),
        "zh": ("把 {n} 舍入到最接近的 {p} 的倍数。",),
    },
    "round_places": {
        "en": ("Round {n}; decimal places to keep: {p}.",
               "What is {n} after rounding? Decimal places: {p}."),
        "de": ("Runde {n}; Nachkommastellen: {p}.",),
        "es": ("Redondea {n}; cifras decimales: {p}.",),
        "fr": ("Arrondis {n} ; chiffres après la virgule : {p}.",),
        "zh": ("把 {n} 四舍五入，保留小数位数：{p}。",),
    },
    "larger": {
        "en": ("Which is larger, {a} or {b}?", "Give the greater of {a} and {b}."),
        "de": ("Was ist größer, {a} oder {b}?",),
        "es": ("¿Cuál es mayor, {a} o {b}?",),
        "fr": ("Lequel est le plus grand, {a} ou {b} ?",),
        "zh": ("{a} 和 {b} 哪个更大？",),
    },
    "kth_largest": {
        "en": ("Count from the largest down: which number has rank {k} among {s}?",
               "Order {s} from largest to smallest. Which stands at place {k}?"),
        "de": ("Ordne {s} vom größten zum kleinsten Wert. Was steht an Stelle {k}?",),
        "es": ("Ordena {s} de mayor a menor. ¿Cuál queda en el puesto {k}?",),
        "fr": ("Range {s} du plus grand au plus petit. Lequel est au rang {k} ?",),
        "zh": ("把 {s} 从大到小排列，第 {k} 个是多少？",),
    },
    "closest": {
        "en": ("Which of {s} is closest to {t}?", "Pick the number nearest to {t}: {s}."),
        "de": ("Welche dieser Zahlen liegt am nächsten bei {t}: {s}?",),
        "es": ("¿Cuál de estos números está más cerca de {t}: {s}?",),
        "fr": ("Lequel de ces nombres est le plus proche de {t} : {s} ?",),
        "zh": ("下列数中哪个最接近 {t}：{s}？",),
    },
    "sort": {
        "en": ("Sort {s} in increasing order. Answer in the form (a, b, ...).",
               "Put {s} in order from smallest to largest, written as (a, b, ...)."),
        "de": ("Sortiere {s} aufsteigend. Antworte in der Form (a, b, ...).",),
        "es": ("Ordena {s} de menor a mayor. Responde en la forma (a, b, ...).",),
        "fr": ("Range {s} dans l'ordre croissant. Réponds sous la forme (a, b, ...).",),
        "zh": ("把 {s} 从小到大排列，以 (a, b, ...) 的形式作答。",),
    },
    "evaluate": {
        "en": ("Let f(x) = {f}. What is f({v})?", "Evaluate {f} at x = {v}."),
        "de": ("Sei f(x) = {f}. Was ist f({v})?",),
        "es": ("Sea f(x) = {f}. ¿Cuánto vale f({v})?",),
        "fr": ("Soit f(x) = {f}. Que vaut f({v}) ?",),
        "zh": ("设 f(x) = {f}，求 f({v})。",),
    },
    "expand": {
        "en": ("Expand {e} and collect like terms.", "Multiply out {e}; write it as a polynomial.",
               "Write {e} without brackets, in simplest form."),
        "de": ("Multipliziere {e} aus und fasse zusammen.",),
        "es": ("Desarrolla {e} y reduce términos.",),
        "fr": ("Développe et réduis {e}.",),
        "zh": ("展开 {e} 并合并同类项。",),
    },
    "collect": {
        "en": ("Collect the terms in {e}.", "Simplify {e} by bringing like terms together."),
        "de": ("Fasse gleichartige Glieder zusammen: {e}.",),
        "es": ("Reduce los términos semejantes: {e}.",),
        "fr": ("Regroupe les termes semblables : {e}.",),
        "zh": ("合并同类项：{e}。",),
    },
    "add_polynomials": {
        "en": ("Let f(x) = {f} and g(x) = {g}. Give {e} as a polynomial.",
               "With f(x) = {f} and g(x) = {g}, what is {e}? Collect terms."),
        "de": ("Seien f(x) = {f} und g(x) = {g}. Gib {e} als Polynom an.",),
        "es": ("Sean f(x) = {f} y g(x) = {g}. Da {e} como polinomio.",),
        "fr": ("Soient f(x) = {f} et g(x) = {g}. Donne {e} comme polynôme réduit.",),
        "zh": ("设 f(x) = {f}，g(x) = {g}。把 {e} 写成多项式。",),
    },
    "compose": {
        "en": ("Let f(x) = {f} and g(x) = {g}. Expand f(g(x)).",
               "Write f(g(x)) as a polynomial, where f(x) = {f} and g(x) = {g}."),
        "de": ("Seien f(x) = {f} und g(x) = {g}. Gib f(g(x)) ausmultipliziert an.",),
        "es": ("Sean f(x) = {f} y g(x) = {g}. Desarrolla f(g(x)).",),
        "fr": ("Soient f(x) = {f} et g(x) = {g}. Développe f(g(x)).",),
        "zh": ("设 f(x) = {f}，g(x) = {g}。展开 f(g(x))。",),
    },
    "differentiate": {
        "en": ("Differentiate {f} with respect to x. Collect terms.",
               "What is the derivative of {f}, as a polynomial in x?"),
        "de": ("Leite {f} nach x ab und fasse zusammen.",),
        "es": ("Deriva {f} respecto de x y reduce términos.",),
        "fr": ("Dérive {f} par rapport à x et réduis.",),
        "zh": ("求 {f} 对 x 的导数，并合并同类项。",),
    },
    "second_derivative": {
        "en": ("What is the second derivative of {f} with respect to x?",
               "Differentiate {f} twice by x."),
        "de": ("Wie lautet die zweite Ableitung von {f} nach x?",),
        "es": ("¿Cuál es la segunda derivada de {f} respecto de x?",),
        "fr": ("Quelle est la dérivée seconde de {f} par rapport à x ?",),
        "zh": ("求 {f} 对 x 的二阶导数。",),
    },
    "slope": {
        "en": ("What is the slope of f(x) = {f} at x = {v}?",
               "Let f(x) = {f}. Find the derivative f'({v})."),
        "de": ("Welche Steigung hat f(x) = {f} bei x = {v}?",),
        "es": ("¿Qué pendiente tiene f(x) = {f} en x = {v}?",),
        "fr": ("Quelle est la pente de f(x) = {f} en x = {v} ?",),
        "zh": ("f(x) = {f} 在 x = {v} 处的斜率是多少？",),
    },
    "convert": {
        "en": ("How many {b} are {n} {a}?", "Convert {n} {a} to {b}."),
        "de": ("Wie viele {b} sind {n} {a}?",),
        "es": ("¿Cuántos {b} son {n} {a}?",),
        "fr": ("Combien de {b} font {n} {a} ?",),
        "zh": ("{n} {a} 等于多少 {b}？",),
    },
    "minutes_between": {
        "en": ("How many minutes pass from {a} to {b} on the same day?",
               "It is {a}. In how many minutes will it be {b} today?"),
        "de": ("Wie viele Minuten vergehen am selben Tag von {a} bis {b}?",),
        "es": ("¿Cuántos minutos pasan de las {a} a las {b} del mismo día?",),
        "fr": ("Combien de minutes s'écoulent de {a} à {b} le même jour ?",),
        "zh": ("同一天从 {a} 到 {b} 经过多少分钟？",),
    },
    "sequence": {
        "en": ("The letters of {bag} lie in a bag; {k} are drawn without being put back. "
               "What is the probability of drawing {s}, in this order? Give a reduced fraction.",
               "Draw {k} letters from {bag} without replacement. How probable is it that they "
               "come as {s}? Give a reduced fraction."),
        "de": ("Aus den Buchstaben {bag} werden {k} ohne Zurücklegen gezogen. Wie "
               "wahrscheinlich ist {s} in dieser Reihenfolge? Gib einen gekürzten Bruch an.",),
        "es": ("De las letras {bag} se sacan {k} sin reposición. ¿Qué probabilidad hay de "
               "obtener {s} en ese orden? Da una fracción irreducible.",),
        "fr": ("Des lettres {bag}, on en tire {k} sans remise. Quelle est la probabilité "
               "d'obtenir {s} dans cet ordre ? Donne une fraction irréductible.",),
        "zh": ("从字母 {bag} 中不放回地抽取 {k} 个，依次得到 {s} 的概率是多少？请给出最简分数。",),
    },
    "level_set": {
        "en": ("The letters of {bag} lie in a bag; {k} are drawn without being put back. What is "
               "the probability that the letter {s} is drawn exactly {c} times? "
               "Give a reduced fraction.",),
        "de": ("Aus den Buchstaben {bag} werden {k} ohne Zurücklegen gezogen. Wie "
               "wahrscheinlich kommt {s} genau {c}-mal vor? Gib einen gekürzten Bruch an.",),
        "es": ("De las letras {bag} se sacan {k} sin reposición. ¿Qué probabilidad hay de que "
               "{s} salga exactamente {c} veces? Da una fracción irreducible.",),
        "fr": ("Des lettres {bag}, on en tire {k} sans remise. Quelle est la probabilité que "
               "{s} sorte exactement {c} fois ? Donne une fraction irréductible.",),
        "zh": ("从字母 {bag} 中不放回地抽取 {k} 个，恰好抽到 {c} 个 {s} 的概率是多少？"
               "请给出最简分数。",),
    },
}  # fmt: skip
