"""A song in few bytes: a lapped transform, a neuron that learns while it writes, and rANS."""
from numpyae.codec.container import MAGIC, split
from numpyae.codec.decoder import decoded, decompress
from numpyae.codec.encoder import compress

__all__ = ["MAGIC", "compress", "decoded", "decompress", "split"]
