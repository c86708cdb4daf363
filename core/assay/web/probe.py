"""Answers a container's health check: asks a URL of this machine, or looks at a file's age.

    python -m assay.web.probe http://127.0.0.1:8001/readyz
    python -m assay.web.probe --file /tmp/alive --max-age 60

Exit code 0: healthy; 1: not, with the reason on standard error. The standard library alone, so that
a check costs a fraction of a second.
"""

import argparse
import http.client
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 4.0


def main() -> None:
    """Check what the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="http URL that answers 200 when healthy")
    parser.add_argument("--file", type=Path, help="file that a healthy process touches")
    parser.add_argument("--max-age", type=float, default=60.0, help="seconds since it was touched")
    arguments = parser.parse_args()
    if (arguments.url is None) == (arguments.file is None):
        parser.error("expected a URL or --file, and not both")
    if arguments.url is not None:
        reason = ask(arguments.url)
    else:
        reason = look_at(arguments.file, arguments.max_age)
    if reason is not None:
        sys.exit(f"unhealthy: {reason}")


def ask(url: str) -> str | None:
    """Return why the server at `url` is not healthy, or None."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:  # a port that is no number
        host, port = None, None
    if host is None or parts.scheme != "http":
        return f"expected an http URL, found {url!r}"
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}".removesuffix("?"))
        answer = connection.getresponse()
        body = answer.read(2000)
    except (OSError, http.client.HTTPException) as exc:
        return f"{url}: {type(exc).__name__}: {exc}"
    finally:
        connection.close()
    if answer.status == http.client.OK:
        return None
    return f"{url}: {answer.status} {body.decode(errors='replace')}"


def look_at(path: Path, max_age_seconds: float) -> str | None:
    """Return why a process that touches `path` is not healthy, or None."""
    try:
        age = time.time() - path.stat().st_mtime
    except OSError as exc:
        return f"{path}: {exc.strerror}"
    return None if age <= max_age_seconds else f"{path}: not touched for {age:.0f} s"


if __name__ == "__main__":
    main()
