"""The autoencoder of the post: two convolutions down, two transposed convolutions back up."""
import math

import numpy as np

from numpyae.nn import Conv1d, ConvTranspose1d, ReLU, Sequential, geometry, mirror
from numpyae.nn.conv import check_whole

INITS = ("glorot", "he", "mirrored")


def streams(seed=0):
    """Return the random generators of a run: of its initial kernels, its batches and its fixed segments."""
    return [np.random.default_rng(stream) for stream in np.random.SeedSequence(seed).spawn(3)]


def generator(rng, stream):
    """Return rng if it is a numpy.random.Generator, else that one of the streams of a run with this seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    whole = isinstance(rng, (int, np.integer)) and not isinstance(rng, bool)
    if not (whole and rng >= 0):
        raise ValueError(
            f"rng: expected a numpy.random.Generator or a seed, a whole number of at least 0, got {rng!r}")
    return streams(rng)[stream]


class Autoencoder(Sequential):
    """Encode sound to features at 1 / hop of its rate, and decode it again.

        (time, channels) -> (time/2, hidden) -> (time/4, features) -> (time/2, hidden) -> (time, channels)

    at stride 2: conv - ReLU - conv - ReLU - convT - ReLU - convT. The last layer is linear, because sound has
    both signs. The output is exactly as long as the input.

    encoder, decoder: the layers before and after the features, each a Sequential that shares this model's
    arrays. hop: samples from one feature to the next, the product of the strides. init: "glorot" (as in the
    post's framework), "he" or "mirrored" (see `mirror`); rng: a numpy.random.Generator, or the seed of a run
    whose initial kernels it takes. The post does not give the hidden width; 32 is ours. Raises ValueError for
    sizes below 1, an unknown init and an impossible seed.
    """

    def __init__(
        self, channels=2, hidden=32, features=64, kernel=4, stride=2, padding="same", init="glorot", *,
        rng=0, dtype=np.float32,
    ):
        check_whole(1, channels=channels, hidden=hidden, features=features, kernel=kernel, stride=stride)
        if init not in INITS:
            raise ValueError(f"expected init to be one of {', '.join(map(repr, INITS))}, got {init!r}")
        rng = generator(rng, stream=0)
        self.channels, self.hidden, self.features = channels, hidden, features
        self.kernel, self.stride, self.padding = kernel, stride, padding
        shared = dict(init="glorot" if init == "mirrored" else init, rng=rng, dtype=dtype)
        encoder = (
            Conv1d(channels, hidden, kernel, stride, padding, **shared), ReLU(),
            Conv1d(hidden, features, kernel, stride, padding, **shared), ReLU(),
        )
        decoder = (
            ConvTranspose1d(features, hidden, kernel, stride, padding, **shared), ReLU(),
            ConvTranspose1d(hidden, channels, kernel, stride, padding, **shared),
        )
        self._bottleneck = len(encoder)
        super().__init__(*encoder, *decoder)
        self.hop = math.prod(convolution.stride for convolution, _ in self.pairs())
        if init == "mirrored":
            outer, inner = self.pairs()
            mirror(rng, *outer, signed=True)
            mirror(rng, *inner, signed=False)

    def _bind(self, parameters):
        super()._bind(parameters)
        self.encoder, self.decoder = self[: self._bottleneck], self[self._bottleneck :]

    def pairs(self):
        """Return [(convolution of the encoder, its mirror in the decoder), ...], the outermost first."""
        down, up = ([layer for layer in part.layers if layer.params] for part in (self.encoder, self.decoder))
        return [*zip(down, reversed(up), strict=True)]

    def encode(self, x):
        """Return the features of x, all >= 0: (batch, time, channels) -> (batch, time / hop, features)."""
        return self.encoder.forward(x)[0]

    def decode(self, features, time):
        """Return the sound of the features: (batch, steps, features) -> (batch, time, channels)."""
        return self._decode(features, time)[0]

    def forward(self, x):
        """Return (y, saved): the reconstruction of x, of its shape, and what backward needs."""
        features, saved_encoding = self.encoder.forward(x)
        y, saved_decoding = self._decode(features, x.shape[1])
        return y, saved_encoding + saved_decoding

    def _decode(self, features, time):
        times = [time]  # the lengths that the encoder's convolutions see
        for convolution, _ in self.pairs()[:-1]:
            times.append(geometry(times[-1], convolution.kernel, convolution.stride, convolution.padding)[0])
        x, saved = features, []
        for layer in self.decoder.layers:
            x, cache = layer.forward(x, times.pop()) if layer.params else layer.forward(x)
            saved.append(cache)
        return x, saved

    def features_in(self, saved):
        """Return the features that went through the decoder, from what forward saved."""
        return saved[self._bottleneck]

    def parameter_gradients(self, dy, saved, dfeatures=None):
        """Return the gradient, flat like `parameters`, for the loss gradient dy at the output.

        dfeatures: the gradient of a loss on the features themselves, if any; the decoder's is added to it.
        """
        upstream, decoder_gradient = self.decoder.backward(dy, saved[self._bottleneck :])
        if dfeatures is not None:
            upstream = upstream + dfeatures
        encoder_gradient = self.encoder.parameter_gradients(upstream, saved[: self._bottleneck])
        return np.concatenate([encoder_gradient, decoder_gradient])

    def widths(self):
        """Return the number of channels at each stage: channels, hidden, features, hidden, channels."""
        return [self.channels, self.hidden, self.features, self.hidden, self.channels]

    def receptive_field(self):
        """Return how many samples one feature sees, which is also how many it writes when decoded.

        Each number that a convolution makes sees `kernel` numbers of the layer below, and those lie one hop
        apart.
        """
        field, hop = 1, 1
        for convolution, _ in self.pairs():
            field += (convolution.kernel - 1) * hop
            hop *= convolution.stride
        return field

    def context(self):
        """Return how many samples on either side keep a segment free of edge effects: a multiple of hop."""
        return math.ceil(self.receptive_field() / self.hop) * self.hop

    def edge_widths(self):
        """Return how many samples (at the left end, at the right) would change if the sound continued there.

        For padding "same" and lengths that are multiples of hop. The samples are those that the innermost
        feature seeing beyond the end writes or, if there is none, the first feature past the end.
        """
        hop, field = self.hop, self.receptive_field()
        return tuple(
            max(0, hop * (math.ceil(overhang / hop) - 1) - overhang + field) for overhang in self.overhangs()
        )

    def overhangs(self):
        """Return how many samples the first feature sees beyond the left end, and the last beyond the right.

        For padding "same" and lengths that are multiples of hop. So feature u sees, and writes, the
        receptive_field() samples that start at hop * u - left.
        """
        _, left, right = geometry(self.hop, self.kernel, self.stride, self.padding)
        return left * (1 + self.stride), right * (1 + self.stride)
