"""The camera path for real: Chromium plays a film of labels as its camera, and the page reads them off the picture."""

import io

import numpy as np
import pytest
import segno
import zxingcpp
from django.test import Client
from handheld_people import ear_tag, hand
from handheld_window import Handheld, complaints
from PIL import Image, ImageFilter

from xilin.apps.trace.models import Event
from xilin.web.browser import browser, missing

pytestmark = [
    pytest.mark.skipif(bool(missing()), reason=f"not on this machine: {missing()}"),
    pytest.mark.django_db(transaction=True),
]
WIDE, HIGH = 640, 480
SSCC = "395211410000000015"
LINK = "https://id.example.org/01/09521141000014/10/L1/21/A-7?17=271231"


def qr(text):
    """The picture of a QR code."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="png", scale=5, border=4)
    return Image.open(drawn).convert("L")


def bars(text):
    """The picture of an SSCC on a transport label: GS1-128."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    return Image.fromarray(np.array(zxingcpp.write_barcode_to_image(code, scale=2))).convert("L")


def photographed(label, *, turned, seed):
    """A label as a camera in a hand sees it: on a grey ground, turned, a little blurred, with noise."""
    ground = Image.new("L", (WIDE, HIGH), 150)
    if max(label.size) > 560:
        label = label.resize((560, label.height * 560 // label.width))
    ground.paste(label, ((WIDE - label.width) // 2, (HIGH - label.height) // 2))
    seen = ground.rotate(turned, Image.Resampling.BICUBIC, fillcolor=150).filter(
        ImageFilter.GaussianBlur(0.6)
    )
    noise = np.random.default_rng(seed).normal(0, 6, (HIGH, WIDE))
    return np.clip(np.asarray(seen, float) * 0.8 + 20 + noise, 16, 235).astype(np.uint8)


def film(path, pictures):
    """Each picture for a second, in YUV4MPEG2 (4:2:0), which Chromium plays over and over."""
    colour = np.full(WIDE * HIGH // 2, 128, np.uint8).tobytes()
    frames = [b"FRAME\n" + picture.tobytes() + colour for picture in pictures for _ in range(4)]
    path.write_bytes(f"YUV4MPEG2 W{WIDE} H{HIGH} F4:1 Ip A1:1 C420jpeg\n".encode() + b"".join(frames))
    return path


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    pictures = [
        photographed(qr(LINK), turned=7, seed=1),
        photographed(qr(ear_tag(12)), turned=-11, seed=2),
        photographed(bars("00" + SSCC), turned=2, seed=3),
    ]
    return film(tmp_path_factory.mktemp("film") / "labels.y4m", pictures)


@pytest.fixture(scope="module")
def window(live_server, labels):
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={labels}",
    )
    with browser(live_server.url, flags=flags) as seen:
        seen.resize(390, 844)
        yield seen


@pytest.fixture
def handheld(window, live_server, transactional_db):
    hand()
    found = Handheld(window)
    found.begin()
    yield found
    found.online(True)


def test_labels_before_the_camera_are_read_without_a_network_and_recorded(handheld):
    handheld.online(False)
    handheld.open("#/do/ship")
    handheld.press("#camera")
    handheld.wait(lambda: handheld.scanned("things") == 3, 60)
    assert handheld.driver.execute_script("return document.getElementById('eye').dataset.reader") == "own"
    handheld.press("#record")
    handheld.wait(lambda: handheld.number("waiting") == 1)
    handheld.online(True)
    handheld.wait(lambda: handheld.number("waiting") == 0)

    (body,) = Event.objects.values_list("body", flat=True)
    assert sorted(body["epcList"]) == [
        f"https://id.gs1.org/00/{SSCC}",
        "https://id.gs1.org/01/09521141000014/21/A-7",
        f"urn:xilin:eartag:{ear_tag(12)}",
    ]
    assert complaints(handheld.window) == []


def test_the_camera_is_let_go_when_it_is_not_needed(handheld):
    live = "return document.getElementById('eye')?.srcObject?.active ?? false"
    handheld.open("#/do/inspect")
    handheld.press("#camera")
    handheld.wait(lambda: handheld.driver.execute_script(live))
    handheld.press("#camera")
    handheld.wait(lambda: not handheld.driver.execute_script(live))
    handheld.press("#camera")
    handheld.wait(lambda: handheld.driver.execute_script(live))
    handheld.driver.execute_script("window.stream = document.getElementById('eye').srcObject")
    handheld.open("#/")
    handheld.wait(lambda: not handheld.driver.execute_script("return window.stream.active"))
    assert not handheld.there("#eye")


def test_only_the_reader_of_pictures_may_make_machine_code(db):
    client = Client()

    assert "wasm-unsafe-eval" in client.get("/handheld/eye.js")["Content-Security-Policy"]
    assert "wasm" not in client.get("/handheld/")["Content-Security-Policy"]
