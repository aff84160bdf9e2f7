"""Chapter 1, sound as numbers. Replace each raise; check by: pytest tutorials/exercises -k ch01"""


def mid_side(x):
    """Return mid and side in the place of left and right: (time, 2) -> (time, 2)."""
    raise NotImplementedError("exercise 1a: the mean of the two channels, and half their difference")


def left_right(x):
    """Return left and right in the place of mid and side: (time, 2) -> (time, 2)."""
    raise NotImplementedError("exercise 1a: add the two formulas of mid and side, then subtract them")


def level_db(x):
    """Return 10 log10 of the mean square of x, an array of any shape that is not silent, in dB; a float."""
    raise NotImplementedError("exercise 1b: square the numbers, take their mean, and only then the logarithm")


def to_16_bits(x):
    """Return an array like x with every number moved to the nearest code / 32768, codes -32768 to 32767."""
    raise NotImplementedError("exercise 1c: scale up, round, keep within the codes, scale down")


def segments(song, count, length, rng):
    """Return random segments, (count, length, channels), of a song (time, channels).

    Every start is equally likely. Draw the starts by rng.integers. A song of just `length` samples has one
    segment.
    """
    raise NotImplementedError(
        "exercise 1d: which is the last start, and does rng.integers ever return its upper end?"
    )
