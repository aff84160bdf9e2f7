"""What chance and malice do to files, and how often the tests let them."""
import pytest

from numpyae.training import checkpoint


def few_many_all(few, many, all_of_them):
    """Run a test with `count` few by default, many with `-m slow`, all of them with `-m full`."""
    return pytest.mark.parametrize("count", [
        few, pytest.param(many, marks=pytest.mark.slow), pytest.param(all_of_them, marks=pytest.mark.full),
    ])


def mutated(contents, rng):
    """Return the bytes of a file with one to four random accidents."""
    data = bytearray(contents)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(data) or 1))
        length = int(rng.integers(1, 1 + min(len(data) // 4 + 1, 10 ** rng.integers(1, 5))))
        match rng.integers(9) if data else 5:
            case 0:
                data[at] ^= 1 << rng.integers(8)
            case 1:
                data[at] = rng.integers(256)
            case 2:
                data[at : at + length] = rng.bytes(len(data[at : at + length]))
            case 3:
                del data[at:]
            case 4:
                del data[at : at + length]
            case 5:
                data[at:at] = rng.bytes(length)
            case 6:
                data[at:at] = data[at : at + length]
            case 7:
                data[at : at + length] = bytes(len(data[at : at + length]))
            case 8:  # a number of the header, most likely
                at = int(rng.integers(min(len(data), 64)))
                number = rng.choice([0, 1, 2**31 - 1, 2**32 - 1, int(rng.integers(2**32))])
                data[at : at + 4] = number.astype("<u4").tobytes()
    return bytes(data)


def save_as_a_stranger(folder, model, state):
    """Save whatever it is with a right digest, as somebody does who wants it loaded elsewhere."""
    with pytest.MonkeyPatch().context() as patch:
        patch.setattr(checkpoint, "_read", lambda file: None)
        checkpoint.write_checkpoint(folder, model, state)
