"""A web server that misbehaves on demand, for fetch.sh: fetch_server.py ROOT LOG [CERTIFICATE].

Serves the files below ROOT, prints its port, and appends to LOG one line a request: seconds, name,
Range header or "-". What it does wrong is chosen by the file's name up to the first dot; `nth` is
the number of the request for that file, from 1. With a certificate (and key) it speaks TLS.
"""
import http.server
import os
import ssl
import sys
import threading
import time
import urllib.parse

root, log_path = sys.argv[1:3]
requests = {}
lock = threading.Lock()
meeting = threading.Barrier(4)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def serve(self, body):
        """As a well-behaved server: the range asked for, or all."""
        asked = self.headers.get("Range")
        if not asked:
            return self.reply(200, body)
        first = int(asked.removeprefix("bytes=").removesuffix("-"))
        where = f"bytes {first}-{len(body) - 1}/{len(body)}"
        self.reply(206, body[first:], Content_Range=where)

    def cut(self, body):
        """Half of the body, then the connection ends."""
        self.reply(200, body[:len(body) // 2], length=len(body))
        self.close_connection = True

    def do_GET(self):
        path = urllib.parse.urlparse(self.path).path
        name = path.rsplit("/", 1)[-1]
        with lock:
            nth = requests[name] = requests.get(name, 0) + 1
            with open(log_path, "a") as log:
                log.write(f"{time.monotonic():.3f} {name} {self.headers.get('Range', '-')}\n")
        try:
            with open(root + path, "rb") as file:
                body = file.read()
        except OSError:
            return self.reply(404, b"no such file")
        getattr(self, "do_" + name.split(".")[0].rstrip("0123456789"), self.do_fine)(body, nth)

    def do_fine(self, body, nth):
        self.serve(body)

    def do_flaky(self, body, nth):  # two errors, larger than the file
        self.serve(body) if nth > 2 else self.reply(500, b"oops " * 1000)

    def do_broken(self, body, nth):
        self.reply(503, b"oops")

    def do_busy(self, body, nth):
        self.serve(body) if nth > 1 else self.reply(429, Retry_After="2")

    def do_closed(self, body, nth):
        self.reply(429, Retry_After="86400")

    def do_cut(self, body, nth):
        self.serve(body) if nth > 1 else self.cut(body)

    def do_unsized(self, body, nth):  # as cut, but without a length to tell by
        if nth > 1:
            return self.serve(body)
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[:len(body) // 2])
        self.close_connection = True

    def do_norange(self, body, nth):
        self.reply(200, body) if nth > 1 else self.cut(body)

    def do_unsatisfiable(self, body, nth):
        self.reply(416) if self.headers.get("Range") else self.serve(body)

    def do_misplaced(self, body, nth):  # another range than the one asked for
        if not self.headers.get("Range"):
            return self.serve(body)
        self.reply(206, body[1:], Content_Range=f"bytes 1-{len(body) - 1}/{len(body)}")

    def do_wrong(self, body, nth):
        self.serve(body[::-1])

    def do_page(self, body, nth):  # a login page instead of the file
        self.reply(200, b"<html>")

    def do_long(self, body, nth):
        self.reply(200, body * 1000)

    def do_gone(self, body, nth):
        self.reply(404, b"gone")

    def do_slow(self, body, nth):
        if nth > 1:
            return self.serve(body)
        self.reply(200, body[:5000], length=len(body))
        time.sleep(60)

    def do_meet(self, body, nth):  # answers when four are asked for at once
        try:
            meeting.wait(timeout=5)
        except threading.BrokenBarrierError:
            return self.reply(404)
        self.serve(body)

    def do_moved(self, body, nth):
        self.reply(302, b"over there", Location=self.path.replace("moved", "fine"))

    def do_downgrade(self, body, nth):
        self.reply(302, Location="http://127.0.0.1:1" + self.path)

    def do_loop(self, body, nth):
        self.reply(302, Location=self.path)

    def do_escape(self, body, nth):
        self.reply(302, Location="file://" + os.path.abspath(root + self.path))


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what these tests are about


server = Server(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
