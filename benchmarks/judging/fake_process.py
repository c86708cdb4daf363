"""The instant fake of a vLLM server with a context of 32,768 tokens; tells its URL.

Run as `python -m benchmarks.judging.fake_process`. With the tests' 8,192 tokens the engine would
have prompts of 3 KB counted near the limit, which is not what is timed here.
"""

import asyncio

from tests.fakes.vllm import FakeVllm, Features

MAX_MODEL_LEN = 32_768


def main() -> None:
    server = FakeVllm(features=Features(max_model_len=MAX_MODEL_LEN), keeps_log=False)
    asyncio.run(server.serve(lambda url: print(url, flush=True)))


if __name__ == "__main__":
    main()
