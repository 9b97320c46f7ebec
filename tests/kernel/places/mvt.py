"""A reader of Mapbox vector tiles (specification 2.1), written for the tests from the specification."""

import struct
from dataclasses import dataclass, field


@dataclass
class Feature:
    """A feature as the tile has it: geometry in the tile's own units, rings or points."""

    id: int = 0
    kind: int = 0
    parts: list = field(default_factory=list)
    properties: dict = field(default_factory=dict)


def varints(data):
    at = 0
    while at < len(data):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        yield value


def fields(data):
    """Number and value of each field of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = varint()
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            yield number, varint()
        else:
            size = varint() if wire == 2 else {1: 8, 5: 4}[wire]
            yield number, data[at : at + size]
            at += size


def value(data):
    for number, found in fields(data):
        if number == 1:
            return found.decode()
        if number in (2, 3):
            return struct.unpack("<f" if number == 2 else "<d", found)[0]
        return (found >> 1) ^ -(found & 1) if number == 6 else found
    return None


def parts(numbers):
    """Points or rings of a geometry: MoveTo, LineTo, ClosePath."""
    numbers, x, y, found = list(numbers), 0, 0, []
    at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == 7:
            found[-1].append(found[-1][0])
            continue
        for _ in range(count):
            x += (numbers[at] >> 1) ^ -(numbers[at] & 1)
            y += (numbers[at + 1] >> 1) ^ -(numbers[at + 1] & 1)
            at += 2
            if command == 1:
                found.append([])
            found[-1].append((x, y))
    return found


def layers(data):
    """Name, extent and features of each layer."""
    for number, body in fields(data):
        if number != 3:
            continue
        name, extent, keys, values, features = "", 4096, [], [], []
        for inner, found in fields(body):
            if inner == 1:
                name = found.decode()
            elif inner == 2:
                features.append(found)
            elif inner == 3:
                keys.append(found.decode())
            elif inner == 4:
                values.append(value(found))
            elif inner == 5:
                extent = found
        yield name, extent, [feature(one, keys, values) for one in features]


def feature(data, keys, values):
    found = Feature()
    for number, body in fields(data):
        if number == 1:
            found.id = body
        elif number == 2:
            tags = list(varints(body))
            found.properties = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
        elif number == 3:
            found.kind = body
        elif number == 4:
            found.parts = parts(varints(body))
    return found
