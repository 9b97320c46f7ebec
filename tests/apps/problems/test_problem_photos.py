"""Photos: what is in the file counts, and nothing but the picture is kept."""

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from xilin.apps.problems import photos
from xilin.apps.problems.errors import NoPicture


def file(format="JPEG", size=(60, 40), mode="RGB", **more):
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, format, **more)
    return io.BytesIO(out.getvalue())


def read(sent):
    data, width, height = photos.cleaned(sent, len(sent.getvalue()))
    found = Image.open(io.BytesIO(data))
    assert (found.format, found.size) == ("WEBP", (width, height))
    return data, found


def test_a_photo_loses_place_time_camera_and_comment():
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "SecretCam", "2026:01:02 03:04:05"
    exif.get_ifd(0x8825)[2] = (43.0, 56.0, 0.0)
    data, found = read(file(exif=exif, comment=b"taken at home"))

    assert not found.getexif()
    assert set(found.info) <= {"background", "loop", "timestamp", "duration"}
    for told in (b"SecretCam", b"taken at home", b"Exif", b"EXIF"):
        assert told not in data


def test_a_photo_taken_sideways_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6

    assert read(file(exif=exif))[1].size == (40, 60)


def test_a_large_photo_becomes_smaller():
    assert read(file(size=(3000, 1500)))[1].size == (1600, 800)


def test_words_in_a_png_are_left_behind():
    words = PngInfo()
    words.add_text("Author", "SecretName")

    assert b"SecretName" not in read(file("PNG", mode="RGBA", pnginfo=words))[0]


@pytest.mark.parametrize(
    "sent",
    [
        io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        io.BytesIO(b"%PDF-1.7"),
        io.BytesIO(b"\xff\xd8\xff\xe0 and then nothing of a photo"),
        io.BytesIO(b""),
        file("GIF"),
        file("BMP"),
        file("TIFF"),
    ],
    ids=["svg", "pdf", "broken", "empty", "gif", "bmp", "tiff"],
)
def test_what_is_no_photo_by_its_content_is_refused(sent):
    with pytest.raises(NoPicture):
        photos.cleaned(sent, len(sent.getvalue()))


def test_a_file_that_is_too_large_is_not_even_opened():
    with pytest.raises(NoPicture):
        photos.cleaned(file(), photos.MOST_BYTES + 1)


def test_a_small_file_of_very_many_pixels_is_refused(monkeypatch):
    monkeypatch.setattr(photos, "MOST_PIXELS", 60 * 40 - 1)

    with pytest.raises(NoPicture):
        photos.cleaned(file(), 100)
