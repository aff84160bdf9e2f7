"""Gradient checks: does backward return the derivative of forward?

There are two ways to know a derivative without deriving it. Central differences, (f(x+h) - f(x-h)) / 2h,
subtract two nearly equal numbers and so lose digits. The complex step, Im f(x + ih) / h, subtracts nothing.
With h = 1e-20 it is right to the last digits, for every function written without abs, conj and comparisons of
complex numbers (Squire & Trapp 1998, "Using complex variables to estimate derivatives of real functions").

Where a ReLU switches on or off between x-h and x+h, f has a kink, and the central difference is not the
derivative of anything. Such an entry is skipped and counted; the tolerance stays as it is.
"""
from typing import NamedTuple

import numpy as np


class Checked(NamedTuple):
    """What check_gradients found for one array; the errors are relative to the array's largest gradient."""

    name: str
    entries: int
    complex_step_error: float
    central_difference_error: float
    skipped: int


def complex_step_gradient(f, array, h=1e-20):
    """Return the gradient of f with respect to a complex128 array that f() reads, in float64.

    f() -> value, or (value, masks). Each entry in turn is moved by ih and put back.
    """
    gradient = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        before = array[index]
        array[index] = before + 1j * h
        gradient[index] = _value_and_masks(f())[0].imag / h
        array[index] = before
    return gradient


def numerical_gradient(f, array, h=1e-3):
    """Return the gradient of f with respect to a float64 array that f() reads, by central differences.

    f() -> value, or (value, masks), the masks that its ReLUs saved. An entry whose two probes have different
    masks is NaN in the result. Each entry in turn is moved by +h and -h and put back.

    h is large on purpose. Between kinks, the output of a chain of convolutions and ReLUs is linear in each
    single parameter. So there is no truncation error, and a large h makes the rounding error small.
    """
    gradient = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        before = array[index]
        array[index] = before + h
        above, masks_above = _value_and_masks(f())
        array[index] = before - h
        below, masks_below = _value_and_masks(f())
        array[index] = before
        same_side = all(map(np.array_equal, masks_above, masks_below))
        gradient[index] = (above - below) / (2 * h) if same_side else np.nan
    return gradient


def check_gradients(layer_or_model, x, rng=None):
    """Check every entry of every gradient; return one Checked per array, or raise AssertionError.

    The complex step must agree to 1e-12 of the array's largest gradient, central differences to 1e-7 of it.
    The layer or model is copied to float64 and complex128 and is not changed itself. In a model, every
    layer is first checked on its own. The upstream gradient dy is random, because with all ones a backward
    that shuffles dy would pass. rng draws it; by default np.random.default_rng(0). The error names the layer,
    the array and the index, and both values. Raises ValueError if x or a parameter is NaN or infinite.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    x = np.array(x, np.float64)
    for name, array in {"x": x, **layer_or_model.named_parameters()}.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite numbers, got NaN or infinite ones: give others")
    layer, exact, probe = (layer_or_model.astype(dtype) for dtype in (np.float64, np.complex128, np.float64))
    for index, (part, part_x) in enumerate(_layers_and_inputs(layer, x)):
        try:
            check_gradients(part, part_x, rng)
        except AssertionError as error:
            raise AssertionError(f"layer {index}: {error}") from None
    dy, got = _backward_on_trial(layer, x, rng)

    exact_arrays = {"x": x.astype(np.complex128), **exact.named_parameters()}
    probe_arrays = {"x": x.copy(), **probe.named_parameters()}
    if got.keys() != exact_arrays.keys():
        raise AssertionError(f"expected gradients {sorted(exact_arrays)} of {layer!r}, got {sorted(got)}")
    checked = []
    for name, gradient in got.items():
        where = _where(layer, name)
        if gradient.shape != exact_arrays[name].shape:
            shape = exact_arrays[name].shape
            raise AssertionError(f"expected {where} of shape {shape}, got {gradient.shape}")
        by_step = complex_step_gradient(
            lambda: _against(dy, exact.forward(exact_arrays["x"])), exact_arrays[name])
        by_difference = numerical_gradient(
            lambda: _against(dy, probe.forward(probe_arrays["x"])), probe_arrays[name])
        skipped = np.isnan(by_difference)
        step_error = _compare(where, gradient, by_step, by_step, 1e-12, "the complex step")
        by_difference = np.where(skipped, gradient, by_difference)
        difference_error = _compare(where, gradient, by_difference, by_step, 1e-7, "central differences")
        checked.append(Checked(name, gradient.size, step_error, difference_error, int(skipped.sum())))
    return checked


def _layers_and_inputs(model, x):
    """Yield each layer of a model with its input if the model's is x; nothing for a single layer."""
    for layer in getattr(model, "layers", ()):
        yield layer, x
        x, _ = layer.forward(x)


def _backward_on_trial(layer, x, rng):
    """Return (a random dy, name -> gradient); AssertionError if backward changed anything it was given.

    Another pass runs in between, to catch a layer that remembers or accumulates something.
    """
    y, saved = layer.forward(x)
    dy = np.asarray(rng.standard_normal(y.shape))
    given = [x, dy, *layer.named_parameters().values()]
    before = [array.copy() for array in given]
    layer.backward(2 * dy, layer.forward(-x)[1])
    dx, gradients = layer.backward(dy, saved)
    if not all(map(np.array_equal, given, before)):
        raise AssertionError(f"{layer!r} changed its x, its dy or its parameters: it must work on copies")
    return dy, {"x": dx, **layer.named_gradients(gradients)}


def _compare(where, got, expected, scale, tolerance, judge):
    """Return the largest error relative to the largest gradient, or raise AssertionError naming the entry."""
    error = np.abs(got - expected)
    index = np.unravel_index(np.argmax(error), error.shape)
    largest = np.abs(scale).max()
    if not error[index] <= tolerance * largest:  # written so that NaN fails
        place = ", ".join(map(str, index))
        raise AssertionError(
            f"{where}: at [{place}] expected {expected[index]:.17g} ({judge}), got {got[index]:.17g} "
            "from backward"
        )
    return float(error[index] / largest) if largest else 0.0


def _against(dy, forward):
    """Return sum(dy * y), whose gradient with respect to y is dy, and the masks of the ReLUs."""
    y, saved = forward
    return (dy * y).sum(), list(_masks(saved))


def _masks(saved):
    """Yield the boolean arrays in what a layer saved, or in the lists and tuples of it."""
    if isinstance(saved, (list, tuple)):
        for part in saved:
            yield from _masks(part)
    elif isinstance(saved, np.ndarray) and saved.dtype == bool:
        yield saved


def _value_and_masks(result):
    return result if isinstance(result, tuple) else (result, [])


def _where(layer_or_model, name):
    """Say which gradient this is: "dw of Conv1d(...)", "dw of layer 2, Conv1d(...)"."""
    if "." not in name:
        return f"d{name} of {layer_or_model!r}"
    index, key = name.split(".")
    return f"d{key} of layer {index}, {layer_or_model.layers[int(index)]!r}"
