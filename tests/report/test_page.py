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
        "Measured on up to 1,000 segments, spread evenly over the whole song, the SNR is 12.3 dB. "
        "The sound above has an SNR of its own: there are no segment ends in it."
    )
    assert stereo == (
        "The mid, what left and right share, has 15.7 dB and passes 10 dB at iteration 3; "
        "the side, in which they differ, has 8.9 dB and passes 10 dB at iteration 5."
    )
    assert edges == (
        "At the ends of a segment the error is 3.50 times the error in its middle "
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
    assert "0.95 times the error in its middle (the network sees the song beyond the ends)." in page.words
    assert page.table()["beyond the ends of a segment"] == "the song"


@pytest.mark.parametrize("errors", [None, (0.5, 0.0)])
def test_without_a_middle_or_its_error_nothing_is_said_of_the_ends(errors):
    page = page_of(edge_errors=errors)
    assert "At the ends" not in page.words and "error in its middle" not in page.words
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


@pytest.mark.parametrize("centre, factor, words", [
    (4000, 0.5, "6.0 dB quieter around 4 kHz"), (250, 0.5, "6.0 dB quieter around 250 Hz"),
    (62.5, -1, "6.0 dB louder around 62 Hz"),
])
def test_the_first_sentence_says_how_loud_the_difference_is_and_where_it_stands_out(
    rng, centre, factor, words
):
    original = rng.standard_normal((32000, 2))
    spectrum, frequencies = np.fft.rfft(original, axis=0), np.fft.rfftfreq(32000, 1 / 16000)
    octave = (centre / 2**0.5 < frequencies) & (frequencies < centre * 2**0.5)
    reconstruction = np.fft.irfft(spectrum * np.where(octave, factor, 0.9)[:, np.newaxis], axis=0)
    lead, = page_of(rate=16000, original=original, reconstruction=reconstruction).under(
        "mine.flac, learned by a small network")
    assert lead == (
        "Play the original, then the reconstruction: the difference between them is "
        f"{plain_snr(original, reconstruction):.1f} dB quieter than the song as a whole, and {words}, where "
        "it stands out most."
    )


def test_a_difference_can_be_louder_than_the_song(rng):
    original = rng.standard_normal((500, 2))
    assert "is 6.0 dB louder than the song as a whole" in text_of(
        original=original, reconstruction=-original)


@pytest.mark.parametrize("original, words", [
    (np.zeros((500, 2)), "The original is silent here"), (np.ones((500, 2)), "there is no difference"),
])
def test_silence_and_a_perfect_copy_have_a_first_sentence_of_their_own(original, words):
    page = page_of(original=original, reconstruction=np.ones((500, 2)))
    lead, = page.under("mine.flac, learned by a small network")
    assert words in lead


def test_a_silent_sound_has_no_snr():
    page = page_of(original=np.zeros((500, 2)), reconstruction=np.ones((500, 2)))
    assert page.under("Listen")[-1].endswith("before and after, at the same level.")
    assert "n/a" not in page.words


def test_each_animation_is_shown_with_its_own_heading_caption_and_still():
    page = page_of()
    expected = {
        b"training.gif": ("Watch it learn", "0.20", "forward and then backward"),
        b"gallery-periodic.gif": ("The most regular segment", "0.31", "repeats itself best"),
        b"gallery-low.gif": ("The lowest segment", "0.03", "the lowest spectral centroid"),
        b"gallery-high.gif": ("The highest segment", "0.45", "the highest spectral centroid"),
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


def test_a_silent_side_is_not_mentioned():
    page = page_of(measured=Measured(0.02, 12.34, 12.34, None, np.ones(88)))
    assert "the SNR is 12.3 dB." in page.words and "The mid, " not in page.words


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
        "initial kernels": "he", "beyond the ends of a segment": "zeros", "learning rate": "0.017",
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
