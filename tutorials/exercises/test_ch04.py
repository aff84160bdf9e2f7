"""Checks of the exercises of chapter 4."""
import ch04
import numpy as np
from checking import expect

from numpyae.nn import conv_transpose, conv_weight, geometry

GEOMETRIES = [
    (8, 4, 2, "same"), (9, 4, 2, "same"), (10, 5, 3, "valid"), (7, 3, 1, (0, 2)), (9, 2, 3, "valid"),
]


def random_arrays(time, kernel, stride, padding):
    rng = np.random.default_rng(0)
    steps = geometry(time, kernel, stride, padding)[0]
    shapes = (2, time, 2), (kernel, 2, 3), (2, steps, 3)
    return [rng.standard_normal(shape) for shape in shapes]


def test_a_conv_backward():
    for time, kernel, stride, padding in GEOMETRIES:
        x, w, dy = random_arrays(time, kernel, stride, padding)
        dx, dw, db = ch04.conv_backward(x, w, dy, stride, padding)
        where = f"for time {time}, kernel {kernel}, stride {stride}, padding {padding!r}"
        expect(f"dx {where}", dx, conv_transpose(dy, w, stride, padding, time))
        expect(f"dw {where}", dw, conv_weight(x, dy, kernel, stride, padding))
        expect(f"db {where}", db, dy.sum(axis=(0, 1)))


def test_b_matrix_of():
    for time, kernel, stride, padding in GEOMETRIES:
        _, w, dy = random_arrays(time, kernel, stride, padding)
        matrix = ch04.matrix_of(w, stride, padding, time)
        expect("the shape of the matrix", np.shape(matrix), (dy[0].size, time * 2))
        wanted = conv_transpose(dy, w, stride, padding, time)
        expect(f"matrix.T @ dy, time {time}, kernel {kernel}", matrix.T @ dy[0].ravel(), wanted[0].ravel())


def test_c_by_phases():
    rng = np.random.default_rng(0)
    for steps, kernel, stride in [(3, 3, 2), (5, 4, 2), (6, 5, 3), (4, 3, 1), (1, 7, 3)]:
        dy, w = rng.standard_normal(steps), rng.standard_normal(kernel)
        time = stride * (steps - 1) + kernel
        wanted = conv_transpose(dy[None, :, None], w[:, None, None], stride, "valid", time).ravel()
        got = ch04.by_phases(dy, w, stride)
        expect(f"by_phases, {steps} steps, kernel {kernel}, stride {stride}", got, wanted)


def test_d_windows_that_hear():
    for geometry_of, wanted in [
        ((8, 4, 2, "same"), [1, 2, 2, 2, 2, 2, 2, 1]), ((9, 4, 2, "same"), [1, 2, 2, 2, 2, 2, 2, 2, 2]),
        ((8, 3, 2, "valid"), [1, 1, 2, 1, 2, 1, 1, 0]), ((7, 2, 3, "valid"), [1, 1, 0, 1, 1, 0, 0]),
    ]:
        expect(f"windows_that_hear{geometry_of}", ch04.windows_that_hear(*geometry_of), wanted)
