"""The official openai client against the replay server: models, chat, streams, vectors, errors."""
import json
import os
import pathlib
import subprocess
import sys

try:
    import openai
except ImportError:
    print("skipped: the openai package is not installed")
    sys.exit(77)

SETS = pathlib.Path(os.environ["SOURCE_DIR"]) / "golden/recordings"
TOKEN = "a-token-of-ours"
server = subprocess.Popen(
    [os.environ["ROUTEASSAY"], "replay-server", "--recordings", SETS, "--strong", "example/large",
     "--weak", "example/small", "--port", "0", "--token-env", "SERVED", "--embedder", "vec=ngrams:32"],
    stdout=subprocess.PIPE, env=os.environ | {"SERVED": TOKEN})


def lines(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def raises(kind, call, code):
    try:
        call()
    except kind as e:
        assert e.code == code, (e.code, code)
    else:
        raise AssertionError(f"no {kind}")


def conversation(item, turn):
    messages = []
    for text in item["turns"][:turn]:
        messages += [{"role": "user", "content": text}, {"role": "assistant", "content": "So."}]
    return messages[:-1]


def every_output(client, benchmark):
    items = {i["id"]: i for i in lines(SETS / benchmark / "items.jsonl")}
    for role, model in (("strong", "example/large"), ("weak", "example/small")):
        for o in lines(SETS / benchmark / f"outputs/{model.replace('/', '__')}.jsonl"):
            messages = conversation(items[o["id"]], o["turn"])
            answer = client.chat.completions.create(model=role, messages=messages, temperature=0, max_tokens=9)
            text = o["output"] or ""  # the call failed when it was recorded: marked, and empty
            assert answer.routeassay["output"] == ("none" if o["output"] is None else "recorded")
            assert answer.choices[0].message.content == text, (o, answer)
            assert answer.choices[0].finish_reason == (text and o["finish_reason"] or "stop")
            assert answer.model == (text and o["served_model"] or model)
            if text and o["completion_tokens"] is not None:
                assert answer.usage.completion_tokens == o["completion_tokens"]
            stream = client.chat.completions.create(model=model, messages=messages, stream=True,
                                                    stream_options={"include_usage": True})
            parts = list(stream)
            assert "".join(p.choices[0].delta.content or "" for p in parts if p.choices) == text
            assert parts[-1].usage == answer.usage
    return len(items)


try:
    url = server.stdout.readline().decode().strip()
    client = openai.OpenAI(base_url=url, api_key=TOKEN, max_retries=0)
    assert {"strong", "weak", "example/large", "vec"} <= {m.id for m in client.models.list()}
    assert client.models.retrieve("weak").id == "weak"
    count = sum(every_output(client, b) for b in ("gsm8k", "mmlu", "mt-bench"))
    first = lines(SETS / "gsm8k/items.jsonl")[0]["turns"][0]
    text = client.completions.create(model="weak", prompt=first)
    again = "".join(p.choices[0].text for p in client.completions.create(model="weak", prompt=first, stream=True))
    assert text.choices[0].text == again
    both = [client.embeddings.create(model="vec", input=[first, "b"], encoding_format=f) for f in ("float", "base64")]
    vectors = client.embeddings.create(model="vec", input=[first, "b"])  # the client asks for base64 and decodes it
    pairs = list(zip(both[0].data[0].embedding, vectors.data[0].embedding, strict=True))
    assert len(pairs) == 32 and all(abs(a - b) < 1e-8 for a, b in pairs)
    assert isinstance(both[1].data[0].embedding, str)
    ask = lambda model, text: client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
    raises(openai.NotFoundError, lambda: ask("weak", "A question that nobody recorded."), "unknown_prompt")
    raises(openai.NotFoundError, lambda: ask("gpt-9", first), "unknown_model")
    stranger = openai.OpenAI(base_url=url, api_key="wrong", max_retries=0)
    raises(openai.AuthenticationError, lambda: stranger.models.list(), "wrong_token")
finally:
    server.terminate()
assert server.wait(60) == 0
print(f"{count} items, openai {openai.__version__}")
