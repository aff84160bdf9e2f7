"""The layers: each holds its parameters, answers forward, and sends the gradient backward.

    forward(x) -> (y, saved)        saved is all that backward needs to know of x; the layer itself remembers nothing
    backward(dy, saved) -> (dx, grads)        grads has the keys and shapes of layer.params; dx the shape of x
    backward(dy, saved, need_dx=False)        the same with None for dx: below the first layer nobody asks for it

So one model may run on many threads at once. What a convolution saves is x itself, not a copy: leave it as it is until
backward has been called. Conv1d and ConvTranspose1d are the same layer with two calls traded:

                      forward                  dx                        dw
    Conv1d            conv(x, w)               conv_transpose(dy, w)     conv_weight(x, dy)
    ConvTranspose1d   conv_transpose(x, w)     conv(dy, w)               conv_weight(dy, x)
"""
import copy
import weakref

import numpy as np

from numpyae.nn.conv import conv, conv_transpose, conv_weight, geometry
from numpyae.nn.init import glorot, he


class ReLU:
    """Keep what is positive: y = max(x, 0), number by number, for x of any shape and dtype.

    At the kink, x = 0, any slope from 0 to 1 would do; we take 0. A NaN passes through, so that it is noticed. Complex
    numbers are judged by their real part, as the complex step needs.
    """

    def __init__(self):
        self.params = {}

    def forward(self, x):
        """Return (max(x, 0), the mask of what passed)."""
        mask = ~(x.real <= 0)
        # np.maximum, eight times as fast, would compare the imaginary parts of equal real ones
        return np.where(mask, x, x.dtype.type(0)) if np.iscomplexobj(x) else np.maximum(x, 0), mask

    def backward(self, dy, saved, need_dx=True):
        """Let dy through where x went through."""
        return dy * saved if need_dx else None, {}

    def astype(self, dtype):
        """Return a copy; there are no parameters to convert."""
        return copy.copy(self)

    def __repr__(self):
        return f"{type(self).__name__}()"


class _Convolution:
    """What the two convolution layers share: parameters, their initial values, and the check of dtypes."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding="same", *, init="glorot", rng, dtype=np.float32):
        for name, size in (("inputs", inputs), ("outputs", outputs), ("kernel", kernel), ("stride", stride)):
            if size != int(size) or size < 1:
                raise ValueError(f"{name} is {size}: give a whole number of at least 1")
        geometry(kernel, kernel, stride, padding)  # raises ValueError where they make no sense
        _check_dtype(dtype)
        if init not in ("glorot", "he"):
            raise ValueError(f'init is {init!r}: a layer starts by "glorot" or "he"')
        self.inputs, self.outputs, self.kernel, self.stride, self.padding = inputs, outputs, kernel, stride, padding
        shape, fan_in = self._kernel_shape()
        w = glorot(rng, shape) if init == "glorot" else he(rng, shape, fan_in)
        self.params = {"w": w.astype(dtype), "b": np.zeros(outputs, dtype)}

    @property
    def w(self):
        """The kernel, (kernel, long, short)."""
        return self.params["w"]

    @property
    def b(self):
        """The bias, one number an output channel."""
        return self.params["b"]

    def astype(self, dtype):
        """Return a copy that computes in another dtype: float32, float64 or complex128."""
        _check_dtype(dtype)
        other = copy.copy(self)
        other.params = {name: array.astype(dtype) for name, array in self.params.items()}
        return other

    def _same_dtype(self, name, array):
        if array.dtype != self.w.dtype:
            raise ValueError(
                f"{name} is {array.dtype} but {self!r} computes in {self.w.dtype}: convert one of them by astype"
            )

    def __repr__(self):
        return (
            f"{type(self).__name__}({self.inputs} -> {self.outputs}, kernel {self.kernel}, "
            f"stride {self.stride}, padding {self.padding!r})"
        )


class Conv1d(_Convolution):
    """Convolve: (batch, time, inputs) -> (batch, steps, outputs), steps = ceil(time / stride) for padding "same".

    w: (kernel, inputs, outputs), b: (outputs,). init is "glorot" or "he", rng a numpy.random.Generator.
    Raises ValueError for x of another dtype or number of channels.
    """

    def _kernel_shape(self):
        """Return the shape of w, and how many products an output is the sum of."""
        return (self.kernel, self.inputs, self.outputs), self.kernel * self.inputs

    def forward(self, x):
        """Return (y, saved): y = conv(x, w) + b."""
        self._same_dtype("x", x)
        y = conv(x, self.w, self.stride, self.padding)
        return _add_at_every_step(y, self.b), x

    def backward(self, dy, saved, need_dx=True):
        """Return (dx, {"w": dw, "b": db})."""
        self._same_dtype("dy", dy)
        x = saved
        dx = conv_transpose(dy, self.w, self.stride, self.padding, x.shape[1]) if need_dx else None
        dw = conv_weight(x, dy, self.kernel, self.stride, self.padding)
        return dx, {"w": dw, "b": _sum_over_steps(dy)}


class ConvTranspose1d(_Convolution):
    """Convolve back: (batch, steps, inputs) -> (batch, time, outputs).

    w: (kernel, outputs, inputs): the very array of the Conv1d that it turns round; b: (outputs,).
    Raises ValueError for x of another dtype or number of channels, or a time that does not have these steps.
    """

    def _kernel_shape(self):
        """Return the shape of w, and how many products an output is the sum of: kernel / stride windows overlap."""
        return (self.kernel, self.outputs, self.inputs), self.kernel * self.inputs / self.stride

    def forward(self, x, time=None):
        """Return (y, saved): y = conv_transpose(x, w) + b.

        time: the length to make, in samples; without it steps * stride for padding "same", else as many as the windows
        touch, less the padding.
        """
        self._same_dtype("x", x)
        if time is None:
            time = self._usual_time(x.shape[1])
        y = conv_transpose(x, self.w, self.stride, self.padding, time)
        return _add_at_every_step(y, self.b), x

    def backward(self, dy, saved, need_dx=True):
        """Return (dx, {"w": dw, "b": db})."""
        self._same_dtype("dy", dy)
        x = saved
        dx = conv(dy, self.w, self.stride, self.padding) if need_dx else None
        dw = conv_weight(dy, x, self.kernel, self.stride, self.padding)
        return dx, {"w": dw, "b": _sum_over_steps(dy)}

    def _usual_time(self, steps):
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
    """Return the sum of dy over batch and time: as a product with ones, several times as fast as a sum over two axes."""
    rows = dy.reshape(dy.shape[0] * dy.shape[1], dy.shape[2])
    return np.ones(len(rows), dy.dtype) @ rows


_IN_A_MODEL = weakref.WeakSet()  # the layers whose arrays are views of some model's parameters


class Sequential:
    """A chain of layers whose parameters lie in one flat array.

    parameters: every number that is learned; each layer's arrays are views into it, in layer order, w before b. So an
    optimizer, a sum of gradients or a file deals with one array. Change it in place.
    Raises ValueError for layers of different dtypes, and for a layer that is in a model already (use copy.deepcopy).
    """

    def __init__(self, *layers):
        if not all(hasattr(layer, "params") for layer in layers):
            raise ValueError(f"{layers!r} are not layers: give them one after another, Sequential(layer, layer, ...)")
        arrays = [array for layer in layers for array in layer.params.values()]
        if len({array.dtype for array in arrays}) > 1:
            raise ValueError(f"the layers compute in {sorted({str(a.dtype) for a in arrays})}: give all the same dtype")
        if len(set(layers)) < len(layers) or any(layer in _IN_A_MODEL for layer in layers):
            raise ValueError("a layer belongs to one model, once: give each place a layer of its own (copy.deepcopy)")
        self.layers = layers
        self.parameters = np.concatenate([np.ravel(array) for array in arrays] or [np.zeros(0, np.float32)])
        self._bind()

    def _bind(self):
        """Make every layer's arrays views of `parameters`."""
        for name, view in self.named_parameters().items():
            index, key = name.split(".")
            self.layers[int(index)].params[key] = view
        _IN_A_MODEL.update(self.layers)

    def split(self, flat):
        """Return name -> view of an array laid out like `parameters`, such as a gradient; "2.w" is w of layer 2."""
        views, start = {}, 0
        for index, layer in enumerate(self.layers):
            for key, array in layer.params.items():
                views[f"{index}.{key}"] = flat[start : start + array.size].reshape(array.shape)
                start += array.size
        return views

    def named_parameters(self):
        """Return name -> view of `parameters`, in layer order."""
        return self.split(self.parameters)

    def forward(self, x):
        """Return (y, saved): x through every layer."""
        saved = []
        for layer in self.layers:
            x, kept = layer.forward(x)
            saved.append(kept)
        return x, saved

    def backward(self, dy, saved, need_dx=True):
        """Return (dx, gradient): the chain rule, from the last layer to the first; gradient is flat like parameters."""
        gradient = np.empty_like(self.parameters)
        views = self.split(gradient)
        for index in reversed(range(len(self.layers))):
            asked = {} if index or need_dx else {"need_dx": False}
            dy, grads = self.layers[index].backward(dy, saved[index], **asked)
            for key, grad in grads.items():
                views[f"{index}.{key}"][...] = grad
        return dy, gradient

    def astype(self, dtype):
        """Return a copy that computes in another dtype: float32, float64 or complex128."""
        _check_dtype(dtype)
        other = copy.deepcopy(self)
        other.parameters = other.parameters.astype(dtype)
        other._bind()
        return other

    def __setstate__(self, state):
        """Rebuild the views, which copy.deepcopy and pickle would turn into arrays of their own."""
        self.__dict__.update(state)
        self._bind()

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"


def _check_dtype(dtype):
    if np.dtype(dtype) not in (np.float32, np.float64, np.complex128):
        raise ValueError(f"dtype is {np.dtype(dtype)}: give float32, float64 or complex128")
