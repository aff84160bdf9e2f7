"""`python -m numpyae`: list the commands."""
import sys

import numpyae
from numpyae.command import Parser

COMMANDS = """commands:
  python -m numpyae.train [AUDIO]                   train on a song, or without AUDIO on a demo song
  python -m numpyae.reconstruct AUDIO --model RUN   send a whole song through the trained network
  python -m numpyae.benchmark                       measure the speed on this machine

run one with --help to see its options"""

if __name__ == "__main__":
    parser = Parser(prog="python -m numpyae", description=numpyae.__doc__.splitlines()[0], epilog=COMMANDS)
    parser.add_argument("--version", action="version", version=f"numpyae {numpyae.__version__}")
    parser.parse_args()
    parser.print_help(sys.stdout)
