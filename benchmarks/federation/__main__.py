"""Thirty steps with real servers, in a network namespace that reaches nothing else.

    .venv/bin/python -m benchmarks.federation --folder DIR [--node NODE --fedify NODE_MODULES] [--snac ROOT]

``--node``: a Node of version 22 or later, ``--fedify``: a ``node_modules`` that holds ``@fedify/fedify``;
``--snac``: where snac is unpacked (``usr/bin/snac`` under it). docs/federation.md tells how to get them.
What is not given is said to be skipped. Prints one JSON object; exit code 1 when a step failed.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

INSIDE = "BENCHMARK_FEDERATION_INSIDE"
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1


def isolate() -> None:
    """A network of its own with nothing but loopback: nobody outside can be reached by mistake."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise SystemExit("A network namespace needs the rights of root (or: unshare -rn).")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        fcntl.ioctl(plug, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def run(peer: Any, ours: Any, only: int) -> dict[str, Any]:
    from benchmarks.federation.steps import Matrix

    results, passed = [], 0
    for number, (title, step) in enumerate(Matrix(ours, peer).steps()[:only], 1):
        began = time.monotonic()
        try:
            seen, trouble = step(), ""
        except Exception as error:
            seen, trouble = None, f"{type(error).__name__}: {error}"[:300]
        passed += not trouble
        line = {
            "step": number,
            "title": title,
            "passed": not trouble,
            "s": round(time.monotonic() - began, 1),
        }
        line |= {"seen": seen} if seen else {}
        line |= {"trouble": trouble} if trouble else {}
        print(json.dumps(line, ensure_ascii=False), file=sys.stderr, flush=True)
        results.append(line)
    return {
        "peer": peer.name,
        "version": peer.version(),
        "passed": passed,
        "of": len(results),
        "steps": results,
    }


def one(options: argparse.Namespace) -> int:
    """One peer, in a process of its own: Django is set up once."""
    from benchmarks.federation.ours import Ours
    from benchmarks.federation.peers import Fedify, Peer, Snac

    isolate()
    folder = Path(options.folder).resolve() / f"{options.peer}-{int(time.time())}"
    folder.mkdir(parents=True)
    peer: Peer
    if options.peer == "fedify":
        peer = Fedify(port=8801, folder=folder, node=options.node, modules=Path(options.fedify).resolve())
    else:
        peer = Snac(port=8802, folder=folder, root=Path(options.snac).resolve())
    # snac reads no port in a mention; in a network of its own the port of the web is free.
    ours = Ours(port=80, folder=folder)
    try:
        peer.start()
        ours.start()
        found = run(peer, ours, options.steps)
    finally:
        ours.stop()
        peer.stop()
    print(json.dumps(found, ensure_ascii=False))
    return 0 if found["passed"] == found["of"] else 1


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", required=True, help="Where databases and logs of the run are kept.")
    parser.add_argument("--node", default="", help="A Node of version 22 or later.")
    parser.add_argument("--fedify", default="", help="A node_modules folder with @fedify/fedify.")
    parser.add_argument("--snac", default="", help="A folder with usr/bin/snac.")
    parser.add_argument("--steps", type=int, default=30, help="Only the first ones.")
    parser.add_argument("--peer", choices=["fedify", "snac"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if os.environ.get(INSIDE):
        return one(options)
    found: dict[str, Any] = {"peers": [], "skipped": []}
    for name, given in (("fedify", options.node and options.fedify), ("snac", options.snac)):
        if not given:
            found["skipped"].append({"peer": name, "why": "no path was given; see docs/federation.md"})
            continue
        command = [sys.executable, "-m", "benchmarks.federation", *sys.argv[1:], "--peer", name]
        done = subprocess.run(command, env={**os.environ, INSIDE: "1"}, stdout=subprocess.PIPE, check=False)
        lines = done.stdout.decode().strip().splitlines()
        found["peers"].append(
            json.loads(lines[-1]) if lines else {"peer": name, "passed": 0, "of": options.steps}
        )
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0 if all(one["passed"] == one["of"] for one in found["peers"]) else 1


if __name__ == "__main__":
    sys.exit(main())
