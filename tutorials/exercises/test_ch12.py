"""Checks of the exercises of chapter 12."""
import ch12
import numpy as np
from checking import expect

from numpyae import Autoencoder


def test_a_an_identity_for_any_number_of_channels():
    rng = np.random.default_rng(0)
    for channels in (1, 2, 3, 6):
        model = ch12.identity(channels)
        for time in (1, 2, 3, 8, 21, 50):
            for loudness in (1e-6, 1, 1e6):
                x = (loudness * rng.standard_normal((2, time, channels))).astype(np.float32)
                name = f"{channels} channels, {time} frames: what comes back"
                expect(name, model.forward(x)[0], x, tolerance=0)
        expect("how many weights are not zero", np.count_nonzero(model.parameters), 24 * channels)


def test_b_two_blocks_with_the_same_features():
    rng = np.random.default_rng(1)
    for encoder in (rng.standard_normal((7, 8)), np.eye(7, 8), np.eye(7, 8, 1), np.zeros((7, 8))):
        one, other = ch12.same_features(encoder)
        expect("encoder @ one - encoder @ other", encoder @ one - encoder @ other, np.zeros(7))
        expect("the length of one - other", np.linalg.norm(one - other), 1.0)


def test_c_entropy():
    expect("the entropy of a fair coin", ch12.entropy(np.array([0, 1, 1, 0])), 1.0, tolerance=1e-9)
    expect("the entropy of one code alone", ch12.entropy(np.array([7, 7, 7])), 0.0, tolerance=1e-9)
    every_code, shares = np.arange(-32768, 32768), np.array([5, 5, -1, 5, -1, 5, 3, 4])
    expect("the entropy of the 16-bit codes, each once", ch12.entropy(every_code), 16.0, tolerance=1e-9)
    expect("the entropy of shares 1/2, 1/4, 1/8, 1/8", ch12.entropy(shares), 1.75, tolerance=1e-9)


def test_d_seconds_to_share():
    for hidden, features, bits, rate in [(32, 64, 0.1, 44100), (8, 16, 1, 8000), (3, 5, 0.25, 48000)]:
        model = Autoencoder(2, hidden, features, rng=np.random.default_rng(0))
        numbers = 4 * features * hidden + hidden + 4 * hidden * 2 + 2
        wanted = 32 * numbers / (bits * rate)
        got = ch12.seconds_to_share(model, bits, rate)
        expect(f"seconds for {features} features at {bits} bits", got, wanted, tolerance=1e-9 * wanted)
