"""Serves the WSGI probe by a Python package that has no program of its own for that: wsgi.py KIND PORT

The probe, probe.py, is found on PYTHONPATH. A kind that speaks no WSGI gets it through an adapter of its own project.
"""

import socketserver
import sys

from probe import application


def serve_wsgiref(port):
    from wsgiref.simple_server import WSGIServer, make_server

    class ThreadingServer(socketserver.ThreadingMixIn, WSGIServer):
        daemon_threads = True

    make_server("127.0.0.1", port, application, server_class=ThreadingServer).serve_forever()


def serve_werkzeug(port):
    from werkzeug.serving import WSGIRequestHandler, run_simple

    # As an application would choose it: the handler's own default is HTTP/1.0.
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    run_simple("127.0.0.1", port, application, threaded=True)


def serve_cheroot(port):
    from cheroot.wsgi import Server

    Server(("127.0.0.1", port), application).start()


def serve_bjoern(port):
    import bjoern

    bjoern.run(application, "127.0.0.1", port)


def serve_gevent(port):
    from gevent.pywsgi import WSGIServer

    WSGIServer(("127.0.0.1", port), application).serve_forever()


def serve_tornado(port):
    import asyncio

    from tornado.httpserver import HTTPServer
    from tornado.wsgi import WSGIContainer

    async def main():
        HTTPServer(WSGIContainer(application)).listen(port, "127.0.0.1")
        await asyncio.Event().wait()

    asyncio.run(main())


def serve_twisted(port):
    from twisted.internet import reactor
    from twisted.web.server import Site
    from twisted.web.wsgi import WSGIResource

    reactor.listenTCP(port, Site(WSGIResource(reactor, reactor.getThreadPool(), application)), interface="127.0.0.1")
    reactor.run()


if __name__ == "__main__":
    globals()["serve_" + sys.argv[1]](int(sys.argv[2]))
