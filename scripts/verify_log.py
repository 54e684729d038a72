#!/usr/bin/env python3
"""Checks a published log without any other file: python3 verify_log.py LOG [NUMBER:HASH ...]

A line of LOG is a JSON object with number, at, body, before and hash; hash is the SHA-256 of the other
four, written with sorted keys and without blanks, and before is the hash of the line above (64 zeros on
the first). NUMBER:HASH are hashes that you noted earlier: with them, a log that was written anew is found
out.
"""

import hashlib
import json
import pathlib
import re
import sys


def digest(entry):
    covered = {key: entry[key] for key in ("number", "at", "body", "before")}
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def problem(entry, number, before, at, noted):
    if set(entry) != {"number", "at", "body", "before", "hash"}:
        return "has other fields than it should"
    if entry["number"] != number:
        return f"bears the number {entry['number']}"
    if entry["before"] != before:
        return "does not follow the entry before it"
    if entry["at"] < at:
        return "is older than the entry before it"
    if entry["hash"] != digest(entry):
        return "was changed"
    if noted.get(number, entry["hash"]) != entry["hash"]:
        return "was another one when its hash was noted"
    return None


def main(path, *pairs):
    odd = [pair for pair in pairs if not re.fullmatch(r"[0-9]+:[0-9a-f]{64}", pair)]
    if odd:
        sys.exit(f"{odd[0]!r} is no NUMBER:HASH")
    noted = {int(number): value for number, value in (pair.split(":") for pair in pairs)}
    before, at, number = "0" * 64, "", 0
    with pathlib.Path(path).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
            except ValueError:
                sys.exit(f"entry {number} is no JSON")
            wrong = problem(entry, number, before, at, noted)
            if wrong:
                sys.exit(f"entry {number} {wrong}")
            before, at = entry["hash"], entry["at"]
    if noted and max(noted) > number:
        sys.exit(f"entry {number + 1} is missing, though the hash of entry {max(noted)} was noted")
    print(f"{number} entries, unbroken; last hash {before}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python3 verify_log.py LOG [NUMBER:HASH ...]")
    main(*sys.argv[1:])
