"""The other side of `python -m numpyae.benchmark`: training iterations in PyTorch, in a process of their own.

Reads a number of iterations a line, and prints the seconds that one of them took. Prints nothing without PyTorch.
"""
import sys
import time


def main(threads):
    """Answer lines of stdin until it ends."""
    try:
        import torch
    except ImportError:
        return
    from numpyae.audio import demo_song

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    song = torch.from_numpy(demo_song(12.0, 44100))
    network = torch.nn.Sequential(
        torch.nn.Conv1d(2, 32, 4, 2, padding=1), torch.nn.ReLU(), torch.nn.Conv1d(32, 64, 4, 2, padding=1), torch.nn.ReLU(),
        torch.nn.ConvTranspose1d(64, 32, 4, 2, padding=1), torch.nn.ReLU(),
        torch.nn.ConvTranspose1d(32, 2, 4, 2, padding=1),
    )
    adam = torch.optim.Adam(network.parameters(), 3e-3)
    print(torch.__version__, flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        for _ in range(int(line)):
            starts = torch.randint(0, len(song) - 1023, (100,)).tolist()
            batch = torch.stack([song[start : start + 1024] for start in starts]).transpose(1, 2).contiguous()
            adam.zero_grad()
            torch.nn.functional.mse_loss(network(batch), batch).backward()
            adam.step()
        print((time.perf_counter() - started) / int(line), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
