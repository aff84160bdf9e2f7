"""Plausible wrong backwards, each with the gradient that the checker must name.

A class's docstring is what is wrong with it. All are written for x of shape (3, 11, 3).
"""
import numpy as np

from numpyae import Conv1d, ConvTranspose1d, ReLU, Sequential, mse
from numpyae.nn import Layer, conv, conv_transpose, conv_weight, geometry

MUTANTS = {}  # class -> (a factory of one, how the checker names its fault)


def mutant(names, *sizes):
    """Register a class; names: how the message must name the fault."""

    def register(cls):
        MUTANTS[cls] = (lambda rng: cls(*sizes, rng=rng) if sizes else cls(), names)
        return cls

    return register


CONV = (3, 3, 4, 2)
TRANSPOSE = (3, 3, 3, 2)


@mutant("dx", *CONV)
class ReversedTime(Conv1d):
    """dy is read backwards in time."""

    def input_gradient(self, dy, saved):
        return super().input_gradient(dy[:, ::-1], saved)


@mutant("dx", *CONV)
class RolledTime(Conv1d):
    """dy is one step late, the last one first."""

    def input_gradient(self, dy, saved):
        return super().input_gradient(np.roll(dy, 1, axis=1), saved)


@mutant("dx", *CONV)
class SwappedBatch(Conv1d):
    """Every sound gets the gradient of another."""

    def input_gradient(self, dy, saved):
        return super().input_gradient(dy[::-1], saved)


@mutant("dx", *CONV)
class CropOffByOne(Conv1d):
    """The pad is cut off one sample too late."""

    def input_gradient(self, dy, saved):
        _, left, right = geometry(saved.shape[1], self.kernel, self.stride, self.padding)
        return conv_transpose(dy, self.w, self.stride, (left + 1, right - 1), saved.shape[1])


@mutant("dx", *CONV)
class PadNotCropped(Conv1d):
    """dx begins where the padded x began."""

    def input_gradient(self, dy, saved):
        _, left, right = geometry(saved.shape[1], self.kernel, self.stride, self.padding)
        return conv_transpose(dy, self.w, self.stride, (0, left + right), saved.shape[1])


@mutant("dx", *CONV)
class RepeatedIndices(Conv1d):
    """`+=` through an index array keeps only one of the windows that meet in a sample."""

    def input_gradient(self, dy, saved):
        batch, time, channels = saved.shape
        steps, left, right = geometry(time, self.kernel, self.stride, self.padding)
        windows = self.stride * np.arange(steps)[:, None] + np.arange(self.kernel)
        dx = np.zeros((batch, left + time + right, channels))
        stamps = dy @ self.w.reshape(-1, self.outputs).T
        dx[:, windows] += stamps.reshape(batch, steps, self.kernel, channels)
        return dx[:, left : left + time]


@mutant("dx", *CONV)
class FlippedKernel(Conv1d):
    """The magic half turn, where none is needed."""

    def input_gradient(self, dy, saved):
        return conv_transpose(dy, self.w[::-1], self.stride, self.padding, saved.shape[1])


@mutant("dx", *CONV)
class TransposedChannels(Conv1d):
    """Inputs and outputs of w are confused."""

    def input_gradient(self, dy, saved):
        return conv_transpose(dy, self.w.swapaxes(1, 2), self.stride, self.padding, saved.shape[1])


@mutant("dx", *CONV)
class LastWindowLost(Conv1d):
    """The loop over windows ends one too early."""

    def input_gradient(self, dy, saved):
        short = dy.copy()
        short[:, -1] = 0
        return super().input_gradient(short, saved)


class _WrongGrads(Conv1d):
    """A backward whose dx is right; wrong(x, dy, grads) replaces some of the grads."""

    def parameter_gradients(self, dy, saved):
        grads = super().parameter_gradients(dy, saved)
        return {**grads, **self.wrong(saved, dy, grads)}


@mutant("dw", *CONV)
class KernelChannelOrder(_WrongGrads):
    """The rows of the kernel's matrix are taken channel by channel, not sample by sample."""

    def wrong(self, x, dy, grads):
        return {"w": grads["w"].reshape(self.inputs, self.kernel, self.outputs).swapaxes(0, 1)}


@mutant("dw", *CONV)
class FlippedWeightGradient(_WrongGrads):
    """dw is flipped in time."""

    def wrong(self, x, dy, grads):
        return {"w": grads["w"][::-1]}


@mutant("dw", *CONV)
class FirstSoundOnly(_WrongGrads):
    """dw is not summed over the batch."""

    def wrong(self, x, dy, grads):
        return {"w": conv_weight(x[:1], dy[:1], self.kernel, self.stride, self.padding)}


@mutant("dw", *CONV)
class BatchMean(_WrongGrads):
    """dw is averaged over the batch, although the loss has done that already."""

    def wrong(self, x, dy, grads):
        return {"w": grads["w"] / len(x)}


@mutant("dw", *CONV)
class PadSidesSwapped(_WrongGrads):
    """The odd zero is put on the left."""

    def wrong(self, x, dy, grads):
        _, left, right = geometry(x.shape[1], self.kernel, self.stride, self.padding)
        return {"w": conv_weight(x, dy, self.kernel, self.stride, (right, left))}


@mutant("dw", *CONV)
class MisreadWindows(_WrongGrads):
    """The windows are cut by sliding_window_view, whose last two axes are channels, samples."""

    def wrong(self, x, dy, grads):
        _, left, right = geometry(x.shape[1], self.kernel, self.stride, self.padding)
        padded = np.pad(x, ((0, 0), (left, right), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.kernel, axis=1)[:, :: self.stride]
        rows = windows.reshape(-1, self.kernel * self.inputs)
        return {"w": (rows.T @ dy.reshape(-1, self.outputs)).reshape(self.w.shape)}


@mutant("db", *CONV)
class BiasOverWrongAxis(_WrongGrads):
    """db is summed over time and channels; the batch happens to have as many sounds as there are outputs."""

    def wrong(self, x, dy, grads):
        return {"b": dy.sum(axis=(1, 2))}


@mutant("db", *CONV)
class BiasCounted(_WrongGrads):
    """db counts the outputs instead of adding their gradients."""

    def wrong(self, x, dy, grads):
        return {"b": np.full(self.outputs, float(dy.shape[0] * dy.shape[1]))}


@mutant("db of BiasNotSummed(3 -> 3, kernel 4, stride 2, padding 'same') of shape (3,), got (6, 3)", *CONV)
class BiasNotSummed(_WrongGrads):
    """db still has its time axis."""

    def wrong(self, x, dy, grads):
        return {"b": dy.sum(axis=0)}


@mutant("dx|dw", *CONV)
class StaleSavedValue(Conv1d):
    """It remembers the latest x by itself, and not the one that belongs to this dy."""

    def forward(self, x):
        self.latest = x
        return super().forward(x)

    def backward(self, dy, saved):
        return super().backward(dy, self.latest)


@mutant("dw", *CONV)
class Accumulates(Conv1d):
    """dw is added to that of the last call."""

    total = 0

    def parameter_gradients(self, dy, saved):
        grads = super().parameter_gradients(dy, saved)
        self.total = self.total + grads["w"]
        return {**grads, "w": self.total}


@mutant("changed its x, its dy or its parameters", *CONV)
class ScalesItsInput(Conv1d):
    """dy is halved in place."""

    def backward(self, dy, saved):
        dy /= 2
        dx, grads = super().backward(dy, saved)
        return 2 * dx, {name: 2 * grad for name, grad in grads.items()}


@mutant("changed its x, its dy or its parameters", *CONV)
class StepsByItself(Conv1d):
    """backward already moves the parameters, which is the optimizer's task."""

    def parameter_gradients(self, dy, saved):
        grads = super().parameter_gradients(dy, saved)
        self.b[...] -= 1e-3 * grads["b"]
        return grads


@mutant("expected gradients ['b', 'w', 'x'] of", *CONV)
class ForgetsTheBias(Conv1d):
    """There is no db at all."""

    def parameter_gradients(self, dy, saved):
        return {"w": super().parameter_gradients(dy, saved)["w"]}


@mutant("dx", *TRANSPOSE)
class TransposeFlipped(ConvTranspose1d):
    """The transposed convolution's dx flips the kernel."""

    def input_gradient(self, dy, saved):
        return conv(dy, self.w[::-1], self.stride, self.padding)


@mutant("dx", *TRANSPOSE)
class TransposePadSides(ConvTranspose1d):
    """The transposed convolution's dx pads the other side."""

    def input_gradient(self, dy, saved):
        _, left, right = geometry(dy.shape[1], self.kernel, self.stride, self.padding)
        return conv(dy, self.w, self.stride, (right, left))


@mutant("dw", *TRANSPOSE)
class TransposeRoles(ConvTranspose1d):
    """dw has inputs and outputs traded."""

    def parameter_gradients(self, dy, saved):
        grads = super().parameter_gradients(dy, saved)
        return {**grads, "w": grads["w"].swapaxes(1, 2)}


@mutant("dx")
class GreaterOrEqual(ReLU):
    """The mask is made from the output by >=, which is always true."""

    def input_gradient(self, dy, saved):
        return dy * (saved.astype(float) >= 0)


@mutant("dx")
class MaskInverted(ReLU):
    """The gradient passes where x did not."""

    def input_gradient(self, dy, saved):
        return dy * ~saved


@mutant("dx")
class MaskOfTheGradient(ReLU):
    """The gradient itself is rectified, as in a figure of what a network sees."""

    def input_gradient(self, dy, saved):
        return dy * saved * (dy > 0)


class Loss(Layer):
    """mse as a layer without parameters, so that the checker can look at it."""

    def forward(self, x):
        return mse(x, np.ones_like(x))

    def input_gradient(self, dy, saved):
        return dy * saved

    def __repr__(self):
        return f"{type(self).__name__}()"


@mutant("dx")
class MissingFactorTwo(Loss):
    """The 2 of the square is forgotten."""

    def input_gradient(self, dy, saved):
        return dy * saved / 2


@mutant("dx")
class SumForMean(Loss):
    """The gradient of the sum, not of the mean."""

    def input_gradient(self, dy, saved):
        return dy * saved * saved.size


class _Chain(Sequential):
    def __init__(self, *sizes, rng):
        super().__init__(Conv1d(*CONV, rng=rng), ReLU(), ConvTranspose1d(*TRANSPOSE, rng=rng), ReLU())


@mutant("dx", *CONV)
class SkipsTheReLU(_Chain):
    """The chain rule leaves out a layer."""

    def backward(self, dy, saved):
        return super().backward(dy, [saved[0], np.ones_like(saved[1]), *saved[2:]])


class _Flip(ReLU):
    def input_gradient(self, dy, saved):
        return super().input_gradient(dy[:, ::-1], saved[:, ::-1])


@mutant("layer 1: dx of _Flip()", *CONV)
class OneLayerOfTheChain(Sequential):
    """A layer without parameters in the middle of a chain is wrong."""

    def __init__(self, *sizes, rng):
        super().__init__(Conv1d(*CONV, rng=rng), _Flip(), ConvTranspose1d(*TRANSPOSE, rng=rng))


@mutant("dw of layer 0", *CONV)
class GradientInBackwardOrder(_Chain):
    """The flat gradient is filled in the order in which backward meets the layers."""

    def backward(self, dy, saved):
        dx, gradient = super().backward(dy, saved)
        views = self.named_gradients(gradient)
        return dx, np.concatenate([views[name].ravel() for name in ("2.w", "2.b", "0.w", "0.b")])


@mutant("db of layer 2", *CONV)
class LastLayerForgotten(_Chain):
    """A gradient that never gets its numbers."""

    def backward(self, dy, saved):
        dx, gradient = super().backward(dy, saved)
        self.named_gradients(gradient)["2.b"][...] = 0
        return dx, gradient
