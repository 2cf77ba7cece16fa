"""aiohttp's server with the probe's simplest behaviours: aiohttp_server.py PORT

Contract: version 1 (docs/probe.md); what it does not know it answers with 501. Of the WSGI probe it takes the encoding.
"""

import asyncio
import sys

from aiohttp import web
from probe import encoded


async def echo(request):
    lines = [b"gatespec-probe 1", b"interface http"]
    lines += [b"field %s %s" % (encoded(name.lower()), encoded(value)) for name, value in request.raw_headers]
    lines.append(b"body %d" % len(await request.read()))
    return web.Response(body=b"\n".join(lines) + b"\n", content_type="text/plain")


async def reflect(request):
    kind = request.headers.get("Content-Type", "application/octet-stream")
    return web.Response(body=await request.read(), headers={"Content-Type": kind})


async def pattern(request):
    count = int(request.query.get("bytes", "0"))
    body = (bytes(range(251)) * (count // 251 + 1))[:count]
    return web.Response(body=body, content_type="application/octet-stream")


async def status(request):
    code = int(request.query.get("code", "0"))
    if code < 200:
        return web.Response(status=501, text="unsupported\n")
    return web.Response(status=code, reason="Probe", text=None if code in (204, 304) else f"status {code}\n")


async def fields(request):
    pairs = [("X-Probe", "one"), ("X-Probe", "two"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    return web.Response(text="fields\n", headers=pairs)


async def document_redirect(request):
    target = request.query.get("to", "/").replace("\r", "").replace("\n", "")
    return web.Response(status=302, text="moved\n", headers={"Location": target})


async def unread(request):
    return web.Response(text="unread\n")


async def stream(request):
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    for part in range(1, int(request.query.get("parts", "0")) + 1):
        await response.write(b"part %d\n" % part)
        await asyncio.sleep(int(request.query.get("delay", "0")) / 1000)
    return response


async def sleep(request):
    pause = int(request.query.get("ms", "0"))
    await asyncio.sleep(pause / 1000)
    return web.Response(text=f"slept {pause}\n")


PROBES = {one.__name__: one for one in (echo, reflect, pattern, status, fields, unread, stream, sleep)}
PROBES["document-redirect"] = document_redirect
UNSUPPORTED = ("local-redirect", "client-redirect", "stderr", "exit", "finish", "error", "slow-reader", "crash")


async def answer(request):
    probe = request.query.get("probe", "echo")
    if probe in UNSUPPORTED:
        return web.Response(status=501, text="unsupported\n")
    if probe not in PROBES:
        return web.Response(status=400, text="unknown probe\n")
    return await PROBES[probe](request)


server = web.Application(client_max_size=1 << 24)
server.router.add_route("*", "/{path:.*}", answer)
web.run_app(server, host="127.0.0.1", port=int(sys.argv[1]), print=None)
