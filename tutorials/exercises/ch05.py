"""Chapter 5, the transposed convolution. Replace each raise; check by: pytest tutorials/exercises -k ch05"""


def by_zeros_between(y, w, stride, padding, time):
    """Return the transposed convolution, (batch, time, inputs), of y, (batch, steps, outputs).

    By np.convolve; w: (kernel, inputs, outputs) of the convolution. Ask numpyae.nn.geometry for (steps, left,
    right); lay y into zeros, `stride` apart; convolve each feature with its kernel for each channel, add up
    over the features, cut off the pads.
    """
    raise NotImplementedError(
        "exercise 5a: z = zeros, z[::stride] = y; p[m] is the sum over j of w[j] * z[m - j]"
    )


def gains(w, stride, padding, time):
    """Return the eigenvalues of C.T @ C, the smallest first: an array of time * inputs numbers.

    w: (kernel, inputs, outputs); C is the matrix of numpyae.nn.conv on `time` samples. The adjoint undoes the
    convolution where all of them are 1. An eigenvalue is the number with which C.T @ C multiplies a sound
    that it only scales; np.linalg.eigvalsh returns all of them.
    """
    raise NotImplementedError("exercise 5b: convolve one impulse after another: each gives a column of C")


def mdct(size):
    """Return the MDCT kernel of `size` features for stride `size`: an array (2 * size, 1, size).

    w[j, 0, o] = sqrt(2 / size) * sin(pi / (2 * size) * (j + 1/2))
                 * cos(pi / size * (j + 1/2 + size / 2) * (o + 1/2)),
    which for size 2 is the kernel of the chapter.
    """
    raise NotImplementedError(
        "exercise 5c: j runs down a column, o along a row, and broadcasting does the rest"
    )


def even_phases(w, stride):
    """Return a kernel like w, (kernel, inputs, outputs), whose phase sums are all equal.

    kernel >= stride. Every phase sum becomes the mean of w's phase sums, and all weights of one phase change
    by the same amount. Where the stride does not divide the kernel, some phases have one weight more than
    others.
    """
    raise NotImplementedError(
        "exercise 5d: phase r is w[r::stride]: how many weights, and what lacks their sum?"
    )
