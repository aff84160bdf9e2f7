"""How much memory a run needs at least, so that one that cannot fit is refused before it begins."""
import math
import os

from numpyae.errors import InputError
from numpyae.evaluation import SHARD

FLOAT = 4  # bytes
BASE = 0.2e9  # bytes, for Python and its libraries
COPIES = 8  # of the network: parameters, gradients, Adam's means, the last good parameters, a checkpoint


def check_memory(settings, channels, samples, report):
    """Raise InputError if a run with these settings, on a song of this size, cannot fit into free memory."""
    network, uses = least_bytes(settings, channels, samples, report)
    need, free = BASE + network + max(uses.values()), available_memory()
    if need > free:
        uses["the network: make kernel, hidden or features smaller"] = network
        what = max(uses, key=uses.get)
        raise InputError(
            f"expected a run that fits into the free memory, {free / 1e9:.1f} GB, got one that needs at "
            f"least {need / 1e9:.1f} GB, {uses[what] / 1e9:.1f} of them for {what}"
        )


def least_bytes(settings, channels, samples, report):
    """Return (bytes of the network, dict of what else is needed at one time or another -> its bytes)."""
    kernel, stride, hidden, features = settings.kernel, settings.stride, settings.hidden, settings.features
    segment, batch, starts = settings.segment, settings.batch_size, samples - settings.segment + 1
    parameters = 2 * kernel * hidden * (channels + features) + 2 * hidden + features + channels
    at_once = max(segment, min(SHARD, batch * segment))  # samples that go through the network together
    field = 1 + (kernel - 1) * (1 + stride)
    steps = 2 * math.ceil(field / stride**2) + 1  # around a feature's drawing
    numbers = {
        "the batch: make batch_size or segment smaller": batch * segment * channels,
        "the windows of the convolutions: make kernel or hidden smaller, or stride larger":
            2 * at_once * kernel * (channels / stride + hidden / stride**2),
        # segments in float32 and float64, and for half of them their spectra and autocorrelation
        "the choice of segments to animate: make segment smaller": 7 * min(400, starts) * segment * channels,
        "the segments to measure: make segment smaller": min(1000, starts) * segment * channels,
        "the drawings of the features: make features smaller, or do without the report":
            2 * (features + 1) * steps * features if report else 0,
    }
    return FLOAT * COPIES * parameters, {what: FLOAT * count for what, count in numbers.items()}


def available_memory():
    """Return how many bytes this process can still have, as far as the system tells."""
    limits = [math.inf]
    if hasattr(os, "sysconf"):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # Linux
            limits += [1024 * int(line.split()[1]) for line in file if line.startswith("MemAvailable:")]
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:  # a container's limit
            limits.append(int(file.read()))
    except (OSError, ValueError):  # another system, no container, or "max"
        pass
    return min(limits)
