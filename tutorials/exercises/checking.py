"""What the checks of the exercises share."""
import numpy as np
import pytest


def expect(name, got, wanted, tolerance=1e-12):
    """Fail with the place and both values unless what was got is what was wanted, within the tolerance."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    if got.shape != wanted.shape:
        pytest.fail(f"{name} has shape {got.shape}, wanted {wanted.shape}", pytrace=False)
    wrong = ~(np.abs(got - wanted) <= tolerance)
    if wrong.any():
        place = tuple(int(each) for each in np.argwhere(wrong)[0])
        at = f" at index {place}" if place else ""
        values = f"got {got[place]:.6g}, wanted {wanted[place]:.6g}"
        pytest.fail(f"{name}{at}: {values} ({wrong.sum()} of {wrong.size} are wrong)", pytrace=False)
