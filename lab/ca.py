"""The lab's small certificate authority: one CA, a certificate and key for each host that the topology names."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEARS = datetime.timedelta(days=3650)


def subject(name: str) -> x509.Name:
    """A distinguished name with a common name only."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def builder(name: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """What every certificate here has; valid from yesterday, as clocks differ."""
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject(name))
        .issuer_name(subject(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + YEARS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def authority(name: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """The CA's own certificate."""
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = builder(name, name, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return made.add_extension(usage, critical=True).sign(key, hashes.SHA256())


def leaf(
    names: tuple[str, ...], key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """A host's certificate; its identities in IKE are the subjectAltNames `names`, the first is its common name."""
    issuer = str(ca.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    made = builder(names[0], issuer, key).add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return made.add_extension(signer, critical=False).sign(ca_key, hashes.SHA256())


def private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read a key, or make and keep one (0600)."""
    if path.exists():
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(found, ec.EllipticCurvePrivateKey)
        return found
    key = ec.generate_private_key(ec.SECP256R1())
    plain = serialization.NoEncryption()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return key


def names_in(path: Path) -> tuple[str, ...]:
    """The subjectAltNames of a certificate file; empty when there is none."""
    if not path.exists():
        return ()
    extensions = x509.load_pem_x509_certificate(path.read_bytes()).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(names.get_values_for_type(x509.DNSName))


def write(folder: Path, lab: str, certificates: dict[str, tuple[str, ...]]) -> bool:
    """Make what is missing of ca.crt, <host>.crt and <host>.key in `folder`; True when something was."""
    wanted = {name: names for name, names in certificates.items() if names_in(folder / f"{name}.crt") != names}
    if not wanted:
        return False
    folder.mkdir(mode=0o700, exist_ok=True)
    ca_key, ca_file = private_key(folder / "ca.key"), folder / "ca.crt"
    if not ca_file.exists():
        ca_file.write_bytes(authority(f"{lab} CA", ca_key).public_bytes(serialization.Encoding.PEM))
    ca = x509.load_pem_x509_certificate(ca_file.read_bytes())
    for name, names in wanted.items():
        certificate = leaf(names, private_key(folder / f"{name}.key"), ca, ca_key)
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return True
