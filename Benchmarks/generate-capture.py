#!/usr/bin/env python3
# Writes a capture file of any size with traffic as it passes between nginx and a FastCGI backend, for measuring.
# Equal options give equal bytes. The connections are whole: handshake, data, acknowledgements, FIN from both sides;
# several are open at a time. Python's standard library only.
# SPDX-License-Identifier: Apache-2.0
"""usage: generate-capture.py [--kind large-bodies|small] [--mb N] [--mtu N] [--http] [--seed N] FILE

--kind large-bodies  responses of 100 to 400 KB in FCGI_STDOUT records of 8 to 64 KB with padding (default)
--kind small         many small requests, each answered by a few hundred bytes
--mb N               size of the file in millions of bytes, reached with the next whole connection (default 100)
--mtu N              65536 as on the loopback interface (default), or 1500
--http               also the hop before it: each request as HTTP/1.1 from a client, relayed as nginx does
"""

import argparse
import random
import struct

FIN, SYN, PUSH, ACK = 0x01, 0x02, 0x08, 0x10
BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6


def record(kind, content, padding=0):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), padding, 0) + content + b"\0" * padding


def pair(name, value):
    def length(count):
        return struct.pack(">B", count) if count < 128 else struct.pack(">I", count | 0x80000000)

    return length(len(name)) + length(len(value)) + name + value


def ip_checksum(header):
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


class Writer:
    """The file: packets are gathered, and written in large pieces. Time goes on with every packet."""

    def __init__(self, file):
        self.file = file
        self.pieces = []
        self.gathered = 0
        self.written = 24
        self.packets = 0
        self.microseconds = 1_700_000_000_000_000
        self.identification = 0
        # Magic, version 2.4, time zone, accuracy, snapshot length, link type Ethernet.
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))

    def packet(self, addresses, tcp, payload):
        self.microseconds += 7
        self.identification = (self.identification + 1) & 0xFFFF
        total = 20 + len(tcp) + len(payload)
        ip = struct.pack(">BBHHHBBH", 0x45, 0, total, self.identification, 0x4000, 64, 6, 0) + addresses
        ip = ip[:10] + struct.pack(">H", ip_checksum(ip)) + ip[12:]
        seconds, microseconds = divmod(self.microseconds, 1_000_000)
        self.pieces += (
            struct.pack("<IIII", seconds, microseconds, 14 + total, 14 + total),
            b"\0\0\0\0\0\0\0\0\0\0\0\0\x08\0",
            ip,
            tcp,
            payload,
        )
        self.gathered += 30 + total
        self.written += 30 + total
        self.packets += 1
        if self.gathered > 4_000_000:
            self.flush()

    def flush(self):
        self.file.write(b"".join(self.pieces))
        self.pieces = []
        self.gathered = 0


class Connection:
    """One TCP connection over IPv4 on loopback. Side 0 is the client."""

    def __init__(self, writer, client_port, server_port, mtu, chance):
        self.writer = writer
        self.ports = (client_port, server_port)
        self.segment = min(mtu, 65535) - 52
        self.next = [chance.getrandbits(32), chance.getrandbits(32)]
        self.unacknowledged = 0
        # 127.0.0.1 to itself, as on the loopback interface.
        self.addresses = b"\x7f\0\0\x01\x7f\0\0\x01"
        self.send_flags(0, SYN)
        self.send_flags(1, SYN | ACK)
        self.send_flags(0, ACK)

    def header(self, side, flags):
        clock = (self.writer.microseconds // 1000) & 0xFFFFFFFF
        options = b"\x01\x01\x08\x0a" + struct.pack(">II", clock, clock)
        acknowledged = self.next[1 - side] if flags & ACK else 0
        return (
            struct.pack(
                ">HHIIBBHHH",
                self.ports[side],
                self.ports[1 - side],
                self.next[side],
                acknowledged,
                0x80,
                flags,
                512,
                0,
                0,
            )
            + options
        )

    def send_flags(self, side, flags):
        self.writer.packet(self.addresses, self.header(side, flags), b"")
        if flags & (SYN | FIN):
            self.next[side] = (self.next[side] + 1) & 0xFFFFFFFF

    def send(self, side, data):
        view = memoryview(data)
        for start in range(0, len(data), self.segment):
            payload = view[start : start + self.segment]
            last = start + self.segment >= len(data)
            self.writer.packet(self.addresses, self.header(side, ACK | PUSH if last else ACK), payload)
            self.next[side] = (self.next[side] + len(payload)) & 0xFFFFFFFF
            # Every second segment is acknowledged, as delayed acknowledgements go.
            self.unacknowledged += 1
            if self.unacknowledged == 2:
                self.unacknowledged = 0
                self.send_flags(1 - side, ACK)

    def close(self):
        self.send_flags(1, FIN | ACK)
        self.send_flags(0, FIN | ACK)
        self.send_flags(1, ACK)


def fastcgi_request(number, keep):
    parameters = [
        (b"SCRIPT_FILENAME", b"/srv/www/app.php"),
        (b"QUERY_STRING", b"page=%d&order=name" % number),
        (b"REQUEST_METHOD", b"GET"),
        (b"CONTENT_TYPE", b""),
        (b"CONTENT_LENGTH", b""),
        (b"SCRIPT_NAME", b"/app.php"),
        (b"REQUEST_URI", b"/app.php?page=%d&order=name" % number),
        (b"DOCUMENT_ROOT", b"/srv/www"),
        (b"SERVER_PROTOCOL", b"HTTP/1.1"),
        (b"GATEWAY_INTERFACE", b"CGI/1.1"),
        (b"SERVER_SOFTWARE", b"nginx/1.22.1"),
        (b"REMOTE_ADDR", b"127.0.0.1"),
        (b"SERVER_NAME", b"localhost"),
        (b"HTTP_HOST", b"localhost"),
        (b"HTTP_USER_AGENT", b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        (b"HTTP_ACCEPT", b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        (b"HTTP_COOKIE", b"session=%032x" % number),
    ]
    content = b"".join(pair(name, value) for name, value in parameters)
    return (
        record(BEGIN_REQUEST, struct.pack(">HB5x", 1, keep))
        + record(PARAMS, content, -len(content) % 8)
        + record(PARAMS, b"")
        + record(STDIN, b"")
    )


def http_request(number):
    return (
        b"GET /app.php?page=%d&order=name HTTP/1.1\r\nHost: localhost\r\n"
        b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
        b"Cookie: session=%032x\r\n\r\n" % (number, number)
    )


def make_responses(kind, chance):
    """Ready answers as (FastCGI bytes, HTTP bytes), made once and sent again and again."""
    noise = chance.randbytes(1 << 19)
    responses = []
    for _ in range(24):
        length = chance.randrange(100_000, 400_000) if kind == "large-bodies" else chance.randrange(50, 900)
        start = chance.randrange(len(noise) - length)
        body = noise[start : start + length]
        fields = b"Content-Type: text/html; charset=UTF-8\r\nContent-Length: %d\r\n\r\n" % length
        content = b"Status: 200 OK\r\n" + fields + body
        records = []
        position = 0
        while position < len(content):
            piece = content[position : position + chance.choice((8184, 16384, 32768, 65535))]
            records.append(record(STDOUT, piece, -len(piece) % 8))
            position += len(piece)
        records += (record(STDOUT, b""), record(END_REQUEST, struct.pack(">IB3x", 0, 0)))
        head = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
        responses.append((b"".join(records), head + fields + body))
    return responses


def main():
    parser = argparse.ArgumentParser(usage=__doc__.removeprefix("usage: "))
    parser.add_argument("--kind", choices=("large-bodies", "small"), default="large-bodies")
    parser.add_argument("--mb", type=int, default=100)
    parser.add_argument("--mtu", type=int, choices=(1500, 65536), default=65536)
    parser.add_argument("--http", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("file")
    options = parser.parse_args()

    chance = random.Random(options.seed)
    responses = make_responses(options.kind, chance)
    limit = options.mb * 1_000_000
    exchanges = 0
    connections = 0
    client_port = 32768

    def opened(server_port):
        nonlocal client_port, connections
        client_port = 32768 + (client_port - 32767) % 28000
        connections += 1
        return Connection(writer, client_port, server_port, options.mtu, chance)

    with open(options.file, "wb") as file:
        writer = Writer(file)
        lanes = [None] * 8
        while writer.written < limit or any(lanes):
            place = chance.randrange(len(lanes))
            if lanes[place] is None:
                if writer.written >= limit:
                    lanes = [lane for lane in lanes if lane] or [None]
                    continue
                front = opened(8080) if options.http else None
                lanes[place] = [front, opened(9000), chance.randrange(1, 100)]
            front, back, left = lanes[place]
            answer, front_answer = chance.choice(responses)
            exchanges += 1
            if front:
                front.send(0, http_request(exchanges))
            back.send(0, fastcgi_request(exchanges, 1))
            back.send(1, answer)
            if front:
                front.send(1, front_answer)
            lanes[place][2] = left - 1
            if left == 1 or writer.written >= limit:
                back.close()
                if front:
                    front.close()
                lanes[place] = None
        writer.flush()
    hops = "both hops" if options.http else "FastCGI"
    print(f"{options.file}: {writer.written} bytes, {writer.packets} packets, {connections} connections, "
          f"{exchanges} exchanges, {hops}")


if __name__ == "__main__":
    main()
