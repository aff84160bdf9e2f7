"""Time training iterations in PyTorch, in a separate process, for `python -m numpyae.benchmark`.

For each number of iterations on stdin, print the seconds per iteration; without PyTorch, print nothing.
"""
import sys
import time


def main(threads):
    """Answer each line of stdin until it ends."""
    try:
        import torch
    except ImportError:
        return
    from numpyae import Settings
    from numpyae.audio import demo_song

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    post, song, nn = Settings(), torch.from_numpy(demo_song(12.0, 44100)), torch.nn
    shape = dict(kernel_size=post.kernel, stride=post.stride, padding=1)
    network = nn.Sequential(
        nn.Conv1d(2, post.hidden, **shape), nn.ReLU(),
        nn.Conv1d(post.hidden, post.features, **shape), nn.ReLU(),
        nn.ConvTranspose1d(post.features, post.hidden, **shape), nn.ReLU(),
        nn.ConvTranspose1d(post.hidden, 2, **shape),
    )
    adam = torch.optim.Adam(network.parameters(), post.learning_rate)
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        for _ in range(int(line)):
            starts = torch.randint(0, len(song) - post.segment + 1, (post.batch_size,)).tolist()
            batch = torch.stack([song[start : start + post.segment] for start in starts])
            batch = batch.transpose(1, 2).contiguous()
            adam.zero_grad()
            nn.functional.mse_loss(network(batch), batch).backward()
            adam.step()
        print((time.perf_counter() - started) / int(line), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
