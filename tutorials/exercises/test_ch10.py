"""Checks of the exercises of chapter 10."""
import ch10
import numpy as np
import pytest
from checking import expect

from numpyae import Autoencoder


def test_a_field_and_jump():
    for layers, wanted in [
        ([], (1, 1)), ([(4, 2)], (4, 2)), ([(4, 2), (4, 2)], (10, 4)), ([(4, 2), (3, 2)], (8, 4)),
        ([(3, 1)] * 5, (11, 1)), ([(5, 3), (2, 1), (4, 2)], (17, 6)),
        ([(1, 2), (3, 1)], (5, 2)),
    ]:
        expect(f"field_and_jump({layers})", ch10.field_and_jump(layers), wanted)


def test_b_samples_that_matter():
    rng = np.random.default_rng(0)
    model = Autoencoder(init="he", rng=rng, dtype=np.float64)
    x = rng.standard_normal((1, 32, 2))
    before = x.copy()
    for feature, wanted in [(3, range(9, 19)), (0, range(7)), (7, range(25, 32))]:
        got = ch10.samples_that_matter(model, x, feature)
        expect("x, which is not yours to change,", x, before)
        expect(f"samples_that_matter(model, x, {feature})", got, [*wanted])
    model.layers[0].w[0] = 0  # now no window looks at its first sample
    got = ch10.samples_that_matter(model, x, 3)
    expect("samples_that_matter(model, x, 3), first weights 0,", got, [*range(10, 19)])


def test_c_in_chunks():
    rng = np.random.default_rng(0)
    for kernel, stride in [(4, 2), (5, 3)]:
        model = Autoencoder(2, 6, 7, kernel, stride, init="he", rng=rng, dtype=np.float64)
        song, longest = rng.standard_normal((40 * model.hop, 2)), 0  # longest: what it was given at most

        def watched(method):
            def call(x, *rest):
                nonlocal longest
                longest = max(longest, x.shape[1])
                return method(x, *rest)

            return call

        wanted, _ = model.forward(song[None])
        model.forward, model.encode = watched(model.forward), watched(model.encode)
        for chunk in (8 * model.hop, 15 * model.hop):
            longest = 0
            got = ch10.in_chunks(model, song, chunk)
            expect(f"in_chunks(model, song, {chunk}), kernel {kernel}, stride {stride}", got, wanted[0])
            if longest > chunk + 2 * model.context():
                pytest.fail(f"the network was given {longest} samples for a chunk of {chunk}", pytrace=False)


def test_d_kernels_that_see():
    expect("kernels_that_see(10, 2)", ch10.kernels_that_see(10, 2), [(2, 5), (4, 4), (6, 3), (8, 2), (10, 1)])
    expect("kernels_that_see(8, 2)", ch10.kernels_that_see(8, 2), [(2, 4), (4, 3), (6, 2), (8, 1)])
    expect("kernels_that_see(7, 3)", ch10.kernels_that_see(7, 3), [(1, 3), (4, 2), (7, 1)])
