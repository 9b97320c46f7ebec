"""Pictures that stand for photos of the demo: drawn here, so that they show no place and nobody there is."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT, FINE = 960, 720, 2
Pen = ImageDraw.ImageDraw


def png(name: str) -> bytes:
    """A drawing as PNG. Raises KeyError where there is none of this name."""
    scene = SCENES[name]
    picture = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE))
    pen = ImageDraw.Draw(picture)
    _sky(pen, dark=name == "lamp")
    scene(pen)
    small = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.6))
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def _at(*points: float) -> list[float]:
    """Parts of the picture's width and height as pixels."""
    sides = (WIDTH * FINE, HEIGHT * FINE)
    return [point * sides[index % 2] for index, point in enumerate(points)]


def _sky(pen: Pen, *, dark: bool) -> None:
    top, low = ((24, 32, 58), (70, 78, 110)) if dark else ((108, 162, 216), (222, 234, 240))
    horizon = int(HEIGHT * FINE * 0.45)
    for y in range(horizon):
        share = y / horizon
        colour = tuple(round(a + (b - a) * share) for a, b in zip(top, low, strict=True))
        pen.line((0, y, WIDTH * FINE, y), fill=colour)
    ground = (52, 58, 50) if dark else (150, 168, 96)
    pen.rectangle(_at(0, 0.45, 1, 1), fill=ground)
    pen.polygon(
        _at(0, 0.45, 0.22, 0.38, 0.46, 0.44, 0.7, 0.36, 1, 0.45), fill=tuple(part - 14 for part in ground)
    )


def _road(pen: Pen) -> None:
    """A road with a hole in it."""
    pen.polygon(_at(0.1, 1, 0.44, 0.45, 0.56, 0.45, 0.96, 1), fill=(98, 98, 102))
    for low, high in ((0.5, 0.54), (0.6, 0.66), (0.75, 0.84)):
        pen.polygon(_at(0.497, low, 0.503, low, 0.508, high, 0.492, high), fill=(236, 232, 214))
    pen.ellipse(_at(0.52, 0.68, 0.76, 0.8), fill=(64, 60, 58))
    pen.ellipse(_at(0.54, 0.7, 0.74, 0.79), fill=(40, 36, 36))
    for x in (0.5, 0.79):
        pen.polygon(_at(x, 0.82, x + 0.02, 0.7, x + 0.04, 0.82), fill=(226, 96, 40))


def _lamp(pen: Pen) -> None:
    """A traffic light that is out, at dusk."""
    pen.polygon(_at(0, 1, 0.4, 0.45, 0.6, 0.45, 1, 1), fill=(60, 60, 66))
    pen.rectangle(_at(0.66, 0.2, 0.675, 0.86), fill=(30, 30, 34))
    pen.rounded_rectangle(_at(0.635, 0.1, 0.7, 0.34), radius=20 * FINE, fill=(20, 20, 24))
    for y in (0.13, 0.2, 0.27):
        pen.ellipse(_at(0.648, y, 0.688, y + 0.053), fill=(54, 54, 58))
    for x in (0.2, 0.3, 0.38):
        pen.rectangle(_at(x, 0.32, x + 0.07, 0.47), fill=(44, 48, 70))
        pen.rectangle(_at(x + 0.02, 0.36, x + 0.04, 0.4), fill=(236, 206, 120))


def _well(pen: Pen) -> None:
    """A pump and a dry trough."""
    pen.rectangle(_at(0.44, 0.42, 0.56, 0.74), fill=(176, 120, 84))
    pen.polygon(_at(0.41, 0.42, 0.5, 0.33, 0.59, 0.42), fill=(128, 70, 54))
    pen.rectangle(_at(0.56, 0.56, 0.66, 0.585), fill=(70, 84, 96))
    pen.polygon(_at(0.6, 0.72, 0.9, 0.72, 0.87, 0.8, 0.63, 0.8), fill=(140, 140, 138))
    pen.polygon(_at(0.62, 0.73, 0.88, 0.73, 0.86, 0.76, 0.64, 0.76), fill=(96, 92, 88))
    for x in (0.12, 0.2, 0.29):
        pen.ellipse(_at(x, 0.62, x + 0.07, 0.69), fill=(238, 234, 224))
        pen.ellipse(_at(x - 0.015, 0.625, x + 0.015, 0.655), fill=(60, 54, 50))
        pen.line(_at(x + 0.02, 0.68, x + 0.02, 0.73), fill=(60, 54, 50), width=4 * FINE)
        pen.line(_at(x + 0.055, 0.68, x + 0.055, 0.73), fill=(60, 54, 50), width=4 * FINE)


def _tracks(pen: Pen) -> None:
    """Ruts across grassland, and a fence with a gap."""
    for begin, end in ((0.2, 0.42), (0.32, 0.46), (0.62, 0.55), (0.76, 0.6)):
        pen.polygon(_at(begin, 1, begin + 0.06, 1, end + 0.008, 0.46, end, 0.46), fill=(124, 104, 70))
    for x in (0.02, 0.14, 0.26, 0.38, 0.66, 0.78, 0.9):
        pen.rectangle(_at(x, 0.5, x + 0.012, 0.68), fill=(92, 72, 52))
    for y in (0.54, 0.6):
        pen.line(_at(0, y, 0.39, y), fill=(70, 70, 70), width=3 * FINE)
        pen.line(_at(0.67, y, 1, y), fill=(70, 70, 70), width=3 * FINE)


def _scale(pen: Pen) -> None:
    """A market's scale on a table."""
    pen.rectangle(_at(0, 0, 1, 1), fill=(214, 206, 190))
    pen.rectangle(_at(0, 0.7, 1, 1), fill=(150, 110, 76))
    pen.polygon(_at(0.3, 0.7, 0.7, 0.7, 0.64, 0.4, 0.36, 0.4), fill=(64, 92, 120))
    pen.ellipse(_at(0.41, 0.44, 0.59, 0.67), fill=(244, 242, 236))
    pen.line(_at(0.5, 0.555, 0.56, 0.5), fill=(190, 40, 40), width=6 * FINE)
    pen.rectangle(_at(0.26, 0.36, 0.74, 0.4), fill=(190, 196, 200))
    pen.ellipse(_at(0.38, 0.26, 0.62, 0.37), fill=(176, 70, 66))


SCENES: dict[str, Callable[[Pen], None]] = {
    "road": _road,
    "lamp": _lamp,
    "well": _well,
    "tracks": _tracks,
    "scale": _scale,
}
