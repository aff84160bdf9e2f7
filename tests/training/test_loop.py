"""The training loop: it learns, to the same bits each time, and stops before it is lost."""
import numpy as np
import pytest
from small import small_model

from numpyae import Adam, Autoencoder, Conv1d, ConvTranspose1d, Sequential
from numpyae.audio import random_segments, spaced_segments
from numpyae.autoencoder import streams
from numpyae.evaluation import measure
from numpyae.nn import complex_step_gradient, mse
from numpyae.training import Diverged, train, training_steps
from numpyae.training.loop import loss_and_gradient

SMALL = dict(batch_size=8, segment=64)


def test_training_learns_the_song(song):
    model = small_model(init="mirrored")
    segments = spaced_segments(song, 50, 64)
    before = measure(model, segments)
    losses = train(model, song, iterations=200, rng=np.random.default_rng(1), **SMALL)
    after = measure(model, segments)
    assert len(losses) == 200 and np.mean(losses[-20:]) < np.mean(losses[:20]) / 4
    assert after.snr_db > 10 > 5 > before.snr_db and after.loss < before.loss / 4


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

    rng = np.random.default_rng(1)
    losses = train(model, song, iterations=3, rng=rng, on_iteration=on_iteration, **SMALL)
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
    words = "diverged after 1 steps, .* learning rate of 1e\\+20: try a smaller"
    with pytest.raises(Diverged, match=words) as caught:
        train(
            model, song, iterations=iterations, learning_rate=1e20, rng=np.random.default_rng(1),
            on_iteration=lambda *_: seen.append(model.parameters.copy()), **SMALL,
        )
    assert len(seen) == 1 and caught.value.kept == 0
    assert np.array_equal(model.parameters, small_model().parameters)  # those before the step that led there


@pytest.mark.parametrize("broken", [1, 2, 5])
def test_a_gradient_that_is_not_finite_stops_too(song, broken):
    model, calls, seen = small_model(), [], [small_model().parameters]
    parameter_gradients = model.parameter_gradients

    def broken_in_time(dy, saved, dfeatures=None):
        calls.append(dy)
        gradient = parameter_gradients(dy, saved, dfeatures)
        return gradient * np.float32(np.nan if len(calls) == broken else 1)

    model.parameter_gradients = broken_in_time
    words = "before any step" if broken == 1 else f"after {broken - 1} steps"
    with pytest.raises(Diverged, match=words) as caught:
        train(
            model, song, iterations=9, rng=np.random.default_rng(1),
            on_iteration=lambda *_: seen.append(model.parameters.copy()), **SMALL,
        )
    assert len(seen) == broken and caught.value.kept == max(0, broken - 2)
    assert np.array_equal(model.parameters, seen[caught.value.kept])


def test_a_gradient_too_large_for_adam_to_square_stops_too(song):
    model = small_model()
    optimizer = Adam(model.parameters)
    batch = np.float32(1e15) * spaced_segments(song, 8, 64)
    loss, gradient = loss_and_gradient(model, batch)
    assert np.isfinite(loss) and np.isfinite(gradient).all()
    with pytest.raises(Diverged, match="before any step"):
        next(training_steps(model, optimizer, [batch]))
    assert not optimizer.mean.any() and not optimizer.square.any()


def test_silence_trains_to_finite_numbers_and_has_no_snr():
    model, silence = small_model(), np.zeros((500, 2), np.float32)
    losses = train(model, silence, iterations=20, rng=np.random.default_rng(1), **SMALL)
    assert np.isfinite(losses).all() and np.isfinite(model.parameters).all()
    assert measure(model, spaced_segments(silence, 9, 64)).snr_db is None


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_any_number_of_channels_trains_as_it_is(rng, channels):
    model = Autoencoder(channels, 4, 4, rng=rng)
    noise = rng.standard_normal((500, channels)).astype(np.float32)
    assert np.isfinite(train(model, noise, iterations=2, rng=rng, **SMALL)).all()


@pytest.mark.parametrize(
    "song, words",
    [
        (np.zeros((63, 2), np.float32), "at least one segment, 64 samples, got 63"),
        (np.zeros((99, 1), np.float32), r"expected x of shape \(any, any, 2\) .* got \(8, 64, 1\)"),
        (np.zeros((99, 2)), "expected x in float32, as .* computes, got float64"),
        (np.zeros(99, np.float32), r"expected sound of shape \(time, channels\), got \(99,\): give mono"),
        (np.zeros((2, 99), np.float32), r"got \(2, 99\), fewer samples than channels: give song.T"),
        (np.zeros((99, 2), np.int16), "with full scale 1, got int16: divide them by 32768"),
        (np.full((99, 2), np.nan, np.float32), "expected a song of finite samples, got NaN or infinite ones"),
        (np.full((99, 2), np.inf, np.float32), "expected a song of finite samples, got NaN or infinite ones"),
        ((np.zeros((99, 2), np.float32), 8000), "got a tuple: read a file by samples, rate = numpyae.read"),
        ([[0.0, 0.0]] * 99, "expected sound as an array of shape .* got a list"),
    ],
)
def test_a_song_that_does_not_fit_the_model_is_refused(rng, song, words):
    with pytest.raises(ValueError, match=words):
        train(small_model(), song, rng=rng, **SMALL)


@pytest.mark.parametrize("wrong", [
    dict(iterations=-1), dict(batch_size=0), dict(segment=2.5), dict(learning_rate=0), dict(context=-1),
    dict(workers=0), dict(workers=1.5, iterations=0),
])
def test_settings_that_make_no_sense_are_refused_by_name(song, wrong):
    (name, value), *_ = wrong.items()
    model = small_model()
    with pytest.raises(ValueError, match=f"^{name}: expected a .*number .*got {value}"):
        train(model, song, **{**SMALL, **wrong})
    assert np.array_equal(model.parameters, small_model().parameters)


@pytest.mark.parametrize("seed", [0, 3])
def test_a_seed_draws_the_batches_of_a_run_with_this_seed(song, seed):
    losses = train(small_model(), song, iterations=3, rng=seed, **SMALL)
    assert losses == train(small_model(), song, iterations=3, rng=streams(seed)[1], **SMALL)
    assert seed or losses == train(small_model(), song, iterations=3, **SMALL)


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


def small_features(features):
    """Return a loss of an autoencoder's features, and its gradient there."""
    loss, dfeatures = mse(features, np.zeros_like(features))
    return 0.3 * loss, 0.3 * dfeatures


def absolute_error(y, target):
    """Return the mean absolute error and its gradient."""
    return np.abs(y - target).mean(), np.sign(y - target) / y.size


@pytest.mark.parametrize("context", [0, 12])
@pytest.mark.parametrize("losses", [dict(objective=absolute_error), dict(feature_loss=small_features)])
def test_the_gradient_of_another_objective_is_that_of_its_loss(song, losses, context):
    """Over several shards of unequal size; the complex step asks the objective for its loss alone."""
    model = small_model(init="mirrored").astype(np.float64)
    batch = spaced_segments(song, 11, 2048, context).astype(np.float64)
    loss, gradient = loss_and_gradient(model, batch, context, **losses)
    inside = slice(context, batch.shape[1] - context)
    exact = model.astype(np.complex128)

    def exact_loss():
        y, saved = exact.forward(batch.astype(complex))
        error = (y - batch)[:, inside]
        if "objective" in losses:
            return np.mean(error * np.sign(error.real))
        return np.mean(error**2) + 0.3 * np.mean(exact.features_in(saved) ** 2)

    assert loss == pytest.approx(exact_loss().real, rel=1e-12)
    assert abs(loss - loss_and_gradient(model, batch, context)[0]) > 0.01 * loss
    some = [*range(0, model.parameters.size, 37)]
    expected = [complex_step(exact_loss, exact.parameters, index) for index in some]
    np.testing.assert_allclose(gradient[some], expected, rtol=0, atol=1e-12 * np.abs(gradient).max())


def complex_step(function, parameters, index):
    """Return the derivative of a function with respect to one of the complex parameters."""
    before = parameters[index]
    parameters[index] += 1e-30j
    value = function().imag / 1e-30
    parameters[index] = before
    return value


def batches_of(song, count, rng):
    return [random_segments(song, 8, 64, rng) for _ in range(count)]


def test_training_in_two_parts_with_their_optimizer_is_to_the_bit_training_in_one(song):
    whole, parts = small_model(), small_model()
    losses = train(whole, song, iterations=9, rng=np.random.default_rng(1), **SMALL)
    rng, optimizer = np.random.default_rng(1), Adam(parts.parameters, 3e-3)
    first = [*training_steps(parts, optimizer, batches_of(song, 4, rng))]
    second = [*training_steps(parts, optimizer, batches_of(song, 5, rng))]
    assert [loss for _, loss in first + second] == losses
    assert [steps for steps, _ in second] == [5, 6, 7, 8, 9] and optimizer.steps == 9
    assert parts.parameters.tobytes() == whole.parameters.tobytes()


def test_the_steps_are_taken_one_by_one_and_whoever_leaves_the_loop_keeps_them(song, rng):
    model, drawn = small_model(), []

    def batches():
        for batch in batches_of(song, 9, rng):
            drawn.append(batch)
            yield batch

    for steps, _ in training_steps(model, Adam(model.parameters), batches()):
        assert len(drawn) == steps
        if steps == 3:
            kept = model.parameters.copy()
            break
    assert len(drawn) == 3 and np.array_equal(model.parameters, kept)
    assert not np.array_equal(kept, small_model().parameters)


def test_any_number_of_workers_and_any_optimizer_do_for_the_steps(song, rng):
    class Descent:
        """Plain gradient descent."""

        learning_rate, steps = 0.1, 0

        def __init__(self, parameters):
            self.parameters = parameters

        def step(self, gradient):
            self.steps += 1
            self.parameters -= np.float32(self.learning_rate) * gradient

    results, batches = [], [spaced_segments(song, 25, 1024)] * 5
    for workers in (1, 2, 3):
        model = small_model(init="mirrored")
        losses = [loss for _, loss in training_steps(model, Descent(model.parameters), batches, 0, workers)]
        results.append((losses, model.parameters.tobytes()))
    assert results[0] == results[1] == results[2] and losses[-1] < losses[0]


def test_no_batches_take_no_steps(rng):
    model = small_model()
    assert [*training_steps(model, Adam(model.parameters), [])] == []
    assert np.array_equal(model.parameters, small_model().parameters)


def test_a_chain_of_layers_that_is_no_autoencoder_can_be_trained_too(song):
    rng = np.random.default_rng(0)
    model = Sequential(Conv1d(2, 8, 4, 2, rng=rng), ConvTranspose1d(8, 2, 4, 2, rng=rng))
    losses = train(model, song, iterations=30, rng=rng, batch_size=8, segment=64)
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) / 2
