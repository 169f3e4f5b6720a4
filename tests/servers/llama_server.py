"""A real engine: a llama.cpp server around a tiny model with random weights, written on the spot.

    python tests/servers/llama_server.py

prints one JSON line with its address and serves until it is ended, on the OpenAI and the Anthropic
wire, eight requests at once. What the model says is random, but the engine holds it to the schema
that it is given. Needs xllamacpp and gguf.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from pathlib import Path

import gguf
import numpy as np
import xllamacpp

SLOTS = 8
CONTEXT = 48_000  # tokens of a slot; a token is a byte
WIDTH, HEADS = 16, 1
END = 256  # the one token that is no byte
PRINTED = range(ord("!"), ord("~") + 1)
LIKELIER = {END: 9.0, **{ord(mark): 3.0 for mark in '",]}<'}}  # logarithms: texts and numbers end soon
UNLIKELY = -20.0
TEMPLATE = """\
{%- if tools %}{% for tool in tools %}{{ tool | tojson }}
{% endfor %}{% endif %}
{%- for message in messages %}{{ message.role }}: {{ message.content }}
{%- if message.tool_calls %}{% set call = message.tool_calls[0].function -%}
<{"name": "{{ call.name }}", "arguments": {{ call.arguments | tojson }}}>
{%- endif %}
{% endfor %}
{%- if add_generation_prompt %}assistant:{% endif %}"""


def write(path: Path) -> None:
    """Write a model of one layer whose tokens are the 256 bytes and an end."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    tokens = [*_bytes(), "<end>"]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * 256 + [gguf.TokenType.CONTROL])
    writer.add_token_merges([f"{_bytes()[ord('e')]} {_bytes()[ord(' ')]}"])
    writer.add_bos_token_id(END)
    writer.add_eos_token_id(END)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)

    for name, weights in _weights(len(tokens)).items():
        writer.add_tensor(f"{name}.weight", weights.astype(np.float32))

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _weights(tokens: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(0)
    head = WIDTH // HEADS
    shapes = {
        "token_embd": (tokens, WIDTH),
        "output": (tokens, WIDTH),
        "blk.0.attn_q": (WIDTH, WIDTH),
        "blk.0.attn_k": (head, WIDTH),
        "blk.0.attn_v": (head, WIDTH),
        "blk.0.attn_output": (WIDTH, WIDTH),
        "blk.0.ffn_gate": (WIDTH, WIDTH),
        "blk.0.ffn_up": (WIDTH, WIDTH),
        "blk.0.ffn_down": (WIDTH, WIDTH),
    }
    weights = {name: chance.normal(0, 0.1, shape) for name, shape in shapes.items()}
    norms = {name: np.ones(WIDTH) for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm")}

    # The first dimension is the same for every token, so that its weight in the output is a bias.
    # After a colon, where a free answer begins, no end comes; after the end of a tool call, no other.
    weights["token_embd"][:, :3] = 10.0, 0.0, 0.0
    weights["token_embd"][ord(":"), 1] = weights["token_embd"][ord(">"), 2] = 10.0
    weights["output"][:, :3] = 0.0
    # What the layer adds leaves these alone, so that no prompt makes a mark any likelier.
    weights["blk.0.attn_output"][:3] = weights["blk.0.ffn_down"][:3] = 0.0
    weights["output"][END, 1:3] = UNLIKELY, -UNLIKELY
    weights["output"][ord("<"), 2] = UNLIKELY

    for token in range(tokens):
        likelier = LIKELIER.get(token, 0.0 if token in PRINTED else UNLIKELY)
        weights["output"][token, 0] = likelier / WIDTH**0.5

    return weights | norms


def _bytes() -> list[str]:
    """Return how byte-level vocabularies spell the 256 bytes."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = iter(range(256, 512))

    return [chr(byte if byte in shown else next(hidden)) for byte in range(256)]


def main() -> None:
    """Serve until ended; print the address as one JSON line."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "tiny.gguf"
        write(model)
        server = xllamacpp.Server(_parameters(model))
        print(json.dumps({"url": f"{server.listening_address}/v1"}), flush=True)
        threading.Event().wait()


def _parameters(model: Path) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {"tiny"}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.warmup = False
    parameters.n_parallel = SLOTS
    parameters.n_ctx = CONTEXT * SLOTS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_ENABLED

    return parameters


if __name__ == "__main__":
    sys.exit(main())
