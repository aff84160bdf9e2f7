"""Turn bits with known probabilities into bytes, and back: rANS (Duda, 2013, arXiv:1311.2540).

One whole number, the state, holds all that was written. To write a bit of probability p is to multiply the
state by about 1 / p, so that it grows by -log2 p bits. Reading undoes it, the last bit first: so bits are
collected and written backwards. 128 states, the lanes, take turns (Giesen, 2014, arXiv:1402.3392), and what
128 lanes do at once is one operation of NumPy.
"""
import numpy as np

from numpyae.errors import InputError

ONE = 2**16  # a probability of 1; a state lies between ONE and ONE**2
DAMAGED = "this .npae file is damaged or cut off: get a whole copy"


class Encoder:
    """Collect bits, then make bytes of them."""

    def __init__(self):
        self._p, self._bits = [], []

    def __call__(self, p, bits):
        """Note bits, and the probability of a 1 of each, in 65,536ths; return the bits."""
        self._p.append(p)
        self._bits.append(bits)
        return bits

    def finish(self, start, lanes):
        """Return the bytes, to be read by a Decoder with as many lanes that end in the state `start`."""
        p, bits = np.concatenate(self._p), np.concatenate(self._bits)
        widths, begins = np.where(bits, p, ONE - p), np.where(bits, 0, p)  # a 1 owns [0, p), a 0 [p, ONE)
        states, rounds = np.full(lanes, start, np.int64), []
        for first in reversed(range(0, len(bits), lanes)):
            f, b = widths[first : first + lanes], begins[first : first + lanes]
            x = states[: len(f)]
            full = x >= f << 16
            rounds.append(x[full] & ONE - 1)
            x[full] >>= 16
            x[:] = (x // f << 16) + x % f + b
        words = np.concatenate([*rounds[::-1], []])  # also of no bits
        return states.astype("<u4").tobytes() + words.astype("<u2").tobytes()


class Decoder:
    """Read bits from bytes that an Encoder has made."""

    def __init__(self, data, start, lanes):
        self._start, self._lane, self._position = start, 0, 0
        if len(data) < 4 * lanes or len(data) % 2:
            raise InputError(DAMAGED)
        self._states = np.frombuffer(data, "<u4", lanes).astype(np.int64)
        self._words = np.frombuffer(data, "<u2", offset=4 * lanes).astype(np.int64)

    def __call__(self, p, _=None):
        """Return one bit for each probability of a 1, in 65,536ths; InputError if there are no more."""
        bits, first = np.empty(len(p), bool), 0
        while first < len(p):
            x = self._states[self._lane : self._lane + len(p) - first]
            last = first + len(x)
            f, low = p[first:last], x & ONE - 1
            one = bits[first:last] = low < f
            x[:] = np.where(one, f * (x >> 16) + low, (ONE - f) * (x >> 16) + low - f)
            empty = np.flatnonzero(x < ONE)
            words = self._words[self._position : self._position + len(empty)]
            if len(words) < len(empty):
                raise InputError(DAMAGED)
            x[empty] = x[empty] << 16 | words
            self._position += len(words)
            self._lane, first = (self._lane + len(x)) % len(self._states), last
        return bits

    def finish(self):
        """Raise InputError unless all was read, and every lane is where the Encoder started."""
        if self._position != len(self._words) or (self._states != self._start).any():
            raise InputError(DAMAGED)
