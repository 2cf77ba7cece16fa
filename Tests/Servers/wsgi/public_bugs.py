# Bugs of WSGI programs that were reported in public, each as the few lines that make it. docs/wsgi.md names the reports.


class Wrapped:
    """An iterable that calls `end` when it is closed."""

    def __init__(self, items, end):
        self.items, self.end = items, end

    def __iter__(self):
        return iter(self.items)

    def close(self):
        self.end()


def closes_at_the_end_only(application):
    """The error catcher of backlash 0.1 closed what it wrapped when it was used up, and not when it was closed."""

    def middleware(environ, start_response):
        def items():
            result = application(environ, start_response)
            for item in result:
                yield item
            getattr(result, "close", lambda: None)()

        return items()

    return middleware


def closes_the_iterator(application):
    """The ClosingIterator of Werkzeug 0.14 looked for close() on the iterator and not on the iterable."""

    def middleware(environ, start_response):
        iterator = iter(application(environ, start_response))
        return Wrapped(iterator, getattr(iterator, "close", lambda: None))

    return middleware


def closes_what_is_true(application):
    """WebOb 1.2 closed what it had from below only where that was true, and what is empty is false."""

    class Empty(list):
        def __init__(self, below):
            if below and hasattr(below, "close"):
                self.close = below.close

    def middleware(environ, start_response):
        result = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return result
        return Empty(Empty(result))

    return middleware


def needs_path_info(environ, start_response):
    """WhiteNoise 3.3 took PATH_INFO for granted."""
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [path.encode("latin-1")]


def needs_script_name(environ, start_response):
    """Xandikos 0.0.7 took SCRIPT_NAME for granted."""
    path = environ["SCRIPT_NAME"] + environ.get("PATH_INFO", "")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [path.encode("latin-1")]


def zips_head(application):
    """paste.gzipper 3.2 wrote its header into the answer to HEAD."""
    import gzip

    def middleware(environ, start_response):
        given = []

        def start(status, headers, exc_info=None):
            given[:] = [status, headers]
            return given.append

        result = application(environ, start)
        body = gzip.compress(b"".join(result))
        getattr(result, "close", lambda: None)()
        start_response(given[0], given[1] + [("Content-Encoding", "gzip")])
        return [body]

    return middleware


def counts_in_numbers(environ, start_response):
    """web.py 0.39 gave the length of a static file as a number."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", 6)])
    return [b"hello\n"]


def names_the_coding(environ, start_response):
    """httpbin 0.4 sent Transfer-Encoding itself."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Transfer-Encoding", "chunked")])
    return [b"hello\n"]


def says_no_code(environ, start_response):
    """The control filter of endpoints-management 1.1 gave a message where the status belongs."""
    start_response("Method does not allow callers without established identity.", [])
    return [b""]


def passes_the_connection_on(environ, start_response):
    """The proxy of c2cgeoportal 1.6 passed on whatever header the other server had sent."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Keep-Alive", "timeout=5"), ("Connection", "Keep-Alive")])
    return [b"hello\n"]
