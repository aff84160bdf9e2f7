"""What a run leaves to look at and to listen to: sounds, animations, pictures and a page that shows them all."""
import numpy as np

from numpyae.audio import energies, snrs, spaced_segments, write
from numpyae.training import edge_errors
from numpyae.whole_song import reconstruct

SHORT_SONG = 30  # seconds: up to here the whole song is written
EXCERPT = 10  # seconds of a longer one, from its middle


def write_report(folder, *, name, model, song, rate, recorder, rows, metrics, config, context, workers=None):
    """Write the sounds, pictures, animations and report.html of a run into its folder.

    name: the song's, without folders; song: (time, channels), rate in Hz; recorder: see Recorder; rows, metrics, config:
    as in metrics.csv, metrics.json and config.json; context: the samples that the network sees beyond a segment.
    """
    # here, because importing matplotlib takes about a second
    from numpyae.report.animation import save_animation
    from numpyae.report.figures import save_atoms, save_loss, save_spectrum, save_stereo
    from numpyae.report.page import write_page

    original, reconstruction = write_sounds(folder, model, song, rate, workers)
    for each in recorder.names:
        frames = [(iteration, pictures[each]) for iteration, pictures in recorder.frames]
        file = "training.gif" if each == "lively" else f"gallery-{each}.gif"
        save_animation(folder / file, recorder.originals[each], frames, rate)
    save_loss(folder / "loss.png", rows)
    if original.shape[1] == 2:
        save_stereo(folder / "stereo.png", rows)
    save_spectrum(folder / "spectrum.png", original, reconstruction, rate)
    segments = spaced_segments(song, 1000, config["segment"], context)
    save_atoms(folder / "atoms.png", model, segments[:: max(1, len(segments) // 16)], rate)
    write_page(
        folder, song=name, metrics=metrics, rows=rows, config=config, edges=edge_errors(model, segments, context, workers),
        starts=recorder.starts, names=recorder.names, first=recorder.frames[0][0], heard_seconds=len(original) / rate,
        heard_db=snrs(energies(original, reconstruction))["snr_db"],
    )


def write_sounds(folder, model, song, rate, workers=None):
    """Write original.wav, reconstruction.wav and difference.wav: the same samples, at the same level.

    32-bit float, so that nothing is rounded or clipped. Returns the original and the reconstruction.
    """
    length = len(song) if len(song) <= SHORT_SONG * rate else EXCERPT * rate
    start = (len(song) - length) // 2
    original = song[start : start + length]
    reconstruction = np.concatenate([piece for _, piece in reconstruct(model, [original], workers=workers)])
    difference = original - reconstruction
    for name, sound in (("original", original), ("reconstruction", reconstruction), ("difference", difference)):
        write(folder / f"{name}.wav", sound, rate, subtype="FLOAT")
    return original, reconstruction
