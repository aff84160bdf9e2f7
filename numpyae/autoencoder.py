"""The autoencoder of the post: two convolutions down, two transposed convolutions back up."""
import numpy as np

from numpyae.nn import Conv1d, ConvTranspose1d, ReLU, Sequential, geometry, tight_frame

INITS = ("glorot", "he", "mirrored")


class Autoencoder(Sequential):
    """Encode sound to features at 1 / stride^2 of its rate, and decode it again.

        (batch, time, channels) -> time/2, hidden -> time/4, features -> time/2, hidden -> (batch, time, channels)

    at stride 2: conv - ReLU - conv - ReLU - convT - ReLU - convT. The last layer is linear, because sound has both
    signs. Every length comes back exactly.

    init: "glorot" (as in the post's framework), "he", or "mirrored" (see `mirror`); rng: a numpy.random.Generator.
    The post gives neither the hidden width nor the learning rate: 32 is ours.
    Raises ValueError for sizes below 1 and for an unknown init.
    """

    def __init__(
        self, channels=2, hidden=32, features=64, kernel=4, stride=2, padding="same", init="glorot", *, rng,
        dtype=np.float32,
    ):
        if init not in INITS:
            raise ValueError(f"init is {init!r}: give one of {', '.join(map(repr, INITS))}")
        self.channels, self.hidden, self.features = channels, hidden, features
        self.kernel, self.stride, self.padding = kernel, stride, padding
        shared = dict(init="glorot" if init == "mirrored" else init, rng=rng, dtype=dtype)
        super().__init__(
            Conv1d(channels, hidden, kernel, stride, padding, **shared),
            ReLU(),
            Conv1d(hidden, features, kernel, stride, padding, **shared),
            ReLU(),
            ConvTranspose1d(features, hidden, kernel, stride, padding, **shared),
            ReLU(),
            ConvTranspose1d(hidden, channels, kernel, stride, padding, **shared),
        )
        if init == "mirrored":
            outer, _, inner, _, inner_back, _, outer_back = self.layers
            mirror(outer, outer_back, rng, signed=True)
            mirror(inner, inner_back, rng, signed=False)

    def encode(self, x):
        """Return the features of x: (batch, time, channels) -> (batch, about time / stride^2, features), none negative."""
        return self._encode(x)[0]

    def decode(self, features, time):
        """Return the sound of the features: (batch, steps, features) -> (batch, time, channels)."""
        return self._decode(features, time)[0]

    def forward(self, x):
        """Return (y, saved): the reconstruction of x, of its shape, and what backward needs."""
        features, saved_encoding = self._encode(x)
        y, saved_decoding = self._decode(features, x.shape[1])
        return y, saved_encoding + saved_decoding

    def _encode(self, x):
        saved = []
        for layer in self.layers[:4]:
            x, kept = layer.forward(x)
            saved.append(kept)
        return x, saved

    def _decode(self, features, time):
        inner, relu, outer = self.layers[4:]
        half_time, _, _ = geometry(time, self.kernel, self.stride, self.padding)  # the length that the encoder saw
        x, saved_inner = inner.forward(features, half_time)
        x, saved_relu = relu.forward(x)
        y, saved_outer = outer.forward(x, time)
        return y, [saved_inner, saved_relu, saved_outer]

    def widths(self):
        """Return the channels along the way: channels, hidden, features, hidden, channels."""
        return [self.channels, self.hidden, self.features, self.hidden, self.channels]

    def receptive_field(self):
        """Return how many samples one feature sees, which is also how many it writes when decoded.

        A hidden number sees `kernel` samples; a feature sees `kernel` hidden numbers, each `stride` samples on.
        """
        return self.kernel + (self.kernel - 1) * self.stride

    def context(self):
        """Return how many real samples on either side keep a segment free of edges: a multiple of stride^2."""
        hop = self.stride**2
        return -(-self.receptive_field() // hop) * hop

    def edges(self):
        """Return how many samples (at the left end, at the right end) would come out otherwise with real neighbours.

        For padding "same" and lengths that stride^2 divides. The last feature that sees something before the sound, or
        the one before the first where none does, is another with real neighbours; and with it all that it writes.
        """
        hop, field = self.stride**2, self.receptive_field()
        return tuple(max(0, hop * (-(-zeros // hop) - 1) - zeros + field) for zeros in self.zeros())

    def zeros(self):
        """Return how far the first feature sees to the left of the sound, the last one to the right, in samples.

        For padding "same" and lengths that stride^2 divides. Feature u sees, and writes, the receptive_field() samples
        from stride^2 * u - left on.
        """
        _, left, right = geometry(self.stride**2, self.kernel, self.stride, self.padding)
        return left + left * self.stride, right + right * self.stride


def mirror(encoder, decoder, rng, signed):
    """Start a convolution and its transpose as near to an identity as random kernels can be; docs/mirrored.md derives it.

    The encoder's filters are evenly spread directions u; the decoder's kernel is the encoder's, scaled. Where the input
    has both signs, filters come in pairs u, -u: then relu(u.v) u + relu(-u.v)(-u) = (u.v) u, and the ReLU loses nothing.
    Elsewhere they stand alone, a ReLU passes half of what it is given, and the scale makes up for it. The scale also
    divides by the number of windows that overlap in each sample.
    """
    kernel, long, short = encoder.w.shape
    if signed:
        u = tight_frame(rng, kernel * long, (short + 1) // 2)
        filters = np.concatenate([u, -u], axis=1)[:, :short]
    else:
        filters = tight_frame(rng, kernel * long, short)
    overlap = max(1, kernel / encoder.stride)
    encoder.w[...] = filters.reshape(encoder.w.shape)
    decoder.w[...] = encoder.w * ((1 if signed else 2) / overlap)
