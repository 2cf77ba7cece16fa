"""Applications and middleware that are wrong in one way each, for the bridge: gatespec check 'wsgi:faulty:make("status-bytes")'.

The names are those of the reference's faults (gatespec faults), so that what the reference tells of a fault can be held
against what the bridge tells of it. All of them answer as the probe does where their fault leaves that to them.
SPDX-License-Identifier: Apache-2.0
"""

import os
import sys
import threading
import time

from probe import application as probe


class Text(str):
    """A subclass of str."""


class Headers(list):
    """A subclass of list."""


def head(change):
    """An application whose call of start_response is changed."""
    def application(environ, start_response):
        def start(status, headers):
            return change(start_response, status, headers)
        return probe(environ, start)
    return application


def field(name, value):
    return head(lambda start, status, headers: start(status, headers + [(name, value)]))


def status(change):
    return head(lambda start, status, headers: start(change(status), headers))


def body(change):
    """An application whose iterable is changed."""
    def application(environ, start_response):
        return change(probe(environ, start_response))
    return application


def items(change):
    def changed(result):
        for item in result:
            yield change(item)
    return body(changed)


def before(action):
    """An application that does something to environ before it answers."""
    def application(environ, start_response):
        action(environ)
        return probe(environ, start_response)
    return application


def fails(is_met, error=KeyError):
    def application(environ, start_response):
        if is_met(environ):
            raise error("it")
        return probe(environ, start_response)
    return application


def twice(start, status, headers):
    start(status, headers)
    return start("500 Again", headers)


def trapped(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"first"
    try:
        raise ValueError("late")
    except ValueError:
        try:
            start_response("500 Late", [("Content-Type", "text/plain")], sys.exc_info())
        except ValueError:
            pass
    yield b"second"


def writes(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written")
    return []


def writes_while_iterated(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"")
    yield b"a"
    write(b"b")


def writes_and_returns_none(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])(b"written")


def late_start(environ, start_response):
    yield b"body"
    start_response("200 OK", [("Content-Type", "text/plain")])


class WrongLength:
    def __init__(self, result):
        self.result = result

    def __len__(self):
        return 9

    def __iter__(self):
        return iter(self.result)


class RaisesInClose:
    def __init__(self, result):
        self.result = result

    def __iter__(self):
        return iter(self.result)

    def close(self):
        raise ValueError("it")


def mixes():
    shared = []

    def application(environ, start_response):
        shared[:] = [threading.get_ident()]
        time.sleep(0.01)
        if shared != [threading.get_ident()]:
            start_response("503 Mixed", [("Content-Type", "text/plain")])
            return [b"another request came between"]
        return probe(environ, start_response)
    return application


FAULTS = {
    "status-bytes": lambda: status(lambda text: text.encode()),
    "status-number": lambda: status(lambda text: 200),
    "status-subclass": lambda: status(Text),
    "status-without-reason": lambda: status(lambda text: text[:3]),
    "status-empty-reason": lambda: status(lambda text: text[:4]),
    "status-two-spaces": lambda: status(lambda text: text.replace(" ", "  ", 1)),
    "status-space-at-end": lambda: status(lambda text: text + " "),
    "status-without-code": lambda: status(lambda text: "OK"),
    "status-with-line-end": lambda: status(lambda text: text + "\r\n"),
    "status-with-header": lambda: status(lambda text: text + "\r\nX-A: b"),
    "status-beyond-latin1": lambda: status(lambda text: text + " \u20ac"),
    "headers-tuple": lambda: head(lambda start, status, headers: start(status, tuple(headers))),
    "headers-dict": lambda: head(lambda start, status, headers: start(status, dict(headers))),
    "headers-generator": lambda: head(lambda start, status, headers: start(status, (pair for pair in headers))),
    "headers-subclass": lambda: head(lambda start, status, headers: start(status, Headers(headers))),
    "headers-none": lambda: head(lambda start, status, headers: start(status, None)),
    "header-list": lambda: head(lambda start, status, headers: start(status, headers + [["X-A", "b"]])),
    "header-string": lambda: head(lambda start, status, headers: start(status, headers + ["X-A: b"])),
    "header-of-three": lambda: head(lambda start, status, headers: start(status, headers + [("X-A", "b", "c")])),
    "name-bytes": lambda: field(b"X-A", "b"),
    "name-empty": lambda: field("", "b"),
    "name-with-colon": lambda: field("X-A:", "b"),
    "name-with-space": lambda: field("X A", "b"),
    "name-with-line-end": lambda: field("X-A\r\nX-B", "b"),
    "name-beyond-latin1": lambda: field("X-\u20ac", "b"),
    "value-bytes": lambda: field("X-A", b"b"),
    "value-number": lambda: field("X-A", 5),
    "value-none": lambda: field("X-A", None),
    "value-subclass": lambda: field("X-A", Text("b")),
    "value-with-header": lambda: field("X-A", "b\r\nX-C: d"),
    "value-with-line-feed-at-end": lambda: field("X-A", "b\n"),
    "value-with-nul": lambda: field("X-A", "b\0"),
    "value-beyond-latin1": lambda: field("X-A", "\U0001f4a3"),
    "sends-connection": lambda: field("Connection", "close"),
    "sends-keep-alive": lambda: field("Keep-Alive", "timeout=5"),
    "sends-upgrade": lambda: field("upgrade", "h2c"),
    "sends-transfer-encoding": lambda: field("Transfer-Encoding", "chunked"),
    "start-by-keywords": lambda: head(lambda start, status, headers: start(status=status, headers=headers)),
    "start-without-headers": lambda: head(lambda start, status, headers: start(status)),
    "start-twice": lambda: head(twice),
    "error-is-an-exception": lambda: head(lambda start, status, headers: start(status, headers, ValueError("it"))),
    "error-of-two": lambda: head(lambda start, status, headers: start(status, headers, (ValueError, ValueError("it")))),
    "error-trapped": lambda: trapped,
    "returns-none": lambda: body(lambda result: None),
    "returns-number": lambda: body(lambda result: 5),
    "returns-text": lambda: body(lambda result: "text"),
    "length-too-large": lambda: body(WrongLength),
    "never-starts": lambda: (lambda environ, start_response: [b"body"]),
    "starts-after-the-first-item": lambda: late_start,
    "yields-text": lambda: items(lambda item: item.decode("latin-1")),
    "yields-bytearray": lambda: items(bytearray),
    "yields-memoryview": lambda: items(memoryview),
    "yields-number": lambda: items(lambda item: 5),
    "writes": lambda: writes,
    "writes-while-iterated": lambda: writes_while_iterated,
    "writes-and-returns-none": lambda: writes_and_returns_none,
    "reads-a-block": lambda: before(lambda environ: environ["wsgi.input"].read(65536)),
    "closes-input": lambda: before(lambda environ: environ["wsgi.input"].close()),
    "closes-errors": lambda: before(lambda environ: environ["wsgi.errors"].close()),
    "seeks-input": lambda: before(lambda environ: environ["wsgi.input"].seek(0)),
    "logs-bytes": lambda: before(lambda environ: environ["wsgi.errors"].write(b"a")),
    "raises": lambda: fails(lambda environ: True),
    "needs-query": lambda: fails(lambda environ: "QUERY_STRING" not in environ),
    "needs-utf-8": lambda: before(lambda environ: environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")),
    "exits": lambda: fails(lambda environ: True, SystemExit),
    "raises-in-close": lambda: body(RaisesInClose),
    "takes-three-arguments": lambda: (lambda scope, receive, send: []),
    "dies": lambda: before(lambda environ: os._exit(3)),
    "mixes-requests": mixes,
    "declares-one-too-many": lambda: field("Content-Length", "100000"),
    "length-no-number": lambda: field("Content-Length", "many"),
    "length-is-a-number": lambda: field("Content-Length", 5),
}


def make(name):
    """The application with that fault; the sound one for "none"."""
    return probe if name == "none" else FAULTS[name]()


# Middleware.


def plain(application):
    """A right one: it returns what it is given."""
    def middleware(environ, start_response):
        return application(environ, start_response)
    return middleware


class Each:
    """A right one, with an iterable of its own."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start_response):
        return EachItem(self.application(environ, start_response))


class EachItem:
    def __init__(self, result):
        self.result, self.items = result, iter(result)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.items)

    def close(self):
        if hasattr(self.result, "close"):
            self.result.close()


class NeverCloses(EachItem):
    close = None

    def __getattribute__(self, name):
        if name == "close":
            raise AttributeError(name)
        return super().__getattribute__(name)


def through(change):
    """A middleware that changes the call below."""
    return lambda application: lambda environ, start_response: change(application, environ, start_response)


def replaced_start(change):
    def middleware(application, environ, start_response):
        return application(environ, lambda status, headers, *error: change(start_response, status, headers, *error))
    return through(middleware)


def gathers(application, environ, start_response):
    result = application(environ, start_response)

    def whole():
        try:
            yield b"".join(result)
        finally:
            getattr(result, "close", lambda: None)()
    return whole()


def gathers_in_the_call(application, environ, start_response):
    result = application(environ, start_response)
    try:
        return [b"".join(result)]
    finally:
        getattr(result, "close", lambda: None)()


def writes_items(application, environ, start_response):
    writer = []
    result = application(environ, lambda *arguments: writer.append(start_response(*arguments)) or writer[-1])
    for item in result:
        writer[-1](item)
    getattr(result, "close", lambda: None)()
    return []


def assumes_start(application, environ, start_response):
    seen = []

    def start(*arguments):
        seen.append(arguments)
        return start_response(*arguments)
    result = application(environ, start)
    seen[0]
    return result


def changed_environ(change):
    def middleware(application, environ, start_response):
        environ = dict(environ)
        change(environ)
        return application(environ, start_response)
    return through(middleware)


class Environ(dict):
    pass


def no_write(start_response, status, headers, *error):
    start_response(status, headers, *error)


MIDDLEWARE = {
    "none": plain,
    "each": Each,
    "never-closes": through(lambda application, *call: NeverCloses(application(*call))),
    "gathers": through(gathers),
    "gathers-in-the-call": through(gathers_in_the_call),
    "writes-items": through(writes_items),
    "assumes-start": through(assumes_start),
    "swallows-error": replaced_start(lambda start, status, headers, *error: start(status, headers)),
    "gives-no-write": replaced_start(no_write),
    "calls-twice": through(lambda application, *call: application(*call) and application(*call)),
    "calls-by-keywords": through(lambda application, environ, start: application(environ=environ, start_response=start)),
    "gives-a-subclass": through(lambda application, environ, start: application(Environ(environ), start)),
    "makes-the-port-a-number": changed_environ(lambda environ: environ.update(SERVER_PORT=80)),
    "drops-server-name": changed_environ(lambda environ: environ.pop("SERVER_NAME")),
    "input-has-read-only": changed_environ(
        lambda environ: environ.update({"wsgi.input": type("Input", (), {"read": environ["wsgi.input"].read})()})),
    "adds-connection": replaced_start(
        lambda start, status, headers, *error: start(status, headers + [("Connection", "close")], *error)),
    "makes-headers-a-tuple": replaced_start(
        lambda start, status, headers, *error: start(status, tuple(headers), *error)),
}


def wrap(application, name):
    """The middleware of that name round an application."""
    return MIDDLEWARE[name](application)
