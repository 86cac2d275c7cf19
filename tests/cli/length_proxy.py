"""A small router proxy: a prompt of at least N bytes goes to the strong model, others to the weak
one. Usage: length_proxy.py UPSTREAM. Prints its own base URL.

The model that is asked for says where N lies, as RouteLLM's server has it: router-length-N. The
proxy adds a system message and puts "Question: " before the prompt, as proxies do. It says its
choice in the answer's model field, in the header x-routed-to and by the answer's cost; the model
router-silent-N says it by the cost alone, and router-other-N calls itself something else."""
import http.server
import json
import sys
import urllib.error
import urllib.request

upstream = sys.argv[1]
PRICES = {"strong": (10, 30), "weak": (0.5, 1.5)}


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        _, kind, least = request["model"].split("-")
        text = request["messages"][-1]["content"]
        model = "strong" if len(text.encode()) >= int(least) else "weak"
        request["model"] = model
        request["messages"] = [{"role": "system", "content": "Be right."},
                               {"role": "user", "content": "Question: " + text}]
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    f"{upstream}/chat/completions", json.dumps(request).encode(),
                    {"content-type": "application/json"})) as answer:
                status, body = 200, json.loads(answer.read())
        except urllib.error.HTTPError as e:
            status, body = e.code, json.loads(e.read())
        headers = {"content-type": "application/json"}
        if status == 200:
            usage = body["usage"]
            usage["cost"] = (usage["prompt_tokens"] * PRICES[model][0] + usage["completion_tokens"] * PRICES[model][1]) / 1e6
            if kind == "length":
                headers["x-routed-to"] = f"vendor/{model}-2024"
            else:
                body["model"] = {"silent": "auto", "other": "somebody/else"}[kind]
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers | {"content-length": len(text)}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


# a short queue drops connections, which are then tried again after seconds
http.server.ThreadingHTTPServer.request_queue_size = 256
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
server.serve_forever()
