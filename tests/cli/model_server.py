"""A test server that stands for a language model: model_server.py LOG [DIALECT].

No model is behind it: what it says follows from the text that it is asked, the same every time. It
prints its port, and appends to LOG one line of JSON a request: path and body. DIALECT says whose
shape log-probabilities have: openai (chat as everywhere; completions as vLLM and SGLang send them),
or llama (completions in the layout of chat answers, as llama.cpp's server sends them).

What the text holds decides: "Rating:" asks for a mark, "[[A]]" for a verdict, and "The mark of the
small model's answer" for a label, whose tokens the request's model chooses:
    plain      "1" to "5", all listed
    few        only two of the labels are listed
    space      white space is a token of its own before the label
    split      "[[4]]" in three tokens
    chatty     a sentence first
    none       no label at all
    nologprobs the server sends none
A model whose name begins with slow takes 20 ms to answer; one called odd answers some without a choice.
"""
import hashlib
import http.server
import json
import math
import sys
import threading
import time

log = open(sys.argv[1], "a", buffering=1)
dialect = sys.argv[2] if len(sys.argv) > 2 else "openai"
lock = threading.Lock()


def number(text, most):
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % most


def question_of(text):
    return text.split("The request:\n")[-1].split("\n\nThe mark")[0]


def label_chances(text):
    """Of the labels 1 to 5, unnormalised; a tenth goes to other tokens."""
    weights = [1 + number(f"{question_of(text)}/{k}", 100) for k in range(1, 6)]
    return [0.9 * w / sum(weights) for w in weights]


def next_tokens(model, text):
    """Most likely next tokens with their probabilities, the rest of 1 not listed."""
    chances = label_chances(text)
    tail = text[-8:]
    if model == "none":
        return [("Sure", 0.6), ("The", 0.3)]
    if model == "space" and not tail.endswith(" "):
        return [(" ", 0.7)] + [(str(k + 1), 0.2 * p) for k, p in enumerate(chances)]
    if model == "split":
        if tail.endswith("[["):
            return [(str(k + 1), p) for k, p in enumerate(chances)]
        if tail[-1:].isdigit() and tail[-3:-1] == "[[":
            return [("]]", 0.99)]
        return [("[[", 0.95), ("I", 0.01)]
    listed = [(str(k + 1), p) for k, p in enumerate(chances)] + [("Well", 0.05)]
    listed.sort(key=lambda pair: -pair[1])
    return listed[:2] if model == "few" else listed


def written(model, text, most):
    """Tokens that are written, each with its alternatives."""
    out, so_far = [], text
    if model == "chatty":
        for token in ("The", " mark", " is", " "):
            out.append((token, [(token, 0.9)]))
    while len(out) < most:
        listed = next_tokens(model, so_far)
        listed = sorted(listed, key=lambda pair: -pair[1])
        out.append((listed[0][0], listed))
        so_far += listed[0][0]
        if listed[0][0][-1:].isdigit() and model != "split" or listed[0][0] in ("]]", "Sure"):
            break
    return out


def answer(model, text, most):
    """Plain text, as a judge or as a model that is recorded."""
    if "[[A]]" in text:
        return ["A is better. [[A]]", "B is better. [[B]]", "Both are good. [[C]]", "Hm."][
            number(model + text, 10) // 3]
    if "Rating:" in text:
        mark = 1 + number(model + text, 10)
        return "No mark today." if number(text, 9) == 0 else f"Fine.\n\nRating: [[{mark}]]"
    if "####" in text:
        return f"Let me see.\n#### {number(text, 50)}"
    return f"Answer {number(text, 1000)} of {model}."


def chat_logprobs(tokens):
    entry = lambda t, p: {"token": t, "logprob": math.log(p), "bytes": list(t.encode())}
    return {"content": [entry(t, dict(listed)[t]) |
                        {"top_logprobs": [entry(*pair) for pair in listed]}
                        for t, listed in tokens]}


def completion_logprobs(tokens):
    return {"tokens": [t for t, _ in tokens], "text_offset": [0] * len(tokens),
            "token_logprobs": [math.log(dict(listed)[t]) for t, listed in tokens],
            "top_logprobs": [{t: math.log(p) for t, p in listed} for _, listed in tokens]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with lock:
            log.write(json.dumps({"path": self.path, "body": body}) + "\n")
        if body["model"].startswith("slow"):
            time.sleep(0.02)
        chat = self.path.endswith("/chat/completions")
        model, most = body["model"], body.get("max_tokens", 100)
        text = "\n".join(m["content"] for m in body["messages"]) if chat else body["prompt"]
        repeat = self.headers.get("Idempotency-Key", "") if body.get("temperature") else ""
        tokens = logprobs = None
        if "The mark of the small model" in text:
            tokens = written(model, text, most)
            said = "".join(t for t, _ in tokens)
            if (body.get("logprobs") or body.get("top_logprobs")) and model != "nologprobs":
                as_chat = chat or dialect == "llama"
                logprobs = (chat_logprobs if as_chat else completion_logprobs)(tokens)
        else:
            said = answer(model, text + repeat, most)
        choice = {"index": 0, "finish_reason": "length" if most <= 3 else "stop",
                  "logprobs": logprobs}
        choice |= {"message": {"role": "assistant", "content": said}} if chat else {"text": said}
        reply = json.dumps({
            "id": "x", "object": "chat.completion" if chat else "text_completion",
            "model": model + "-2026",
            "choices": [] if model == "odd" and number(text, 5) == 0 else [choice],
            "usage": {"prompt_tokens": len(text) // 4, "completion_tokens": len(said.split())}
        }).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


# a short queue drops connections, which are then tried again after seconds
http.server.ThreadingHTTPServer.request_queue_size = 256
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
