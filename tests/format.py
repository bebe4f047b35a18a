#!/usr/bin/env python3
"""Reads recordings as docs/format.md describes them, without any code of kmodtrace.

Prints, for each file, a line for each frame: kind, bytes of the payload, CRC-32 of the payload.
"""

import json
import struct
import sys
import zlib

MARKER = b"\x89KMTBLK\n"


def frames_of(raw):
    at = 0
    while at < len(raw):
        length, kind, zero = struct.unpack_from("<IHH", raw, at)
        assert zero == 0 and at + 8 + length <= len(raw)
        yield kind, raw[at + 8 : at + 8 + length]
        at += 8 + length


def block_at(data, at, own, number, before):
    """The block's frames and what the next one's numbers are at least, or none."""
    if len(data) - at < 68 or data[at : at + 8] != MARKER:
        return None
    header = data[at : at + 68]
    (own_too, its, method, flags, stored, raw, count, crc, _, _, frames_before, header_crc) = (
        struct.unpack_from("<QIHHIIIIQQQI", header, 8)
    )
    if zlib.crc32(header[:64]) != header_crc or own not in (None, own_too):
        return None
    if its < number or frames_before < before:
        return None
    body = data[at + 68 : at + 68 + stored]
    if len(body) < stored or zlib.crc32(body) != crc:
        return None
    if method == 1:
        body = zlib.decompress(body, wbits=-15)
    found = list(frames_of(body))
    if len(body) != raw or len(found) != count:
        return None
    return found, own_too, its + 1, frames_before + count, at + 68 + stored, flags & 1


def read(data):
    assert data[:8] == b"KMODTRC\0", "no recording"
    version, flags, _, own, _, _, crc = struct.unpack_from("<HHIQQII", data, 8)
    assert (version, flags) == (2, 0), "another format"
    if zlib.crc32(data[:36]) != crc:
        own = None
    at, number, before, session, ended = 40, 0, 0, None, False
    while at < len(data):
        block = block_at(data, at, own, number, before)
        if block is None:
            at = data.find(MARKER, at + 1)
            if at < 0:
                break
            continue
        found, own, number, before, at, ended = block
        for kind, payload in found:
            if kind == 1 and payload == session:
                continue
            if kind == 1:
                session = payload
            if session is not None:
                yield kind, payload


for path in sys.argv[1:]:
    with open(path, "rb") as file:
        for kind, payload in read(file.read()):
            if kind != 2:
                json.loads(payload)
            print(kind, len(payload), zlib.crc32(payload))
