"""A strided one-dimensional convolution: one sum and its three derivatives.

Sound is `(batch, time, channels)`. A kernel is `w: (kernel, long, short)`: `long` are the channels of the side with
more time steps, `short` those of the side with fewer. With x padded by zeros to `xpad`, everything here comes from

    S(x, w, y) = sum over b, t, j, i, o of  xpad[b, stride*t + j, i] * w[j, i, o] * y[b, t, o]

which is linear in each of its three arrays. Its derivative by y is the convolution of x, its derivative by x the
transposed convolution of y, its derivative by w the gradient of the kernel:

    conv = dS/dy        conv_transpose = dS/dx        conv_weight = dS/dw

So all the forward and backward passes of both layers are these three functions. See Dumoulin & Visin (2016), "A guide
to convolution arithmetic for deep learning", for the shapes.
"""
import numpy as np


def geometry(time, kernel, stride, padding):
    """Return (steps, left, right): how many windows fit, and the zeros to put on either side of x.

    `padding` is "same" (TensorFlow's rule: ceil(time / stride) steps, an odd zero goes to the right), "valid" (no
    zeros) or a pair (left, right). Raises ValueError where not one window fits.
    """
    if min(time, kernel, stride) < 1:
        raise ValueError(f"time {time}, kernel {kernel}, stride {stride}: each must be at least 1")
    if isinstance(padding, str) and padding == "same":
        steps = -(-time // stride)
        total = max(0, (steps - 1) * stride + kernel - time)
        left, right = total // 2, total - total // 2
    elif isinstance(padding, str) and padding == "valid":
        left = right = 0
    elif isinstance(padding, (tuple, list)) and len(padding) == 2 and min(padding) >= 0:
        left, right = padding
    else:
        raise ValueError(f'padding is {padding!r}: give "same", "valid" or two counts of zeros (left, right)')
    steps = (left + time + right - kernel) // stride + 1
    if steps < 1:
        raise ValueError(
            f"{time} samples and {left} + {right} zeros are fewer than one kernel of {kernel}: "
            "give a longer x, more padding or a shorter kernel"
        )
    return steps, left, right


def im2col(x, kernel, stride):
    """Show every window of x as a row: (batch, time, channels) -> (batch, steps, kernel*channels), a read-only view.

    Because channels are last, the kernel*channels numbers of a window lie side by side in memory, and the next window
    begins stride*channels numbers later: the rows overlap and no number is copied (unless x is not C-contiguous).
    """
    x = np.ascontiguousarray(x)
    batch, time, channels = x.shape
    steps, _, _ = geometry(time, kernel, stride, "valid")
    size = x.itemsize  # bytes of one number
    strides = (time * channels * size, stride * channels * size, size)
    view = np.ndarray((batch, steps, kernel * channels), x.dtype, x, strides=strides)  # NumPy checks that it stays in x
    view.flags.writeable = False
    return view


def col2im(columns, kernel, stride, time):
    """Add every row back where im2col cut it: (batch, steps, kernel*channels) -> (batch, time, channels).

    The adjoint of im2col.
    """
    batch, steps, width = columns.shape
    if width % kernel or steps != geometry(time, kernel, stride, "valid")[0]:
        raise ValueError(
            f"columns of shape {columns.shape} are not the windows of {time} samples: "
            f"wanted (batch, {geometry(time, kernel, stride, 'valid')[0]}, {kernel} * channels)"
        )
    block = stride * (width // kernel)
    pieces = (columns[:, :, start : start + block] for start in range(0, width, block))
    return _overlap_add(pieces, (batch, time, width // kernel), stride, columns.dtype)


def _overlap_add(pieces, shape, stride, dtype):
    """Lay windows over each other: (batch, time, channels) is the sum of their pieces of `stride` samples.

    The sound is cut into blocks of `stride` samples too. The window of step t begins with block t, so the first pieces
    of all windows are one addition, the second pieces another, one block later. The last piece may be shorter.
    """
    batch, time, channels = shape
    blocks = -(-time // stride)
    x = np.zeros((batch, blocks, stride * channels), dtype)
    for shift, piece in enumerate(pieces):
        x[:, shift : shift + piece.shape[1], : piece.shape[2]] += piece
    return x.reshape(batch, blocks * stride, channels)[:, :time]


def conv(x, w, stride, padding):
    """Convolve x with w: (batch, time, long) -> (batch, steps, short), the derivative of S by y.

    y[b, t, o] = sum over j, i of  xpad[b, stride*t + j, i] * w[j, i, o]        (a dot product per window: no flip)
    """
    kernel, long, short = w.shape
    _expect("x", x, (None, None, long), "w", w)
    windows, steps = _windows(x, kernel, stride, padding)
    return (windows @ w.reshape(kernel * long, short)).reshape(len(x), steps, short)


def conv_transpose(y, w, stride, padding, time):
    """Convolve y back with w: (batch, steps, short) -> (batch, time, long), the derivative of S by x.

    xpad[b, m, i] = sum over t, j with stride*t + j = m, and o, of  w[j, i, o] * y[b, t, o],  then the pads are cut off.
    Several lengths have the same number of steps, so `time` says which one is meant.
    """
    kernel, long, short = w.shape
    steps, left, right = geometry(time, kernel, stride, padding)
    _expect("y", y, (None, steps, short), "w", w)
    rows, taps = y.reshape(len(y) * steps, short), w.reshape(kernel * long, short)
    # a product for each piece of `stride` samples leaves the piece in one row of memory, which is added fast
    parts = np.split(taps, range(stride * long, kernel * long, stride * long))
    pieces = ((rows @ part.T).reshape(len(y), steps, len(part)) for part in parts)
    padded = _overlap_add(pieces, (len(y), left + time + right, long), stride, np.result_type(y, w))
    return padded[:, left : left + time]


def conv_weight(x, y, kernel, stride, padding):
    """Correlate x with y: (batch, time, long), (batch, steps, short) -> (kernel, long, short), the derivative of S by w.

    w[j, i, o] = sum over b, t of  xpad[b, stride*t + j, i] * y[b, t, o]
    """
    _expect("x", x, (None, None, None), "y", y)
    windows, steps = _windows(x, kernel, stride, padding)
    _expect("y", y, (len(x), steps, None), "x", x)
    return (windows.T @ y.reshape(len(windows), y.shape[2])).reshape(kernel, x.shape[2], y.shape[2])


def _windows(x, kernel, stride, padding):
    """Return the windows of padded x as the rows of one matrix, and the steps of each sound."""
    batch, time, channels = x.shape
    steps, left, right = geometry(time, kernel, stride, padding)
    padded = np.empty((batch, left + time + right, channels), x.dtype)
    padded[:, :left] = padded[:, left + time :] = 0
    padded[:, left : left + time] = x
    # BLAS cannot read rows that overlap: this one copy lets the product run at full speed
    columns = np.ascontiguousarray(im2col(padded, kernel, stride))
    return columns.reshape(batch * steps, kernel * channels), steps


def _expect(name, array, shape, other, reference):
    """Raise ValueError unless array has the shape (None: any size) that the array `other` asks for."""
    if array.ndim != 3 or any(want not in (None, got) for want, got in zip(shape, array.shape)):
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name} has shape {array.shape}, but {other} of shape {reference.shape} needs ({wanted})")
