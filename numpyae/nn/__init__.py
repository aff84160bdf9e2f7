"""The hand-written mathematics: convolutions, layers, loss, Adam and gradient checks, in NumPy alone."""
from numpyae.nn.adam import Adam
from numpyae.nn.conv import col2im, conv, conv_transpose, conv_weight, geometry, im2col
from numpyae.nn.gradcheck import check_gradients, complex_step_gradient, numerical_gradient
from numpyae.nn.init import glorot, he, mirror, tight_frame
from numpyae.nn.layers import Conv1d, ConvTranspose1d, Layer, ReLU
from numpyae.nn.loss import mse
from numpyae.nn.sequential import Sequential

__all__ = [
    "Adam", "Conv1d", "ConvTranspose1d", "Layer", "ReLU", "Sequential", "check_gradients", "col2im",
    "complex_step_gradient", "conv", "conv_transpose", "conv_weight", "geometry", "glorot", "he", "im2col",
    "mirror", "mse", "numerical_gradient", "tight_frame",
]
