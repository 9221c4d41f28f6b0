"""The reverse proxies that docs/serving.md shows, started with its files on free ports."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.serving import ROOT, free_port, until

COMMANDS = {  # the file of each program, and how it is started in the folder where the file lies
    "nginx": ("nginx.conf", ["-p", ".", "-c", "nginx.conf", "-g", "daemon off;"]),
    "caddy": ("Caddyfile", ["run", "--config", "Caddyfile", "--adapter", "caddyfile"]),
    "haproxy": ("haproxy.cfg", ["-db", "-f", "haproxy.cfg"]),
}


def program(name: str) -> str | None:
    """Where a program is installed; system programs are not on everybody's path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


def trusting(folder: Path) -> ssl.SSLContext:
    """What believes the certificate in a folder."""
    return ssl.create_default_context(cafile=folder / "certificate.pem")


def certify(folder: Path) -> None:
    """Make a certificate for this machine's own name, and its key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem",
         "-out", "certificate.pem"],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    both = (folder / "certificate.pem").read_text() + (folder / "key.pem").read_text()
    (folder / "both.pem").write_text(both)


@contextmanager
def proxy(name: str, folder: Path, first: int, second: int) -> Iterator[str]:
    """The address of a proxy before the servers at two ports, while it runs; its files lie in the folder."""
    file, arguments = COMMANDS[name]
    port = free_port()
    text = (ROOT / "docs/serving" / file).read_text("utf-8")
    for shown, used in {"8501": first, "8502": second, "8443": port}.items():
        assert shown in text
        text = text.replace(shown, str(used))
    (folder / file).write_text(text, "utf-8")
    certify(folder)
    executable = program(name)
    assert executable is not None
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([executable, *arguments], cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            until(lambda: answers(port, process, folder), f"{name} answers")
            yield f"https://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def answers(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> bool:
    """Whether somebody speaks TLS there."""
    assert process.poll() is None, (folder / "log").read_text()
    try:
        ssl.get_server_certificate(("127.0.0.1", port), timeout=1)
    except OSError:
        return False
    return True
