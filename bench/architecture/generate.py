#!/usr/bin/env python3
"""Writes a system of many parts and connections, to see how the map grows.

    python3 bench/architecture/generate.py FOLDER [PARTS] [CONNECTIONS]

One Compose file per product area, one small program per part with calls to others by the addresses that Compose sets.
The same numbers give the same bytes.
"""

import random
import sys
from pathlib import Path


def main() -> None:
    folder = Path(sys.argv[1])
    parts = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    connections = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000
    chance = random.Random(7)
    areas = max(1, parts // 50)
    calls: dict[int, set[int]] = {at: set() for at in range(parts)}
    while sum(map(len, calls.values())) < connections:
        start = chance.randrange(parts)
        # Most calls stay in the area, as in systems that grew.
        end = start - start % 50 + chance.randrange(50) if chance.random() < 0.8 else chance.randrange(parts)
        if start != end and end < parts:
            calls[start].add(end)
    for area in range(areas):
        members = [at for at in range(parts) if min(at // 50, areas - 1) == area]
        lines = ["services:"]
        for at in members:
            lines += [f"  part{at}:", f"    build: ./part{at}", "    environment:"]
            lines += [f"      PEER_{to}_URL: http://part{to}:8080" for to in sorted(calls[at])]
            lines += ["      PORT: 8080"]
            program = folder / f"area{area}" / f"part{at}"
            program.mkdir(parents=True, exist_ok=True)
            (program / "Dockerfile").write_text('FROM python:3\nCMD ["python", "app.py"]\n')
            code = ["import os", "import requests", "from flask import Flask", "", "app = Flask(__name__)", ""]
            code += [f'@app.get("/things{at}")', "def things():"]
            code += [f'    requests.get(os.environ["PEER_{to}_URL"] + "/things{to}")' for to in sorted(calls[at])]
            code += ['    return "ok"']
            (program / "app.py").write_text("\n".join(code) + "\n")
        (folder / f"area{area}" / "compose.yml").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
