"""report.html: one page beside its files, to look at and listen to, that asks for nothing from outside."""
import shlex
from html import escape
from pathlib import Path
from string import Template

import numpyae
from numpyae.atomic import write_text
from numpyae.report.figures import passes
from numpyae.training.progress import decibels
from numpyae.training.run_folder import command_words

CASES = {
    "periodic": ("The most regular segment", "of the louder half of 400 segments, the one whose waveform repeats itself best"),
    "low": ("The lowest segment", "of the louder half, the one with the lowest spectral centroid: mind its two ends"),
    "high": ("The highest segment", "of the louder half, the one with the highest spectral centroid: hiss and cymbals"),
}


def write_page(folder, *, song, metrics, rows, config, edges, starts, names, first, heard_seconds, heard_db):
    """Write report.html into the run folder.

    song: its name, without folders; metrics, rows, config: as in metrics.json, metrics.csv and config.json; edges: the
    RMS errors of (outer samples, those between) or None; starts: name -> first sample of each animated segment; names:
    the animated segments; first: the iteration of the animation's first frame; heard_seconds, heard_db: the length of
    reconstruction.wav, and its SNR in dB or None.
    """
    template = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    rate, channels = metrics["sample_rate"], metrics["channels"]
    seen = f"{config['segment']} samples ({1000 * config['segment'] / rate:.0f} ms) from second {{:.2f}} of the song"
    gallery = "".join(
        f"<h3>{CASES[name][0]}</h3>\n" + _figure(
            f"gallery-{name}.gif", f"The network learning: {CASES[name][1]}.",
            f"{seen.format(starts[name] / rate)}: {CASES[name][1]}.",
        )
        for name in names if name != "lively"
    )
    write_text(Path(folder) / "report.html", template.substitute(
        song=escape(song),
        summary="\n".join(f"<p>{sentence}</p>" for sentence in _summary(metrics, rows, config, edges)),
        animation_alt="Animation: the reconstruction of one segment, iteration by iteration, comes to lie on the original.",
        animation_caption=escape(
            f"{seen.format(starts['lively'] / rate)}, forward and then backward. "
            + (f"It begins with iteration {first}, where the run was taken up again. " if first else "")
            + ("Only the first two channels are drawn. " if channels > 2 else "")
            + "Grey is the original, colour is what the network makes of it."
        ),
        gallery=gallery,
        listen=escape(
            f"The same {heard_seconds:.1f} seconds before and after, and the difference between the two, at the same level. "
            f"A song in one piece has no edges inside: its SNR is {decibels(heard_db)}."
        ),
        pictures="\n".join(_pictures(channels)),
        command=escape(_command(config)),
        configuration="\n".join(
            f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
            for name, value in config.items() if name not in ("audio", "audio_path", "output", "versions", "quiet", "json")
        ),
        version=escape(numpyae.__version__),
    ))


def _summary(metrics, rows, config, edges):
    """Yield what the numbers say, a sentence each."""
    rate, channels = metrics["sample_rate"], metrics["channels"]
    heard = metrics["iterations"] * config["batch_size"] * config["segment"] / rate
    yield (
        f"A network of {metrics['parameters']:,} numbers listened to {heard:,.0f} seconds of random segments of this song "
        f"({config['samples'] / rate:.1f} s, {rate:,} Hz, {channels} channel{'s' if channels > 1 else ''}): "
        f"{metrics['iterations']} iterations in {metrics['training_seconds']:.1f} seconds."
    )
    if metrics["snr_db"] is None:
        yield "The song is silent, so there is nothing that an error could be measured against."
        return
    yield (
        f"What comes out of a segment is what went in plus an error, with a signal-to-noise ratio (SNR) of "
        f"{metrics['snr_db']:.1f} dB. At 20 dB the error has a tenth of the sound's amplitude."
    )
    if metrics["snr_mid_db"] is not None and metrics["snr_side_db"] is not None:
        when = [passes(rows, name) for name in ("snr_mid_db", "snr_side_db")]
        said = ["never passes 10 dB" if each is None else f"passes 10 dB at iteration {each}" for each in when]
        yield (
            f"The mid, what left and right share, has {metrics['snr_mid_db']:.1f} dB and {said[0]}; "
            f"the side, what they differ in, has {metrics['snr_side_db']:.1f} dB and {said[1]}."
        )
    if edges is not None and edges[1] > 0:
        yield (
            f"At the ends of a segment the error is {edges[0] / edges[1]:.2f} times that in its middle "
            + ("(the network sees zeros beyond the ends)." if config["edges"] == "same" else "(the network sees the song beyond the ends).")
        )
    features = config["features"] / config["stride"] ** 2 / channels
    saved = ": nothing is saved by them" if features >= 1 else ""
    yield f"The features in between are {features:.3g} times as many numbers as the sound{saved}."


def _pictures(channels):
    yield _figure("loss.png", "Loss falling and SNR rising against the iteration.",
                  "Does it still rise at the end? Then more iterations would help.")
    if channels == 2:
        yield _figure("stereo.png", "SNR of mid and side against the iteration.",
                      "Which is learned first? Mostly the louder one, and in most songs that is the mid.")
    yield _figure("spectrum.png", "Spectra of original, reconstruction and error, and the SNR of each octave.",
                  "Where the error comes near the original, the network gives up: usually high up, where songs are faint.")
    yield _figure("atoms.png", "What each feature draws when it alone is on.",
                  "All that comes out is a sum of these drawings, each moved along in time.")


def _figure(name, alt, caption):
    return (
        f'<figure>\n<a href="{name}"><img src="{name}" alt="{escape(alt)}" loading="lazy"></a>\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>\n"
    )


def _command(config):
    """Return the command that makes this run again, with the song's name but not its folder."""
    words = ["python", "-m", "numpyae.train"]
    if config["audio"]:
        words.append(Path(config["audio"]).name)
    return shlex.join(words + command_words(config))
