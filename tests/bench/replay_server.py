"""Requests a second that a replay server answers, beside a server of Python's own that sends a fixed
answer, in interleaved blocks of one session. Clients are threads of another process with keep-alive.

  ROUTEASSAY=build/release/routeassay python3 tests/bench/replay_server.py [RECORDINGS STRONG WEAK]
"""
import http.client
import http.server
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import threading
import time

recordings, strong, weak = sys.argv[1:] or ("golden/recordings", "example/large", "example/small")
THREADS, SECONDS, BLOCKS = 8, 2, 3


class Fixed(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body in one packet

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def fixed_server(port):
    # a short queue drops connections, which are then tried again after seconds
    http.server.ThreadingHTTPServer.request_queue_size = 256
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fixed)
    port.put(server.server_port)
    server.serve_forever()


def client(port, bodies, until, counts, latencies):
    c = http.client.HTTPConnection("127.0.0.1", port)
    while time.monotonic() < until:
        start = time.perf_counter()
        c.request("POST", "/v1/chat/completions", bodies[len(latencies) % len(bodies)])
        answer = c.getresponse()
        answer.read()
        assert answer.status == 200
        latencies.append(time.perf_counter() - start)
    counts.append(len(latencies))


def block(port, bodies):
    until, counts, all_latencies = time.monotonic() + SECONDS, [], [[] for _ in range(THREADS)]
    threads = [threading.Thread(target=client, args=(port, bodies, until, counts, l)) for l in all_latencies]
    [t.start() for t in threads]
    [t.join() for t in threads]
    latencies = sorted(sum(all_latencies, []))
    return sum(counts) / SECONDS, latencies[len(latencies) // 2] * 1e3, latencies[len(latencies) * 99 // 100] * 1e3


def processor_us(pid):
    """Processor time of a process so far."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1e6


def main():
    items = [json.loads(line) for line in open(next(pathlib.Path(recordings).glob("**/gsm8k/items.jsonl")))]
    ask = lambda text: json.dumps({"model": "weak", "messages": [{"role": "user", "content": text}]})
    exact = [ask(i["turns"][0]) for i in items]
    wrapped = [ask("Think before you answer.\n\nQuestion: " + i["turns"][0] + "\nAnswer:") for i in items]
    port = multiprocessing.Queue()
    reference = multiprocessing.Process(target=fixed_server, args=(port,), daemon=True)
    reference.start()
    reference_port = port.get()
    server = subprocess.Popen([os.environ["ROUTEASSAY"], "replay-server", "--recordings", recordings, "--strong",
                               strong, "--weak", weak, "--port", "0", "--log", "/dev/null"], stdout=subprocess.PIPE)
    own = int(server.stdout.readline().decode().split(":")[2].split("/")[0])
    print(f"{'':24} {'requests/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'ratio':>6} {'processor us/request':>21}")
    for _ in range(BLOCKS):
        base = block(reference_port, exact)
        print(f"{'fixed answer, Python':24} {base[0]:10.0f} {base[1]:8.2f} {base[2]:8.2f}")
        for name, bodies in (("replay, exact", exact), ("replay, contained", wrapped)):
            before = processor_us(server.pid)
            rate = block(own, bodies)
            used = (processor_us(server.pid) - before) / (rate[0] * SECONDS)
            print(f"{name:24} {rate[0]:10.0f} {rate[1]:8.2f} {rate[2]:8.2f} {rate[0] / base[0]:6.2f} {used:21.0f}")
    server.terminate()
    server.wait()
    reference.terminate()


if __name__ == "__main__":
    main()
