"""Chapter 4, going backwards. Replace each raise; check by: pytest tutorials/exercises -k ch04"""


def conv_backward(x, w, dy, stride, padding):
    """Return (dx, dw, db), the gradients of conv(x, w, stride, padding) + b if dy is the blame of its output.

    x: (batch, time, inputs); w: (kernel, inputs, outputs); dy: (batch, steps, outputs); db: (outputs,). Use
    geometry, np.pad, im2col, col2im and @ (col2im's time counts the zeros), neither conv_transpose nor
    conv_weight.
    """
    raise NotImplementedError(
        "exercise 4a: pad x, dw from windows and dy, columns from dy and taps, then cut dx out"
    )


def matrix_of(w, stride, padding, time):
    """Return the matrix of a convolution: matrix @ x[0].ravel() is conv(x, w, stride, padding)[0].ravel().

    matrix: (steps*outputs, time*inputs); w: (kernel, inputs, outputs). Feed conv sounds with a single one in
    them; do not use conv_transpose.
    """
    raise NotImplementedError(
        "exercise 4b: np.eye(time * inputs) as a batch of sounds gives one column of it each"
    )


def by_phases(dy, w, stride):
    """Return dxpad of one channel, (stride * (steps - 1) + kernel,).

    dy: (steps,); w: (kernel,), kernel >= stride. Use np.convolve once for each phase.
    """
    raise NotImplementedError("exercise 4c: which weights and which samples of dxpad belong to phase r?")


def windows_that_hear(time, kernel, stride, padding):
    """Return (time,) whole numbers: how many windows each sample stands in; the zeros are no samples."""
    raise NotImplementedError("exercise 4d: what would dx be if every blame and every weight were one?")
