"""The training loop, the progress line and the model file."""
import io
import json

import numpy as np
import pytest

from numpyae import Autoencoder, load
from numpyae.audio import demo_song, snr_db, spaced_segments
from numpyae.errors import InputError
from numpyae.training import Diverged, measure, save, train
from numpyae.training.progress import Progress

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


def test_a_loss_that_is_not_finite_stops_before_the_step_and_keeps_what_was_good(song):
    model, seen = small_model(), []
    with pytest.raises(Diverged, match="training diverged at iteration 2, .* learning rate of 1e\\+20: try a smaller"):
        train(
            model, song, iterations=9, learning_rate=1e20, rng=np.random.default_rng(1),
            on_iteration=lambda *_: seen.append(model.parameters.copy()), **SMALL,
        )
    assert len(seen) == 1
    assert np.array_equal(model.parameters, small_model().parameters)  # those before the step that led there


def test_a_gradient_that_is_not_finite_stops_too(song, monkeypatch):
    model = small_model()
    before = model.parameters.copy()
    backward = model.backward
    model.backward = lambda dy, saved: (None, backward(dy, saved)[1] * np.float32(np.nan))
    with pytest.raises(Diverged, match="at iteration 1"):
        train(model, song, iterations=9, rng=np.random.default_rng(1), **SMALL)
    assert np.array_equal(model.parameters, before)


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


def test_measure_gives_what_one_pass_over_all_segments_would(song):
    model, segments = small_model(init="mirrored"), spaced_segments(song, 50, 64)
    y, _ = model.forward(segments)
    found = measure(model, segments)
    assert found["snr_db"] == pytest.approx(snr_db(segments, y), rel=1e-6)
    assert found["loss"] == pytest.approx(np.mean((segments - y) ** 2), rel=1e-5)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_redraws_one_line_on_a_terminal(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    progress = Progress(150, stream)
    progress.update(1, 0.012345, 1.23)
    progress.update(2, 0.01, None)
    progress.close()
    first, second = stream.getvalue().rstrip("\n").split("\r")[1:]
    assert "iteration 1/150  loss 0.0123  SNR 1.2 dB  " in first and "SNR n/a" in second
    assert len(first) == len(second) == 59 and stream.getvalue().endswith("\n")


@pytest.mark.parametrize("setting", [{"CI": "true"}, {"TERM": "dumb"}, {}])
def test_progress_prints_a_few_plain_lines_elsewhere(monkeypatch, setting):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if setting else io.StringIO()
    progress = Progress(150, stream)
    for iteration in range(1, 151):
        progress.update(iteration, 0.1, 9.0)
    progress.close()
    lines = stream.getvalue().splitlines()
    assert [line.split("/")[0] for line in lines] == [f"iteration {i}" for i in (1, 2, 5, 10, 20, 50, 100, 150)]
    assert "\r" not in stream.getvalue() and "0:00 left" in lines[-1]


@pytest.mark.parametrize("settings", [{}, dict(kernel=5, stride=3, padding=(2, 2)), dict(padding="valid", init="he")])
def test_load_gives_the_saved_model_back(tmp_path, rng, settings):
    model = Autoencoder(3, 4, 5, rng=rng, **settings)
    save(tmp_path, model)
    back = load(tmp_path)
    assert back.parameters.tobytes() == model.parameters.tobytes() and repr(back) == repr(model)
    x = rng.standard_normal((2, 20, 3)).astype(np.float32)
    assert np.array_equal(back.forward(x)[0], model.forward(x)[0])


def rewrite(path, **changes):
    with np.load(path) as file:
        arrays = {**file, **changes}
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


def test_what_is_not_a_model_is_refused_in_one_sentence(tmp_path, rng):
    sizes = dict(channels=2, hidden=6, features=8, kernel=4, stride=2, padding="same")
    w = np.zeros((4, 2, 6), np.float32)
    damages = {
        "not a zip": lambda path: path.write_bytes(b"model"),
        "empty": lambda path: path.write_bytes(b""),
        "cut": lambda path: path.write_bytes(path.read_bytes()[:1000]),
        "other format": lambda path: rewrite(path, format=99),
        "no sizes": lambda path: rewrite(path, sizes=None),
        "sizes not json": lambda path: rewrite(path, sizes="{"),
        "sizes not a dict": lambda path: rewrite(path, sizes="[]"),
        "sizes missing": lambda path: rewrite(path, sizes="{}"),
        "other sizes": lambda path: rewrite(path, sizes=json.dumps({**sizes, "hidden": 7})),
        "size of another kind": lambda path: rewrite(path, sizes=json.dumps({**sizes, "hidden": "6"})),
        "array missing": lambda path: rewrite(path, **{"0.w": None}),
        "array too many": lambda path: rewrite(path, **{"9.w": w}),
        "other shape": lambda path: rewrite(path, **{"0.w": w[:3]}),
        "other dtype": lambda path: rewrite(path, **{"0.w": w.astype(np.float64)}),
        "not finite": lambda path: rewrite(path, **{"0.w": w + np.float32(np.nan)}),
        "objects": lambda path: rewrite(path, **{"0.w": np.array([print], dtype=object)}),
    }
    for name, damage in damages.items():
        save(tmp_path, small_model())
        damage(tmp_path / "model.npz")
        with pytest.raises(InputError, match="is not a model that can be read") as caught:
            load(tmp_path)
        assert "\n" not in str(caught.value), name


def test_a_folder_without_a_model_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError, match="holds no model.npz"):
            load(path)
