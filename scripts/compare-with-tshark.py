#!/usr/bin/env python3
"""What gatespec and tshark read from damaged captures, side by side, as a Markdown table.

usage: compare-with-tshark.py GATESPEC DIR

Every DIR/NN-INTERFACE-DAMAGE.pcap holds 1,000 requests on one connection to port 9000, damaged in one way. Each
program counts by itself the requests that it recognised and the responses that it has whole.
"""

import json
import os
import subprocess
import sys

OPTIONS = ["-o", "tcp.reassemble_out_of_order:TRUE", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator= "]


def gatespec(program, path):
    """Counts of the exchanges and of the last line."""
    run = subprocess.run([program, "trace", "-r", path, "--format", "json"], capture_output=True, check=True)
    counts = {"requests": 0, "whole": 0, "G": 0, "M": 0}
    for line in run.stdout.splitlines():
        entry = json.loads(line)
        if entry["type"] == "summary":
            counts.update({key: entry[key] for key in ("incomplete", "gap_bytes", "truncated_packets", "conflicts")})
        if entry["type"] != "exchange":
            continue
        counts["requests"] += entry["uri"].startswith("/item/")
        counts["whole"] += entry["ending"] == "complete"
        for flag in "GM":
            counts[flag] += flag in entry["flags"]
    return counts


def tshark(path, interface):
    """The requests that were dissected, and the ends of responses (FastCGI) or their status lines (HTTP)."""
    fastcgi = interface == "fastcgi"
    fields = ["fcgi.type"] if fastcgi else ["http.request.uri", "http.response.code"]
    command = ["tshark", "-r", path, "-d", f"tcp.port==9000,{'fcgi' if fastcgi else 'http'}", *OPTIONS]
    for field in fields:
        command += ["-e", field]
    words = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    if fastcgi:
        return words.count("1"), words.count("3")
    return sum(word.startswith("/item/") for word in words), words.count("200")


def main():
    program, folder = sys.argv[1:]
    version = subprocess.run(["tshark", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    print(f"{version}\n")
    print("| damage | | tshark | gatespec | G | M | incomplete | bytes missing | cut | overlaps |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".pcap"):
            continue
        _, interface, damage = name[: -len(".pcap")].split("-", 2)
        path = os.path.join(folder, name)
        own, (requests, responses) = gatespec(program, path), tshark(path, interface)
        cells = [
            damage.replace("-", " "), interface, f"{requests} / {responses}", f"{own['requests']} / {own['whole']}",
            own["G"], own["M"], own["incomplete"], own["gap_bytes"], own["truncated_packets"], own["conflicts"],
        ]
        print("| " + " | ".join(str(cell) for cell in cells) + " |")


main()
