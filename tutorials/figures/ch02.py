"""Draw the figure of chapter 2: python tutorials/figures/ch02.py"""
from drawing import GREY, LEFT, RIGHT, plt, save

SAMPLES, KERNEL, STRIDE = 16, 4, 2


def windows():
    figure, axis = plt.subplots(figsize=(8, 3.2), layout="constrained")
    axis.plot([-1, SAMPLES], [0, 0], "o", markersize=11, markerfacecolor="white", color=GREY)
    axis.plot(range(SAMPLES), [0] * SAMPLES, "o", markersize=11, color=LEFT)
    for step in range(SAMPLES // STRIDE):
        first = step * STRIDE - 1
        height, middle = -0.8 - 0.35 * (step % 2), first + (KERNEL - 1) / 2
        last = first + KERNEL - 1
        axis.plot([first, first, last, last], [-0.4, height, height, -0.4], color=GREY, linewidth=1)
        axis.annotate("", (middle, -2.1), (middle, height), arrowprops={"arrowstyle": "->", "color": GREY})
        axis.plot(middle, -2.4, "s", markersize=13, color=RIGHT)
        axis.text(middle, -2.42, str(step), ha="center", va="center", color="white", fontsize=9)
    axis.text(-1.6, 0, "x", ha="right", va="center")
    axis.text(-1.6, -2.4, "y", ha="right", va="center")
    axis.text(-1, 0.5, "zero", ha="center", color=GREY)
    axis.text(SAMPLES, 0.5, "zero", ha="center", color=GREY)
    axis.text((SAMPLES - 1) / 2, 0.5, f"{SAMPLES} samples, windows of {KERNEL}, {STRIDE} apart", ha="center")
    axis.set(xlim=(-2.2, SAMPLES + 0.7), ylim=(-2.9, 0.9))
    axis.axis("off")
    save(figure, "02-windows.png")


if __name__ == "__main__":
    windows()
