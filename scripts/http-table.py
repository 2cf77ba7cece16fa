#!/usr/bin/env python3
"""A table of HTTP servers in Markdown from the reports of scripts/check-http-servers.sh.

http-table.py table DIR NAME...      what the cases counted, and which servers fail which
http-table.py explore DIR NAME...    what generated requests found
"""

import json
import pathlib
import sys

COUNTS = ("pass", "fail", "warn", "info", "skip", "inconclusive")
# So many servers are named that fail a case; of those that nearly all fail the names say little.
NAMED = 12


def some(servers):
    more = f" and {len(servers) - NAMED} more" if len(servers) > NAMED else ""
    return ", ".join(servers[:NAMED]) + more


def failures(report):
    """The failed cases by topic, in the order of the report."""
    topics = {}
    for case in report["cases"]:
        if case["verdict"] == "fail":
            topic, _, name = case["id"].rpartition("/")
            topics.setdefault(topic, []).append(name)
    return topics


def reports(folder, names):
    """Of each server its name, version, what is behind it, and its report; None where there is none."""
    for name in names:
        version, what = (folder / f"{name}.version").read_text().rstrip("\n").split("\t")
        try:
            yield name, version, what, json.loads((folder / f"{name}.json").read_text())
        except (OSError, ValueError):
            yield name, version, what, None


def explored(folder, names):
    """What generated requests found in each server."""
    print("| server | version | behind it | findings | seconds | what they are |")
    print("|---|---|---|--:|--:|---|")
    for name, version, what, report in reports(folder, names):
        if report is None:
            print(f"| `{name}` | {version} | {what} | | | no report |")
            continue
        found = [case for case in report["cases"] if case["findings"]]
        told = {}
        for case in found:
            for finding in case["findings"]:
                told.setdefault(f"{finding['requirement']} {finding['verdict']}", []).append(finding["message"])
        texts = "; ".join(f"{key} ×{len(messages)}: {min(messages, key=len)}" for key, messages in sorted(told.items()))
        seconds = (folder / f"{name}.seconds").read_text().strip()
        print(f"| `{name}` | {version} | {what} | {len(found)} | {seconds} | {texts} |")


def table(folder, names):
    """What the cases counted for each server, and for each case the servers that fail it."""
    failing = {}
    print("| server | version | behind it | " + " | ".join(COUNTS) + " | failures by topic |")
    print("|---|---|---|" + "--:|" * len(COUNTS) + "---|")
    for name, version, what, report in reports(folder, names):
        if report is None:
            print(f"| `{name}` | {version} | {what} |" + " |" * len(COUNTS) + " no report |")
            continue
        topics = failures(report)
        counts = " | ".join(str(report["summary"].get(count, 0)) for count in COUNTS)
        told = ", ".join(f"{topic.removeprefix('http1/')} {len(names)}" for topic, names in topics.items())
        print(f"| `{name}` | {version} | {what} | {counts} | {told} |")
        for topic, names in topics.items():
            for case in names:
                failing.setdefault(f"{topic}/{case}", []).append(name)
    print("\n| case | fails | servers that fail it |\n|---|--:|---|")
    for case, servers in sorted(failing.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        print(f"| `{case}` | {len(servers)} | {some(servers)} |")


if __name__ == "__main__":
    {"table": table, "explore": explored}[sys.argv[1]](pathlib.Path(sys.argv[2]), sys.argv[3:])
