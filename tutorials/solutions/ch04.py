"""Chapter 4, going backwards: solutions."""
import numpy as np

from numpyae.nn import col2im, conv, geometry, im2col


def conv_backward(x, w, dy, stride, padding):
    (batch, time, inputs), (kernel, _, outputs) = x.shape, w.shape
    steps, left, right = geometry(time, kernel, stride, padding)
    xpad = np.pad(x, ((0, 0), (left, right), (0, 0)))
    rows = dy.reshape(batch * steps, outputs)
    windows = im2col(xpad, kernel, stride).reshape(batch * steps, kernel * inputs)
    dw = (windows.T @ rows).reshape(w.shape)
    columns = dy @ w.reshape(kernel * inputs, outputs).T
    dx = col2im(columns, kernel, stride, left + time + right)[:, left : left + time]
    return dx, dw, rows.sum(axis=0)


def matrix_of(w, stride, padding, time):
    numbers = time * w.shape[1]
    sounds = np.eye(numbers).reshape(numbers, time, w.shape[1])
    return conv(sounds, w, stride, padding).reshape(numbers, -1).T


def by_phases(dy, w, stride):
    dxpad = np.zeros(stride * (len(dy) - 1) + len(w))
    for r in range(stride):
        dxpad[r::stride] = np.convolve(dy, w[r::stride])
    return dxpad


def windows_that_hear(time, kernel, stride, padding):
    steps, left, right = geometry(time, kernel, stride, padding)
    heard = col2im(np.ones((1, steps, kernel)), kernel, stride, left + time + right)
    return heard[0, left : left + time, 0].astype(int)
