#!/usr/bin/env python3
# Holds what `gatespec trace --relay` printed against nginx's access log, exchange by exchange.
# Python's standard library only.
# SPDX-License-Identifier: Apache-2.0
"""usage: compare-relay-with-log.py TRACE ACCESS_LOG [--until-ended]

TRACE is the text of `gatespec trace`, ACCESS_LOG has the columns of Tests/Servers/nginx.conf.in. Compared are method, URI,
status and body size of every exchange. Where a client left before the end (499) nginx has no status of the backend's:
method and URI have to agree. With --until-ended the trace was ended in mid-traffic: it may hold fewer exchanges than the
log, and such as came to nginx no more (502), because the relay was killed with them; what it holds must still agree.
"""

import collections
import sys


def read_trace(path):
    """(method, URI, status, body bytes) of every exchange, and the lines about the whole."""
    exchanges, remarks = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if line.startswith("-- "):
                remarks.append(line.rstrip())
            elif len(words) > 9 and words[3] == "→":
                method, uri, status, _, size = words[5:10]
                exchanges.append((method, uri, status, size))
    return exchanges, remarks


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--until-ended"]
    until_ended = len(arguments) < len(sys.argv) - 1
    if len(arguments) != 2:
        sys.exit(__doc__)
    exchanges, remarks = read_trace(arguments[0])
    with open(arguments[1], encoding="ascii") as file:
        log = [line.rstrip("\n").split("\t") for line in file]
    whole = collections.Counter(tuple(row[:4]) for row in log if row[2] != "499")
    cut_off = {"499", "502"} if until_ended else {"499"}
    left = collections.Counter((row[0], row[1]) for row in log if row[2] in cut_off)
    wrong = []
    for exchange in exchanges:
        if whole[exchange] > 0:
            whole[exchange] -= 1
        elif left[exchange[:2]] > 0:
            left[exchange[:2]] -= 1
        else:
            wrong.append(f"in the trace only: {exchange}")
    # A client that left before nginx had asked leaves a line in the log and no exchange.
    missing = sum(whole.values())
    if not until_ended:
        wrong += [f"in the log only: {key}" for key, count in whole.items() for _ in range(count)]
        wrong += [line for line in remarks if line.startswith("-- lost:") and not line.startswith(
            "-- lost: 0 packets dropped by the kernel, 0 bytes missing")]
    for line in wrong[:10]:
        print(line, file=sys.stderr)
    clients_left = sum(1 for row in log if row[2] == "499")
    detail = f", {missing} after the end" if until_ended else ""
    print(f"{len(exchanges)} exchanges, {len(log)} lines in the log ({clients_left} clients left){detail}; "
          f"{len(wrong)} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
