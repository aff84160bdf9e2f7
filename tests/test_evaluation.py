"""What comes back of songs, whole and in pieces, and how near it is."""
import numpy as np
import pytest
from small import small_model

from numpyae import Autoencoder, reconstruct_song
from numpyae.audio import Song, snr_db, spaced_segments
from numpyae.evaluation import Measured, measure, reconstruct_blocks, reconstruct_segments, shards
from numpyae.training import train


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
    whole = joined(reconstruct_blocks(model, [song], chunk=10**6))
    assert whole.shape == song.shape
    for chunk, block in ((1, 999), (64, 100), (1000, 17), (10**6, 50)):
        pieces = joined(reconstruct_blocks(model, blocks_of(song, block), chunk))
        np.testing.assert_allclose(pieces, whole, rtol=0, atol=1e-13)


def test_a_length_that_the_strides_divide_is_what_forward_makes_of_it(rng):
    model = Autoencoder(init="mirrored", rng=rng)
    song = rng.standard_normal((2000, 2)).astype(np.float32)
    pieces = joined(reconstruct_blocks(model, blocks_of(song, 300), chunk=256))
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
    for original, reconstruction in reconstruct_blocks(model, blocks(), chunk=400, workers=2):
        assert original.shape == reconstruction.shape
        taken += len(original)
        assert given - taken <= 10 * 400 + 100 + model.receptive_field() + 3
    assert taken == given == 10_000


def test_no_blocks_give_no_sound(rng):
    assert [*reconstruct_blocks(Autoencoder(1, 4, 4, rng=rng), [])] == []


def test_the_originals_that_come_with_the_pieces_are_the_song(rng):
    song = rng.standard_normal((1001, 1)).astype(np.float32)
    pieces = reconstruct_blocks(Autoencoder(1, 4, 4, rng=rng), blocks_of(song, 70), chunk=128)
    assert np.array_equal(np.concatenate([original for original, _ in pieces]), song)


def test_a_whole_song_comes_back_as_one_array_from_an_array_and_from_a_file(song, song_file):
    model = small_model(init="mirrored")
    back = reconstruct_song(model, song)
    assert back.shape == song.shape and back.dtype == np.float32
    assert np.array_equal(back, joined(reconstruct_blocks(model, blocks_of(song, 1000))))
    with Song(song_file) as file:
        assert np.array_equal(reconstruct_song(model, file, workers=1), back)
    assert reconstruct_song(model, song[:0]).shape == (0, 2)


@pytest.mark.parametrize("wrong, words", [
    (np.zeros(999, np.float32), r"expected sound of shape \(time, channels\), got \(999,\): give mono"),
    ("song.wav", "expected sound as an array .* got a str: read a file by samples, rate = numpyae.read"),
    ((np.zeros((999, 2), np.float32), 8000), "expected sound as an array .* got a tuple"),
    ([[0.0, 0.0]], "expected sound as an array .* got a list"),
    (np.zeros((2, 999), np.float32), r"got \(2, 999\), fewer samples than channels: give song.T"),
    (np.zeros((999, 2), np.int16), "with full scale 1, got int16: divide them by 32768"),
    (np.zeros((999, 2)), "expected x in float32, as .* computes, got float64: convert"),
    (np.zeros((999, 1), np.float32), r"expected x of shape \(any, any, 2\) .* got \(1, 1000, 1\)"),
])
def test_what_is_no_song_of_this_network_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        reconstruct_song(small_model(), wrong)
    with pytest.raises(ValueError, match=words):
        [*reconstruct_blocks(small_model(), [wrong])]


@pytest.mark.parametrize("context, words", [
    (-1, "context: expected a whole number of at least 0, got -1"),
    (1.5, "context: expected a whole number of at least 0, got 1.5"),
    (32, r"expected segments .* of more than 32 \+ 32 samples of context, got \(5, 64, 2\)"),
])
@pytest.mark.parametrize("judge", [measure, reconstruct_segments])
def test_a_context_that_leaves_nothing_is_refused(judge, context, words):
    with pytest.raises(ValueError, match=words):
        judge(small_model(), np.zeros((5, 64, 2), np.float32), context)


@pytest.mark.parametrize("shape", [(0, 64, 2), (5, 0, 2), (64, 2)])
def test_what_holds_no_segments_is_not_measured(shape):
    with pytest.raises(ValueError, match=r"expected segments \(count, time, channels\) .* got \("):
        measure(small_model(), np.zeros(shape, np.float32))


def test_shards_are_views_that_make_up_the_batch(song):
    batch = spaced_segments(song, 45, 1024)
    parts = shards(batch)
    assert [len(part) for part in parts] == [13, 13, 13, 6] and all(part.base is batch for part in parts)
    assert np.array_equal(np.concatenate(parts), batch)
    assert [len(part) for part in shards(np.zeros((3, 20000, 2)))] == [1, 1, 1]


def edge_errors(model, segments, context=0):
    """Return the RMS errors of the samples at the two ends and of those between, or None."""
    return measure(model, segments, context).edge_errors(model.edge_widths())


def test_with_context_the_error_at_the_ends_is_as_inside(song):
    model = small_model(init="mirrored")
    rng = np.random.default_rng(1)
    train(model, song, iterations=100, batch_size=8, segment=64, rng=rng, context=model.context())
    ends, inside = edge_errors(model, spaced_segments(song, 200, 64))
    context = model.context()
    ends_in_context, inside_context = edge_errors(model, spaced_segments(song, 200, 64, context), context)
    assert ends_in_context / inside_context < 1.1 < ends / inside


def test_edge_errors_are_the_rms_errors_of_the_7_outer_samples_and_of_the_rest(song):
    model, segments = small_model(), spaced_segments(song, 50, 64)
    error = np.square(np.float64(segments - model.forward(segments)[0]))
    outer = np.concatenate([error[:, :7], error[:, -7:]], axis=1)
    expected = [outer.mean() ** 0.5, error[:, 7:-7].mean() ** 0.5]
    assert edge_errors(model, segments) == pytest.approx(expected, rel=1e-5)
    assert edge_errors(model, segments[:, :12]) is None


def test_reconstructions_come_in_order_and_without_the_context(song):
    model, segments = small_model(), spaced_segments(song, 50, 64, 12)
    pairs = reconstruct_segments(model, segments, 12)
    originals, sounds = map(np.concatenate, zip(*pairs, strict=True))
    assert np.array_equal(originals, segments[:, 12:-12])
    np.testing.assert_allclose(sounds, model.forward(segments)[0][:, 12:-12], rtol=0, atol=1e-6)


def test_measure_gives_what_one_pass_over_all_segments_would(song):
    model, segments = small_model(init="mirrored"), spaced_segments(song, 50, 64)
    y, _ = model.forward(segments)
    found = measure(model, segments)
    assert found.snr_db == pytest.approx(snr_db(segments, y), rel=1e-6)
    assert found.loss == pytest.approx(np.mean((segments - y) ** 2), rel=1e-5)
    by_time = np.mean((segments - y) ** 2, axis=(0, 2))
    np.testing.assert_allclose(found.error_by_time, by_time, rtol=1e-4)
    mid, side = ([(each[..., 0] + sign * each[..., 1]) / 2 for each in (segments, y)] for sign in (1, -1))
    assert (found.snr_mid_db, found.snr_side_db) == pytest.approx((snr_db(*mid), snr_db(*side)), rel=1e-6)
    assert found.numbers() == dict(zip(found._fields[:4], found[:4], strict=True))


@pytest.mark.parametrize("context", [0, 12])
def test_measure_is_the_same_for_any_number_of_workers(song, context):
    model, segments = small_model(), spaced_segments(song, 50, 1024, context)
    one, *others = (measure(model, segments, context, workers) for workers in (1, 2, 3))
    for other in others:
        assert other.numbers() == one.numbers() and np.array_equal(other.error_by_time, one.error_by_time)


def test_the_two_ends_may_be_of_unequal_widths(rng):
    measured = Measured(0.0, None, None, None, error_by_time=np.square([3.0, 5, 5, 5, 1, 1]))
    assert measured.edge_errors((1, 2)) == pytest.approx(((11 / 3) ** 0.5, 5))
    assert measured.edge_errors((0, 0)) is None and measured.edge_errors((3, 3)) is None


def test_what_is_not_stereo_or_not_finite_has_no_snr(rng):
    model = Autoencoder(1, 4, 4, rng=rng)
    segments = rng.standard_normal((9, 64, 1)).astype(np.float32)
    found = measure(model, segments)
    assert found.snr_db is not None and found.snr_mid_db is found.snr_side_db is None
    model.parameters[...] = 1e30  # overflows on the way
    assert measure(model, segments).snr_db is None
