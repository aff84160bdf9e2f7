"""A strided one-dimensional convolution: one sum and its three derivatives.

Sound is `(batch, time, channels)`. A kernel is `w: (kernel, inputs, outputs)`, the input and output channels
*of the convolution*. A transposed convolution uses the same array the other way round, from its outputs back
to its inputs. `x` is always the array on the side with more time steps, (batch, time, inputs), and `y` the
one on the side with fewer, (batch, steps, outputs). With x padded by zeros to `xpad`, everything here comes
from one sum,

    S(x, w, y) = sum over b, t, j, i, o of  xpad[b, stride*t + j, i] * w[j, i, o] * y[b, t, o]

which is linear in each of its three arrays. Its derivative with respect to y is the convolution of x, its
derivative with respect to x is the transposed convolution of y, and its derivative with respect to w is the
kernel's gradient:

    conv = dS/dy        conv_transpose = dS/dx        conv_weight = dS/dw

So these three functions are all the forward and backward passes of both layers. For the shapes see Dumoulin &
Visin (2016), "A guide to convolution arithmetic for deep learning".
"""
import numpy as np


def geometry(time, kernel, stride, padding):
    """Return (steps, left, right): how many windows fit, and how many zeros to put on either side of x.

    `padding` is "same" (TensorFlow's rule: ceil(time / stride) steps; an odd zero goes to the right), "valid"
    (no zeros) or a pair (left, right). Raises ValueError if not even one window fits.
    """
    check_whole(1, time=time, kernel=kernel, stride=stride)
    if isinstance(padding, str) and padding == "same":
        steps = -(-time // stride)
        total = max(0, (steps - 1) * stride + kernel - time)
        left, right = total // 2, total - total // 2
    elif isinstance(padding, str) and padding == "valid":
        left = right = 0
    elif isinstance(padding, (tuple, list)) and len(padding) == 2:
        left, right = padding
        check_whole(0, padding_left=left, padding_right=right)
    else:
        raise ValueError(f'expected padding "same", "valid" or a pair (left, right), got {padding!r}')
    steps = (left + time + right - kernel) // stride + 1
    if steps < 1:
        raise ValueError(
            f"expected at least one kernel of {kernel} samples, got {time} and {left} + {right} of padding: "
            "give a longer x, more padding or a shorter kernel"
        )
    return steps, left, right


def check_whole(lowest, **numbers):
    """Raise ValueError unless all these are whole numbers of at least `lowest`."""
    for name, number in numbers.items():
        whole = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
        if not (whole and number >= lowest):
            raise ValueError(f"{name}: expected a whole number of at least {lowest}, got {number!r}")


def im2col(x, kernel, stride):
    """View every window of x as a row: (batch, time, channels) -> (batch, steps, kernel*channels), read-only.

    Because channels are last, the kernel*channels numbers of a window lie side by side in memory, and the
    next window begins stride*channels numbers later. So the rows overlap, and no number is copied (unless x
    is not C-contiguous).
    """
    x = np.ascontiguousarray(x)
    batch, time, channels = x.shape
    steps, _, _ = geometry(time, kernel, stride, "valid")
    size = x.itemsize  # bytes of one number
    strides = (time * channels * size, stride * channels * size, size)
    view = np.ndarray((batch, steps, kernel * channels), x.dtype, x, strides=strides)  # stays within x
    view.flags.writeable = False
    return view


def col2im(columns, kernel, stride, time):
    """Add every row back where im2col cut it: (batch, steps, kernel*channels) -> (batch, time, channels).

    This is the adjoint of im2col. Raises ValueError for columns that are not the windows of `time` samples.
    """
    batch, steps, width = columns.shape
    expected_steps, _, _ = geometry(time, kernel, stride, "valid")
    if width % kernel or steps != expected_steps:
        raise ValueError(
            f"expected columns of shape (batch, {expected_steps}, {kernel} * channels) for {time} samples, "
            f"got {columns.shape}"
        )
    block = stride * (width // kernel)
    pieces = (columns[:, :, start : start + block] for start in range(0, width, block))
    return _overlap_add(pieces, (batch, time, width // kernel), stride, columns.dtype)


def _overlap_add(pieces, shape, stride, dtype):
    """Add overlapping windows into (batch, time, channels); each window comes in pieces of `stride` samples.

    Cut the sound into blocks of `stride` samples, too. The window of step t begins at block t, so the first
    pieces of all windows are added in one go, and the second pieces in another, one block later. The last
    piece may be shorter.
    """
    batch, time, channels = shape
    blocks = -(-time // stride)
    x = np.zeros((batch, blocks, stride * channels), dtype)
    for shift, piece in enumerate(pieces):
        x[:, shift : shift + piece.shape[1], : piece.shape[2]] += piece
    return x.reshape(batch, blocks * stride, channels)[:, :time]


def conv(x, w, stride, padding):
    """Convolve x with w: (batch, time, inputs) -> (batch, steps, outputs). This is dS/dy.

    y[b, t, o] = sum over j, i of  xpad[b, stride*t + j, i] * w[j, i, o]   (a dot product per window, no flip)
    """
    kernel, inputs, outputs = w.shape
    _expect("x", x, (None, None, inputs), "w", w)
    windows, steps = _windows(x, kernel, stride, padding)
    return (windows @ w.reshape(kernel * inputs, outputs)).reshape(len(x), steps, outputs)


def conv_transpose(y, w, stride, padding, time):
    """Convolve y back with w: (batch, steps, outputs) -> (batch, time, inputs). This is dS/dx.

    xpad[b, m, i] = sum over t, j with stride*t + j = m, and o, of  w[j, i, o] * y[b, t, o]

    The padding is cut off. Several lengths have the same number of steps, so `time` says which one is meant.
    """
    kernel, inputs, outputs = w.shape
    steps, left, right = geometry(time, kernel, stride, padding)
    _expect("y", y, (None, steps, outputs), "w", w)
    rows, taps = y.reshape(len(y) * steps, outputs), w.reshape(kernel * inputs, outputs)
    # one product for each piece of `stride` samples, so that a piece lies in one row of memory and adds fast
    parts = np.split(taps, range(stride * inputs, kernel * inputs, stride * inputs))
    pieces = ((rows @ part.T).reshape(len(y), steps, len(part)) for part in parts)
    padded = _overlap_add(pieces, (len(y), left + time + right, inputs), stride, np.result_type(y, w))
    return padded[:, left : left + time]


def conv_weight(x, y, kernel, stride, padding):
    """Correlate x with y into the shape of w, (kernel, inputs, outputs). This is dS/dw.

    x: (batch, time, inputs), y: (batch, steps, outputs).
    w[j, i, o] = sum over b, t of  xpad[b, stride*t + j, i] * y[b, t, o]
    """
    _expect("x", x, (None, None, None), "y", y)
    windows, steps = _windows(x, kernel, stride, padding)
    _expect("y", y, (len(x), steps, None), "x", x)
    return (windows.T @ y.reshape(len(windows), y.shape[2])).reshape(kernel, x.shape[2], y.shape[2])


def _windows(x, kernel, stride, padding):
    """Return (the windows of padded x as the rows of one matrix, the number of steps in each sound)."""
    batch, time, channels = x.shape
    steps, left, right = geometry(time, kernel, stride, padding)
    padded = np.empty((batch, left + time + right, channels), x.dtype)
    padded[:, :left] = padded[:, left + time :] = 0
    padded[:, left : left + time] = x
    # BLAS cannot read overlapping rows; this one copy lets the product run at full speed
    columns = np.ascontiguousarray(im2col(padded, kernel, stride))
    return columns.reshape(batch * steps, kernel * channels), steps


def _expect(name, array, shape, other, reference):
    """Raise ValueError unless the array has the shape (None: any size) that `other` requires."""
    if array.ndim != 3 or any(size not in (None, got) for size, got in zip(shape, array.shape, strict=True)):
        expected = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(
            f"expected {name} of shape ({expected}) for {other} of shape {reference.shape}, got {array.shape}"
        )
