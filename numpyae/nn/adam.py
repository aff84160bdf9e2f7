"""Adam: a step whose size hardly depends on the size of the gradient."""
import numpy as np


class Adam:
    """Minimise by Adam, in place (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1).

    parameters: the one array that `step` changes (a model's `parameters`).
    learning_rate: about how far each parameter moves in a step, whatever the unit of the loss.
    mean, square: the running means of the gradient and of its square, of the shape and dtype of `parameters`.
    steps: how many steps were taken.
    """

    def __init__(self, parameters, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"learning_rate is {learning_rate}: give a finite number above 0, such as 1e-3")
        if not (0 <= beta1 < 1 and 0 <= beta2 < 1):
            raise ValueError(f"beta1 is {beta1} and beta2 is {beta2}: each must be at least 0 and below 1")
        if not 0 < epsilon < np.inf:
            raise ValueError(f"epsilon is {epsilon}: give a finite number above 0, such as 1e-8")
        self.parameters = parameters
        self.learning_rate = float(learning_rate)  # a NumPy scalar would promote float32
        self.beta1, self.beta2 = beta1, beta2
        self.epsilon = epsilon
        self.mean = np.zeros_like(parameters)
        self.square = np.zeros_like(parameters)
        self.steps = 0

    def step(self, gradient):
        """Move the parameters one step against the gradient, an array of their shape and dtype."""
        if gradient.shape != self.parameters.shape or gradient.dtype != self.parameters.dtype:
            raise ValueError(
                f"the gradient is {gradient.dtype} of shape {gradient.shape}, but the parameters are "
                f"{self.parameters.dtype} of shape {self.parameters.shape}: they must be alike"
            )
        self.steps += 1
        self.mean += (1 - self.beta1) * (gradient - self.mean)
        self.square += (1 - self.beta2) * (gradient * gradient - self.square)
        # both averages start at zero, so early on they are too small by a factor that is known
        mean = self.mean / (1 - self.beta1**self.steps)
        square = self.square / (1 - self.beta2**self.steps)
        self.parameters -= self.learning_rate * mean / (np.sqrt(square) + self.epsilon)
