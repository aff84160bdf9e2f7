"""Checks of the exercises of chapter 5."""
import ch05
import numpy as np
from checking import expect

from numpyae.nn import conv, conv_transpose, geometry


def test_a_by_zeros_between():
    rng = np.random.default_rng(0)
    geometries = [
        (8, 4, 2, "same"), (9, 4, 2, "same"), (11, 3, 2, (1, 1)), (10, 2, 4, "same"), (12, 4, 3, "valid"),
    ]
    for time, kernel, stride, padding in geometries:
        steps, _, _ = geometry(time, kernel, stride, padding)
        y, w = rng.standard_normal((2, steps, 3)), rng.standard_normal((kernel, 2, 3))
        got = ch05.by_zeros_between(y, w, stride, padding, time)
        wanted = conv_transpose(y, w, stride, padding, time)
        where = f"{time} samples, kernel {kernel}, stride {stride}, padding {padding!r}"
        expect(f"by_zeros_between, {where}", got, wanted)


def test_b_gains():
    places, feature = np.arange(4)[:, None, None], np.arange(2)
    mdct = np.sin(np.pi / 4 * (places + 0.5)) * np.cos(np.pi / 2 * (places + 1.5) * (feature + 0.5))
    expect("gains of the MDCT", ch05.gains(mdct, 2, "same", 16), [(2 + 2**0.5) / 4] * 2 + [1.0] * 14, 1e-9)
    one_feature = ch05.gains(mdct[:, :, :1], 2, "same", 16)
    expect("how many gains of a single feature are 0", (np.abs(one_feature) < 1e-9).sum(), 8)
    w = np.random.default_rng(0).standard_normal((3, 2, 5))
    total = np.sum(ch05.gains(w, 3, "valid", 9))
    expect("the sum of the gains, all squares in C", total, 3 * (w**2).sum(), 1e-9)


def test_c_mdct():
    for size in (2, 4, 16):
        w = ch05.mdct(size)
        expect(f"the shape of mdct({size})", np.shape(w), (2 * size, 1, size))
        x = np.random.default_rng(0).standard_normal((1, 8 * size, 1))
        back = conv_transpose(conv(x, w, size, "valid"), w, size, "valid", 8 * size)
        expect(f"inside, mdct({size}) there and back", back[:, size:-size], x[:, size:-size])


def test_d_even_phases():
    for kernel, stride in [(4, 2), (3, 2), (7, 3)]:
        w = np.random.default_rng(0).standard_normal((kernel, 2, 5))
        before = w.copy()
        got = ch05.even_phases(w, stride)
        expect("w, which is not yours to change,", w, before)
        mean = w.sum(axis=0) / stride
        for phase in range(stride):
            weights = got[phase::stride]
            change = weights - w[phase::stride]
            where = f"phase {phase}, kernel {kernel}, stride {stride}"
            expect(f"the sum of {where}", weights.sum(axis=0), mean)
            expect(f"the changes of {where}, less their first", change - change[:1], np.zeros_like(change))
