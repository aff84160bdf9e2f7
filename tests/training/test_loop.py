"""The training loop and the progress line."""
import io

import numpy as np
import pytest

from numpyae import Adam, Autoencoder
from numpyae.audio import demo_song, snr_db, spaced_segments
from numpyae.nn import complex_step_gradient, mse
from numpyae.training import Diverged, edge_errors, measure, reconstructions, train
from numpyae.training.loop import loss_and_gradient, shards
from numpyae.training.progress import Progress, training_line

SMALL = dict(batch_size=8, segment=64)


@pytest.fixture(scope="module")
def song():
    return demo_song(2.0, 11025)


def small_model(seed=0, **settings):
    return Autoencoder(2, 6, 8, rng=np.random.default_rng(seed), **settings)


def test_training_learns_the_song(song):
    model = small_model(init="mirrored")
    segments = spaced_segments(song, 50, 64)
    before = measure(model, segments)
    losses = train(model, song, iterations=200, rng=np.random.default_rng(1), **SMALL)
    after = measure(model, segments)
    assert len(losses) == 200 and np.mean(losses[-20:]) < np.mean(losses[:20]) / 4
    assert after["snr_db"] > 10 > 5 > before["snr_db"] and after["loss"] < before["loss"] / 4


def test_the_same_seed_gives_the_same_bits_and_another_does_not(song):
    def trained(seed):
        model = small_model()
        train(model, song, iterations=5, rng=np.random.default_rng(seed), **SMALL)
        return model.parameters.tobytes()

    assert trained(1) == trained(1) != trained(2)


def test_float32_stays_float32_through_forward_backward_and_step(song):
    model = small_model()
    losses = train(model, song, iterations=2, rng=np.random.default_rng(1), **SMALL)
    assert model.parameters.dtype == np.float32 and all(type(loss) is float for loss in losses)


def test_on_iteration_hears_of_every_step_after_it_was_taken(song):
    model, heard, seen = small_model(), [], []

    def on_iteration(iteration, loss):
        heard.append((iteration, loss))
        seen.append(model.parameters.copy())

    losses = train(model, song, iterations=3, rng=np.random.default_rng(1), on_iteration=on_iteration, **SMALL)
    assert heard == [*enumerate(losses, 1)]
    assert np.array_equal(seen[-1], model.parameters) and not np.array_equal(seen[0], seen[1])


def test_no_iterations_change_nothing(song):
    model = small_model()
    before = model.parameters.copy()
    assert train(model, song, iterations=0, rng=np.random.default_rng(1)) == []
    assert np.array_equal(model.parameters, before)


@pytest.mark.parametrize("iterations", [1, 9])
def test_a_loss_that_is_not_finite_stops_before_the_step_and_keeps_what_was_good(song, iterations):
    model, seen = small_model(), []
    with pytest.raises(Diverged, match="diverged after 1 steps, .* learning rate of 1e\\+20: try a smaller") as caught:
        train(
            model, song, iterations=iterations, learning_rate=1e20, rng=np.random.default_rng(1),
            on_iteration=lambda *_: seen.append(model.parameters.copy()), **SMALL,
        )
    assert len(seen) == 1 and caught.value.kept == 0
    assert np.array_equal(model.parameters, small_model().parameters)  # those before the step that led there


@pytest.mark.parametrize("broken", [1, 2, 5])
def test_a_gradient_that_is_not_finite_stops_too(song, broken):
    model, calls, seen = small_model(), [], [small_model().parameters]
    backward = model.backward

    def backward_broken_in_time(dy, saved, **settings):
        calls.append(dy)
        dx, gradient = backward(dy, saved, **settings)
        return dx, gradient * np.float32(np.nan if len(calls) == broken else 1)

    model.backward = backward_broken_in_time
    with pytest.raises(Diverged, match="before any step" if broken == 1 else f"after {broken - 1} steps") as caught:
        train(
            model, song, iterations=9, rng=np.random.default_rng(1),
            on_iteration=lambda *_: seen.append(model.parameters.copy()), **SMALL,
        )
    assert len(seen) == broken and caught.value.kept == max(0, broken - 2)
    assert np.array_equal(model.parameters, seen[caught.value.kept])


def test_silence_trains_to_finite_numbers_and_has_no_snr():
    model, silence = small_model(), np.zeros((500, 2), np.float32)
    losses = train(model, silence, iterations=20, rng=np.random.default_rng(1), **SMALL)
    assert np.isfinite(losses).all() and np.isfinite(model.parameters).all()
    assert measure(model, spaced_segments(silence, 9, 64))["snr_db"] is None


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_any_number_of_channels_trains_as_it_is(rng, channels):
    model = Autoencoder(channels, 4, 4, rng=rng)
    noise = rng.standard_normal((500, channels)).astype(np.float32)
    assert np.isfinite(train(model, noise, iterations=2, rng=rng, **SMALL)).all()


@pytest.mark.parametrize(
    "song, words",
    [
        (np.zeros((63, 2), np.float32), "63 samples, a segment 64"),
        (np.zeros((99, 1), np.float32), r"x has shape \(8, 64, 1\)"),
        (np.zeros((99, 2)), "x is float64 but .* computes in float32"),
    ],
)
def test_a_song_that_does_not_fit_the_model_is_refused(rng, song, words):
    with pytest.raises(ValueError, match=words):
        train(small_model(), song, rng=rng, **SMALL)


def test_shards_are_views_that_make_up_the_batch(song):
    batch = spaced_segments(song, 45, 1024)
    parts = shards(batch)
    assert [len(part) for part in parts] == [10, 10, 10, 10, 5] and all(part.base is batch for part in parts)
    assert np.array_equal(np.concatenate(parts), batch)
    assert [len(part) for part in shards(np.zeros((3, 20000, 2)))] == [1, 1, 1]


def test_the_gradient_of_the_shards_is_that_of_the_whole_batch(song):
    model, batch = small_model().astype(np.float64), spaced_segments(song, 45, 1024).astype(np.float64)
    y, saved = model.forward(batch)
    whole_loss, dy = mse(y, batch)
    _, whole = model.backward(dy, saved)
    loss, gradient = loss_and_gradient(model, batch)
    assert loss == pytest.approx(whole_loss, rel=1e-12)
    np.testing.assert_allclose(gradient, whole, rtol=0, atol=1e-12 * np.abs(whole).max())


def test_context_is_seen_but_not_asked_for(song):
    model = small_model(init="mirrored").astype(np.float64)
    context = model.context()
    batch = spaced_segments(song, 5, 64, context).astype(np.float64)
    loss, gradient = loss_and_gradient(model, batch, context)
    inside = slice(context, -context)

    exact = model.astype(np.complex128)

    def inner_loss():
        return np.mean((exact.forward(batch.astype(complex))[0][:, inside] - batch[:, inside]) ** 2)

    assert loss == pytest.approx(inner_loss().real, rel=1e-12)
    expected = complex_step_gradient(inner_loss, exact.parameters)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_with_context_the_error_at_the_ends_is_as_inside(song):
    model = small_model(init="mirrored")
    train(model, song, iterations=100, rng=np.random.default_rng(1), context=model.context(), **SMALL)
    with_zeros = edge_errors(model, spaced_segments(song, 200, 64))
    with_context = edge_errors(model, spaced_segments(song, 200, 64, model.context()), model.context())
    assert with_context[0] / with_context[1] < 1.1 < with_zeros[0] / with_zeros[1]


def test_edge_errors_are_the_rms_errors_of_the_7_outer_samples_and_of_the_rest(song):
    model, segments = small_model(), spaced_segments(song, 50, 64)
    error = np.square(np.float64(segments - model.forward(segments)[0]))
    outer = np.concatenate([error[:, :7], error[:, -7:]], axis=1)
    assert edge_errors(model, segments) == pytest.approx([outer.mean() ** 0.5, error[:, 7:-7].mean() ** 0.5], rel=1e-5)
    assert edge_errors(model, segments[:, :12]) is None


def test_reconstructions_come_in_order_and_without_the_context(song):
    model, segments = small_model(), spaced_segments(song, 50, 64, 12)
    originals, sounds = map(np.concatenate, zip(*reconstructions(model, segments, 12)))
    assert np.array_equal(originals, segments[:, 12:-12])
    np.testing.assert_allclose(sounds, model.forward(segments)[0][:, 12:-12], rtol=0, atol=1e-6)


def test_measure_gives_what_one_pass_over_all_segments_would(song):
    model, segments = small_model(init="mirrored"), spaced_segments(song, 50, 64)
    y, _ = model.forward(segments)
    found = measure(model, segments)
    assert found["snr_db"] == pytest.approx(snr_db(segments, y), rel=1e-6)
    assert found["loss"] == pytest.approx(np.mean((segments - y) ** 2), rel=1e-5)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def row(iteration, **values):
    return {"iteration": iteration, "loss": 0.012345, "snr_db": 9.04, "seconds": 0.08 * iteration, **values}


def test_progress_redraws_one_line_on_a_terminal(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    with Progress(stream) as progress:
        progress.show(*training_line(row(1), 150))
        progress.show(*training_line(row(2, snr_db=None), 150))
    first, second = stream.getvalue().rstrip("\n").split("\r")[1:]
    assert first.startswith("iteration 1/150  loss 0.0123  SNR 9.0 dB  80 ms/iter") and "SNR n/a" in second
    assert len(first) == len(second) == 59 and stream.getvalue().endswith("\n")


@pytest.mark.parametrize("setting", [{"CI": "true"}, {"TERM": "dumb"}, {}])
def test_progress_prints_a_few_plain_lines_elsewhere(monkeypatch, setting):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if setting else io.StringIO()
    with Progress(stream) as progress:
        for iteration in range(1, 151):
            progress.show(*training_line(row(iteration), 150))
    lines = stream.getvalue().splitlines()
    assert [line.split("/")[0] for line in lines] == [f"iteration {i}" for i in (1, 2, 5, 10, 20, 50, 100, 150)]
    assert "\r" not in stream.getvalue() and "0:00 left" in lines[-1]


def test_progress_goes_on_when_nobody_reads_it(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    for stream in (Gone(), None):
        with Progress(stream) as progress:
            progress.show("line", milestone=True)
            progress.show("line", milestone=True)


def test_training_in_two_parts_with_their_optimizer_is_to_the_bit_training_in_one(song):
    whole, parts = small_model(), small_model()
    losses = train(whole, song, iterations=9, rng=np.random.default_rng(1), **SMALL)
    rng, optimizer = np.random.default_rng(1), Adam(parts.parameters, 3e-3)
    first = train(parts, song, iterations=4, rng=rng, optimizer=optimizer, **SMALL)
    seen = []
    second = train(parts, song, iterations=9, rng=rng, optimizer=optimizer, on_iteration=lambda i, _: seen.append(i), **SMALL)
    assert first + second == losses and seen == [5, 6, 7, 8, 9]
    assert parts.parameters.tobytes() == whole.parameters.tobytes()
    with pytest.raises(ValueError, match="the optimizer is another model's"):
        train(whole, song, rng=rng, optimizer=optimizer, **SMALL)
