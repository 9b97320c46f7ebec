"""Where messages may go: public addresses, and the networks that the settings name."""

import socket

import pytest

from xilin.kernel.exchange import reaching
from xilin.kernel.exchange.delivery_errors import AddressWrong


def resolving(monkeypatch, *addresses):
    found = [
        (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443))
        for one in addresses
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: found)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "::127.0.0.1",
    ],
)
def test_addresses_that_nobody_public_has_are_refused(address, monkeypatch):
    resolving(monkeypatch, address)
    with pytest.raises(AddressWrong):
        reaching.way("https://somewhere.example/in")


def test_every_address_of_a_name_must_be_allowed(monkeypatch):
    resolving(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(AddressWrong):
        reaching.way("https://somewhere.example/in")


def test_a_public_address_is_reached_by_the_address_that_was_judged(monkeypatch):
    resolving(monkeypatch, "93.184.216.34")
    way = reaching.way("https://somewhere.example/in?a=1")
    assert (way.connect, way.authority, way.host) == (
        "https://93.184.216.34:443/in?a=1",
        "somewhere.example",
        "somewhere.example",
    )


def test_networks_of_ones_own_are_named_by_the_settings_and_may_speak_http(monkeypatch, settings):
    resolving(monkeypatch, "10.1.2.3")
    settings.WEBHOOK_NETWORKS = ("10.1.0.0/16",)
    assert reaching.way("http://inside:8080/in").connect == "http://10.1.2.3:8080/in"
    resolving(monkeypatch, "10.2.2.3")
    with pytest.raises(AddressWrong):
        reaching.way("http://inside:8080/in")


def test_http_to_the_public_is_refused(monkeypatch):
    resolving(monkeypatch, "93.184.216.34")
    with pytest.raises(AddressWrong):
        reaching.way("http://somewhere.example/in")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@a.example/",
        "https://a.example/#there",
        "https://a.example:99999/",
        "https://a.example\\@b.example/",
        "https://a.example/ b",
        "https://例子.example/",
        "https://a.example:0/",
        "/in",
        "",
    ],
)
def test_what_is_no_plain_address_isnt_entered(url):
    with pytest.raises(AddressWrong):
        reaching.written(url)


def test_an_address_is_kept_in_one_form():
    assert reaching.written(" https://Example.COM:443 ") == "https://example.com/"
    assert reaching.written("https://example.com:8443/in") == "https://example.com:8443/in"
