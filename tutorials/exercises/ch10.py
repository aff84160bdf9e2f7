"""Chapter 10, what one feature can see. Replace each raise; check by: pytest tutorials/exercises -k ch10"""


def field_and_jump(layers):
    """Return (field, jump) of the last of some convolutions, each given as (kernel, stride), in their order.

    field: samples from the first to the last that one output sees; jump: samples from one output's field to
    the next's. No layers at all: each sample sees itself.
    """
    raise NotImplementedError(
        "exercise 10a: begin with 1 and 1; which of the two does a layer need as it was?"
    )


def samples_that_matter(model, x, feature):
    """Return the samples of x, in order, that change the features at step `feature` when they are changed.

    model: an Autoencoder; x: (1, time, channels), which is not to be changed; the result is a list of whole
    numbers. A sample is changed by adding 1 to all its channels.
    """
    raise NotImplementedError("exercise 10b: change a copy, one sample at a time, and encode it again")


def in_chunks(model, song, chunk):
    """Return the reconstruction of a song, (time, channels), from chunks of `chunk` samples, as in one go.

    The network may be given one chunk at a time with its neighbours, not the whole song. chunk and time are
    multiples of model.hop; at the song's own two ends there are no neighbours.
    """
    raise NotImplementedError(
        "exercise 10c: begin model.context() samples early, end as many late, cut them off again"
    )


def kernels_that_see(samples, stride):
    """Return all (first kernel, second kernel) whose field is `samples` long, in the order of the first.

    Two convolutions, the first with this stride; kernels are at least 1. The field is from the first sample
    that is seen to the last, as in 10a: where the first kernel is smaller than the stride it has holes, which
    count.
    """
    raise NotImplementedError(
        "exercise 10d: the second stride does not matter; solve the recursion for the first kernel"
    )
