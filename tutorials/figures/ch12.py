"""Train the networks of chapter 12, draw its figures and print its numbers: python tutorials/figures/ch12.py

Takes one to three minutes. The numbers are also written to ch12.json.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the training loop brings its own threads

import numpy as np
from drawing import GREY, LEFT, RED, RIGHT, plt, save, save_numbers
from harness import Training, generators_of_a_chapter
from networks import code_bits, decoder_bits, identity

from numpyae.audio import demo_song, snr_db

POST, LONGER = 150, 600  # iterations
FEATURES, TRAINED_ON = (64, 16, 8, 6, 4, 3, 2, 1), (8, 2)
MORE_SEEDS = ((2, 1), (2, 2))  # features, seed; else 0
DRAWN = {
    (64, POST): "#08306b", (16, POST): "#1f5fa8", (8, POST): LEFT, (8, LONGER): RIGHT, (2, POST): "#57a3d9",
}
STEPS = 2.0 ** -np.arange(2, 17, 0.5)  # for numbers of a sample's size
TARGET = 15  # dB at which the ways are compared


def curve(song, analysed, synthesise, steps, fixed=0.0):
    """Return [(bits per frame, SNR in dB)]: the analysed is rounded to multiples of a step and synthesised.

    It ends where a smaller step brings nothing more.
    """
    points = []
    for step in steps:
        codes = np.round(analysed / step).astype(np.int64)
        points.append((fixed + code_bits(codes) / len(song), snr_db(song, synthesise(codes * step))))
        if len(points) > 1 and 5 < points[-1][1] < points[-2][1] + 0.05:
            break
    return points


def bits_at(points, target):
    """Return the bits per frame where the curve reaches the target in dB, by straight lines, or None."""
    bits, snrs = np.array(points)[np.argsort([bits for bits, _ in points])].T
    if snrs.max() < target:
        return None
    above = int(np.argmax(snrs >= target))
    return float(np.interp(target, snrs[above - 1 : above + 1], bits[above - 1 : above + 1]))


def trainings(song):
    """Yield (features, seed, iterations, model): the post's run, from the mirrored start; some go on."""
    for features, seed in (*((features, 0) for features in FEATURES), *MORE_SEEDS):
        training = Training(song, generators_of_a_chapter(seed), features=features, init="mirrored")
        for iterations in (POST, LONGER) if features in TRAINED_ON and not seed else (POST,):
            yield features, seed, iterations, training.learn(iterations)


def of_network(song, model, steps, fixed):
    def decode(features):
        return model.decode(features[None].astype(np.float32), len(song))[0]

    return curve(song, model.encode(song[None])[0], decode, steps, fixed)


def draw_kernels(model):
    figure, axes = plt.subplots(1, 2, figsize=(8, 4.6), layout="constrained", width_ratios=(8, 16))
    convolutions = [convolution for convolution, _ in model.pairs()]
    for axis, layer, rows in zip(axes, convolutions, ("left and right", "the hidden channels"), strict=True):
        kernel, inputs, outputs = layer.w.shape
        matrix = layer.w.reshape(kernel * inputs, outputs)
        axis.imshow(matrix, cmap="RdBu_r", vmin=-1.3, vmax=1.3, aspect="auto")
        axis.set_xticks(np.arange(outputs + 1) - 0.5, minor=True)
        axis.set_yticks(np.arange(kernel * inputs + 1) - 0.5, minor=True)
        axis.grid(which="minor", color="#e5e5e5", linewidth=0.6)
        axis.tick_params(which="minor", length=0)
        for place in range(1, kernel):
            axis.axhline(place * inputs - 0.5, color="black", linewidth=1.2)
        middles = (np.arange(kernel) + 0.5) * inputs - 0.5
        axis.set_yticks(middles, [f"place {place}" for place in range(kernel)])
        axis.set_xticks(range(0, outputs, 2 if outputs < 10 else 3))
        axis.set_xlabel({8: "hidden channel (red +1, blue -1)", 16: "feature"}[outputs])
        which = {8: "first", 16: "second"}[outputs]
        axis.set_title(f"{which} layer: {np.count_nonzero(layer.w)} of {layer.w.size} weights")
        axis.spines[:].set_visible(False)
        axis.set_ylabel(f"rows: {rows}")
    save(figure, "12-identity.png")


def draw_bits(curves):
    figure, axis = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, points in curves.items():
        bits, snrs = np.array(points).T
        if name in DRAWN:
            end = np.argmax(snrs > snrs.max() - 0.3)  # beyond it, more bits bring nothing
            axis.plot(bits[: end + 1], snrs[: end + 1], color=DRAWN[name], linewidth=1.8, marker=".")
            words = f"{name[0]} features" + f",\n{LONGER} iterations" * (name[1] == LONGER)
            moved = {(16, POST): ((2, 9), "center"), (8, POST): ((-94, -48), "right")}
            shift, side = moved.get(name, ((6, 0), "left"))
            look = {"textcoords": "offset points", "va": "center", "ha": side, "color": DRAWN[name]}
            axis.annotate(words, (bits[end], snrs[end]), shift, **look)
        else:
            colour, words, side, shift = {
                "rounding": (GREY, "plain rounding", "left", 1.05),
                "pca": (RED, "PCA of 4 frames", "right", 0.95),
            }[name]
            axis.plot(bits, snrs, color=colour, linewidth=2.2)
            axis.text(float(np.interp(37, snrs, bits)) * shift, 37, words, color=colour, ha=side, va="center")
    axis.axvline(32, color="black", linewidth=1, linestyle=":")
    axis.text(33, 0.7, "a 16-bit file", va="bottom")
    ticks = [0.5, 1, 2, 4, 8, 16, 32, 64]
    axis.set(
        xscale="log", xlim=(0.5, 140), ylim=(0, 42),
        xticks=ticks, xticklabels=[f"{tick:g}" for tick in ticks],
        xlabel="bits per frame of the demo song (with the decoder's own)", ylabel="SNR in dB",
    )
    axis.minorticks_off()
    axis.grid(color="#eeeeee")
    save(figure, "12-bits.png")


def one_place(number):
    return None if number is None else round(number, 1)


def main():
    song = demo_song()
    blocks = song.astype(np.float64).reshape(-1, 8)
    _, directions = np.linalg.eigh(blocks.T @ blocks)
    own = 32 * directions.size / len(song)  # PCA's decoder: its directions

    def back(z):
        return (z @ directions.T).reshape(song.shape)

    curves = {
        "rounding": curve(song, song, lambda z: z, STEPS),
        "pca": curve(song, blocks @ directions, back, 2 * STEPS, own),
    }
    draw_kernels(identity())
    by_hand = of_network(song, identity(), STEPS[::4], 0.0)
    numbers = {
        f"rounding, bits per frame at {TARGET} dB": one_place(bits_at(curves["rounding"], TARGET)),
        f"by hand, 16 features, bits per frame at {TARGET} dB": one_place(bits_at(by_hand, TARGET)),
        f"PCA, bits per frame at {TARGET} dB": round(bits_at(curves["pca"], TARGET), 2),
    }
    for kept in range(1, 8):
        shown = blocks @ directions[:, 8 - kept :] @ directions[:, 8 - kept :].T
        numbers[f"PCA, {kept} numbers a block, SNR in dB"] = one_place(snr_db(blocks, shown))
    for features, seed, iterations, model in trainings(song):
        own = decoder_bits(model) / len(song)
        name = f"{features} features, {iterations} iterations, seed {seed}"
        points = of_network(song, model, 2 * STEPS, own)
        if not seed:
            curves[features, iterations] = points
        z = model.encode(song[None])[0]
        at = bits_at(points, TARGET)
        snr = snr_db(song, model.forward(song[None])[0][0])
        pca = one_place(float(np.interp(at, *np.array(curves["pca"]).T))) if at else None
        numbers[name] = {
            "SNR in dB": one_place(snr),
            f"bits per frame at {TARGET} dB": round(at, 2) if at else None,
            "of these the decoder": round(own, 2),
            "PCA with as many bits, dB": pca,
            "features that are zero, percent": round(100 * float(np.mean(z == 0))),
        }
        print(name, numbers[name], flush=True)
    draw_bits({name: curves[name] for name in ("rounding", "pca", *DRAWN)})
    save_numbers("ch12.json", numbers)


if __name__ == "__main__":
    main()
