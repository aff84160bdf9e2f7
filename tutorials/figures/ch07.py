"""Draw the figure of chapter 7: python tutorials/figures/ch07.py"""
import numpy as np
from drawing import GREY, LEFT, RED, RIGHT, plt, save

from numpyae import Autoencoder, mse

NOTHING = 1e-17  # where an error of exactly zero is drawn


def errors():
    """Return h and name -> relative errors of the slope along one line, for the network of the chapter."""
    rng = np.random.default_rng(5)
    model = Autoencoder(2, 5, 6, rng=rng, dtype=np.float64)
    theta, x = model.parameters.copy(), rng.standard_normal((2, 16, 2))
    v = rng.choice([-1.0, 1.0], theta.size)
    y, saved = model.forward(x)
    slope = model.backward(mse(y, x)[1], saved)[1] @ v

    def loss(theta):
        probe, sound = model.astype(theta.dtype), x.astype(theta.dtype)
        probe.parameters[...] = theta
        return mse(probe.forward(sound)[0], sound)[0]

    def central(h, dtype):
        middle, step = theta.astype(dtype), (h * v).astype(dtype)
        return float(loss(middle + step) - loss(middle - step)) / (2 * h)

    steps = 10.0 ** -np.arange(0.5, 20.1, 0.25)
    measured = {
        "central, float32": [central(h, np.float32) for h in steps],
        "forward": [(loss(theta + h * v) - loss(theta)) / h for h in steps],
        "central": [central(h, np.float64) for h in steps],
        "complex step": [loss(theta + 1j * h * v).imag / h for h in steps],
    }
    return steps, {name: np.abs(np.array(each) - slope) / abs(slope) for name, each in measured.items()}


def u_curve():
    figure, axis = plt.subplots(figsize=(8, 4.6), layout="constrained")
    steps, found = errors()
    looks = {
        "central, float32": (GREY, "s"), "forward": (RIGHT, "^"),
        "central": (LEFT, "o"), "complex step": (RED, "D"),
    }
    for name, (colour, marker) in looks.items():
        drawn = np.maximum(found[name], NOTHING)
        axis.loglog(steps, drawn, marker + "-", color=colour, markersize=4, linewidth=1)
    places = {
        "central, float32": (3e-6, 30), "forward": (1e-7, 1e-5),
        "central": (7e-9, 1e-12), "complex step": (1e-14, 1e-14),
    }
    for name, place in places.items():
        axis.text(*place, name, color=looks[name][0], ha="center", va="center", weight="bold")
    axis.axhline(1, color="black", linewidth=0.8, linestyle=":")
    axis.text(1e-14, 2, "all of it wrong", va="bottom", ha="center", fontsize=10)
    axis.text(2e-3, NOTHING, "exactly right", va="center", ha="center", fontsize=10)
    axis.set(xlabel="step h", ylabel="error of the slope, as a share of it", ylim=(NOTHING / 3, 1e3))
    axis.invert_xaxis()
    save(figure, "07-u-curve.png")


if __name__ == "__main__":
    u_curve()
