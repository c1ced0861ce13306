# SPDX-License-Identifier: MIT
"""Keys and signatures that are the same at each run: all from one seed, ECDSA's and PSS's own randomness too, so that a failing
token is made again by its number. For tests alone. Knows nothing of tokens."""
import base64
import hashlib
import hmac

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

HASH = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
CURVES = {"ES256": (ec.SECP256R1, "P-256", 32), "ES384": (ec.SECP384R1, "P-384", 48), "ES512": (ec.SECP521R1, "P-521", 66),
          "ES256K": (ec.SECP256K1, "secp256k1", 32)}
ORDER = {"ES256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
         "ES384": 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973,
         "ES512": int("01ff" + "ff" * 31 + "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409", 16),
         "ES256K": 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def uint(number, size=None):
    return number.to_bytes(size or (number.bit_length() + 7) // 8, "big")


def digest(alg):
    return HASH["256" if alg == "ES256K" else alg[2:]]


SIEVE = [p for p in range(3, 2000, 2) if all(p % d for d in range(3, int(p ** 0.5) + 1, 2))]


def prime(rng, bits):
    """Fermat's test alone: what is picked by a fixed seed has been looked at."""
    while True:
        p = rng.getrandbits(bits) | 3 << bits - 2 | 1
        if p % 65537 != 1 and all(p % d for d in SIEVE) and pow(2, p - 1, p) == 1:
            return p


class Hmac:
    def __init__(self, rng, alg):
        self.alg, self.secret = alg, rng.randbytes(digest(alg)().digest_size + rng.randrange(9))

    def sign(self, data, rng, alg=None):
        return hmac.new(self.secret, data, digest(alg or self.alg)).digest()

    def jwk(self):
        return {"kty": "oct", "k": b64(self.secret).decode()}

    def pem(self):
        return None


class Rsa:
    """PKCS #1 and PSS; one key signs under any of its algorithms, as the tests of confusion need it."""

    def __init__(self, rng, alg, numbers=None):
        self.alg, self.numbers = alg, numbers or self._generate(rng)
        self.key = self.numbers.private_key()

    @staticmethod
    def _generate(rng):
        e = 65537
        p, q = prime(rng, 1024), prime(rng, 1024)
        d = pow(e, -1, (p - 1) * (q - 1))
        return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, p * q))

    def sign(self, data, rng, alg=None):
        alg = alg or self.alg
        return self._pss(data, rng, digest(alg)) if alg[0] == "P" else self.key.sign(
            data, padding.PKCS1v15(), getattr(hashes, "SHA" + alg[2:])())

    def _pss(self, data, rng, hasher, salt_len=None):
        """RFC 8017 §9.1.1, with a salt of the hash's length, then the private operation by the remainders."""
        n = self.numbers
        size, salt = 256, rng.randbytes(hasher().digest_size if salt_len is None else salt_len)
        h = hasher(b"\0" * 8 + hasher(data).digest() + salt).digest()
        block = b"\0" * (size - len(salt) - len(h) - 2) + b"\1" + salt
        mask = b"".join(hasher(h + i.to_bytes(4, "big")).digest() for i in range(len(block) // len(h) + 1))
        masked = bytearray(a ^ b for a, b in zip(block, mask))
        masked[0] &= 0x7f
        m = int.from_bytes(bytes(masked) + h + b"\xbc", "big")
        a, b = pow(m % n.p, n.dmp1, n.p), pow(m % n.q, n.dmq1, n.q)
        return uint(b + n.q * ((a - b) * n.iqmp % n.p), size)

    def salt_of(self, signature):
        """How long the salt of a signature is, by the public operation; -1: it is none."""
        public, hasher = self.numbers.public_numbers, digest(self.alg)
        block = uint(pow(int.from_bytes(signature, "big"), public.e, public.n), 256)
        size = hasher().digest_size
        masked, h = block[:-size - 1], block[-size - 1:-1]
        mask = b"".join(hasher(h + i.to_bytes(4, "big")).digest() for i in range(len(masked) // size + 1))
        plain = bytes((masked[0] ^ mask[0]) & 0x7f for _ in (0,)) + bytes(a ^ b for a, b in zip(masked[1:], mask[1:]))
        rest = plain.lstrip(b"\0")
        return len(rest) - 1 if rest[:1] == b"\1" and block[-1:] == b"\xbc" else -1

    def short_salt(self, data, rng):
        return self._pss(data, rng, digest(self.alg), 8)

    def jwk(self):
        public = self.numbers.public_numbers
        return {"kty": "RSA", "n": b64(uint(public.n)).decode(), "e": b64(uint(public.e)).decode()}

    def public(self):
        return self.key.public_key()

    def pem(self):
        return as_pem(self.public())


class Ecdsa:
    def __init__(self, rng, alg):
        self.alg, (curve, self.crv, self.size) = alg, CURVES[alg]
        self.curve, self.order = curve, ORDER[alg]
        self.d = rng.randrange(1, self.order)
        self.key = ec.derive_private_key(self.d, curve())
        self.nonces = []

    def _nonce(self, rng):
        """1/k and the x of its point. A few are used again and again: nothing is signed with these keys that is worth it."""
        if len(self.nonces) < 64:
            k = rng.randrange(1, self.order)
            x = ec.derive_private_key(k, self.curve()).public_key().public_numbers().x % self.order
            self.nonces.append((pow(k, -1, self.order), x))
            return self.nonces[-1]
        return rng.choice(self.nonces)

    def pair(self, data, rng, alg=None):
        z = int.from_bytes(digest(alg or self.alg)(data).digest(), "big")
        spare = digest(alg or self.alg)().digest_size * 8 - self.order.bit_length()
        inverse, r = self._nonce(rng)
        return r, inverse * ((z >> max(0, spare)) + r * self.d) % self.order

    def sign(self, data, rng, alg=None):
        r, s = self.pair(data, rng, alg)
        return self.join(r, s)

    def join(self, r, s):
        return uint(r, self.size) + uint(s, self.size)

    def jwk(self):
        public = self.key.public_key().public_numbers()
        return {"kty": "EC", "crv": self.crv, "x": b64(uint(public.x, self.size)).decode(),
                "y": b64(uint(public.y, self.size)).decode()}

    def public(self):
        return self.key.public_key()

    def pem(self):
        return as_pem(self.public())


class Eddsa:
    def __init__(self, rng, alg):
        self.alg, self.key = alg, ed25519.Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))

    def sign(self, data, rng, alg=None):
        return self.key.sign(data)

    def jwk(self):
        raw = self.public().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": b64(raw).decode()}

    def public(self):
        return self.key.public_key()

    def pem(self):
        return as_pem(self.public())


def as_pem(public):
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def der_signature(r, s):
    return utils.encode_dss_signature(r, s)


KIND = {"HS": Hmac, "RS": Rsa, "PS": Rsa, "ES": Ecdsa, "Ed": Eddsa}
ALGS = ("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "ES256K",
        "EdDSA")


def all_keys(rng):
    """By name: one of each algorithm, and a second of some with the same kid, as another issuer might have it. The RSA keys are
    one, under several algorithms, but for the twin."""
    made, numbers = {}, None
    for name in ALGS + ("RS256-twin", "ES256-twin", "HS256-twin"):
        alg = name.split("-")[0]
        if KIND[alg[:2]] is Rsa and name == alg:
            key = Rsa(rng, alg, numbers)
            numbers = key.numbers
        else:
            key = KIND[alg[:2]](rng, alg)
        key.kid = f"{alg.lower()}-1"
        made[name] = key
    return made


def as_document(keys):
    """What a judge is given: the public part, and the secret of HMAC."""
    return {name: {"alg": key.alg, "jwk": {**key.jwk(), "alg": key.alg, "use": "sig", "kid": key.kid}, "pem": key.pem()}
            for name, key in keys.items()}
