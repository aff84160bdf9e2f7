"""rANS: bits come back, cost what their probabilities say, and no damage gets past the last state."""
import numpy as np
import pytest

from numpyae.codec.rans import DAMAGED, ONE, Decoder, Encoder
from numpyae.errors import InputError

START = 2**16 + 12345


def random_bits(rng, n, least=24):
    """Return probabilities of all sizes, and bits that are drawn by them."""
    p = np.rint(ONE / (1 + np.exp(-rng.normal(0, 4, n)))).astype(np.int64).clip(least, ONE - least)
    return p, rng.random(n) < p / ONE


def written(p, bits, lanes, start=START, calls=1):
    encoder = Encoder()
    for part in np.array_split(np.arange(len(p)), calls):
        assert np.array_equal(encoder(p[part], bits[part]), bits[part])
    return encoder.finish(start, lanes)


def read(data, p, lanes, start=START, calls=1):
    decoder = Decoder(data, start, lanes)
    bits = np.concatenate([decoder(part) for part in np.array_split(p, calls)])
    decoder.finish()
    return bits


@pytest.mark.parametrize("lanes", [1, 2, 7, 127, 128])
@pytest.mark.parametrize("n", [1, 2, 127, 128, 129, 1000, 5000])
@pytest.mark.parametrize("calls", [1, 3, 200])
def test_bits_come_back_however_they_are_cut_into_calls(rng, lanes, n, calls):
    p, bits = random_bits(rng, n)
    data = written(p, bits, lanes, calls=calls)
    assert data == written(p, bits, lanes)
    got = read(data, p, lanes, calls=7)
    assert got.dtype == bool and np.array_equal(got, bits)


def test_no_bits_are_the_states_alone():
    encoder = Encoder()
    encoder(np.zeros(0, np.int64), np.zeros(0, bool))
    data = encoder.finish(START, 3)
    assert data == 3 * START.to_bytes(4, "little")
    Decoder(data, START, 3).finish()


@pytest.mark.parametrize("p", [1, 24, ONE // 2, 65_512, ONE - 1])
@pytest.mark.parametrize("bit", [False, True])
@pytest.mark.parametrize("start", [ONE, 2 * ONE - 1])
def test_the_likeliest_and_the_unlikeliest_bits_come_back(p, bit, start):
    p = np.full(3000, p)
    bits = np.full(3000, bit)
    assert np.array_equal(read(written(p, bits, 5, start), p, 5, start), bits)


@pytest.mark.parametrize("lanes", [1, 128])
def test_bits_cost_what_their_probabilities_say(rng, lanes):
    p, bits = random_bits(rng, 100_000)
    ideal = -np.log2(np.where(bits, p, ONE - p) / ONE).sum() / 8
    size = len(written(p, bits, lanes))
    print(f"{lanes} lanes: {size - ideal:.0f} bytes over {ideal:.0f}")
    assert 0.999 * ideal < size < 1.01 * ideal + 4 * lanes


def test_the_first_bit_belongs_to_the_first_lane(rng):
    """With two lanes, every second bit is written as one lane alone would be."""
    p, bits = random_bits(rng, 600)
    both = written(p, bits, 2)
    for lane in (0, 1):
        alone = written(p[lane::2], bits[lane::2], 1)
        assert both[4 * lane :][:4] == alone[:4]


@pytest.mark.parametrize("lanes", [1, 8])
def test_any_changed_byte_is_refused(rng, lanes):
    p, bits = random_bits(rng, 800)
    data = written(p, bits, lanes)
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        with pytest.raises(InputError, match=DAMAGED):
            read(bytes(changed), p, lanes)


@pytest.mark.parametrize("change", [
    lambda data: data[:-2], lambda data: data[:-1], lambda data: data + b"\0\0", lambda data: data + b"\0",
    lambda data: data[:40] + data[42:], lambda data: data[:40] + b"\0\0" + data[40:], lambda data: data[:31],
    lambda data: data[:32], lambda data: b"", lambda data: data[4:8] + data[:4] + data[8:],
    lambda data: data[:32] + data[:31:-1], lambda data: bytes(len(data)), lambda data: b"\xff" * len(data),
])
def test_missing_added_and_swapped_words_are_refused(rng, change):
    p, bits = random_bits(rng, 800)
    data = written(p, bits, 8)
    with pytest.raises(InputError, match=DAMAGED):
        read(change(data), p, 8)


def test_another_start_other_lanes_other_probabilities_and_fewer_or_more_bits_are_refused(rng):
    p, bits = random_bits(rng, 800)
    data = written(p, bits, 8)
    for other in (
        dict(start=START + 1), dict(lanes=7), dict(lanes=9), dict(p=np.append(p, ONE // 2)), dict(p=p[:-1]),
        dict(p=np.roll(p, 1)), dict(p=p[::-1]),
    ):
        with pytest.raises(InputError, match=DAMAGED):
            read(data, **{"p": p, "lanes": 8, **other})


def test_what_is_given_stays_as_it_was(rng):
    p, bits = random_bits(rng, 300)
    before = p.copy(), bits.copy()
    read(written(p, bits, 8), p, 8)
    assert np.array_equal(p, before[0]) and np.array_equal(bits, before[1])


def test_a_reader_that_asks_for_more_than_there_is_is_refused_at_once():
    p, bits = np.full(1000, ONE // 2), np.arange(1000) % 3 == 0
    encoder = Encoder()
    encoder(p, bits)
    decoder = Decoder(encoder.finish(ONE, 4), ONE, 4)
    assert (decoder(p) == bits).all()
    with pytest.raises(InputError, match="damaged"):
        decoder(np.full(100, ONE // 2))
