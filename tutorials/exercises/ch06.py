"""Chapter 6, a kink and a mean. Replace each raise; check by: pytest tutorials/exercises -k ch06"""


def relu_backward(dy, y):
    """Return dx of a ReLU, of the shape of dy, given its output y and not its input."""
    raise NotImplementedError("exercise 6a: which numbers of the output tell that the input was positive?")


def leaky_relu(x, slope):
    """Return (y, saved): x where it is positive, else slope * x; saved is what leaky_relu_backward needs.

    slope: any number, also below 0 or above 1. It is the derivative at 0 too.
    """
    raise NotImplementedError("exercise 6b: the derivative, number by number, is all that the way back needs")


def leaky_relu_backward(dy, saved):
    """Return dx, of the shape of dy."""
    raise NotImplementedError("exercise 6b: the chain rule has one term for each number")


def times_too_large(got, f, y):
    """Return how many times too large the gradient `got` is: 1.0 where it is right.

    got: a gradient of f by y, right but for one factor; f() -> a number, computed from y, a float64 array.
    Measure with numpyae.nn.numerical_gradient(f, y), then find the factor c for which got = c * measured.
    """
    raise NotImplementedError(
        "exercise 6c: take the dot product of both sides of got = c * measured with measured"
    )


def relu_output_loss(x):
    """Return L / L0, a float, of the best output that is never negative; the sound x has any shape."""
    raise NotImplementedError("exercise 6d: which numbers of x are missed, and by how much each?")
