"""Chapter 8, Adam, slowly: solutions."""
import numpy as np


def first_step(gradient, learning_rate, epsilon):
    return -learning_rate * gradient / (np.abs(gradient) + epsilon)


def uncorrected(count, beta1, beta2):
    mean = square = 0.0
    lengths = []
    for _ in range(count):
        mean += (1 - beta1) * (1 - mean)
        square += (1 - beta2) * (1 - square)
        lengths.append(mean / np.sqrt(square))
    return np.array(lengths)  # the peak of beta2 = 0.99 is at step 13, and only 2.13


def table(gradients, beta1, beta2):
    mean = square = 0.0
    rows = []
    for step, gradient in enumerate(gradients, 1):
        mean += (1 - beta1) * (gradient - mean)
        square += (1 - beta2) * (gradient * gradient - square)
        rows.append((mean, square, mean / (1 - beta1**step), square / (1 - beta2**step)))
    return np.array(rows)


def folded_epsilon(epsilon, step, beta2):
    return epsilon * np.sqrt(1 - beta2**step)
