"""`python -m numpyae`: list the commands."""
import argparse
import re
import sys

from numpyae.command import Parser

COMMANDS = """commands:
  python -m numpyae.train [AUDIO]                   train on a song, or without AUDIO on a demo song
  python -m numpyae.reconstruct AUDIO --model RUN   send a whole song through the trained network
  python -m numpyae.compress SONG                   write a song in few bytes, as an .npae file
  python -m numpyae.decompress FILE                 turn an .npae file back into sound
  python -m numpyae.benchmark                       measure the speed on this machine

run one with --help to see its options"""


def main(arguments=None):
    """List the commands; exit with 2 for arguments, and with a hint if they begin with a command's name."""
    parser = Parser(
        prog="python -m numpyae", description="A stereo sound autoencoder in NumPy alone.", epilog=COMMANDS)
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    options, more = parser.parse_known_args(arguments)
    if options.command in re.findall(r"numpyae\.(\w+)", COMMANDS):
        parser.error(f"expected a dot before the command's name: python -m numpyae.{options.command}")
    if options.command or more:
        parser.error(f"unrecognized arguments: {' '.join(filter(None, [options.command, *more]))}")
    parser.print_help(sys.stdout)


if __name__ == "__main__":
    main()
