"""An OpenAI-compatible server that misbehaves on demand: http_server.py LOG [CERTIFICATE].

Prints its port. Calls go to /MODE/chat/completions; MODE says what it does wrong, `nth` is the
number of the request for that call (by its Idempotency-Key), from 1. A good answer repeats the last
message and, several times over, the key that came with it. LOG gets "ask MODE KEY" for each request
and "ok MODE KEY" once a good answer was sent. With a certificate (and key) it speaks TLS.
"""
import http.server
import json
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse

log = open(sys.argv[1], "a", buffering=1)
counts = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def reply(self, status, body, length=None, **headers):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def error(self, status, message="no", **headers):
        self.reply(status, {"error": {"message": message, "code": None}}, **headers)

    def answer(self):
        said = self.body["messages"][-1]["content"]
        key = self.headers.get("Authorization", "")
        escaped = "".join(f"\\u{ord(c):04x}" for c in key)
        text = json.dumps({
            "model": self.body["model"] + "-0613", "system_fingerprint": "fp",
            "choices": [{"message": {"content": f"{said} {key} {urllib.parse.quote(key)}"},
                         "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5,
                      "prompt_tokens_details": {"cached_tokens": 4}}})
        return text.replace('"fp"', f'"{escaped}"').encode()

    def good(self):
        self.reply(200, self.answer(), X_Echo=self.headers.get("Authorization", ""))
        print("ok", self.mode, self.call, file=log)

    def do_POST(self):
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.mode = self.path.split("/")[1]
        self.call = self.headers.get("Idempotency-Key", "-")
        with lock:
            nth = counts[self.call] = counts.get(self.call, 0) + 1
        print("ask", self.mode, self.call, file=log)
        getattr(self, "do_" + self.mode)(nth)

    do_GET = do_POST

    def do_fine(self, nth):
        self.good()

    def do_slow(self, nth):
        time.sleep(0.01)
        self.good()

    def do_storm(self, nth):  # busy, and says for how long
        self.good() if nth > 1 else self.error(429, "busy", Retry_After="1")

    def do_busy(self, nth):
        self.good() if nth > 1 else self.error(429, "busy")

    def do_flaky(self, nth):
        self.good() if nth > 2 else self.reply(500, b"oops " * 1000)

    def do_reset(self, nth):  # half of the body, then the connection is torn down
        if nth > 1:
            return self.good()
        body = self.answer()
        self.reply(200, body[:len(body) // 2], length=len(body))
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def do_cut(self, nth):  # a length that never comes
        if nth > 1:
            return self.good()
        self.reply(200, self.answer(), length=10000)
        self.close_connection = True

    def do_short(self, nth):  # a length that is too small
        if nth > 1:
            return self.good()
        self.reply(200, self.answer(), length=20)
        self.close_connection = True

    def do_garbage(self, nth):
        self.good() if nth > 1 else self.reply(200, b'{"choices": [{"message": \xff}')

    def do_page(self, nth):
        self.good() if nth > 1 else self.reply(200, b"<html>log in</html>")

    def do_inside(self, nth):  # an error in spite of the status
        if nth > 1:
            return self.good()
        self.reply(200, {"error": {"message": "upstream", "code": 503}})

    def do_odd(self, nth):  # what a model may say, and text of ours may not hold
        text = self.answer().replace(b'"choices"', b'"odd": "a\\u0000b\\ud800c", "choices"')
        self.reply(200, text)
        print("ok", self.mode, self.call, file=log)

    def do_here(self, nth):
        if nth == 1:
            return self.reply(307, {}, Location="/fine/chat/completions")
        self.good()

    def do_drip(self, nth):
        if nth > 1:
            return self.good()
        self.reply(200, b"", length=100000)
        for _ in range(200):
            self.wfile.write(b" ")
            time.sleep(0.05)

    def do_huge(self, nth):
        self.reply(200, b"{", length=1 << 30)
        for _ in range(1024):
            self.wfile.write(b" " * (1 << 20))

    def do_broken(self, nth):
        self.reply(503, {"detail": "always"})

    def do_away(self, nth):  # to another host (the same machine by another name)
        self.reply(307, {}, Location=f"http://localhost:{server.server_port}/fine/chat/completions")

    def do_denied(self, nth):
        self.error(401, "Incorrect API key: " + self.headers.get("Authorization", ""))

    def do_wrong(self, nth):
        self.error(400, "the context is too long")

    def do_quota(self, nth):
        self.reply(429, {"error": {"message": "pay first", "code": "insufficient_quota"}})

    def do_closed(self, nth):
        self.error(429, "come back tomorrow", Retry_After="86400")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what these tests are about


server = Server(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
