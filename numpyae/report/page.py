"""report.html: a page of pictures and sounds that loads nothing but the files beside it."""
from html import escape
from pathlib import Path
from string import Template

import numpyae
from numpyae.audio import decibels

GALLERY = {
    "periodic": (
        "The most regular segment",
        "of the louder half of 400 segments, the one whose waveform repeats itself best"),
    "low": (
        "The lowest segment",
        "of the louder half, the one with the lowest spectral centroid: watch its two ends"),
    "high": (
        "The highest segment",
        "of the louder half, the one with the highest spectral centroid: hiss and cymbals"),
}


def animation_file(name):
    """Return the file name of the animation of a segment; "lively" is the post's."""
    return "training.gif" if name == "lively" else f"gallery-{name}.gif"


def page(facts):
    """Return the text of report.html for the Facts of a run."""
    template = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    seconds = len(facts.original) / facts.rate
    return template.substitute(
        song=escape(facts.name),
        summary="\n".join(f"<p>{sentence}</p>" for sentence in _summary(facts)),
        animation=_figure(
            animation_file("lively"),
            "Animation: the reconstruction of one segment closes in on the original.",
            _animation_caption(facts),
        ),
        gallery="".join(
            f"<h3>{GALLERY[name][0]}</h3>\n" + _figure(
                animation_file(name), f"The network learning: {GALLERY[name][1]}.",
                f"{_which_segment(facts, name)}: {GALLERY[name][1]}.",
            )
            for name in facts.animations if name in GALLERY
        ),
        listen=escape(
            f"The same {seconds:.1f} seconds before and after, and the difference between the two, at the "
            f"same level. A whole song has no segment edges in it: its SNR is {decibels(facts.heard_snr_db)}."
        ),
        pictures="\n".join(_pictures(facts)),
        command=escape(facts.command),
        configuration="\n".join(
            f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
            for name, value in facts.config.items() if name not in ("audio", "audio_path", "versions")
        ),
        version=escape(numpyae.__version__),
    )


def _which_segment(facts, name):
    length = facts.config["segment"]
    return (
        f"{length} samples ({1000 * length / facts.rate:.0f} ms) from second "
        f"{facts.animations[name].start / facts.rate:.2f} of the song"
    )


def _animation_caption(facts):
    first, _ = facts.animations["lively"].frames[0]
    sentences = [f"{_which_segment(facts, 'lively')}, forward and then backward."]
    if first:
        sentences.append(f"It begins with iteration {first}, where the run was resumed.")
    if facts.config["channels"] > 2:
        sentences.append("Only the first two channels are drawn.")
    sentences.append("Grey is the original, colour is what the network makes of it.")
    return " ".join(sentences)


def _summary(facts):
    """Yield the sentences of the summary."""
    config, measured = facts.config, facts.measured
    channels = f"{config['channels']} channel{'s' if config['channels'] > 1 else ''}"
    iterations = f"{facts.iterations} iteration{'' if facts.iterations == 1 else 's'}"
    yield (
        f"A network of {facts.parameters:,} parameters was trained on {facts.seconds_learned_from:,.0f} "
        f"seconds of random segments of this song ({config['samples'] / facts.rate:.1f} s, {facts.rate:,} "
        f"Hz, {channels}): {iterations} in {facts.training_seconds:.1f} seconds."
    )
    if measured.snr_db is None:
        yield "The song is silent, so there is nothing to measure the error against."
        return
    yield (
        f"What comes out of a segment is what went in plus an error, with a signal-to-noise ratio (SNR) of "
        f"{decibels(measured.snr_db)}. At 20 dB the error has a tenth of the sound's amplitude."
    )
    if measured.snr_mid_db is not None and measured.snr_side_db is not None:
        mid, side = (
            "never passes 10 dB" if passed is None else f"passes 10 dB at iteration {passed}"
            for passed in (facts.passes("snr_mid_db"), facts.passes("snr_side_db"))
        )
        yield (
            f"The mid, what left and right share, has {decibels(measured.snr_mid_db)} and {mid}; "
            f"the side, in which they differ, has {decibels(measured.snr_side_db)} and {side}."
        )
    if facts.edge_factor is not None:
        beyond = "zeros" if config["edges"] == "same" else "the song"
        yield (
            f"At the ends of a segment the error is {facts.edge_factor:.2f} times the error in its middle "
            f"(the network sees {beyond} beyond the ends)."
        )
    saving = ", so nothing is compressed" if facts.features_per_sample >= 1 else ""
    times = f"{facts.features_per_sample:.3g} times"
    yield f"The features in between are {times} as many numbers as the sound{saving}."


def _pictures(facts):
    yield _figure("loss.png", "Loss falling and SNR rising against the iteration.",
                  "Is the SNR still rising at the end? Then more iterations would help.")
    if facts.config["channels"] == 2:
        yield _figure("stereo.png", "SNR of mid and side against the iteration.",
                      "Which is learned first? Usually the louder one, and in most songs that is the mid.")
    yield _figure("spectrum.png", "Spectra of original, reconstruction and error, and each octave's SNR.",
                  "Where the error comes near the original, the network has given up: usually at high "
                  "frequencies, where songs are faint.")
    yield _figure("atoms.png", "What each feature draws when it alone is on.",
                  "Everything that comes out is a sum of these drawings, shifted in time and scaled.")


def _figure(name, alt, caption):
    return (
        f'<figure>\n<a href="{name}"><img src="{name}" alt="{escape(alt)}" loading="lazy"></a>\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>\n"
    )
