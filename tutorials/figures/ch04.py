"""Draw the figure of chapter 4: python tutorials/figures/ch04.py"""
from drawing import GREY, LEFT, RED, RIGHT, plt, save

SAMPLES, KERNEL, STRIDE, PAD = 12, 4, 2, 1
BLAMED = {0: RED, 5: "#2ca02c", 8: "#9467bd"}


def blame():
    figure, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axis.plot([-1, SAMPLES], [0, 0], "o", markersize=15, markerfacecolor="white", color=GREY)
    axis.plot(range(SAMPLES), [0] * SAMPLES, "o", markersize=17, color=LEFT)
    steps = SAMPLES // STRIDE
    for t in range(steps):
        middle = STRIDE * t - PAD + (KERNEL - 1) / 2
        for j in range(KERNEL):
            n = STRIDE * t + j - PAD
            if n not in BLAMED:
                axis.plot([middle, n], [2.75, 0.25], color="#dddddd", linewidth=1, zorder=0)
                continue
            arrow = {"arrowstyle": "->", "color": BLAMED[n], "linewidth": 1.8}
            axis.annotate("", (n, 0.25), (middle, 2.75), arrowprops=arrow)
            axis.text(
                0.55 * middle + 0.45 * n, 1.6, f"w[{j}]", color=BLAMED[n], ha="center", va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            )
        axis.plot(middle, 3, "s", markersize=21, color=RIGHT)
        axis.text(middle, 2.98, f"dy {t}", ha="center", va="center", color="white", fontsize=9)
    for n in range(SAMPLES):
        axis.text(n, -0.01, str(n), ha="center", va="center", color="white", fontsize=9)
    for n, colour in BLAMED.items():
        heard = sum(0 <= n + PAD - STRIDE * t < KERNEL for t in range(steps))
        axis.text(n, -0.62, f"{heard} window{'s' if heard > 1 else ''}", ha="center", color=colour)
    axis.text(-1.5, 0, "dx", ha="right", va="center")
    axis.text(-1.5, 3, "blame", ha="right", va="center")
    axis.set(xlim=(-2.6, SAMPLES + 0.6), ylim=(-0.9, 3.5))
    axis.axis("off")
    save(figure, "04-blame.png")


if __name__ == "__main__":
    blame()
