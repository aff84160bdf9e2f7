"""Chapter 2, one window, one dot product. Replace each raise; check by: pytest tutorials/exercises -k ch02"""


def same_padding(time, kernel, stride):
    """Return (steps, left, right) for "same" padding: ceil(time / stride) steps, an odd zero to the right."""
    raise NotImplementedError("exercise 2a: count the steps first, then the zeros that the last window lacks")


def mid_at_half_rate(x):
    """Return the mean of left and right at half the rate: (batch, time, 2) -> (batch, time // 2, 1).

    time is even. Choose a kernel w of shape (2, 2, 1) and call numpyae.nn.conv(x, w, 2, "same"); each output
    is the mean of all four numbers in its window.
    """
    raise NotImplementedError("exercise 2b: which weights make a dot product of four numbers their mean?")


def strided_by_keeping(xpad, w, stride):
    """Return (y, wasted): a strided convolution made from one of stride 1, and the share thrown away.

    xpad: (batch, time, inputs) with its zeros already there; w: (kernel, inputs, outputs). Use
    numpyae.nn.conv with stride 1 and padding "valid". wasted is between 0 and 1.
    """
    raise NotImplementedError("exercise 2c: which of the outputs of stride 1 would stride s have made too?")


def multiplications(time, kernel, channels, stride):
    """Return how many multiplications a chain of convolutions takes for one sound of `time` samples.

    channels: those of the sound, then those of each layer's output: (2, 32, 64) are two layers. All have the
    same kernel size, stride and padding, which is "same"; each layer's output is the next one's sound.
    """
    raise NotImplementedError("exercise 2d: count the steps of a layer; they are the samples of the next")
