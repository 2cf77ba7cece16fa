"""An HTTP/1.1 server that knows no Transfer-Encoding: it goes by Content-Length, and keeps its connections.

What stands in front of an application and is too old, or too simple, for chunks. scripts/compare-servers.sh runs it:
length_only.py PORT
"""

import re
import socketserver
import sys

DATE = b"Date: Sun, 29 Nov 2026 02:00:00 GMT\r\n"


class Handler(socketserver.StreamRequestHandler):
    """Answers each request of a connection by two bytes."""

    def handle(self):
        while line := self.rfile.readline():
            if line == b"\r\n":
                continue
            if not re.fullmatch(rb"[A-Z]+ [!-~]+ HTTP/1\.[01]\r\n", line):
                self.answer(b"400 Bad Request", closes=True)
                return
            length, closes = 0, False
            while (field := self.rfile.readline()) not in (b"\r\n", b""):
                name, _, value = field.partition(b":")
                value = value.strip(b" \t\r\n")
                if name.lower() == b"content-length" and value.isdigit():
                    length = int(value)
                closes = closes or (name.lower() == b"connection" and value.lower() == b"close")
            self.rfile.read(length)
            self.answer(b"200 OK", closes)
            if closes:
                return

    def answer(self, status, closes):
        head = b"HTTP/1.1 " + status + b"\r\n" + DATE + b"Content-Type: text/plain\r\nContent-Length: 2\r\n"
        self.wfile.write(head + (b"Connection: close\r\n" if closes else b"") + b"\r\nok")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
