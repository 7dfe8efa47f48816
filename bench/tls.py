"""TLS on loopback: a certificate made on the spot, which the bench venue shows and the programs under test trust."""

import ssl
import subprocess
from pathlib import Path


def certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 in ``folder``, its key beside it as ``.key``. Needs ``openssl``."""
    path = folder / "venue.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=hftd bench venue", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", path.with_suffix(".key"), "-out", path],
        check=True, capture_output=True,
    )  # fmt: skip
    return path


def serving(path: Path) -> ssl.SSLContext:
    """TLS 1.3 as a server speaks it that shows the certificate at ``path``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(path, path.with_suffix(".key"))
    return context


def trusting(path: Path) -> dict[str, str]:
    """Environment in which OpenSSL and requests trust the certificate at ``path``."""
    return {"SSL_CERT_FILE": str(path), "REQUESTS_CA_BUNDLE": str(path)}
