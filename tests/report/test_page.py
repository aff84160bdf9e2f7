"""The page says what the Facts say: every number on it, and every picture with its own caption."""
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from example_facts import COLUMNS, Page, example_facts, example_files, plain_snr

import numpyae
from numpyae.evaluation import Measured
from numpyae.report.facts import Animation
from numpyae.report.page import animation_file, page, still_file


def text_of(channels=2, **changes):
    facts = example_facts(channels, **changes)
    return page(facts, example_files(facts))


def page_of(channels=2, **changes):
    return Page(text_of(channels, **changes))


def numbers(*texts):
    """Return all numbers in the texts, as they are written."""
    return re.findall(r"-?\d[\d,]*(?:\.\d+)?", " ".join(texts))


def test_one_hears_first_and_reads_the_numbers_after():
    page = page_of()
    assert page.texts("h1") == ["mine.flac, learned by a small network"]
    assert page.texts("h2") == ["Listen", "Watch it learn", "Look closer", "How it was made"]
    assert len(page.under("mine.flac, learned by a small network")) == 1


def test_every_number_of_the_run_is_on_the_page():
    page, learned = page_of(), 5 * 123456 * 88 / 8000  # iterations, segments a batch and samples a segment
    assert [numbers(sentence) for sentence in page.under("Look closer")] == [
        ["1,000", "12.3"],
        ["15.7", "10", "3", "8.9", "10", "5"],
        ["3.50"],
    ]
    assert [numbers(sentence) for sentence in page.under("How it was made")[:2]] == [
        ["54,321", f"{learned:,.0f}", f"{4321 / 8000:.1f}", "8,000", "2", "5", "67.9"],
        ["0.722"],
    ]


def test_each_number_is_in_its_sentence():
    page = page_of()
    error, stereo, edges = page.under("Look closer")
    assert error == (
        "Measured on 1,000 segments, spread evenly over the whole song, the SNR is 12.3 dB. "
        "The sound above has an SNR of its own: there are no segment ends in it."
    )
    assert stereo == (
        "The mid, what left and right share, has 15.7 dB and passes 10 dB at iteration 3; "
        "the side, in which they differ, has 8.9 dB and passes 10 dB at iteration 5."
    )
    assert edges == (
        "At the ends of a segment the RMS error is 3.50 times that in its middle "
        "(the network sees zeros beyond the ends)."
    )
    made, features, _ = page.under("How it was made")
    assert made == (
        "A network of 54,321 parameters was trained on 6,790 seconds of random segments of this song "
        "(0.5 s, 8,000 Hz, 2 channels): 5 iterations in 67.9 seconds."
    )
    assert features == "The features in between are 0.722 times as many numbers as the sound."


def test_twenty_decibels_are_a_tenth_of_the_amplitude(rng):
    sound = rng.standard_normal(1000)
    assert plain_snr(sound, sound + 0.1 * sound) == pytest.approx(20)


@pytest.mark.parametrize("name, words", [
    ("snr_mid_db", "The mid, what left and right share, has 15.7 dB and never passes 10 dB; "
     "the side, in which they differ, has 8.9 dB and passes 10 dB at iteration 5."),
    ("snr_side_db", "has 15.7 dB and passes 10 dB at iteration 3; "
     "the side, in which they differ, has 8.9 dB and never passes 10 dB."),
])
def test_mid_and_side_are_said_apart_when_one_never_passes_10_decibels(name, words):
    history = {column: np.array(values) for column, values in COLUMNS.items()}
    assert words in page_of(history={**history, name: np.full(5, 9.99)}).words


def test_with_context_the_network_sees_the_song_beyond_the_ends():
    config = {**example_facts().config, "edges": "context"}
    page = page_of(config=config, edge_errors=(0.019, 0.02))
    assert "0.95 times that in its middle (the network sees the song beyond the ends)." in page.words
    assert page.table()["beyond the ends of a segment"] == "the song"


@pytest.mark.parametrize("errors", [None, (0.5, 0.0)])
def test_without_a_middle_or_its_error_nothing_is_said_of_the_ends(errors):
    page = page_of(edge_errors=errors)
    assert "At the ends" not in page.words and "in its middle" not in page.words
    assert len(page.under("Look closer")) == 2


@pytest.mark.parametrize("ratio, words", [
    (0.722, "0.722 times as many numbers as the sound."),
    (0.9994, "0.999 times as many numbers as the sound."),
    (1.0, "1 times as many numbers as the sound, so nothing is compressed."),
    (8.0, "8 times as many numbers as the sound, so nothing is compressed."),
])
def test_the_features_save_something_only_if_they_are_fewer(ratio, words):
    page = page_of(features_per_sample=ratio)
    assert page.under("How it was made")[1] == f"The features in between are {words}"


def test_the_sound_to_listen_to_is_said_with_its_length_and_snr():
    facts = example_facts()
    snr = plain_snr(facts.original, facts.reconstruction)
    heard = page_of().under("Listen")[-1]
    assert heard == (
        "The whole song, 0.5 seconds, before and after, at the same level. Its signal-to-noise ratio (SNR), "
        f"the energy of the song over that of the difference, is {snr:.1f} dB. At 20 dB the difference has a "
        "tenth of the song's amplitude."
    )
    assert 10 < snr < 20


def test_a_sound_from_the_middle_of_a_song_is_said_to_be_a_part_of_it():
    page = page_of(config={**example_facts().config, "samples": 44100})
    assert page.under("Listen")[-1].startswith("The middle of the song, 0.5 seconds, before and after")
    assert "no segment ends in it, and it is only a part of the song." in page.under("Look closer")[0]


def test_what_is_said_of_the_sounds_for_the_page_follows():
    facts = example_facts()
    text = page(facts, example_files(facts), ["They are <b>loud</b>."])
    assert Page(text).under("Listen")[-1].endswith("a tenth of the song's amplitude. They are <b>loud</b>.")


def first_sentence(**changes):
    sentence, = page_of(**changes).under("mine.flac, learned by a small network")
    return sentence


def noise_of_octaves(snrs):
    """Return noise and a copy whose octaves have these SNRs, centre in Hz -> dB, or else 40 dB."""
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal((32000, 2)), axis=0)
    frequencies = np.fft.rfftfreq(32000, 1 / 16000)
    spectrum /= 50 + frequencies[:, np.newaxis]  # as in music, the low octaves have the most energy
    lost = np.full_like(frequencies, 10 ** (-40 / 20))
    for centre, snr in snrs.items():
        lost[(centre / 2**0.5 < frequencies) & (frequencies < centre * 2**0.5)] = 10 ** (-snr / 20)
    original, reconstruction = (
        np.fft.irfft(spectrum * kept[:, np.newaxis], axis=0) for kept in (np.ones_like(lost), 1 - lost)
    )
    return dict(rate=16000, original=original, reconstruction=reconstruction)


EVERY_OCTAVE = [1000 * 2.0**octave for octave in range(-5, 3)]


@pytest.mark.parametrize("snrs, words", [
    ({}, "hardly a difference."),
    ({1000: 31}, "hardly a difference."),
    ({1000: 29}, "the same music, and the difference most clearly around 1 kHz."),
    ({62.5: 3, 4000: 8}, "the same music, and the difference most clearly around 62 Hz."),
    ({4000: 4}, "the same music, but much of what lies around 4 kHz and above is lost "
     "(hi-hats, sibilants, air)."),
    ({4000: -3, 2000: 5, 500: 0}, "the same music, but much of what lies around 2 kHz and above is lost."),
    (dict.fromkeys(EVERY_OCTAVE, 8) | {2000: 5, 4000: 1}, "something of the song, but much of what lies "
     "around 2 kHz and above is lost."),
    (dict.fromkeys(EVERY_OCTAVE, 8) | {1000: 7}, "something of the song, and the difference most clearly "
     "around 1 kHz."),
    (dict.fromkeys(EVERY_OCTAVE, 4), "something of the song."),
])
def test_the_first_sentence_says_what_one_will_hear(snrs, words):
    assert first_sentence(**noise_of_octaves(snrs)) == (
        f"Play the original, then the reconstruction: you should hear {words}"
    )


@pytest.mark.parametrize("factor", [0, -1, 0.05])
@pytest.mark.parametrize("samples, what", [(4321, "the song"), (44100, "this part of the song")])
def test_a_reconstruction_unlike_the_song_is_said_to_have_little_in_common(factor, samples, what):
    facts = example_facts()
    assert first_sentence(
        reconstruction=factor * facts.original, config={**facts.config, "samples": samples}
    ) == (
        f"The network has not learned {what} yet: the reconstruction has little in common with the original."
    )


@pytest.mark.parametrize("original, words", [
    (np.zeros((500, 2)), "The original is silent here"), (np.ones((500, 2)), "there is no difference"),
])
def test_silence_and_a_perfect_copy_have_a_first_sentence_of_their_own(original, words):
    assert words in first_sentence(original=original, reconstruction=np.ones((500, 2)))


def test_a_silent_sound_has_no_snr():
    page = page_of(original=np.zeros((500, 2)), reconstruction=np.ones((500, 2)))
    assert page.under("Listen")[-1].endswith("before and after, at the same level.")
    assert "n/a" not in page.words


def test_each_animation_is_shown_with_its_own_heading_caption_and_still():
    page = page_of()
    expected = {
        b"training.gif": ("Watch it learn", "0.20", "the network learning, then the same in reverse"),
        b"gallery-periodic.gif": ("The most regular segment", "0.31", "repeats itself best"),
        b"gallery-low.gif": ("The lowest segment", "0.03", "the lowest frequencies on average"),
        b"gallery-high.gif": ("The highest segment", "0.45", "the highest frequencies on average"),
    }
    for file, (heading, second, words) in expected.items():
        above, caption = page.pictures[file]
        assert above == heading and words in caption
        assert caption.startswith(f"88 samples (11 ms) from second {second} of the song")
    assert "of this segment alone, which may be easier or harder" in page.pictures[b"training.gif"][1]
    assert page.stills == {file: file.replace(b".gif", b".png") for file in expected}
    assert [animation_file(name) for name in example_facts().animations] == [
        file.decode() for file in expected
    ]
    assert still_file("lively") == "training.png"


def test_each_animation_has_a_button_that_only_a_script_shows():
    buttons = re.findall(r"<button [^>]*>[^<]*</button>", text_of())
    assert buttons == [
        '<button type="button" id="play">Play</button>',
        *['<button type="button" class="motion" hidden></button>'] * 4,
    ]


def test_without_a_gallery_there_is_the_posts_animation_alone():
    page = page_of(animations={"lively": example_facts().animations["lively"]})
    assert [*page.stills] == [b"training.gif"] and "The lowest segment" not in page.words


def test_a_run_that_was_resumed_without_frames_says_where_its_animation_begins():
    lively = example_facts().animations["lively"]
    assert "It begins with" not in page_of().words
    later = Animation(lively.start, lively.original, [(iteration + 37, y) for iteration, y in lively.frames])
    words = page_of(animations={"lively": later}).words
    assert "It begins with iteration 37, where the run was resumed." in words


@pytest.mark.parametrize("channels, words", [(1, "1 channel)"), (2, "2 channels)"), (6, "6 channels)")])
def test_the_channels_are_counted_and_only_stereo_has_mid_and_side(channels, words):
    page = page_of(channels)
    assert words in page.under("How it was made")[0]
    assert ("The mid, " in page.words) == (channels == 2)
    assert ("Only the first two channels are drawn." in page.words) == (channels == 6)


def test_one_iteration_is_not_called_iterations():
    assert "): 1 iteration in 67.9 seconds." in page_of(iterations=1).words


def test_silence_is_said_to_be_silent_and_nothing_is_said_of_its_error():
    page = page_of(measured=Measured(0.0, None, None, None, np.zeros(88)), edge_errors=None)
    silent, = page.under("Look closer")
    assert silent == "The song is silent, so there is nothing to measure the error against."


@pytest.mark.parametrize("mid, side, words", [
    (12.34, None, "Left and right are the same, so the side is silent and has no SNR."),
    (None, 12.34, "Left and right are opposite, so the mid is silent and has no SNR."),
])
def test_where_mid_or_side_is_silent_one_sentence_says_why(mid, side, words):
    page = page_of(measured=Measured(0.02, 12.34, mid, side, np.ones(88)))
    assert page.under("Look closer")[1] == words and "The mid, " not in page.words
    assert "Left and right" not in page_of().words + page_of(channels=1).words


@pytest.mark.parametrize("column, picture", [
    ("snr_db", b"loss.png"), ("snr_mid_db", b"stereo.png"), ("snr_side_db", b"stereo.png"),
])
def test_no_caption_speaks_of_a_curve_that_is_not_there(column, picture):
    history = {**example_facts().history, column: np.full(5, np.nan)}
    changed, whole = page_of(history=history).pictures, page_of().pictures
    assert changed[picture][1] == "What is silent has no SNR, so it has no curve."
    assert {name for name in whole if whole[name] != changed[name]} == {picture}


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_network_that_diverged_is_not_called_a_silent_song(loss):
    page = page_of(measured=Measured(loss, None, None, None, np.full(88, loss)), edge_errors=(loss, loss))
    assert page.under("Look closer") == [
        "The network has diverged: its error is too large to be measured."
    ]


def test_the_table_says_how_many_of_the_iterations_a_stopped_run_has_done():
    config = {**example_facts().config, "iterations": 1500}
    assert page_of(config=config).table()["iterations"] == "5 of 1,500"


def test_a_short_song_has_fewer_segments_to_measure():
    words = [page_of(config={**example_facts().config, "samples": samples}).words for samples in (88, 387)]
    assert "Measured on 1 segment, " in words[0] and "Measured on 300 segments, " in words[1]


@pytest.mark.parametrize("edges, said", [("same", 1), ("context", 0)])
def test_the_ends_are_to_be_watched_where_the_network_sees_zeros_beyond_them(edges, said):
    page = page_of(config={**example_facts().config, "edges": edges})
    words = "Watch its two ends: the network sees zeros beyond them, so they come back worse."
    assert page.words.count(words) == page.pictures[b"gallery-low.gif"][1].count(words) == said


def test_both_sounds_are_in_the_page_once_and_the_difference_is_not():
    page = page_of()
    assert page.sounds == {name: f"{name}.flac".encode() for name in ("original", "reconstruction")}
    labels = [text.strip() for text in page.under("Listen") if text.strip() in page.sounds]
    assert labels == [*page.sounds]
    values = re.findall(r'<input type="radio" name="sound" value="(\w+)"( checked)?>', text_of())
    assert values == [("original", " checked"), ("reconstruction", ""), ("difference", "")]


def test_the_player_is_told_the_rate_and_has_a_key_for_all_that_it_does():
    text = text_of()
    assert '<fieldset id="player" data-rate="8000" hidden>' in text
    assert re.search(r'<span id="time"></span>', text) and '<input type="checkbox" id="loop">' in text
    script = Page(text).script
    assert 'addEventListener("keydown"' in script and "aria-valuetext" in script
    for key in ('" ":', "ArrowLeft:", "ArrowRight:", "1:", "2:", "3:"):
        assert key in script


def test_without_sounds_the_page_has_none():
    facts = example_facts()
    files = {name: data for name, data in example_files(facts).items() if not name.endswith("flac")}
    assert Page(page(facts, files)).sounds == {}


def test_the_pictures_are_captioned():
    pictures = page_of().pictures
    for file, words in {
        b"loss.png": "Is the orange curve, the SNR, still rising at the end?",
        b"stereo.png": "the louder one",
        b"spectrum.png": "Where the error comes near the original", b"atoms.png": "a sum of these drawings",
    }.items():
        heading, caption = pictures[file]
        assert heading == "Look closer" and words in caption
    assert len(pictures) == 8 and len(page_of().alts) == 8 and all(page_of().alts)


def test_a_picture_that_was_not_drawn_is_not_shown():
    facts = example_facts()
    files = example_files(facts)
    del files["stereo.png"]
    assert {*page_of().pictures} - {*Page(page(facts, files)).pictures} == {b"stereo.png"}


def test_the_command_and_every_setting_are_on_the_page_in_words_and_no_folder():
    text = text_of()
    found = Page(text)
    assert found.texts("pre") == ["python -m numpyae.train mine.flac --seed 19"]
    assert found.table() == {
        "iterations": "5", "batch size": "123,456 segments", "segment length": "88 samples",
        "hidden channels": "11", "features": "13", "kernel length": "6 samples", "stride": "3 samples",
        "initial kernels": "random, scaled by He's rule", "beyond the ends of a segment": "zeros",
        "learning rate": "0.017",
        "seed of the random numbers": "19", "SHA-256 of the song's file": "5e1f",
        "length of the song": "4,321 samples", "sample rate": "8,000 Hz", "channels": "2",
    }
    assert "/music" not in text and "3.99" not in text
    assert f"Made by numpyae {numpyae.__version__}." in found.words


def test_settings_that_the_page_does_not_know_are_in_words_too():
    config = {**example_facts().config, "noise_level": 0.5, "gallery": True, "dropout": False, "resume": None}
    table = page_of(config={**config, "audio_sha256": None, "seed": 1, "batch_size": 1}).table()
    shown = [table[name] for name in ("noise level", "gallery", "dropout", "resume")]
    assert shown == ["0.5", "yes", "no", "none"]
    assert table["SHA-256 of the song's file"] == "none" and table["batch size"] == "1 segment"
    assert table["seed of the random numbers"] == "1"


def test_names_and_commands_are_escaped():
    text = text_of(name="<b>$a & 'b'", command="train '<i> & $'")
    assert "<b>" not in text and "<i>" not in text
    found = Page(text)
    assert found.texts("h1") == ["<b>$a & 'b', learned by a small network"]
    assert found.texts("title") == ["<b>$a & 'b', learned by numpyae"]
    assert found.texts("pre") == ["train '<i> & $'"]


def test_a_name_that_is_not_utf_8_is_shown_with_a_replacement_character():
    found = Page(text_of(name="bad\udcff.wav", command="train bad\udcff.wav").encode().decode())
    assert found.texts("title") == ["bad\N{REPLACEMENT CHARACTER}.wav, learned by numpyae"]
    assert found.texts("pre") == ["train bad\N{REPLACEMENT CHARACTER}.wav"]


def test_the_page_asks_for_nothing_from_outside():
    text = text_of()
    assert len(Page(text).links) == 14 and all(link.startswith("data:") for link in Page(text).links)
    assert not re.search(r"https?:|@import|url\(|<link|<iframe|href|fetch\(\S|XMLHttp|import\(", text)


def test_the_page_can_be_made_from_a_zipped_package(tmp_path):
    package = Path(numpyae.__file__).parent
    with zipfile.ZipFile(tmp_path / "numpyae.zip", "w") as file:
        for path in package.rglob("*.*"):
            if path.suffix in (".py", ".html", ".js"):
                file.write(path, path.relative_to(package.parent))
    code = (
        "from numpyae.report import page; from example_facts import *; facts = example_facts()\n"
        "assert '.zip' in page.__file__; print(len(page.page(facts, example_files(facts))))"
    )
    paths = os.pathsep.join([str(tmp_path / "numpyae.zip"), str(Path(__file__).parent)])
    ended = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": paths}, cwd=tmp_path,
        capture_output=True, text=True,
    )
    assert ended.stdout.strip() == str(len(text_of())), ended.stderr
