"""Checks of the exercises of chapter 3."""
import ch03
import numpy as np
import pytest
from checking import expect

from numpyae.nn import conv, im2col


def test_a_strides_of_windows():
    for time, channels, kernel, stride, dtype in [
        (20, 2, 5, 3, "f4"), (9, 1, 4, 2, "f8"), (11, 3, 2, 4, "f8"),
    ]:
        x = np.zeros((2, time, channels), dtype)
        wanted = im2col(x, kernel, stride).strides
        got = ch03.strides_of_windows(time, channels, stride, x.itemsize)
        expect(f"strides_of_windows({time}, {channels}, {stride}, {x.itemsize})", got, wanted)


def test_b_windows():
    rng = np.random.default_rng(0)
    for time, kernel, stride in [(10, 4, 2), (11, 4, 2), (13, 5, 3), (7, 2, 3)]:
        xpad = rng.standard_normal((2, time, 3))
        got = ch03.windows(xpad, kernel, stride)
        expect(f"windows(xpad of {time} samples, {kernel}, {stride})", got, im2col(xpad, kernel, stride))
        if not np.shares_memory(got, xpad):
            pytest.fail("the windows are a copy: they have memory of their own", pytrace=False)


def test_c_bytes_of_the_copy():
    wanted = 100 * 512 * (4 * 2) * 4
    expect("bytes_of_the_copy(100, 1024, 2, 4, 2, 4)", ch03.bytes_of_the_copy(100, 1024, 2, 4, 2, 4), wanted)
    wanted = 3 * 512 * (5 * 32) * 8
    expect("bytes_of_the_copy(3, 1023, 32, 5, 2, 8)", ch03.bytes_of_the_copy(3, 1023, 32, 5, 2, 8), wanted)


def test_d_conv_by_blocks():
    rng = np.random.default_rng(0)
    for time, kernel, stride in [(12, 4, 2), (12, 6, 2), (15, 3, 3), (9, 2, 1)]:
        xpad, w = rng.standard_normal((2, time, 3)), rng.standard_normal((kernel, 3, 5))
        got = ch03.conv_by_blocks(xpad, w, stride)
        expect(f"conv_by_blocks(kernel {kernel}, stride {stride})", got, conv(xpad, w, stride, "valid"))
