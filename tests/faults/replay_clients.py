"""Clients that misbehave, for replay_server.sh. Waits for events, with limits that are only there
so that a hanging server fails the test instead of the run."""
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE_S = 60
sets = os.path.join(os.environ["SOURCE_DIR"], "golden/recordings")
item = json.loads(open(f"{sets}/gsm8k/items.jsonl").readline())
good = json.dumps({"model": "weak", "messages": [{"role": "user", "content": item["turns"][0]}]}).encode()


class Server:
    def __init__(self, *options):
        self.process = subprocess.Popen(
            [os.environ["ROUTEASSAY"], "replay-server", "--recordings", sets, "--strong", "example/large",
             "--weak", "example/small", "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        url = self.process.stdout.readline().decode()
        self.port = int(url.split(":")[2].split("/")[0])

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)

    def post(self, body, path="/v1/chat/completions", method="POST", headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        c.request(method, path, body, headers or {})
        answer = c.getresponse()
        text = answer.read()
        c.close()
        return answer.status, text, answer

    def works(self):
        status, text, _ = self.post(good)
        assert status == 200 and json.loads(text)["routeassay"]["item"] == item["id"], text

    def end(self, quiet=True):
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=PATIENCE_S)
        assert self.process.returncode == 0, (self.process.returncode, said)
        assert not quiet or not said, said
        return said.decode()


def refused(server, status, code, body, **how):
    got, text, answer = server.post(body, **how)
    assert got == status and json.loads(text)["error"]["code"] == code, (got, text[:200])
    return answer


def drained(sock):
    """What the server sent until it closed the connection."""
    got = b""
    try:
        while piece := sock.recv(65536):
            got += piece
    except ConnectionResetError:
        pass
    return got


def bodies(server):
    refused(server, 413, "too_large", b"x" * (5 << 20))
    refused(server, 413, "too_large", (b"x" * 65536 for _ in range(80)))  # in chunks
    for garbage in (b"", b"{", b"[]", b"null", b'"a"', good[:-1], good + b"x", b"\xff" + good, b"\0" + good,
                    good.replace(b"weak", b"we\xff\xfeak"), good.replace(b"weak", b"we\\u0000ak"),
                    b"[" * 100000, b'{"model":1,"messages":[]}', b'{"model":"weak","messages":{}}',
                    b'{"model":"weak","messages":[1]}', b'{"model":"weak","model":"weak","messages":[]}',
                    b'{"model":"weak","messages":[{"role":"user","content":[{"type":"image_url"}]}]}',
                    b'{"model":"weak","messages":[{"role":"user","content":null}]}'):
        refused(server, 400, "invalid_request", garbage)
    for text in ("", " ", "a" * (3 << 20), "\u202e\x1b[31m", item["turns"][0][:-1]):
        body = json.dumps({"model": "weak", "messages": [{"role": "user", "content": text}]}).encode()
        refused(server, 404, "unknown_prompt", body)
    many = [{"role": "user", "content": "x"}] * 1025
    refused(server, 400, "invalid_request", json.dumps({"model": "weak", "messages": many}).encode())
    assert refused(server, 405, "wrong_method", None, method="GET").getheader("allow") == "POST"
    assert refused(server, 405, "wrong_method", b"", method="DELETE", path="/v1/models").getheader("allow") == "GET"
    refused(server, 404, "unknown_path", good, path="/v2/../etc/passwd")


def raw():
    """What is no request, or only a part of one."""
    server = Server("--time-limit", "1")
    for request in (b"\0\1\2\3\r\n\r\n", b"GET\r\n\r\n", b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
                    b"GET /health HTTP/1.1\r\n" + b"a: " + b"b" * 100000 + b"\r\n\r\n",
                    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n"):
        with server.connect() as s:
            try:
                s.sendall(request)
                s.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError, OSError):
                pass
            assert not drained(s).startswith(b"HTTP/1.1 200")
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % len(good)
    for part in range(0, len(head + good), 7):  # gone in the middle
        with server.connect() as s:
            s.sendall((head + good)[:part])
    with server.connect() as s:  # two requests in one packet are two answers
        s.sendall((head + good) * 2)
        s.shutdown(socket.SHUT_WR)
        assert drained(s).count(b"HTTP/1.1 200") == 2
    server.end()


def slow():
    """Whoever never ends a request is cut off, before its headers, in them and in its body; and so
    is whoever sends a byte now and then."""
    server = Server("--time-limit", "0.5")
    starts = [b"", b"POST /v1/chat/completions HTTP/1.1\r\nhost:",
              b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 90\r\n\r\n{"]
    waiting = [server.connect() for _ in starts]
    for s, start in zip(waiting, starts):
        s.sendall(start)
    drip = server.connect()
    drip.sendall(b"GET /health HTTP/1.1\r\nx: ")
    drip.settimeout(0.05)
    closed, until = False, time.monotonic() + PATIENCE_S
    while not closed and time.monotonic() < until:
        try:
            drip.sendall(b"a")
            closed = drip.recv(1) == b""
        except TimeoutError:
            pass
        except OSError:
            closed = True
    assert closed, "a slow request was let go on"
    for s in waiting:
        drained(s)
        s.close()
    server.works()
    server.end()


def crowd(server, count):
    crowded = [server.connect() for _ in range(count)]
    for s in crowded[::2]:
        s.sendall(b"GET /health HTTP/1.1\r\n")
    server.works()
    for s in crowded:
        s.close()
    server.works()
    return len(crowded)


def asleep():
    """A signal wakes who waits for an answer; who went away in the meantime harms nobody."""
    server = Server("--latency", "3000000")
    waiting = [server.connect() for _ in range(20)]
    for s in waiting:
        s.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(good) + good)
    for s in waiting[::2]:
        s.close()
    status, _, _ = server.post(b"{")  # errors do not wait, and these requests came before it
    assert status == 400
    time.sleep(0.3)  # lets them fall asleep; if not, they are answered at once, which is as good
    server.process.send_signal(signal.SIGTERM)
    for s in waiting[1::2]:
        assert b'"gsm8k/0"' in drained(s)
        s.close()
    server.end()


files = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(files[1], 6000), files[1]))
crowd_size = min(3000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100)
with tempfile.TemporaryDirectory() as work:
    log = os.path.join(work, "log")
    server = Server("--log", log)
    bodies(server)
    server.works()
    assert crowd(server, crowd_size) > 0
    left = [server.connect() for _ in range(200)]
    server.end()
    lines = [json.loads(line) for line in open(log)]
    assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
raw()
slow()
asleep()
server = Server("--log", "/dev/full")
refused(server, 500, "log_failed", good)
assert "No space left" in server.end(quiet=False)
print(f"ok, {crowd_size} connections at once")
