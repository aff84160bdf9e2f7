"""Draw the figure of chapter 3: python tutorials/figures/ch03.py"""
from drawing import GREY, LEFT, RED, RIGHT, plt, save

SAMPLES, CHANNELS, KERNEL, STRIDE, SIZE = 8, 2, 4, 2, 4


def memory():
    figure, axis = plt.subplots(figsize=(8, 3.5), layout="constrained")
    for place in range(SAMPLES * CHANNELS):
        n, i = divmod(place, CHANNELS)
        colour = (LEFT, RIGHT)[i]
        look = {"facecolor": colour, "alpha": 0.35, "edgecolor": "white", "linewidth": 2}
        axis.add_patch(plt.Rectangle((place, 0), 1, 0.8, **look))
        axis.text(place + 0.5, 0.4, f"{n},{i}", ha="center", va="center")
        if i == 0:
            axis.text(place + 0.1, 0.95, str(place * SIZE), ha="left", color=GREY, fontsize=9)
    axis.text(-0.3, 0.4, "x[n, i]", ha="right", va="center")
    axis.text(-0.3, 1.06, "byte", ha="right", va="center", color=GREY, fontsize=9)
    for t in range((SAMPLES - KERNEL) // STRIDE + 1):
        first, height = t * STRIDE * CHANNELS, -0.95 - 0.95 * t
        for q in range(KERNEL * CHANNELS):
            axis.add_patch(plt.Rectangle((first + q, height), 1, 0.55, facecolor="white", edgecolor=GREY))
            middle = first + q + 0.5
            axis.text(middle, height + 0.27, str(q), ha="center", va="center", color=GREY, fontsize=9)
        axis.text(first + KERNEL * CHANNELS + 0.3, height + 0.27, f"window {t}", va="center")
        if t:
            step = STRIDE * CHANNELS
            arrow = {"arrowstyle": "->", "color": RED}
            axis.annotate("", (first, height + 0.27), (first - step, height + 0.27), arrowprops=arrow)
            words = f"{step * SIZE} bytes"
            axis.text(first - step / 2, height - 0.1, words, ha="center", color=RED, fontsize=9)
    axis.text(-0.3, -0.68, "column q", ha="right", va="center", color=GREY)
    axis.set(xlim=(-2.2, SAMPLES * CHANNELS + 0.4), ylim=(-3.1, 1.35))
    axis.axis("off")
    save(figure, "03-memory.png")


if __name__ == "__main__":
    memory()
