"""Checks of the exercises of chapter 2."""
import ch02
import numpy as np
from checking import expect

from numpyae.nn import conv, geometry


def test_a_same_padding():
    for time, kernel, stride in [
        (1024, 4, 2), (1023, 4, 2), (1024, 3, 2), (5, 4, 1), (1, 4, 2), (1024, 2, 4),
    ]:
        got = ch02.same_padding(time, kernel, stride)
        expect(f"same_padding({time}, {kernel}, {stride})", got, geometry(time, kernel, stride, "same"))


def test_b_mid_at_half_rate():
    x = np.random.default_rng(0).standard_normal((2, 10, 2))
    wanted = x.mean(axis=2).reshape(2, 5, 2).mean(axis=2)[:, :, None]
    expect("mid_at_half_rate(x)", ch02.mid_at_half_rate(x), wanted)


def test_c_strided_by_keeping():
    rng = np.random.default_rng(0)
    for time, stride in [(10, 2), (11, 3)]:
        xpad, w = rng.standard_normal((2, time, 2)), rng.standard_normal((4, 2, 3))
        y, wasted = ch02.strided_by_keeping(xpad, w, stride)
        wanted = conv(xpad, w, stride, "valid")
        expect("y", y, wanted)
        expect("wasted", wasted, 1 - wanted.shape[1] / (time - 3))


def test_d_multiplications():
    wanted = 512 * 4 * 2 * 32 + 256 * 4 * 32 * 64
    expect("multiplications(1024, 4, (2, 32, 64), 2)", ch02.multiplications(1024, 4, (2, 32, 64), 2), wanted)
    wanted = 4 * 5 * 2 * 5 + 2 * 5 * 5 * 7 + 1 * 5 * 7 * 3
    expect("multiplications(10, 5, (2, 5, 7, 3), 3)", ch02.multiplications(10, 5, (2, 5, 7, 3), 3), wanted)
