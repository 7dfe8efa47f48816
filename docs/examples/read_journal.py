"""Count the records of a day's journal, and print its orders."""

import sys
from collections import Counter
from pathlib import Path
from struct import unpack_from
from zlib import crc32

import msgspec


def records(folder):
    for segment in sorted(folder.glob("*.journal")):
        data, at = segment.read_bytes(), 0
        while at + 8 <= len(data):
            length, check = unpack_from("<II", data, at)
            body = data[at + 8 : at + 8 + length]
            if len(body) < length or crc32(body) != check:
                break
            yield msgspec.msgpack.decode(body)
            at += 8 + length


counts = Counter()
for number, kind, content in records(Path(sys.argv[1])):
    name = content[0] if kind in ("event", "effect") else ""
    counts[f"{kind} {name}".strip()] += 1
    if name == "Submit":
        order = content[1]
        print(number, *order[:5])
for name, count in sorted(counts.items()):
    print(f"{count:6} {name}")
