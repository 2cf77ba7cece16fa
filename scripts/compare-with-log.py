#!/usr/bin/env python3
# Holds what gatespec read of a capture of nginx and its backend against nginx's own access log, exchange by exchange.
# Python's standard library only.
# SPDX-License-Identifier: Apache-2.0
"""usage: compare-with-log.py GATESPEC OUTDIR

OUTDIR holds what scripts/thousand-requests.sh leaves there. Compared are method, URI, status and body size of every
HTTP exchange (with the chunk framing that nginx counts), and of every FastCGI exchange, whose body is the one that
nginx passed on. With OUTDIR/live.jsonl, what was read live is held against what was read from the file.
"""

import collections
import json
import subprocess
import sys


def run(program, capture, form):
    command = [program, "trace", "-r", capture, "--format", form]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.splitlines()


def read_log(path):
    names = ("method", "uri", "status", "sent", "time", "upstream_bytes", "upstream_status")
    with open(path, encoding="ascii") as file:
        return [dict(zip(names, line.rstrip("\n").split("\t"))) for line in file]


def sent_bytes(events):
    """What nginx counts as body, by (connection, number on it): all behind the head, and interim responses before it."""
    sent, connection, number, interim, start, head, is_interim = {}, None, 0, 0, 0, 0, False
    for line in events:
        words = line.split(" ")
        if words[0] == "#":
            connection, number = (int(words[2]), 0) if words[-1] == "http" else (None, 0)
        elif connection is None or len(words) < 3 or words[1] != "<":
            continue
        elif words[2] == "status-line":
            start, is_interim = int(words[0]), " status=1" in line
        elif words[2] == "headers-end":
            head = int(words[0]) + 2
        elif words[2] == "message-end" and is_interim:
            interim += int(words[0]) - start
        elif words[2] == "message-end":
            number += 1
            sent[connection, number] = int(words[0]) - head + interim
            interim = 0
    return sent


def differences(name, expected, seen):
    expected, seen = collections.Counter(expected), collections.Counter(seen)
    for what, count in ((expected - seen).items()):
        print(f"{name}: {count} in the log only: {what}")
    for what, count in ((seen - expected).items()):
        print(f"{name}: {count} in the capture only: {what}")
    return sum((expected - seen).values()) + sum((seen - expected).values())


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = sys.argv[1:]
    capture = f"{folder}/capture.pcap"
    lines = [json.loads(line) for line in run(program, capture, "json")]
    exchanges = [line for line in lines if line["type"] == "exchange"]
    front = [line for line in exchanges if line["protocol"] == "http"]
    back = [line for line in exchanges if line["protocol"] == "fastcgi"]
    sent = sent_bytes(run(program, capture, "events"))
    log = read_log(f"{folder}/access.log")

    wrong = differences(
        "HTTP",
        ((entry["method"], entry["uri"], int(entry["status"]), int(entry["sent"])) for entry in log),
        ((line["method"], line["uri"], line["status"], sent[line["connection"], line["index"]]) for line in front),
    )
    # What nginx had from the backend has the body that it passed on; the log knows which requests went there.
    passed_on = collections.Counter()
    for entry in log:
        if entry["upstream_status"] != "-":
            passed_on[entry["method"], entry["uri"], int(entry["upstream_status"])] += 1
    expected = []
    for line in front:
        key = line["method"], line["uri"], line["status"]
        if passed_on[key] > 0:
            passed_on[key] -= 1
            expected.append((*key, line["response"]["body_bytes"]))
    expected += [(*key, None) for key, count in passed_on.items() for _ in range(count)]
    wrong += differences(
        "FastCGI", expected,
        ((line["method"], line["uri"], line["status"], line["response"]["body_bytes"]) for line in back),
    )
    summary = lines[-1]
    for name in ("kernel_drops", "gap_bytes", "truncated_packets", "incomplete", "unknown_connections"):
        if summary[name]:
            print(f"{name}: {summary[name]}")
            wrong += 1
    text = f"{len(front)} HTTP and {len(back)} FastCGI exchanges, {len(log)} lines in the log"

    try:
        with open(f"{folder}/live.jsonl", encoding="utf-8") as file:
            live = [json.loads(line) for line in file]
    except FileNotFoundError:
        live = []
    if live:
        def key(line):
            return line["protocol"], line["method"], line["uri"], line["status"], line["response"]["body_bytes"]

        wrong += differences(
            "live", map(key, exchanges), (key(line) for line in live if line["type"] == "exchange"))
        drops = live[-1]["kernel_drops"]
        text += f"; live {live[-1]['exchanges']}, {drops} dropped by the kernel"
        wrong += drops
    print(f"{text}; {wrong} differences")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
