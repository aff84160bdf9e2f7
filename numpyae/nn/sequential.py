"""A chain of layers with one flat array of parameters, and the chain rule through it."""
import copy

import numpy as np

from numpyae.nn.layers import Layer, check_dtype


class Sequential:
    """A chain of layers whose parameters lie in one flat array.

    parameters: every number that is learned. Each layer's arrays are views of it, in layer order, w before b.
    So an optimizer, a sum of gradients or a file deals with one array. Change it in place. The layers are
    copied, so that no array is shared by accident. model[start:stop] is the chain of these layers alone; it
    shares their arrays with the model. Raises ValueError for layers of different dtypes.
    """

    def __init__(self, *layers):
        if not all(isinstance(layer, Layer) for layer in layers):
            raise ValueError(f"expected layers, Sequential(layer, layer, ...), got {layers!r}")
        arrays = [array for layer in layers for array in layer.params.values()]
        if len({array.dtype for array in arrays}) > 1:
            raise ValueError(f"expected layers of one dtype, got {sorted({str(a.dtype) for a in arrays})}")
        self.layers = tuple(map(copy.deepcopy, layers))
        self._bind(np.concatenate([np.ravel(array) for array in arrays] or [np.zeros(0, np.float32)]))

    @property
    def parameters(self):
        """The flat array of all parameters."""
        return self._parameters

    @parameters.setter
    def parameters(self, array):
        if array is not self._parameters:  # it is after `model.parameters += change`
            raise ValueError(
                "expected model.parameters[...] = array, got model.parameters = array: fill the array that "
                "is there, because the layers' arrays are views of it"
            )

    def _bind(self, parameters):
        """Make `parameters` the flat array, and every layer's arrays views of it."""
        self._parameters = parameters
        for name, view in self.named_parameters().items():
            index, key = name.split(".")
            self.layers[int(index)].params[key] = view

    def __getitem__(self, part):
        if not isinstance(part, slice) or part.step not in (None, 1):
            raise TypeError(f"expected a slice model[start:stop], got model[{part}]")
        chain = Sequential()
        chain.layers = self.layers[part]
        ends = np.cumsum([0, *(sum(array.size for array in layer.params.values()) for layer in self.layers)])
        start, stop, _ = part.indices(len(self.layers))
        chain._parameters = self.parameters[ends[start] : ends[stop]]
        return chain

    def named_parameters(self):
        """Return name -> view of `parameters`, in layer order; "2.w" is w of layer 2."""
        return self.named_gradients(self.parameters)

    def named_gradients(self, gradient):
        """Return name -> view of a flat array laid out like `parameters`, such as backward's gradient."""
        views, start = {}, 0
        for index, layer in enumerate(self.layers):
            for key, array in layer.params.items():
                views[f"{index}.{key}"] = gradient[start : start + array.size].reshape(array.shape)
                start += array.size
        return views

    def forward(self, x):
        """Return (y, saved): x sent through every layer, and what each layer saved."""
        saved = []
        for layer in self.layers:
            x, cache = layer.forward(x)
            saved.append(cache)
        return x, saved

    def backward(self, dy, saved):
        """Return (dx, gradient), the latter flat like parameters: the chain rule from last layer to first."""
        gradient = np.empty_like(self.parameters)
        views = self.named_gradients(gradient)
        for index in reversed(range(len(self.layers))):
            dy, grads = self.layers[index].backward(dy, saved[index])
            for key, grad in grads.items():
                views[f"{index}.{key}"][...] = grad
        return dy, gradient

    def parameter_gradients(self, dy, saved):
        """Return the gradient alone, without the first layer's dx, which nothing below it needs."""
        dy, gradient = self[1:].backward(dy, saved[1:])
        first = self.layers[0].parameter_gradients(dy, saved[0])
        return np.concatenate([*map(np.ravel, first.values()), gradient])

    def astype(self, dtype):
        """Return a copy that computes in another dtype: float32, float64 or complex128."""
        check_dtype(dtype)
        other = copy.deepcopy(self)
        other._bind(other.parameters.astype(dtype))
        return other

    def __setstate__(self, state):
        """Rebuild the views, which copy.deepcopy and pickle turn into arrays of their own."""
        self.__dict__.update(state)
        self._bind(self.parameters)

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(map(repr, self.layers))})"
