"""The WSGI probe as an ASGI application, for servers that speak only ASGI: asgi_probe:application.

Both are found on PYTHONPATH.
"""

from asgiref.wsgi import WsgiToAsgi

from probe import application as wsgi_application

application = WsgiToAsgi(wsgi_application)
