"""Chapter 12, what 64 features buy. Replace each raise; check by: pytest tutorials/exercises -k ch12"""


def identity(channels):
    """Return an Autoencoder for sounds of so many channels that gives back every float32 sound exactly.

    Kernel 4 and stride 2, as ever; 4 * channels hidden channels and 8 * channels features are enough. Leave
    as few numbers of model.parameters other than 0 as you can: the check counts them.
    """
    raise NotImplementedError(
        "exercise 12a: which places of a window tile the sound, and how does a sign get through?"
    )


def same_features(encoder):
    """Return two different blocks, vectors of 8 numbers, for which encoder @ block is the same.

    encoder: a matrix (7, 8), float64. Make the blocks differ by a vector of length 1.
    """
    raise NotImplementedError("exercise 12b: a matrix with more columns than rows maps some direction to 0")


def entropy(codes):
    """Return the entropy of a row of whole numbers, in bits for each."""
    raise NotImplementedError(
        "exercise 12c: what share has each code, and what does a code of that share cost?"
    )


def seconds_to_share(model, bits, rate):
    """Return how many seconds of sound must share the model's decoder for it to cost `bits` bits per frame.

    Each weight and bias of the decoder is written in 32 bits; rate: frames a second.
    """
    raise NotImplementedError(
        "exercise 12d: how many numbers are in model.decoder.parameters, and what do their bits cost a frame?"
    )
