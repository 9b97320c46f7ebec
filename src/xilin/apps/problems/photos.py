"""Photos as they are taken in: what is in the file counts, not its name; what a camera wrote beside the picture goes."""

import io
from typing import BinaryIO

from PIL import Image, ImageOps

from xilin.apps.problems.errors import NoPicture

MOST_BYTES = 8_000_000
MOST_PIXELS = 50_000_000
LONGEST = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


def cleaned(file: BinaryIO, size: int) -> tuple[bytes, int, int]:
    """A photo encoded anew as WebP of at most `LONGEST` pixels a side, with its width and height.

    Nothing of the file is passed on but the picture: no place, no time, no camera, no comment, no second picture.
    Raises NoPicture where it is too large, or no JPEG, PNG or WebP by its content.
    """
    if size > MOST_BYTES:
        raise NoPicture
    try:
        # The formats are named: no other decoder sees what a stranger sent.
        with Image.open(io.BytesIO(file.read(MOST_BYTES + 1)), formats=FORMATS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise NoPicture
            found.draft("RGB", (LONGEST, LONGEST))
            upright = ImageOps.exif_transpose(found).convert("RGB")
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise NoPicture from error
    upright.thumbnail((LONGEST, LONGEST))
    # A new picture made of the pixels alone: what hangs on the old one is left behind.
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = io.BytesIO()
    bare.save(out, "WEBP", quality=80, method=3)
    return out.getvalue(), bare.width, bare.height
