"""A PN532 to try things by hand: python3 -m pn532 --tag 04a1b2c3d4e5f6"""

import argparse
import sys

from . import PN532


def main():
    parser = argparse.ArgumentParser(prog="pn532", description=__doc__)
    parser.add_argument("--tag", action="append", default=[], metavar="UID", help="place this tag at the start")
    options = parser.parse_args()
    with PN532() as reader:
        for uid in options.tag:
            reader.place(uid)
        print(f"LIBNFC_DEVICE={reader.connstring}", flush=True)
        print("commands: place UID, remove [UID], hang, recover, close, reopen, flicker N, quit", flush=True)
        for line in sys.stdin:
            words = line.split()
            if not words:
                continue
            if words[0] == "quit":
                break
            try:
                run(reader, words)
            except (TypeError, ValueError, RuntimeError, KeyError) as error:
                print(f"{words[0]}: {error}", flush=True)


def run(reader, words):
    actions = {
        "place": reader.place,
        "remove": reader.remove,
        "hang": reader.hang,
        "recover": reader.recover,
        "close": reader.close,
        "reopen": reader.reopen,
        "flicker": lambda every: reader.flicker(int(every)),
    }
    actions[words[0]](*words[1:])


main()
