"""Counts which of the applications in faulty.py the standard library's wsgiref.validate notices: python3 validated.py

Each answers GET, HEAD and a form inside of the validator. It is noticed where the validator raises an AssertionError or
warns, and does neither for the sound application. A fault that ends the process, leaves it by sys.exit() or shows only
in requests at the same time is nothing that a wrapper could see, and is not counted.
SPDX-License-Identifier: Apache-2.0
"""

import io
import os
import sys
import warnings
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "fixtures", "probes"))
import faulty  # noqa: E402, the probe has to be found first

BEYOND = {"dies", "exits", "mixes-requests"}
REQUESTS = (("GET", b""), ("HEAD", b""), ("POST", b"a=1&b=2"))


def start_response(status, headers, exc_info=None):
    if isinstance(exc_info, tuple) and len(exc_info) == 3:
        raise exc_info[1]
    return lambda data: None


def words(name, method, body):
    """What the validator says about one call; nothing where it is content."""
    environ = {"REQUEST_METHOD": method, "QUERY_STRING": "probe=echo", "wsgi.input": io.BytesIO(body)}
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    setup_testing_defaults(environ)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            result = validator(faulty.make(name))(environ, start_response)
            try:
                for _ in result:
                    pass
            finally:
                result.close()
        except AssertionError as error:
            return str(error) or "an assertion"
        except Exception:
            # What the application itself raises is nothing that the validator has noticed.
            pass
    return str(warned[0].message) if warned else ""


def main():
    noticed, missed = [], []
    for name in ["none"] + [name for name in faulty.FAULTS if name not in BEYOND]:
        said = next(filter(None, (words(name, *request) for request in REQUESTS)), "")
        (noticed if said else missed).append(name)
    if "none" in noticed:
        sys.exit("the validator is not content with the sound application")
    missed.remove("none")
    print("noticed: %d of %d" % (len(noticed), len(noticed) + len(missed)))
    print("not noticed:", ", ".join(missed))


if __name__ == "__main__":
    main()
