"""Chapter 3, windows without copying. Replace each raise; check by: pytest tutorials/exercises -k ch03"""


def strides_of_windows(time, channels, stride, size):
    """Return the three strides, in bytes, of the view (batch, steps, kernel*channels) of a batch of sounds.

    The sounds are (batch, time, channels) and contiguous, their zeros counted in time; size is the bytes of
    one number.
    """
    raise NotImplementedError(
        "exercise 3a: how far is it to the next sound, to the next window, to the next column?"
    )


def windows(xpad, kernel, stride):
    """Return every window of xpad as a row, without a copy: (batch, steps, kernel*channels).

    xpad: (batch, time, channels), contiguous. Use np.ndarray(shape, dtype, buffer, strides=...), neither
    im2col nor a loop.
    """
    raise NotImplementedError(
        "exercise 3b: count the steps as in chapter 2, then give np.ndarray the strides of 3a"
    )


def bytes_of_the_copy(batch, time, channels, kernel, stride, size):
    """Return how many bytes the copied windows of a batch take, padding "same"; size is the bytes of one."""
    raise NotImplementedError("exercise 3c: how many rows has the matrix of windows, and how long is each?")


def conv_by_blocks(xpad, w, stride):
    """Return the convolution (batch, steps, outputs) with padding "valid", without any window.

    xpad: (batch, time, inputs), time a multiple of stride; w: (kernel, inputs, outputs), kernel a multiple of
    stride. Reshape xpad to blocks of `stride` samples: (batch, time // stride, stride*inputs). Window t
    begins with block t.
    """
    raise NotImplementedError(
        "exercise 3d: piece l of the kernel meets block t + l in window t; add up over l"
    )
