"""The page says what the Facts say: every number on it, and every picture with its own caption."""
import re

import numpy as np
import pytest
from example_facts import COLUMNS, Page, example_facts, plain_snr, shown

import numpyae
from numpyae.evaluation import Measured
from numpyae.report.facts import Animation
from numpyae.report.page import animation_file, page


def page_of(channels=2, **changes):
    return Page(page(example_facts(channels, **changes)))


def numbers(*texts):
    """Return all numbers in the texts, as they are written."""
    return re.findall(r"-?\d[\d,]*(?:\.\d+)?", " ".join(texts))


def test_every_number_of_the_summary_is_that_of_the_run():
    learned = 5 * 123456 * 88 / 8000  # iterations, segments in a batch and samples in a segment
    assert [numbers(sentence) for sentence in page_of().summary()] == [
        ["54,321", f"{learned:,.0f}", f"{4321 / 8000:.1f}", "8,000", "2", "5", "67.9"],
        ["12.3", "20"],
        ["15.7", "10", "3", "8.9", "10", "5"],
        ["3.50"],
        ["0.722"],
    ]


def test_each_number_of_the_summary_is_in_its_sentence():
    first, error, stereo, edges, features = page_of().summary()
    assert first.startswith("A network of 54,321 parameters was trained on 6,790 seconds of random segments")
    assert first.endswith("(0.5 s, 8,000 Hz, 2 channels): 5 iterations in 67.9 seconds.")
    assert "signal-to-noise ratio (SNR) of 12.3 dB" in error
    assert stereo == (
        "The mid, what left and right share, has 15.7 dB and passes 10 dB at iteration 3; "
        "the side, in which they differ, has 8.9 dB and passes 10 dB at iteration 5."
    )
    assert edges == (
        "At the ends of a segment the error is 3.50 times the error in its middle "
        "(the network sees zeros beyond the ends)."
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
    sentence = page_of(config=config, edge_errors=(0.019, 0.02)).summary()[3]
    assert "0.95 times the error in its middle (the network sees the song beyond the ends)." in sentence


@pytest.mark.parametrize("errors", [None, (0.5, 0.0)])
def test_without_a_middle_or_its_error_nothing_is_said_of_the_ends(errors):
    page = page_of(edge_errors=errors)
    assert "At the ends" not in page.words and "error in its middle" not in page.words
    assert len(page.summary()) == 4


@pytest.mark.parametrize("ratio, words", [
    (0.722, "0.722 times as many numbers as the sound."),
    (0.9994, "0.999 times as many numbers as the sound."),
    (1.0, "1 times as many numbers as the sound, so nothing is compressed."),
    (8.0, "8 times as many numbers as the sound, so nothing is compressed."),
])
def test_the_features_save_something_only_if_they_are_fewer(ratio, words):
    assert page_of(features_per_sample=ratio).summary()[-1] == f"The features in between are {words}"


def test_the_listening_example_is_said_with_its_length_and_snr():
    facts = example_facts()
    heard, = [text for text in Page(page(facts)).texts("p") if text.startswith("The same ")]
    assert heard.startswith("The same 0.5 seconds before and after, and the difference between the two")
    assert heard.endswith(f"its SNR is {plain_snr(facts.original, facts.reconstruction):.1f} dB.")
    assert 10 < plain_snr(facts.original, facts.reconstruction) < 20
    longer = example_facts(original=np.zeros((80_400, 2)), reconstruction=np.ones((80_400, 2)))
    assert "The same 10.1 seconds" in page(longer) and "its SNR is n/a." in page(longer)


def test_each_animation_is_shown_in_its_own_file_with_its_own_heading_and_caption():
    pictures = page_of().pictures
    expected = {
        "training.gif": ("Watch it learn", "0.20", "forward and then backward"),
        "gallery-periodic.gif": ("The most regular segment", "0.31", "repeats itself best"),
        "gallery-low.gif": ("The lowest segment", "0.03", "the lowest spectral centroid"),
        "gallery-high.gif": ("The highest segment", "0.45", "the highest spectral centroid"),
    }
    for file, (heading, second, words) in expected.items():
        above, caption = pictures[file]
        assert above == heading and words in caption
        assert caption.startswith(f"88 samples (11 ms) from second {second} of the song")
    assert [file for file in pictures if file.endswith(".gif")] == [*expected]
    assert [animation_file(name) for name in example_facts().animations] == [*expected]


def test_without_a_gallery_there_is_the_posts_animation_alone():
    facts = example_facts()
    page = page_of(animations={"lively": facts.animations["lively"]})
    assert [link for link in {*page.links} if link.endswith(".gif")] == ["training.gif"]
    assert "The lowest segment" not in page.words


def test_a_run_that_was_resumed_without_frames_says_where_its_animation_begins():
    lively = example_facts().animations["lively"]
    assert "It begins with" not in page_of().words
    later = Animation(lively.start, lively.original, [(iteration + 37, y) for iteration, y in lively.frames])
    words = page_of(animations={"lively": later}).words
    assert "It begins with iteration 37, where the run was resumed." in words


@pytest.mark.parametrize("channels, words", [(1, "1 channel)"), (2, "2 channels)"), (6, "6 channels)")])
def test_the_channels_are_counted_and_only_stereo_has_mid_and_side(channels, words):
    page = page_of(channels)
    assert words in page.summary()[0]
    assert ("The mid, " in page.words) == ("stereo.png" in page.pictures) == (channels == 2)
    assert ("Only the first two channels are drawn." in page.words) == (channels == 6)


def test_silence_is_said_to_be_silent_and_nothing_is_said_of_its_error():
    page = page_of(measured=Measured(0.0, None, None, None, np.zeros(88)), edge_errors=None)
    _, silent = page.summary()
    assert silent == "The song is silent, so there is nothing to measure the error against."


def test_a_silent_side_is_not_mentioned():
    page = page_of(measured=Measured(0.02, 12.34, 12.34, None, np.ones(88)))
    assert "12.3 dB. At 20 dB" in page.words and "The mid, " not in page.words


def test_the_sounds_and_the_switch_between_them_go_by_the_same_names():
    page = page_of()
    names = ["original", "reconstruction", "difference"]
    assert page.sounds == {name: f"{name}.wav" for name in names}
    words = [text.split()[0] for text in page.texts("p") if text.strip() in names]
    assert words == names


def test_the_pictures_are_captioned():
    pictures = page_of().pictures
    for file, words in {
        "loss.png": "Is the SNR still rising at the end?", "stereo.png": "the louder one",
        "spectrum.png": "Where the error comes near the original", "atoms.png": "a sum of these drawings",
    }.items():
        heading, caption = pictures[file]
        assert heading == "Look closer" and words in caption
    assert len(pictures) == 8 and len(page_of().alts) == 8 and all(page_of().alts)


def test_the_command_and_every_setting_are_on_the_page_and_no_folder():
    facts = example_facts()
    text = page(facts)
    found = Page(text)
    assert found.texts("pre") == ["python -m numpyae.train mine.flac --seed 19"]
    assert found.table() == shown(facts.config) and len(found.table()) == 16
    assert "/music" not in text and "3.99" not in text
    assert f"Made by numpyae {numpyae.__version__}." in found.words


def test_names_and_commands_are_escaped():
    text = page(example_facts(name="<b>$a & 'b'", command="train '<i> & $'"))
    assert "<b>" not in text and "<i>" not in text
    found = Page(text)
    assert found.texts("h1") == ["<b>$a & 'b', learned by a small network"]
    assert found.texts("title") == ["<b>$a & 'b', learned by numpyae"]
    assert found.texts("pre") == ["train '<i> & $'"]


def test_the_page_asks_for_nothing_from_outside():
    text = page(example_facts())
    assert "http" not in text and "//" not in re.sub(r"(?m)^// .*$", "", text)
    assert not re.search(r"@import|url\(|<link|<iframe|fetch\(", text)
