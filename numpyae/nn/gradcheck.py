"""Gradient checks: does backward return the derivative of forward?

Two ways to know a derivative without deriving it. Central differences, (f(x+h) - f(x-h)) / 2h, subtract two nearly
equal numbers and so lose digits. The complex step, Im f(x + ih) / h, subtracts nothing: with h = 1e-20 it is right to
the last digits, for every function written without abs, conj and comparisons of complex numbers (Squire & Trapp 1998,
"Using complex variables to estimate derivatives of real functions").

Where a ReLU changes side between x-h and x+h, f has a kink there and the central difference is no derivative of
anything. Such an entry is left out and counted; the tolerance stays as it is.
"""
from typing import NamedTuple

import numpy as np


class Checked(NamedTuple):
    """What check_gradients found for one array; the errors are shares of the array's largest gradient."""

    name: str
    entries: int
    complex_step_error: float
    central_difference_error: float
    skipped: int


def complex_step_gradient(f, array, h=1e-20):
    """Return the gradient of f by array, a complex128 array that f() reads; float64, of array's shape.

    f() -> value, or (value, masks). Each entry is moved by ih in turn, and put back.
    """
    gradient = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        before = array[index]
        array[index] = before + 1j * h
        gradient[index] = _value_and_masks(f())[0].imag / h
        array[index] = before
    return gradient


def numerical_gradient(f, array, h=1e-3):
    """Return the gradient of f by array, a float64 array that f() reads, by central differences; of array's shape.

    f() -> value, or (value, masks): the masks that its ReLUs saved. An entry whose two probes have different masks is
    NaN in the result. Each entry is moved by +h and -h in turn, and put back.

    h is large on purpose: between kinks the output of a chain of convolutions and ReLUs is linear in each single
    parameter, so there is no truncation error and a large h only divides the rounding error.
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


def check_gradients(layer_or_model, x, rng):
    """Check dx and every parameter's gradient, entry by entry; return a list of Checked, or raise AssertionError.

    Against the complex step to 1e-12 of the array's largest gradient, and against central differences to 1e-7 of it.
    The layer, or model, is copied to float64 and complex128 and stays as it is. Of a model, every layer is first checked
    by itself. The upstream gradient dy is random: with all ones, a backward that shuffles dy would pass. The error names
    layer, array and index, what backward gave and what was expected.
    """
    if hasattr(layer_or_model, "layers"):
        _check_each_layer(layer_or_model.astype(np.float64), np.array(x, np.float64), rng)
    layer, x = layer_or_model.astype(np.float64), np.array(x, np.float64)
    y, saved = layer.forward(x)
    dy = np.asarray(rng.standard_normal(y.shape))
    given = [x, dy, *_named(layer).values()]
    before = [array.copy() for array in given]
    # another pass in between: a layer that remembers or adds up anything by itself now has something wrong in it
    layer.backward(2 * dy, layer.forward(-x)[1])
    dx, grads = layer.backward(dy, saved)
    if not all(map(np.array_equal, given, before)):
        raise AssertionError(f"{layer!r} changed its x, its dy or its parameters: work on a copy")

    exact = layer_or_model.astype(np.complex128)
    probes = layer_or_model.astype(np.float64)
    x_exact, x_probes = x.astype(np.complex128), x.copy()
    backward = {"x": dx, **_named(layer, grads)}
    exact_arrays = {"x": x_exact, **_named(exact)}
    probe_arrays = {"x": x_probes, **_named(probes)}
    if backward.keys() != exact_arrays.keys():
        raise AssertionError(f"{layer!r} has gradients {sorted(backward)}, wanted {sorted(exact_arrays)}")

    checked = []
    for name, got in backward.items():
        where = _where(layer, name)
        if got.shape != exact_arrays[name].shape:
            raise AssertionError(f"{where} has shape {got.shape}, wanted {exact_arrays[name].shape}")
        by_step = complex_step_gradient(lambda: _against(dy, exact.forward(x_exact)), exact_arrays[name])
        by_difference = numerical_gradient(lambda: _against(dy, probes.forward(x_probes)), probe_arrays[name])
        skipped = np.isnan(by_difference)
        step_error = _compare(where, got, by_step, by_step, 1e-12, "the complex step")
        kept = np.where(skipped, got, by_difference)
        difference_error = _compare(where, got, kept, by_step, 1e-7, "central differences")
        checked.append(Checked(name, got.size, step_error, difference_error, int(skipped.sum())))
    return checked


def _check_each_layer(model, x, rng):
    """Check the layers one by one, each with what the layers before it make of x."""
    for index, layer in enumerate(model.layers):
        try:
            check_gradients(layer, x, rng)
        except AssertionError as error:
            raise AssertionError(f"layer {index}: {error}") from None
        x, _ = layer.forward(x)


def _compare(where, got, expected, scale, tolerance, judge):
    """Return the largest error as a share of the largest gradient, or raise AssertionError naming the entry."""
    error = np.abs(got - expected)
    index = np.unravel_index(np.argmax(error), error.shape)
    largest = np.abs(scale).max()
    if not error[index] <= tolerance * largest:  # written so that NaN fails
        place = ", ".join(map(str, index))
        raise AssertionError(
            f"{where}: at [{place}] backward gives {got[index]:.17g}, {judge} {expected[index]:.17g}"
        )
    return float(error[index] / largest) if largest else 0.0


def _against(dy, forward):
    """Return sum(dy * y), whose gradient by y is dy, and the masks of the ReLUs."""
    y, saved = forward
    return (dy * y).sum(), list(_masks(saved))


def _masks(saved):
    """Yield the boolean arrays in what a layer saved, or in the lists and tuples of it."""
    if isinstance(saved, (list, tuple)):
        for kept in saved:
            yield from _masks(kept)
    elif isinstance(saved, np.ndarray) and saved.dtype == bool:
        yield saved


def _value_and_masks(result):
    return result if isinstance(result, tuple) else (result, [])


def _named(layer_or_model, grads=None):
    """Return name -> array: the parameters, or the gradients given, of a layer (a dict) or a model (one flat array)."""
    if hasattr(layer_or_model, "split"):
        return layer_or_model.split(layer_or_model.parameters if grads is None else grads)
    return layer_or_model.params if grads is None else grads


def _where(layer_or_model, name):
    """Say which gradient this is: "dw of Conv1d(...)", "dw of layer 2, Conv1d(...)"."""
    if "." not in name:
        return f"d{name} of {layer_or_model!r}"
    index, key = name.split(".")
    return f"d{key} of layer {index}, {layer_or_model.layers[int(index)]!r}"
