"""The convolution against its definition in loops, scipy, and itself: one sum, three derivatives."""
import numpy as np
import pytest
import scipy.signal

from numpyae.nn import col2im, conv, conv_transpose, conv_weight, geometry, im2col


def random_geometries(count):
    """Yield (batch, time, inputs, outputs, kernel, stride, padding), some kernels shorter than the stride."""
    rng = np.random.default_rng(1)
    while count:
        batch, inputs, outputs = (int(size) for size in rng.integers(1, 5, 3))
        kernel, stride, time = int(rng.integers(1, 9)), int(rng.integers(1, 6)), int(rng.integers(1, 41))
        pair = tuple(int(side) for side in rng.integers(0, 4, 2))
        padding = ["same", "valid", pair][rng.integers(3)]
        if padding == "same" or time + (sum(pair) if padding == pair else 0) >= kernel:
            count -= 1
            yield batch, time, inputs, outputs, kernel, stride, padding


GEOMETRIES = [*random_geometries(240), (1, 1, 1, 1, 1, 1, "same"), (1, 3, 1, 1, 8, 5, "same")]


def random_sum(rng, batch, time, inputs, outputs, kernel, stride, padding):
    steps, _, _ = geometry(time, kernel, stride, padding)
    return (
        rng.standard_normal((batch, time, inputs)),
        rng.standard_normal((kernel, inputs, outputs)),
        rng.standard_normal((batch, steps, outputs)),
    )


def conv_by_loops(x, w, stride, padding):
    """The definition, one multiplication at a time."""
    (kernel, inputs, outputs), (batch, time, _) = w.shape, x.shape
    steps, left, right = geometry(time, kernel, stride, padding)
    padded = np.pad(x, ((0, 0), (left, right), (0, 0)))
    y = np.zeros((batch, steps, outputs))
    for t in range(steps):
        for j in range(kernel):
            for i in range(inputs):
                for o in range(outputs):
                    y[:, t, o] += padded[:, stride * t + j, i] * w[j, i, o]
    return y


def test_the_geometries_hold_every_odd_case():
    assert len(GEOMETRIES) >= 200
    for has in (
        lambda batch, time, inputs, outputs, kernel, stride, padding: kernel < stride,
        lambda batch, time, inputs, outputs, kernel, stride, padding: kernel % stride,
        lambda batch, time, inputs, outputs, kernel, stride, padding: kernel % 2,
        lambda batch, time, inputs, outputs, kernel, stride, padding: time % 2 and padding == "same",
        lambda batch, time, inputs, outputs, kernel, stride, padding: inputs == outputs == 1,
        lambda batch, time, inputs, outputs, kernel, stride, padding: batch == 1,
    ):
        assert sum(bool(has(*geometry)) for geometry in GEOMETRIES) >= 5


def test_conv_and_its_two_gradients_are_derivatives_of_one_sum(rng):
    worst = 0
    for sizes in GEOMETRIES:
        (_, time, _, _, kernel, stride, padding) = sizes
        x, w, y = random_sum(rng, *sizes)
        forward = conv(x, w, stride, padding)
        by_y = np.vdot(y, forward)
        by_x = np.vdot(x, conv_transpose(y, w, stride, padding, time))
        by_w = np.vdot(w, conv_weight(x, y, kernel, stride, padding))
        scale = np.linalg.norm(y) * np.linalg.norm(forward)
        worst = max(worst, abs(by_y - by_x) / scale, abs(by_y - by_w) / scale)
    print(f"worst of {len(GEOMETRIES)} geometries: {worst:.1e}")
    assert worst <= 1e-12


def test_conv_equals_its_definition_in_loops(rng):
    for sizes in GEOMETRIES:
        x, w, _ = random_sum(rng, *sizes)
        by_loops = conv_by_loops(x, w, *sizes[5:])
        np.testing.assert_allclose(conv(x, w, *sizes[5:]), by_loops, rtol=0, atol=1e-12)


def test_conv_equals_scipy_correlate_and_upfirdn(rng):
    for sizes in GEOMETRIES:
        batch, time, inputs, outputs, kernel, stride, padding = sizes
        x, w, _ = random_sum(rng, *sizes)
        _, left, right = geometry(time, kernel, stride, padding)
        padded = np.pad(x, ((0, 0), (left, right), (0, 0)))
        y = conv(x, w, stride, padding)
        for b in range(batch):
            for o in range(outputs):
                correlated = scipy.signal.correlate(padded[b], w[:, :, o], "valid")[::stride, 0]
                np.testing.assert_allclose(y[b, :, o], correlated, rtol=0, atol=1e-12)
                filtered = sum(
                    scipy.signal.upfirdn(w[::-1, i, o], padded[b, :, i])[kernel - 1 : padded.shape[1]]
                    for i in range(inputs)
                )
                np.testing.assert_allclose(y[b, :, o], filtered[::stride], rtol=0, atol=1e-12)


def test_conv_transpose_equals_scipy_upfirdn(rng):
    for sizes in GEOMETRIES:
        batch, time, inputs, outputs, kernel, stride, padding = sizes
        _, w, y = random_sum(rng, *sizes)
        _, left, right = geometry(time, kernel, stride, padding)
        x = conv_transpose(y, w, stride, padding, time)
        for b in range(batch):
            for i in range(inputs):
                stamped = sum(scipy.signal.upfirdn(w[:, i, o], y[b, :, o], up=stride) for o in range(outputs))
                whole = np.pad(stamped, (0, left + time + right))[left : left + time]
                np.testing.assert_allclose(x[b, :, i], whole, rtol=0, atol=1e-12)


def test_a_case_done_by_hand():
    x = np.array([1.0, 2, 3, 4, 5]).reshape(1, 5, 1)
    w = np.array([1.0, 10, 100]).reshape(3, 1, 1)
    # windows of (0) 1 2 3 4 5 (0), every second: 0 1 2, 2 3 4, 4 5 0
    assert conv(x, w, 2, "same").ravel().tolist() == [210, 432, 54]
    y = np.array([1.0, 2, 3]).reshape(1, 3, 1)
    # stamps 1 10 100 . . . . + . . 2 20 200 . . + . . . . 3 30 300, without the first and the last sample
    assert conv_transpose(y, w, 2, "same", 5).ravel().tolist() == [10, 102, 20, 203, 30]
    assert conv_weight(x, y, 3, 2, "same").ravel().tolist() == [0 + 4 + 12, 1 + 6 + 15, 2 + 8 + 0]


def test_the_kernel_is_not_flipped():
    impulse = np.array([0.0, 0, 1, 0, 0]).reshape(1, 5, 1)
    kernel = np.array([1.0, 2, 3]).reshape(3, 1, 1)
    assert conv(impulse, kernel, 1, "same").ravel().tolist() == [0, 3, 2, 1, 0]


@pytest.mark.parametrize("kernel", range(1, 9))
@pytest.mark.parametrize("stride", range(1, 6))
def test_same_padding_follows_tensorflows_rule(kernel, stride):
    for time in range(1, 101):
        # as TensorFlow's documentation puts it, which is not how geometry computes it
        total = max(kernel - stride, 0) if time % stride == 0 else max(kernel - time % stride, 0)
        steps = int(np.ceil(time / stride))
        assert geometry(time, kernel, stride, "same") == (steps, total // 2, total - total // 2)


def test_the_number_of_steps_is_the_most_that_fit():
    for _, time, _, _, kernel, stride, padding in GEOMETRIES:
        steps, left, right = geometry(time, kernel, stride, padding)
        assert (steps - 1) * stride + kernel <= left + time + right < steps * stride + kernel


def test_im2col_shows_windows_without_copying_and_read_only(rng):
    x = rng.standard_normal((2, 9, 3))
    columns = im2col(x, 4, 2)
    assert np.shares_memory(x, columns) and not columns.flags.writeable
    for b in range(2):
        for t in range(3):
            assert columns[b, t].tolist() == x[b, 2 * t : 2 * t + 4].ravel().tolist()


@pytest.mark.parametrize(
    "view", [lambda x: x[:, ::-1], lambda x: x.transpose(0, 2, 1), lambda x: x[:, :, :1][:, ::2]]
)
def test_im2col_takes_any_layout_in_memory(rng, view):
    x = view(rng.standard_normal((2, 9, 9)))
    assert np.array_equal(im2col(x, 3, 2), im2col(x.copy(), 3, 2))


def test_im2col_takes_one_channel_that_was_added_by_newaxis(rng):
    mono = rng.standard_normal((2, 9))
    # contiguous, with a stride of 0
    added = np.lib.stride_tricks.as_strided(mono, (2, 9, 1), (*mono.strides, 0))
    assert added.flags.c_contiguous
    assert np.array_equal(im2col(added, 4, 2)[1, 2], mono[1, 4:8])


def test_col2im_is_the_adjoint_of_im2col(rng):
    for batch, time, inputs, _, kernel, stride, _ in GEOMETRIES:
        if time >= kernel:
            x = rng.standard_normal((batch, time, inputs))
            columns = rng.standard_normal(im2col(x, kernel, stride).shape)
            back = col2im(columns, kernel, stride, time)
            assert back.shape == x.shape
            scale = np.linalg.norm(x) * np.linalg.norm(back)
            assert abs(np.vdot(im2col(x, kernel, stride), columns) - np.vdot(x, back)) <= 1e-12 * scale


def test_col2im_adds_where_windows_overlap():
    assert col2im(np.ones((1, 4, 4)), 4, 2, 10).ravel().tolist() == [1, 1, 2, 2, 2, 2, 2, 2, 1, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_results_have_the_dtype_of_the_arrays_and_memory_of_their_own(rng, dtype):
    x, w, y = (array.astype(dtype) for array in random_sum(rng, 2, 8, 3, 5, 4, 2, "same"))
    before = [array.copy() for array in (x, w, y)]
    results = conv(x, w, 2, "same"), conv_transpose(y, w, 2, "same", 8), conv_weight(x, y, 4, 2, "same")
    for result in results:
        assert result.dtype == dtype
        assert not any(np.shares_memory(result, array) for array in (x, w, y))
    assert all(map(np.array_equal, (x, w, y), before))


def test_complex_numbers_go_through_as_two_real_parts(rng):
    x, w, y = random_sum(rng, 2, 9, 3, 5, 4, 2, "same")
    both = conv(x + 1j * x[::-1], w, 2, "same")
    parts = conv(x, w, 2, "same") + 1j * conv(x[::-1], w, 2, "same")
    np.testing.assert_allclose(both, parts, rtol=0, atol=1e-12)


def test_an_empty_batch_gives_empty_results_of_the_right_shapes(rng):
    x, w, y = random_sum(rng, 2, 8, 3, 5, 4, 2, "same")
    assert conv(x[:0], w, 2, "same").shape == (0, 4, 5)
    assert conv_transpose(y[:0], w, 2, "same", 8).shape == (0, 8, 3)
    assert not conv_weight(x[:0], y[:0], 4, 2, "same").any()


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda x, w, y: conv(x[:, :, :1], w, 2, "same"),
            r"expected x of shape \(any, any, 3\) for w of shape \(4, 3, 5\), got \(2, 8, 1\)",
        ),
        (lambda x, w, y: conv(x[0], w, 2, "same"), r"expected x .* got \(8, 3\)"),
        (lambda x, w, y: conv(x, w, 2, "causal"), "expected padding .* got 'causal'"),
        (lambda x, w, y: conv(x, w, 2, (0, 1, 2)), r"expected padding .* got \(0, 1, 2\)"),
        (
            lambda x, w, y: conv(x, w, 2, (0, -1)),
            "padding_right: expected a whole number of at least 0, got -1",
        ),
        (lambda x, w, y: conv(x, w, 2, [1.5, 1]), "padding_left: expected a whole number .* got 1.5"),
        (lambda x, w, y: conv(x, w, 0, "same"), "stride: expected a whole number of at least 1, got 0"),
        (lambda x, w, y: geometry(8.5, 4, 2, "same"), "time: expected a whole number .* got 8.5"),
        (lambda x, w, y: geometry(8, "4", 2, "same"), "kernel: expected a whole number .* got '4'"),
        (lambda x, w, y: geometry(8, 4, True, "same"), "stride: expected a whole number .* got True"),
        (lambda x, w, y: im2col(x, 4.0, 2), "kernel: expected a whole number .* got 4.0"),
        (lambda x, w, y: conv_transpose(y, w, 2, "same", None), "time: expected a whole number .* got None"),
        (
            lambda x, w, y: conv(x[:, :3], w, 2, "valid"),
            r"expected at least one kernel of 4 samples, got 3 and 0 \+ 0 of padding",
        ),
        (lambda x, w, y: conv(x[:, :0], w, 2, "same"), "time: expected a whole number .* got 0"),
        (
            lambda x, w, y: conv_transpose(y, w, 2, "same", 10),
            r"expected y of shape \(any, 5, 5\) for w .* got \(2, 4, 5\)",
        ),
        (lambda x, w, y: conv_transpose(y[:, :, :2], w, 2, "same", 8), r"expected y .* got \(2, 4, 2\)"),
        (
            lambda x, w, y: conv_weight(x, y[:, 1:], 4, 2, "same"),
            r"expected y of shape \(2, 4, any\) for x .* got \(2, 3, 5\)",
        ),
        (lambda x, w, y: conv_weight(x, y[:1], 4, 2, "same"), r"expected y .* got \(1, 4, 5\)"),
        (
            lambda x, w, y: col2im(y, 4, 2, 10),
            r"expected columns .* for 10 samples, got \(2, 4, 5\)",
        ),
        (lambda x, w, y: im2col(x, 9, 2), "expected at least one kernel of 9 samples, got 8"),
    ],
)
def test_what_does_not_fit_is_a_value_error_with_both_shapes(rng, call, words):
    with pytest.raises(ValueError, match=words):
        call(*random_sum(rng, 2, 8, 3, 5, 4, 2, "same"))
