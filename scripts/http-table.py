#!/usr/bin/env python3
"""A table of HTTP servers in Markdown from the reports of scripts/check-http-servers.sh: http-table.py DIR NAME..."""

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


def main():
    folder = pathlib.Path(sys.argv[1])
    failing = {}
    print("| server | version | behind it | " + " | ".join(COUNTS) + " | failures by topic |")
    print("|---|---|---|" + "--:|" * len(COUNTS) + "---|")
    for name in sys.argv[2:]:
        version, what = (folder / f"{name}.version").read_text().rstrip("\n").split("\t")
        try:
            report = json.loads((folder / f"{name}.json").read_text())
        except (OSError, ValueError):
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
    main()
