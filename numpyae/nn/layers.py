"""The layers: each holds its parameters, computes forward, and sends the gradient backward.

    forward(x) -> (y, saved)                     saved is all that backward needs to know
    input_gradient(dy, saved) -> dx              of the shape of x
    parameter_gradients(dy, saved) -> grads      a dict with the keys and shapes of layer.params
    backward(dy, saved) -> (dx, grads)           both

A layer remembers nothing, so one model can run on many threads at once. What a convolution saves is x itself,
not a copy, so leave x as it is until backward has been called. Conv1d and ConvTranspose1d are the same layer
with two calls traded:

                      forward                  input_gradient           w's gradient
    Conv1d            conv(x, w)               conv_transpose(dy, w)    conv_weight(x, dy)
    ConvTranspose1d   conv_transpose(x, w)     conv(dy, w)              conv_weight(dy, x)
"""
import copy

import numpy as np

from numpyae.nn.conv import check_whole, conv, conv_transpose, conv_weight, geometry
from numpyae.nn.init import glorot, he


class Layer:
    """What all layers share. A layer without parameters, such as ReLU, has an empty dict of them."""

    params = {}

    def parameter_gradients(self, dy, saved):
        """Return name -> gradient, with the keys and shapes of `params`."""
        return {}

    def backward(self, dy, saved):
        """Return (dx, grads): the input's gradient and the parameters' gradients."""
        return self.input_gradient(dy, saved), self.parameter_gradients(dy, saved)

    def named_parameters(self):
        """Return name -> array."""
        return self.params

    def named_gradients(self, grads):
        """Return name -> array of what backward returned for the parameters."""
        return grads

    def astype(self, dtype):
        """Return a copy that computes in another dtype: float32, float64 or complex128."""
        check_dtype(dtype)
        other = copy.copy(self)
        other.params = {name: array.astype(dtype) for name, array in self.params.items()}
        return other


class ReLU(Layer):
    """Keep what is positive: y = max(x, 0), number by number, for x of any shape and dtype.

    At the kink, x = 0, any slope from 0 to 1 would do; we take 0. NaN passes through, so that it is noticed.
    Complex numbers are judged by their real part, as the complex step needs.
    """

    def forward(self, x):
        """Return (max(x, 0), the mask of the numbers that passed)."""
        mask = ~(x.real <= 0)
        # np.maximum is eight times as fast, but where real parts are equal it would compare imaginary ones
        return np.where(mask, x, x.dtype.type(0)) if np.iscomplexobj(x) else np.maximum(x, 0), mask

    def input_gradient(self, dy, saved):
        """Let dy through where x passed."""
        return dy * saved

    def __repr__(self):
        return f"{type(self).__name__}()"


class _Convolution(Layer):
    """What the two convolution layers share: the parameters, their initial values, and the checks."""

    def __init__(
        self, inputs, outputs, kernel, stride=1, padding="same", *, init="glorot", rng, dtype=np.float32
    ):
        check_whole(1, inputs=inputs, outputs=outputs, kernel=kernel, stride=stride)
        geometry(kernel, kernel, stride, padding)  # raises ValueError for a padding that makes no sense
        check_dtype(dtype)
        if init not in ("glorot", "he"):
            raise ValueError(f'expected init "glorot" or "he" for a layer, got {init!r}')
        self.inputs, self.outputs = inputs, outputs
        self.kernel, self.stride, self.padding = kernel, stride, padding
        shape, fan_in = self._kernel_shape()
        w = glorot(rng, shape) if init == "glorot" else he(rng, shape, fan_in)
        self.params = {"w": w.astype(dtype), "b": np.zeros(outputs, dtype)}

    @property
    def w(self):
        """The kernel, (kernel, inputs, outputs) of the convolution."""
        return self.params["w"]

    @property
    def b(self):
        """The bias, one number per output channel."""
        return self.params["b"]

    def _check(self, name, array):
        if array.ndim != 3:
            raise ValueError(f"expected {name} of shape (batch, time, channels), got {array.shape}")
        if array.dtype != self.w.dtype:
            raise ValueError(
                f"expected {name} in {self.w.dtype}, as {self!r} computes, got {array.dtype}: convert one of "
                "them by astype"
            )

    def __repr__(self):
        return (
            f"{type(self).__name__}({self.inputs} -> {self.outputs}, kernel {self.kernel}, "
            f"stride {self.stride}, padding {self.padding!r})"
        )


class Conv1d(_Convolution):
    """Convolve: (batch, time, inputs) -> (batch, steps, outputs); steps = ceil(time / stride) for "same".

    w: (kernel, inputs, outputs), b: (outputs,). init: "glorot" or "he"; rng: a numpy.random.Generator.
    Raises ValueError for x of another dtype or another number of channels.
    """

    def _kernel_shape(self):
        """Return the shape of w, and how many products are summed for one output."""
        return (self.kernel, self.inputs, self.outputs), self.kernel * self.inputs

    def forward(self, x):
        """Return (y, saved) with y = conv(x, w) + b."""
        self._check("x", x)
        y = conv(x, self.w, self.stride, self.padding)
        return _add_at_every_step(y, self.b), x

    def input_gradient(self, dy, saved):
        """Return dx."""
        self._check("dy", dy)
        x = saved
        return conv_transpose(dy, self.w, self.stride, self.padding, x.shape[1])

    def parameter_gradients(self, dy, saved):
        """Return {"w": dw, "b": db}."""
        self._check("dy", dy)
        x = saved
        return {"w": conv_weight(x, dy, self.kernel, self.stride, self.padding), "b": _sum_over_steps(dy)}


class ConvTranspose1d(_Convolution):
    """Convolve back: (batch, steps, inputs) -> (batch, time, outputs).

    w: (kernel, outputs, inputs), the array of the Conv1d that this layer transposes, whose outputs are the
    inputs here. b: (outputs,). init: "glorot" or "he"; rng: a numpy.random.Generator. Raises ValueError for x
    of another dtype or number of channels, or for a `time` that has another number of steps.
    """

    def _kernel_shape(self):
        """Return the shape of w, and how many products are summed for one output on average."""
        return (self.kernel, self.outputs, self.inputs), self.kernel * self.inputs / self.stride

    def forward(self, x, time=None):
        """Return (y, saved) with y = conv_transpose(x, w) + b.

        time: how many samples to make. The default is steps * stride for padding "same", else all the samples
        that the windows touch, less the padding.
        """
        self._check("x", x)
        if time is None:
            time = self._default_time(x.shape[1])
        y = conv_transpose(x, self.w, self.stride, self.padding, time)
        return _add_at_every_step(y, self.b), x

    def input_gradient(self, dy, saved):
        """Return dx."""
        self._check("dy", dy)
        return conv(dy, self.w, self.stride, self.padding)

    def parameter_gradients(self, dy, saved):
        """Return {"w": dw, "b": db}."""
        self._check("dy", dy)
        x = saved
        return {"w": conv_weight(dy, x, self.kernel, self.stride, self.padding), "b": _sum_over_steps(dy)}

    def _default_time(self, steps):
        if self.padding == "same":
            return steps * self.stride
        _, left, right = geometry(self.kernel, self.kernel, self.stride, self.padding)
        return (steps - 1) * self.stride + self.kernel - left - right


def _add_at_every_step(y, b):
    """Return y + b, added in place: sound by sound, because NumPy is slow at loops as short as b."""
    sounds = y.reshape(len(y), y.shape[1] * y.shape[2])
    sounds += np.broadcast_to(b, y.shape[1:]).reshape(sounds.shape[1])
    return sounds.reshape(y.shape)


def _sum_over_steps(dy):
    """Return the sum of dy over batch and time, as a product with ones: several times as fast as np.sum."""
    rows = dy.reshape(dy.shape[0] * dy.shape[1], dy.shape[2])
    return np.ones(len(rows), dy.dtype) @ rows


def check_dtype(dtype):
    """Raise ValueError unless layers can compute in this dtype."""
    if np.dtype(dtype) not in (np.float32, np.float64, np.complex128):
        raise ValueError(f"expected dtype float32, float64 or complex128, got {np.dtype(dtype)}")
