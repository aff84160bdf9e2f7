"""All that determines a run's bits, checked in one way for the command line, files and Python."""
import dataclasses
import inspect
import math
import operator

from numpyae.autoencoder import INITS, Autoencoder
from numpyae.errors import InputError

EDGES = ("same", "context")
MAX_STRIDE = 1000  # its square, the network's hop, is the longest segment
_NETWORK = {name: parameter.default for name, parameter in inspect.signature(Autoencoder).parameters.items()}


def whole_number(lowest, highest=10**6):
    """Return a function that turns a text or number into an int in this range, or raises ValueError."""

    def convert(value):
        try:
            number = int(value) if isinstance(value, str) else operator.index(value)
        except (TypeError, ValueError):
            number = None
        if number is None or not lowest <= number <= highest:
            raise ValueError(f"expected a whole number from {lowest} to {highest}, got {value!r}")
        return number

    return convert


def positive_number(value):
    """Turn a text or a number into a finite number above 0, or raise ValueError."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"expected a finite number above 0, got {value!r}")
    return number


def one_of(*choices):
    """Return a function that accepts one of the choices, or raises ValueError."""

    def convert(value):
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(map(str, choices))}, got {value!r}")
        return value

    return convert


def setting(default, convert, help):
    """Return a field of Settings: `convert` checks its value, `help` is what --help says about it."""
    return dataclasses.field(default=default, metadata={"convert": convert, "help": help})


@dataclasses.dataclass(frozen=True)
class Settings:
    """All that determines a run's bits, besides the song. The defaults are the post's, else ours.

    To add a setting, add its line here. Then the command has a flag for it, run files store it, --resume
    compares it, and arguments_of passes it on. Raises InputError for a value out of range.
    """

    iterations: int = setting(150, whole_number(0, 10**9), "training steps")
    batch_size: int = setting(100, whole_number(1), "random segments per step")
    segment: int = setting(1024, whole_number(1), "samples per segment")
    hidden: int = setting(_NETWORK["hidden"], whole_number(1), "channels between the two convolutions")
    features: int = setting(_NETWORK["features"], whole_number(1), "channels at the bottleneck")
    kernel: int = setting(_NETWORK["kernel"], whole_number(1), "samples per window")
    stride: int = setting(
        _NETWORK["stride"], whole_number(1, MAX_STRIDE), "samples from one window to the next")
    init: str = setting(_NETWORK["init"], one_of(*INITS), "initial kernels: glorot, he or mirrored")
    edges: str = setting(
        "same", one_of(*EDGES), "what the network sees beyond a segment: same (zeros) or context (the song)")
    learning_rate: float = setting(3e-3, positive_number, "Adam's step size")
    seed: int = setting(0, whole_number(0, 2**63), "seeds the initial kernels, batches and demo song")

    def __post_init__(self):
        for field in dataclasses.fields(self):
            try:
                value = field.metadata["convert"](getattr(self, field.name))
            except ValueError as error:
                raise InputError(f"{field.name}: {error}") from error
            object.__setattr__(self, field.name, value)  # frozen for everyone else

    def arguments_of(self, function):
        """Return the settings that a function or class takes as arguments, by name."""
        names = inspect.signature(function).parameters
        return {name: value for name, value in dataclasses.asdict(self).items() if name in names}

    def to_resume(self, run, changes):
        """Return these settings of a run with more iterations; InputError for any other change."""
        settings = dataclasses.replace(self, **changes)
        for name, value in dataclasses.asdict(settings).items():
            before = getattr(self, name)
            if value != before and name != "iterations":
                raise InputError(
                    f"{name}: expected {before}, as {run} began, got {value}: leave it out, or start a new "
                    "run"
                )
        if settings.iterations < self.iterations:
            raise InputError(
                f"iterations: expected at least {self.iterations}, as {run} began, got "
                f"{settings.iterations}: give more, or leave it out"
            )
        return settings

    def flags(self):
        """Return the command-line options that give these settings."""
        pairs = dataclasses.asdict(self).items()
        return [word for name, value in pairs for word in (f"--{name.replace('_', '-')}", str(value))]
