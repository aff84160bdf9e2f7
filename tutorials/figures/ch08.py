"""Draw the figure of chapter 8: python tutorials/figures/ch08.py"""
import numpy as np
from drawing import GREY, LEFT, RED, RIGHT, plt, save

from numpyae.nn import Adam

STEPS, POST = 5000, 150


def corrected():
    """Return the length of each step of our Adam over the learning rate, when the gradient is always 3."""
    theta = np.zeros(1)
    adam = Adam(theta, learning_rate=1.0)
    places = [0.0]
    for _ in range(STEPS):
        adam.step(np.array([3.0]))
        places.append(float(theta[0]))
    return -np.diff(places)


def uncorrected():
    """Return the same for Adam without the two divisions."""
    mean = square = 0.0
    lengths = []
    for _ in range(STEPS):
        mean += (1 - 0.9) * (3.0 - mean)
        square += (1 - 0.999) * (3.0 * 3.0 - square)
        lengths.append(mean / (np.sqrt(square) + 1e-8))
    return np.array(lengths)


def step_lengths():
    figure, axis = plt.subplots(figsize=(8, 3.8), layout="constrained")
    steps, without = np.arange(1, STEPS + 1), uncorrected()
    peak = int(without.argmax())
    within = int(steps[np.abs(without - 1) > 0.05][-1]) + 1
    axis.axvspan(1, POST, color="#eeeeee")
    axis.text(1.15, 7.35, "the post's 150 steps", color=GREY, va="center")
    axis.semilogx(steps, without, color=RIGHT, linewidth=2, label="without correction")
    axis.semilogx(steps, corrected(), color=LEFT, linewidth=2, label="corrected: ours")
    for step, words, x, y in [
        (1, f"{without[0]:.2f}", 1.15, without[0] - 0.35),
        (peak + 1, f"step {peak + 1}: {without[peak]:.2f}", 16, 6.75),
        (POST, f"step {POST}: {without[POST - 1]:.2f}", 185, 2.75),
        (within, f"within 5% from\nstep {within:,} on", 1250, 2.05),
    ]:
        axis.plot(step, without[step - 1], "o", color=RED, markersize=6, clip_on=False)
        axis.text(x, y, words, color=RED, va="center")
    axis.set(
        xlim=(1, STEPS), ylim=(0, 7.8), xlabel="step", ylabel="length of the step / learning rate",
        xticks=[1, 10, 100, 1000], xticklabels=["1", "10", "100", "1,000"],
    )
    axis.legend(loc="upper right", frameon=False)
    save(figure, "08-step-lengths.png")


if __name__ == "__main__":
    step_lengths()
