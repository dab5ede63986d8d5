"""MD4 and DES for MS-CHAPv2: OpenSSL 3 no longer offers them, so they come from libpass, imported at first use."""

from __future__ import annotations


def md4(data: bytes) -> bytes:
    """RFC 1320, 16 octets."""
    from passlib.crypto._md4 import md4 as algorithm  # noqa: PLC0415 - only MS-CHAPv2 needs it

    digest: bytes = algorithm(data).digest()
    return digest


def des_encrypt(key: bytes, block: bytes) -> bytes:
    """Encrypt 8 octets under a key of 56 bits in 7 octets (RFC 2759 8.6)."""
    from passlib.crypto.des import des_encrypt_block  # noqa: PLC0415 - only MS-CHAPv2 needs it

    encrypted: bytes = des_encrypt_block(key, block)
    return encrypted
