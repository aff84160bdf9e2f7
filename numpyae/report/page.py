"""report.html: one file that holds its pictures, its sounds and its player, and loads nothing else."""
import base64
import importlib.resources
import math
import re
from html import escape
from string import Template

import numpy as np

import numpyae
from numpyae.audio import decibels
from numpyae.report.facts import PASSED

TYPES = {"gif": "image/gif", "png": "image/png", "flac": "audio/flac"}
GALLERY = {
    "periodic": (
        "The most regular segment",
        "of the louder half of 400 segments, the one whose waveform repeats itself best"),
    "low": (
        "The lowest segment",
        "of the louder half, the one with the lowest frequencies on average"),
    "high": (
        "The highest segment",
        "of the louder half, the one with the highest frequencies on average: often hiss or cymbals"),
}
PICTURES = {  # file -> what it shows, and what to look for
    "loss.png": (
        "Loss and SNR against the iteration.",
        "Is the orange curve, the SNR, still rising at the end? Then more iterations would help."),
    "stereo.png": (
        "SNR of mid and side against the iteration.",
        "Which is learned first? Usually the louder one, and in most songs that is the mid."),
    "spectrum.png": (
        "Spectra of original, reconstruction and error, and each octave's SNR.",
        "Where the error comes near the original, the network has given up: usually at high frequencies, "
        "where songs are faint."),
    "atoms.png": (
        "What each feature draws when it alone is on.",
        "Everything that comes out is a sum of these drawings, shifted in time and scaled."),
}
CURVES = {"loss.png": ("snr_db",), "stereo.png": ("snr_mid_db", "snr_side_db")}  # file -> its SNRs
ROWS = {  # name in config.json -> what it is called, and its unit
    "batch_size": ("batch size", "segments"),
    "segment": ("segment length", "samples"),
    "hidden": ("hidden channels", ""),
    "kernel": ("kernel length", "samples"),
    "stride": ("stride", "samples"),
    "init": ("initial kernels", ""),
    "edges": ("beyond the ends of a segment", ""),
    "seed": ("seed of the random numbers", ""),
    "audio_sha256": ("SHA-256 of the song's file", ""),
    "samples": ("length of the song", "samples"),
    "sample_rate": ("sample rate", "Hz"),
}
WORDS = {
    "None": "none", "True": "yes", "False": "no", "same": "zeros", "context": "the song",
    "glorot": "random, scaled by Glorot's rule", "he": "random, scaled by He's rule",
    "mirrored": "random, the decoder's a scaled copy of the encoder's",
}


def animation_file(name):
    """Return the file name of the animation of a segment; "lively" is the post's."""
    return "training.gif" if name == "lively" else f"gallery-{name}.gif"


def still_file(name):
    """Return the name that `page` knows the last frame of this animation by."""
    return animation_file(name).replace(".gif", ".png")


def page(facts, files, notes=()):
    """Return the text of report.html for the Facts of a run.

    files: name -> bytes of all that the page holds; a picture or sound that is not among them is left out.
    notes: sentences about the sounds.
    """
    beside = importlib.resources.files("numpyae.report")
    template = Template(beside.joinpath("page.html").read_text(encoding="utf-8"))
    return template.substitute(
        song=_text(facts.name),
        lead=_text(_lead(facts)),
        listen=_text(" ".join([_listen(facts), *notes])),
        sounds="".join(
            f'<p class="soft"><label for="{name}">{name}</label> <audio id="{name}" controls '
            f'src="{_data(files, f"{name}.flac")}"></audio></p>\n'
            for name in ("original", "reconstruction") if f"{name}.flac" in files
        ),
        rate=facts.rate,
        animations="\n".join(_animations(facts, files)),
        measured=_paragraphs(_measured(facts)),
        pictures="\n".join(
            _figure(f'<img src="{_data(files, name)}" alt="{_text(alt)}">', _caption(facts, name))
            for name, (alt, _) in PICTURES.items() if name in files
        ),
        made=_paragraphs(_made(facts)),
        command=_text(facts.command),
        configuration="\n".join(
            f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in _rows(facts)
        ),
        version=_text(numpyae.__version__),
        script=beside.joinpath("page.js").read_text(encoding="utf-8"),
    )


def _lead(facts):
    """Return what one will hear, of which no more is said than the SNRs say."""
    snr = facts.heard_snr_db
    if snr is None:
        return "The original is silent here, so there is nothing to compare the reconstruction with."
    if snr == math.inf:
        return "Play the original, then the reconstruction: there is no difference between them."
    if snr < 1:
        return (
            f"The network has not learned {'the' if _is_whole(facts) else 'this part of the'} song yet: the "
            "reconstruction has little in common with the original."
        )
    worst, least = min(facts.octaves, key=lambda octave: octave[1], default=(None, -math.inf))
    if min(snr, least) >= 30:
        return "Play the original, then the reconstruction: you should hear hardly a difference."
    where, lost = "", facts.lost_from
    if lost is None and worst:
        where = f", and the difference most clearly around {_frequency(worst)}"
    elif lost and lost > facts.octaves[0][0]:
        examples = " (hi-hats, sibilants, air)" if 4000 <= lost <= 8000 else ""
        where = f", but much of what lies around {_frequency(lost)} and above is lost{examples}"
    what = "the same music" if snr >= PASSED and where else "something of the song"
    return f"Play the original, then the reconstruction: you should hear {what}{where}."


def _frequency(hertz):
    return f"{hertz / 1000:g} kHz" if hertz >= 1000 else f"{hertz:.0f} Hz"


def _listen(facts):
    part = "The whole song" if _is_whole(facts) else "The middle of the song"
    sentence = f"{part}, {len(facts.original) / facts.rate:.1f} seconds, before and after, at the same level."
    if facts.heard_snr_db is None:
        return sentence
    return (
        f"{sentence} Its signal-to-noise ratio (SNR), the energy of the song over that of the difference, is "
        f"{decibels(facts.heard_snr_db)}. At 20 dB the difference has a tenth of the song's amplitude."
    )


def _is_whole(facts):
    return len(facts.original) == facts.config["samples"]


def _animations(facts, files):
    """Yield each animation with its still, which is shown to those who want no motion."""
    for name in facts.animations:
        if name in GALLERY:
            heading, what = GALLERY[name]
            yield f"<h3>{heading}</h3>"
            alt, caption = f"The network learning: {what}.", f"{_which_segment(facts, name)}: {what}."
            if name == "low" and facts.config["edges"] == "same":
                caption += " Watch its two ends: the network sees zeros beyond them, so they come back worse."
        else:
            alt, caption = "The reconstruction of one segment closes in on the original.", _lively(facts)
        yield _figure(
            '<picture><source media="(prefers-reduced-motion: reduce)" '
            f'srcset="{_data(files, still_file(name))}">'
            f'<img src="{_data(files, animation_file(name))}" alt="{_text(alt)}"></picture>\n'
            '<button type="button" class="motion" hidden></button>',
            caption,
        )


def _which_segment(facts, name):
    length = facts.config["segment"]
    return (
        f"{length} samples ({1000 * length / facts.rate:.0f} ms) from second "
        f"{facts.animations[name].start / facts.rate:.2f} of the song"
    )


def _lively(facts):
    """Return the caption of the post's animation."""
    first, _ = facts.animations["lively"].frames[0]
    sentences = [
        f"{_which_segment(facts, 'lively')}.", "It shows the network learning, then the same in reverse.",
    ]
    if first:
        sentences.append(f"It begins with iteration {first}, where the run was resumed.")
    if facts.config["channels"] > 2:
        sentences.append("Only the first two channels are drawn.")
    sentences.append("Grey is the original, colour is what the network makes of it.")
    sentences.append("The SNR is that of this segment alone, which may be easier or harder than others.")
    return " ".join(sentences)


def _measured(facts):
    """Yield the sentences on what was measured."""
    config, measured = facts.config, facts.measured
    if not math.isfinite(measured.loss):
        yield "The network has diverged: its error is too large to be measured."
        return
    if measured.snr_db is None:
        yield "The song is silent, so there is nothing to measure the error against."
        return
    part = "" if _is_whole(facts) else ", and it is only a part of the song"
    yield (
        f"Measured on {_count(facts.segments_measured, 'segments')}, spread evenly over the whole song, the "
        f"SNR is {decibels(measured.snr_db)}. The sound above has an SNR of its own: there are no segment "
        f"ends in it{part}."
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
    elif config["channels"] == 2:
        same, silent = ("the same", "side") if measured.snr_side_db is None else ("opposite", "mid")
        yield f"Left and right are {same}, so the {silent} is silent and has no SNR."
    if facts.edge_factor is not None:
        beyond = "zeros" if config["edges"] == "same" else "the song"
        yield (
            f"At the ends of a segment the RMS error is {facts.edge_factor:.2f} times that in its middle "
            f"(the network sees {beyond} beyond the ends)."
        )


def _made(facts):
    """Yield the sentences on the network and its training."""
    config = facts.config
    channels, iterations = _count(config["channels"], "channels"), _count(facts.iterations, "iterations")
    yield (
        f"A network of {facts.parameters:,} parameters was trained on {facts.seconds_learned_from:,.0f} "
        f"seconds of random segments of this song ({config['samples'] / facts.rate:.1f} s, {facts.rate:,} "
        f"Hz, {channels}): {iterations} in {facts.training_seconds:.1f} seconds."
    )
    saving = ", so nothing is compressed" if facts.features_per_sample >= 1 else ""
    times = f"{facts.features_per_sample:.3g} times"
    yield f"The features in between are {times} as many numbers as the sound{saving}."


def _caption(facts, name):
    """Return what to look for in a picture, all of whose curves may not be there."""
    if any(np.isnan(facts.history[column]).all() for column in CURVES.get(name, ())):
        return "What is silent has no SNR, so it has no curve."
    return PICTURES[name][1]


def _rows(facts):
    """Yield (name, value) of each row of the table, in words; no folder, and no version."""
    for key, value in facts.config.items():
        if key == "iterations" and facts.iterations < value:
            yield key, f"{facts.iterations:,} of {value:,}"
        elif key not in ("audio", "audio_path", "versions"):
            name, unit = ROWS.get(key, (key.replace("_", " "), ""))
            yield name, _count(value, unit) if unit else WORDS.get(str(value), value)


def _count(number, units):
    return f"{number:,} {units}" if number != 1 else f"1 {units.removesuffix('s')}"


def _figure(content, caption):
    return f"<figure>\n{content}\n<figcaption>{_text(caption)}</figcaption>\n</figure>"


def _paragraphs(sentences):
    return "\n".join(f"<p>{_text(sentence)}</p>" for sentence in sentences)


def _data(files, name):
    return f"data:{TYPES[name.split('.')[-1]]};base64,{base64.b64encode(files[name]).decode('ascii')}"


def _text(value):
    """Return a text for the page; a file name's bytes that are not UTF-8 become replacement characters."""
    return escape(re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", str(value)))
