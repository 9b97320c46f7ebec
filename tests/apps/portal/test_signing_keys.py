"""The desk's page for public keys: entered, shown, ended; only by the department whose system it is."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xilin.kernel.exchange.models import SigningKey

PUBLIC = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
PLACE = "/desk/systems/means_check/signing/"


def test_a_public_key_is_entered_shown_and_ended(client, hub):
    client.force_login(hub.ann)
    assert "登记签名公钥" in client.get(PLACE).content.decode()
    shown = client.post(PLACE, {"algorithm": "ed25519", "public": PUBLIC}, follow=True).content.decode()
    key = SigningKey.objects.get()
    assert key.keyid in shown
    ended = client.post(f"{PLACE}{key.pk}/end/", follow=True).content.decode()
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "已停用" in ended


def test_what_is_no_public_key_is_refused_with_what_to_do(client, hub):
    client.force_login(hub.ann)
    text = client.post(PLACE, {"algorithm": "sm2", "public": "x"}).content.decode()
    assert 'role="alert"' in text
    assert "PEM" in text
    assert not SigningKey.objects.exists()


def test_a_system_of_another_department_is_not_there(client, hub):
    client.force_login(hub.bob)
    assert client.get(PLACE).status_code == 404
    assert client.post(PLACE, {"algorithm": "ed25519", "public": PUBLIC}).status_code == 404
    assert not SigningKey.objects.exists()
