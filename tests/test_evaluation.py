import numpy as np
import pytest

from numpyae import Autoencoder
from numpyae.whole_song import reconstruct


def joined(pieces):
    """Return the whole reconstruction."""
    return np.concatenate([reconstruction for _, reconstruction in pieces])


def blocks_of(song, size):
    return (song[start : start + size] for start in range(0, len(song), size))


@pytest.mark.parametrize("kernel, stride", [(4, 2), (5, 2), (3, 3), (7, 1), (2, 3)])
@pytest.mark.parametrize("time", [1, 35, 999, 3600, 3601])
def test_the_result_does_not_depend_on_chunks_and_blocks(rng, kernel, stride, time):
    model = Autoencoder(2, 6, 7, kernel, stride, init="mirrored", rng=rng, dtype=np.float64)
    song = rng.standard_normal((time, 2))
    whole = joined(reconstruct(model, [song], chunk=10**6))
    assert whole.shape == song.shape
    for chunk, block in ((1, 999), (64, 100), (1000, 17), (10**6, 50)):
        pieces = joined(reconstruct(model, blocks_of(song, block), chunk))
        np.testing.assert_allclose(pieces, whole, rtol=0, atol=1e-13)


def test_a_length_that_the_strides_divide_is_what_forward_makes_of_it(rng):
    model = Autoencoder(init="mirrored", rng=rng)
    song = rng.standard_normal((2000, 2)).astype(np.float32)
    pieces = joined(reconstruct(model, blocks_of(song, 300), chunk=256))
    np.testing.assert_allclose(pieces, model.forward(song[np.newaxis])[0][0], rtol=0, atol=1e-6)


def test_no_more_is_held_than_a_chunk_a_block_and_their_context(rng):
    model = Autoencoder(1, 4, 4, rng=rng)
    given = 0

    def blocks():
        nonlocal given
        for _ in range(100):
            given += 100
            yield np.zeros((100, 1), np.float32)

    taken = 0
    for original, reconstruction in reconstruct(model, blocks(), chunk=400, workers=2):
        assert original.shape == reconstruction.shape
        taken += len(original)
        assert given - taken <= 10 * 400 + 100 + model.receptive_field() + 3
    assert taken == given == 10_000


def test_no_blocks_give_no_sound(rng):
    assert [*reconstruct(Autoencoder(1, 4, 4, rng=rng), [])] == []


def test_the_originals_that_come_with_the_pieces_are_the_song(rng):
    song = rng.standard_normal((1001, 1)).astype(np.float32)
    pieces = reconstruct(Autoencoder(1, 4, 4, rng=rng), blocks_of(song, 70), chunk=128)
    assert np.array_equal(np.concatenate([original for original, _ in pieces]), song)
