"""Draw the figures of chapter 5: python tutorials/figures/ch05.py"""
import numpy as np
from drawing import GREY, LEFT, RED, RIGHT, plt, save

from numpyae import Autoencoder
from numpyae.nn import conv, conv_transpose, geometry

RATE = 44100


def stamps():
    time, kernel, stride = 16, 4, 2
    steps, left, _ = geometry(time, kernel, stride, "same")
    w = np.array([0.5, 1.0, -0.75, 0.25])
    y = np.array([1.0, -0.8, 0.5, 0.9, -0.6, 1.0, 0.7, -0.9])
    transposed = conv(np.eye(time)[:, :, None], w[:, None, None], stride, "same")[:, :, 0]
    x = conv_transpose(y[None, :, None], w[:, None, None], stride, "same", time)[0, :, 0]
    figure, (first, second, third) = plt.subplots(
        1, 3, figsize=(8, 4.5), layout="constrained", gridspec_kw={"width_ratios": [15, 9, 19]}
    )
    look = {"cmap": "RdBu_r", "vmin": -1.2, "vmax": 1.2, "aspect": "auto"}
    first.imshow(transposed.T, **look)
    first.set_box_aspect(0.5)
    first.set(title="C", xlabel="sample n", ylabel="window t", xticks=range(0, 16, 3), yticks=range(0, 8, 2))
    second.imshow(transposed, **look)
    second.set(title="C transposed", xlabel="window t", ylabel="sample n")
    second.set(xticks=range(0, 8, 2), ylim=(16.6, -1.6))
    for axis, wide, high in ((first, time, steps), (second, steps, time)):
        axis.hlines(np.arange(high + 1) - 0.5, -0.5, wide - 0.5, color="#dddddd", linewidth=0.5)
        axis.vlines(np.arange(wide + 1) - 0.5, -0.5, high - 0.5, color="#dddddd", linewidth=0.5)
    gap, sum_at = 2, 2 * steps + 1.5
    for t in range(steps):
        places = stride * t - left + np.arange(kernel)
        kept = (places >= 0) & (places < time)
        third.plot([gap * t, gap * t], [-0.5, time - 0.5], color="#dddddd", linewidth=1, zorder=0)
        for rows, strength in ((kept, 1.0), (~kept, 0.3)):
            ends = gap * t + 1.7 * (w * y[t])[rows]
            third.hlines(places[rows], gap * t, ends, color=(LEFT, RIGHT)[t % 2], linewidth=6, alpha=strength)
    third.plot([sum_at, sum_at], [-0.5, time - 0.5], color=GREY, linewidth=1, zorder=0)
    third.hlines(range(time), sum_at, sum_at + 1.7 * x, color="black", linewidth=6)
    third.text(1.1, -1, "cut off", va="center", fontsize=9, color=GREY)
    third.text(gap * (steps - 1) - 1.4, time, "cut off", va="center", ha="right", fontsize=9, color=GREY)
    third.set(title="stamps, and their sum", xlabel="window t", ylim=(16.6, -1.6), xlim=(-1.7, sum_at + 2.2))
    third.set_xticks([*range(0, gap * steps, 2 * gap), sum_at], [*range(0, steps, 2), "sum"])
    for axis in (second, third):
        axis.set_yticks(range(0, 16, 3))
    save(figure, "05-matrix-and-stamps.png")


def even_phases(w):
    sums = w.reshape(2, 2, *w.shape[1:]).sum(axis=0)
    w -= np.tile((sums - sums.mean(axis=0)) / 2, (2, 1, 1))


def tones():
    figure, panels = plt.subplots(
        2, 2, figsize=(8, 4.6), layout="constrained", width_ratios=[2, 3], sharex="col", sharey="col"
    )
    rng = np.random.default_rng(0)
    model, features = Autoencoder(rng=rng, dtype=np.float64), np.repeat(rng.random((1, 1, 64)), 256, axis=1)
    for (wave, spectrum), colour in zip(panels, (RED, LEFT), strict=True):
        if colour == LEFT:
            for _, back in model.pairs():
                even_phases(back.w)
        sound = model.decode(features, 1024)[0, 32:-32, 0]
        level = np.abs(np.fft.rfft(sound)) / len(sound)
        level[1:-1] *= 2  # the amplitude of the wave: half of it is at the negative frequency
        wave.plot(sound[:17], "o-", color=colour, markersize=4, linewidth=1)
        frequencies = np.linspace(0, RATE / 2, len(level)) / 1000
        spectrum.plot(frequencies, level, color=colour, linewidth=2)
        for line, label in ((0, "steady"), (240, "fs/4"), (480, "fs/2")):
            if level[line] > 1e-9:
                spectrum.plot(frequencies[line], level[line], "o", color=colour)
                spectrum.text(frequencies[line], level[line] + 0.02, label, ha="center")
    panels[0, 0].set(title="random kernels", ylabel="output", xticks=range(0, 17, 4), ylim=(0, 0.45))
    panels[1, 0].set(title="phase sums made equal", ylabel="output")
    panels[0, 1].set(title="its spectrum", ylabel="amplitude", xlim=(-1.5, 24), ylim=(-0.008, 0.3))
    panels[1, 1].set(title="its spectrum", ylabel="amplitude")
    panels[1, 0].set_xlabel("sample")
    panels[1, 1].set_xlabel("frequency in kHz, at 44,100 samples a second")
    save(figure, "05-tones.png")


if __name__ == "__main__":
    stamps()
    tones()
