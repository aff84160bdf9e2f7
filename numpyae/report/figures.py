"""The pictures of a run."""
from numpyae.atomic import atomic

BLUE, ORANGE = "#0072b2", "#d55e00"  # two of Okabe & Ito's eight colours that colour-blind eyes tell apart


def save_loss(path, rows):
    """Draw the loss of each batch and the SNR after it against the iteration, as a PNG.

    rows: dicts of iteration, loss and snr_db (dB, None where undefined), as in metrics.csv.
    """
    from matplotlib.figure import Figure  # here, because importing it takes about a second; needs no display

    iterations = [row["iteration"] for row in rows]
    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    left = figure.add_subplot(xlabel="iteration", title="The network learns the song")
    left.plot(iterations, [row["loss"] for row in rows], color=BLUE)
    if any(row["loss"] > 0 for row in rows):
        left.set_yscale("log")
    left.set_ylabel("loss of the batch (mean squared error)", color=BLUE)
    left.grid(alpha=0.3)
    right = left.twinx()
    right.plot(iterations, [float("nan") if row["snr_db"] is None else row["snr_db"] for row in rows], color=ORANGE)
    right.set_ylabel("signal-to-noise ratio (dB)", color=ORANGE)
    with atomic(path) as temporary:
        figure.savefig(temporary, format="png")
