"""Whole numbers: divisors, primes, digits, remainders, bases, rounding."""

from fractions import Fraction
from itertools import count
from math import gcd as greatest_divisor
from math import lcm as least_multiple
from math import prod
from random import Random

from assay_rl_rewards.tasks.making.mathematics.problem import (
    Problem,
    agree,
    read_decimal,
    tell_decimal,
)

_PRIMES = tuple(n for n in range(2, 200) if all(n % d for d in range(2, n)))
_DIGITS = "0123456789ABCDEF"


def gcd(chance: Random, language: str) -> Problem:
    """Two numbers with a divisor in common; found again among all divisors of the smaller."""
    shared = chance.randint(2, 120)
    a, b = shared * chance.randint(2, 90), shared * chance.randint(2, 90)
    small = min(a, b)
    found = next(d for d in range(small, 0, -1) if not a % d and not b % d)
    agree(found, greatest_divisor(a, b))
    return Problem("gcd", {"a": str(a), "b": str(b)}, str(found))


def lcm(chance: Random, language: str) -> Problem:
    """Two numbers; their least common multiple found again by going through multiples."""
    shared = chance.randint(1, 40)
    a, b = shared * chance.randint(2, 60), shared * chance.randint(2, 60)
    found = next(n for n in count(max(a, b), max(a, b)) if not n % min(a, b))
    agree(found, least_multiple(a, b))
    return Problem("lcm", {"a": str(a), "b": str(b)}, str(found))


def prime_factors(chance: Random, language: str) -> Problem:
    """A product of primes; taken apart again by trial division."""
    drawn = [chance.choice(_PRIMES[: chance.choice((6, 15, 46))]) for _ in range(3)]
    number = prod(drawn) * 2 ** chance.randint(0, 3) * 3 ** chance.randint(0, 2)
    found = _factors(number)
    agree(prod(p for p in found for _ in range(_multiplicity(number, p))), number)
    answer = f"\\{{{', '.join(map(str, found))}\\}}"
    return Problem("prime_factors", {"n": str(number)}, answer, "set")


def which_prime(chance: Random, language: str) -> Problem:
    """One prime among products; both tested by Fermat's little theorem and by trial division."""
    low = chance.choice((100, 1000, 5000))
    numbers = [n for n in range(low, low * 5) if n % 2 and n % 3 and n % 5]
    while True:
        drawn = chance.sample(numbers, 4)
        primes = [n for n in drawn if _factors(n) == [n]]
        if len(primes) == 1:
            break
    agree([n for n in drawn if all(pow(b, n - 1, n) == 1 for b in (2, 3, 5, 7, 11))], primes)
    return Problem("which_prime", {"s": _joined(drawn)}, str(primes[0]))


def place_value(chance: Random, language: str) -> Problem:
    """The digit at a place, from the text and by division."""
    number = chance.randint(10**4, 10 ** chance.randint(5, 10))
    place = chance.randrange(len(str(number)))
    digit = str(number)[-1 - place]
    agree(int(digit), number // 10**place % 10)
    return Problem("place_value", {"n": str(number), "p": str(10**place)}, digit)


def remainder(chance: Random, language: str) -> Problem:
    """A number made of quotient and remainder, divided again."""
    divisor = chance.randint(3, 900)
    left = chance.randrange(divisor)
    number = divisor * chance.randint(2, 5000) + left
    agree(number - number // divisor * divisor, left)
    return Problem("remainder", {"a": str(number), "b": str(divisor)}, str(left))


def to_base(chance: Random, language: str) -> Problem:
    """A number in another base, read back from its digits."""
    base = chance.choice((2, 3, 4, 5, 6, 7, 8, 9, 16))
    number = chance.randint(20, 20_000)
    text = _in_base(number, base)
    agree(int(text, base), number)
    form = "numeral" if base < 10 else "text"
    return Problem("to_base", {"n": str(number), "b": str(base)}, text, form)


def from_base(chance: Random, language: str) -> Problem:
    """A number of another base, added up again from its digits."""
    base = chance.choice((2, 3, 4, 5, 6, 7, 8, 9, 16))
    number = chance.randint(20, 20_000)
    text = _in_base(number, base)
    agree(sum(_DIGITS.index(d) * base**i for i, d in enumerate(reversed(text))), number)
    return Problem("from_base", {"n": text, "b": str(base)}, str(number))


def round_to(chance: Random, language: str) -> Problem:
    """To a power of ten; never half-way between two."""
    step = 10 ** chance.randint(1, 5)
    number = step * chance.randint(2, 3000) + chance.choice(
        [rest for rest in {chance.randint(1, step - 1) for _ in range(4)} if 2 * rest != step]
        or [1]
    )
    rounded = (2 * number + step) // (2 * step) * step
    agree(2 * abs(number - rounded) < step and rounded % step == 0, True)
    return Problem("round_to", {"n": str(number), "p": str(step)}, str(rounded))


def round_places(chance: Random, language: str) -> Problem:
    """A decimal of four places to one or two; never half-way between two."""
    places = chance.choice((1, 2))
    rounded = Fraction(chance.randint(1, 99_999), 10**places)
    offset = Fraction(chance.choice((-1, 1)) * chance.randint(1, 49), 100 * 10**places)
    whole, rest = divmod(int((rounded + offset) * 10**4), 10**4)
    mark = tell_decimal(Fraction(1, 2), language)[1]
    text = f"{whole}{mark}{rest:04}"
    again = round(read_decimal(text) * 10**places)
    agree(Fraction(again, 10**places), rounded)
    return Problem("round_places", {"n": text, "p": str(places)}, tell_decimal(rounded, language))


def _factors(number: int) -> list[int]:
    """The primes that divide `number`, by trial division."""
    found, divisor = [], 2
    while divisor * divisor <= number:
        if number % divisor:
            divisor += 1
            continue
        found.append(divisor)
        while not number % divisor:
            number //= divisor
    return [*found, number] if number > 1 else found


def _multiplicity(number: int, prime: int) -> int:
    return next(power for power in count() if number % prime ** (power + 1))


def _in_base(number: int, base: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = _DIGITS[digit] + digits
    return digits


def _joined(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
