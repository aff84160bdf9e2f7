"""The recorder sees the right segments at the right time, and its frames survive a resume."""
import numpy as np
import pytest
from small import small_model

from numpyae import Autoencoder
from numpyae.audio import demo_song
from numpyae.training import recorder as recorder_module
from numpyae.training.recorder import Recorder


@pytest.mark.parametrize("iterations, expected", [(0, 1), (7, 8), (150, 151), (1000, 151)])
def test_the_recorder_keeps_a_frame_an_iteration_or_151_spread_over_a_longer_run(rng, iterations, expected):
    model, song = Autoencoder(2, 4, 4, rng=rng), demo_song(1.0, 8000)
    recorder = Recorder(model, song, segment=64, context=0, iterations=iterations)
    for iteration in range(iterations + 1):
        recorder.record(iteration)
    kept = [iteration for iteration, _ in recorder.frames]
    assert len(kept) == expected and kept[0] == 0 and kept[-1] == iterations
    assert np.ptp(np.diff(kept)) <= 1 if len(kept) > 1 else True


def test_a_recorder_that_goes_on_keeps_of_the_earlier_frames_those_that_a_run_of_its_length_has(rng):
    model, song = Autoencoder(2, 4, 4, rng=rng), rng.standard_normal((500, 2)).astype(np.float32)
    settings = dict(segment=64, context=0)
    earlier = Recorder(model, song, iterations=100, **settings)
    for iteration in range(101):
        model.parameters[...] *= 0.99  # so that every frame is another one
        earlier.record(iteration)
    longer = Recorder(model, song, iterations=300, **settings)
    longer.restore(earlier.state(), 100)
    for iteration in range(101, 301):
        longer.record(iteration)
    assert [iteration for iteration, _ in longer.frames] == [*range(0, 301, 2)]
    for name in longer.names:
        for index in range(51):
            iteration, picture = longer.frames_of(name)[index]
            before, earlier_picture = earlier.frames_of(name)[2 * index]
            assert iteration == before == 2 * index and np.array_equal(picture, earlier_picture)


def test_a_recorder_without_earlier_frames_or_with_those_of_other_segments_begins_where_it_is(
    rng, monkeypatch
):
    model, song = Autoencoder(2, 4, 4, rng=rng), rng.standard_normal((500, 2)).astype(np.float32)
    earlier = Recorder(model, song, segment=64, context=0, iterations=9)
    earlier.record(0)
    monkeypatch.setattr(recorder_module, "MAX_BYTES", 4 * 64 * 2 * 2)
    assert earlier.state().keys() == {"pictures", "iterations"}
    for state in ({}, earlier.state()):
        later = Recorder(model, song, segment=32, context=0, iterations=9)
        later.restore(state, 5)
        assert [iteration for iteration, _ in later.frames] == [5]
    earlier.record(1)
    assert earlier.state() == {}  # more than a checkpoint should hold


def test_the_recorders_pictures_are_what_the_network_made_at_the_time(rng):
    model, song = Autoencoder(2, 4, 4, rng=rng), demo_song(1.0, 8000)
    recorder = Recorder(model, song, segment=64, context=12, iterations=1)
    recorder.record(0)
    model.parameters[...] = 0
    recorder.record(1)
    assert recorder.names == ["lively", "periodic", "low", "high"]
    for name in recorder.names:
        start = recorder.starts[name]
        assert np.array_equal(recorder.originals[name], song[start : start + 64])
        (first, before), (second, after) = recorder.frames_of(name)
        assert (first, second) == (0, 1) and before.any() and not after.any()


@pytest.mark.parametrize("context", [0, 12])
def test_each_segment_has_frames_of_its_own_made_with_its_own_context(context):
    model, song = small_model(init="mirrored"), demo_song(1.0, 8000)
    recorder = Recorder(model, song, segment=64, context=context, iterations=0, workers=2)
    recorder.record(0)
    assert len({*recorder.starts.values()}) == 4
    for name, start in recorder.starts.items():
        assert 12 <= start <= len(song) - 76
        seen = song[start - context : start + 64 + context]
        expected = model.forward(seen[np.newaxis])[0][0, context : context + 64]
        (iteration, picture), = recorder.frames_of(name)
        assert iteration == 0 and picture.shape == (64, 2)
        np.testing.assert_allclose(picture, expected, rtol=2**-11, atol=1e-6)  # of float16


@pytest.mark.parametrize("scale", [1e9, 1e38, np.nan])
def test_frames_of_a_network_about_to_diverge_are_finite_all_the_same(scale):
    model, song = small_model(), demo_song(1.0, 8000)
    model.parameters[...] *= scale
    recorder = Recorder(model, song, segment=64, context=0, iterations=1)
    recorder.record(0)
    assert np.isfinite(recorder.state()["pictures"]).all()


def test_a_state_that_is_restored_is_the_same_state():
    model, song = small_model(), demo_song(1.0, 8000)
    settings = dict(segment=64, context=0, iterations=4)
    recorder, other = (Recorder(model, song, **settings) for _ in range(2))
    for iteration in range(3):
        model.parameters[...] *= 0.9
        recorder.record(iteration)
    state = recorder.state()
    other.restore(state, 2)
    assert state["iterations"].tolist() == [0, 1, 2] and state["pictures"].shape == (3, 4, 64, 2)
    assert all(np.array_equal(other.state()[name], state[name]) for name in state)
    other.record(3)
    assert [iteration for iteration, _ in other.frames] == [0, 1, 2, 3]


def test_frames_of_iterations_that_are_still_to_come_are_not_kept():
    model, song = small_model(), demo_song(1.0, 8000)
    settings = dict(segment=64, context=0, iterations=9)
    recorder, other = (Recorder(model, song, **settings) for _ in range(2))
    for iteration in range(7):
        recorder.record(iteration)
    other.restore(recorder.state(), 4)
    assert [iteration for iteration, _ in other.frames] == [0, 1, 2, 3, 4]
