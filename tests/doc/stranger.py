# SPDX-License-Identifier: MIT
"""
Tokens, rings and names, opened by somebody who has read doc/format.md and nothing else of this project. Primitives come from the
`cryptography` package. It serves the vectors, and is no verifier for any other use: it checks no deadline.
"""
import base64
import hashlib
import hmac
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from cryptography.hazmat.primitives.padding import PKCS7


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_of(ring, use, kid):
    return next(k for k in ring["keys"] if k["use"] == use and k["kid"] == kid)


def open_jws(ring, text):
    """The payload of a signed token."""
    header, payload, signature = text.split(".")
    key = key_of(ring, "sig", json.loads(unb64(header))["kid"])
    body, sig = f"{header}.{payload}".encode(), unb64(signature)
    if key["alg"] == "HS256":
        if not hmac.compare_digest(hmac.new(unb64(key["k"]), body, hashlib.sha256).digest(), sig):
            raise InvalidSignature
    elif key["alg"] == "ES256":
        x, y = (int.from_bytes(unb64(key[c]), "big") for c in "xy")
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        public.verify(encode_dss_signature(int.from_bytes(sig[:32], "big"), int.from_bytes(sig[32:], "big")), body, ec.ECDSA(hashes.SHA256()))
    else:
        ed25519.Ed25519PublicKey.from_public_bytes(unb64(key["x"])).verify(sig, body)
    return unb64(payload)


def decrypt(enc, cek, iv, cipher, tag, aad):
    if enc == "A256GCM":
        return AESGCM(cek).decrypt(iv, cipher + tag, aad)
    mac = hmac.new(cek[:32], aad + iv + cipher + (len(aad) * 8).to_bytes(8, "big"), hashlib.sha512).digest()[:32]
    if not hmac.compare_digest(mac, tag):
        raise InvalidSignature
    inside = Cipher(algorithms.AES(cek[32:]), modes.CBC(iv)).decryptor()
    padded = inside.update(cipher) + inside.finalize()
    strip = PKCS7(128).unpadder()
    return strip.update(padded) + strip.finalize()


def open_jwe(text, content_key):
    """content_key(header, encrypted key) gives the key of the content."""
    header, wrapped, iv, cipher, tag = text.split(".")
    parsed = json.loads(unb64(header))
    return decrypt(parsed["enc"], content_key(parsed, unb64(wrapped)), unb64(iv), unb64(cipher), unb64(tag), header.encode())


def open_token(ring, text):
    form = ring["sess"]["form"]

    def content_key(header, wrapped):
        key = unb64(key_of(ring, "enc", header["kid"])["k"])
        return key if header["alg"] == "dir" else aes_key_unwrap(key, wrapped)

    if form == "signed":
        return open_jws(ring, text)
    inside = open_jwe(text, content_key)
    return open_jws(ring, inside.decode()) if form == "nested" else inside


def open_ring(text, passphrase=None, kek=None):
    def content_key(header, wrapped):
        if header["alg"] == "A256KW":
            return aes_key_unwrap(kek, wrapped)
        salt = header["alg"].encode() + b"\0" + unb64(header["p2s"])
        return aes_key_unwrap(hashlib.pbkdf2_hmac("sha512", passphrase, salt, header["p2c"], 32), wrapped)

    return json.loads(open_jwe(text.strip(), content_key))


def hkdf(ring, info):
    """RFC 5869 without a salt, one block."""
    prk = hmac.new(b"\0" * 32, unb64(ring["sess"]["tag"]), hashlib.sha256).digest()
    return hmac.new(prk, info.encode() + b"\x01", hashlib.sha256).digest()


def context_hash(ring, sid, name, value):
    return b64(hmac.new(hkdf(ring, "sess context"), sid.encode() + bytes([len(name)]) + name.encode() + value, hashlib.sha256).digest()[:12])


def event_name(ring, sid):
    return hmac.new(hkdf(ring, "sess event"), sid.encode(), hashlib.sha256).digest()[:16].hex()


def siphash128(key, data):
    """SipHash-2-4 with 128 bits of output."""
    mask = (1 << 64) - 1
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ 0xEE, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def rotate(x, n):
        return ((x << n) | (x >> (64 - n))) & mask

    def rounds(count):
        for _ in range(count):
            v[0] = (v[0] + v[1]) & mask
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & mask
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & mask
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & mask
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    padded = data + b"\0" * (7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for i in range(0, len(padded), 8):
        word = int.from_bytes(padded[i:i + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    out = b""
    for value in (0xEE, 0xDD):
        if value == 0xEE:
            v[2] ^= 0xEE
        else:
            v[1] ^= 0xDD
        rounds(4)
        out += (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")
    return out.hex()


KINDS = {"session": 1, "subject": 2, "token": 3, "all": 4}


def revocation_name(ring, issuer, kind, what):
    key = hmac.new(hkdf(ring, "sess revocation"), bytes([KINDS[kind]]) + issuer.encode(), hashlib.sha256).digest()[:16]
    return siphash128(key, what.encode())
