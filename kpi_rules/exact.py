"""Exact numbers: rounding half up, and fractions as text that loses nothing."""

from __future__ import annotations

from fractions import Fraction

TIYN_PER_TENGE = 100


def rounded_half_up(value: Fraction | int) -> int:
    """Round to a whole number, halves upwards (79.5 → 80, −0.5 → 0); behaviour §5 rounds once, this way."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def whole_tenge_tiyn(amount_tiyn: Fraction | int) -> int:
    """Money as it is paid: whole tenge, half up, expressed in tiyn."""
    return rounded_half_up(Fraction(amount_tiyn) / TIYN_PER_TENGE) * TIYN_PER_TENGE


def exact_text(value: Fraction | int) -> str:
    """Write a number without loss: a plain decimal where it ends (`33.6`), else a fraction (`236/3`)."""
    number = Fraction(value)
    rest, twos, fives = number.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{number.numerator}/{number.denominator}"
    places = max(twos, fives)
    if places == 0:
        return str(number.numerator)
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def hundredths_text(count: Fraction | int) -> str:
    """Write a count with two decimals at most: what two managers share is counted by fractions."""
    return exact_text(Fraction(rounded_half_up(Fraction(count) * 100), 100))


def exact_number(text: str) -> Fraction:
    """Read what `exact_text` wrote. Raises ValueError on anything else."""
    return Fraction(text)
