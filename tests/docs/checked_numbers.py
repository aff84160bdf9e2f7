"""The numbers of pages that are written by hand: does each stand among what was measured?"""
import re

DECIMAL = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")
LINK = re.compile(r"\]\([^)]*\)")


def numbers_in(found):
    """Yield every number in nested dicts and lists, such as what a JSON file holds."""
    if isinstance(found, (dict, list)):
        for each in found.values() if isinstance(found, dict) else found:
            yield from numbers_in(each)
    elif isinstance(found, (int, float)):
        yield found


def not_among(text, numbers):
    """Return the decimals of a text that are none of these numbers, rounded to as many digits.

    Integers, and what stands in links, are not looked at.
    """
    decimals, numbers = DECIMAL.findall(LINK.sub("]", text)), [*numbers]
    return [decimal for decimal in decimals if not any(_is(decimal, number) for number in numbers)]


def _is(decimal, number):
    mantissa, exponent, _ = decimal.partition("e")
    digits = len(mantissa.split(".")[1])
    return float(f"{number:.{digits}{'e' if exponent else 'f'}}") == float(decimal)  # -0.0 is 0.0, too
