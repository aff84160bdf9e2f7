"""Chapter 8, Adam, slowly. Replace each raise; check by: pytest tutorials/exercises -k ch08"""


def first_step(gradient, learning_rate, epsilon):
    """Return what Adam's first step adds to the parameters: an array like the gradient. Do not call Adam."""
    raise NotImplementedError(
        "exercise 8a: what are the corrected mean and the corrected square after one gradient?"
    )


def uncorrected(count, beta1, beta2):
    """Return (count,): the lengths of steps 1 to count over the learning rate, without the corrections.

    The gradient is always 1. Run the two means as Adam does, leave the two divisions out, and take epsilon to
    be 0.
    """
    raise NotImplementedError(
        "exercise 8b: two numbers that begin at 0 and go a part of the way to 1 in each step"
    )


def table(gradients, beta1, beta2):
    """Return (steps, 4): after each gradient the mean, the square, the corrected mean, the corrected square.

    gradients: (steps,), those of one parameter.
    """
    raise NotImplementedError("exercise 8c: the first step has number 1, or you divide by zero")


def folded_epsilon(epsilon, step, beta2):
    """Return the epsilon that makes the folded form of Adam take the same step as ours, one number.

    Ours:    rate * (mean / (1 - beta1**step)) / (sqrt(square / (1 - beta2**step)) + epsilon)
    Folded:  rate * sqrt(1 - beta2**step) / (1 - beta1**step) * mean / (sqrt(square) + folded_epsilon)
    """
    raise NotImplementedError("exercise 8d: multiply above and below the line of ours by one root")
