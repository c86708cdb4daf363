"""Runs the parts that were asked for, one after the other; b and c share one vLLM server."""

import argparse

from benchmarks.judging import instant, memory, prefixes, real
from benchmarks.judging.vllm_server import SKIPPED, vllm_python, vllm_server

Result = dict[str, object]


def run_parts(asked: argparse.Namespace) -> dict[str, Result]:
    """Return the results by part; a part that was skipped says so."""
    results: dict[str, Result] = {}
    if "a" in asked.parts:
        options = instant.Options(
            num_rounds=asked.rounds,
            arm_seconds=asked.arm_seconds,
            num_samples=asked.samples,
            sample_chars=asked.chars,
        )
        results["a"] = instant.run(options)
    on_vllm = [part for part in asked.parts if part in ("b", "c")]
    python = vllm_python()
    if on_vllm and python is None:
        for part in on_vllm:
            print(f"({part}) {SKIPPED}\n")
            results[part] = {"skipped": SKIPPED}
    elif on_vllm and python is not None:
        results |= _run_on_vllm(asked, on_vllm, python)
    if "d" in asked.parts:
        results["d"] = memory.run(
            memory.Options(
                num_judgements=asked.judgements, every=asked.every, warm_up=asked.warm_up
            )
        )
    return results


def _run_on_vllm(asked: argparse.Namespace, parts: list[str], python: str) -> dict[str, Result]:
    results: dict[str, Result] = {}
    num_in_flight = asked.vllm_in_flight
    with vllm_server(python) as server:
        if "b" in parts:
            results["b"] = real.run(
                server,
                real.Options(
                    num_rounds=asked.pairs,
                    num_samples=asked.pair_samples,
                    num_in_flight=num_in_flight,
                ),
            )
        if "c" in parts:
            results["c"] = prefixes.run(
                server,
                prefixes.Options(num_samples=asked.prefix_samples, num_in_flight=num_in_flight),
            )
    return results
