"""Adam: a step whose size hardly depends on the size of the gradient."""
import numpy as np


class Adam:
    """Minimise by Adam, in place (Kingma & Ba 2015, arXiv:1412.6980, algorithm 1).

    parameters: the one array that `step` changes, a model's `parameters`.
    learning_rate: about how far each parameter moves in one step, whatever the unit of the loss.
    mean, square: the running means of the gradient and of its square, of the shape and dtype of `parameters`.
    steps: how many steps have been taken.
    Raises ValueError for numbers outside their ranges.
    """

    def __init__(self, parameters, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        if not 0 < learning_rate < np.inf:
            raise ValueError(f"expected a finite learning_rate above 0, such as 1e-3, got {learning_rate}")
        if not (0 <= beta1 < 1 and 0 <= beta2 < 1):
            raise ValueError(f"expected beta1 and beta2 of at least 0 and below 1, got {beta1} and {beta2}")
        if not 0 < epsilon < np.inf:
            raise ValueError(f"expected a finite epsilon above 0, such as 1e-8, got {epsilon}")
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
                f"expected a gradient like the parameters, {self.parameters.dtype} of shape "
                f"{self.parameters.shape}, got {gradient.dtype} of shape {gradient.shape}"
            )
        self.steps += 1
        self.mean += (1 - self.beta1) * (gradient - self.mean)
        self.square += (1 - self.beta2) * (gradient * gradient - self.square)
        # both means start at zero, so at first they are too small, by a known factor
        mean = self.mean / (1 - self.beta1**self.steps)
        square = self.square / (1 - self.beta2**self.steps)
        self.parameters -= self.learning_rate * mean / (np.sqrt(square) + self.epsilon)

    def state(self):
        """Return what `restore` needs: steps, mean and square."""
        return {"steps": self.steps, "mean": self.mean, "square": self.square}

    def restore(self, state):
        """Continue from what `state` returned; ValueError if it does not fit the parameters."""
        for name in ("mean", "square"):
            moment = state[name]
            fits = (moment.shape, moment.dtype) == (self.parameters.shape, self.parameters.dtype)
            if not (fits and np.isfinite(moment).all()):
                raise ValueError(f"expected a finite {name} of the shape and dtype of the parameters")
        self.steps, self.mean[...], self.square[...] = int(state["steps"]), state["mean"], state["square"]
