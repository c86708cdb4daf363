"""Speed and memory of the model judge, each next to a peer in the same run.

    python benchmarks/judge.py [a] [b] [c] [d] [--json FILE] [options]

a  an instant fake server: what engine and REST service cost, beside bare loops of aiohttp and
   httpx that send the same request bytes. Target: engine at least .3 of bare aiohttp, fast mode.
b  a real vLLM on the CPU: throughput of the engine beside a bare loop with the same bodies, in
   pairs. Target: at least .9 in fast and in standard mode.
c  the same vLLM: what comes from its prefix cache. Targets: at least .9 of the static tokens;
   in standard mode at most 1.3 times the tokens of one uncached call are computed.
d  memory over 50,000 judgements. Target: flat.

Without a letter: a, b and c (under 6 minutes on two idle cores). b and c need ASSAY_VLLM_PYTHON,
the python of an environment with vLLM for CPU, and are skipped without it; ASSAY_VLLM_MODELS names
the folder that keeps the tiny model, which takes minutes to train. A ratio stands as median and
interval (order statistics; in brackets the chance that it holds the true median). Run it on an idle
machine: the load is shown. The exit code is 1 when a target was missed.
"""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("a", "b", "c", "d")
DEFAULT_PARTS = ["a", "b", "c"]


def main() -> None:
    arguments = _arguments()
    # the fake server and the tiny model belong to the tests, which are found from the checkout
    sys.path.insert(0, str(ROOT))
    paths = (str(ROOT), os.environ.get("PYTHONPATH", ""))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    from benchmarks.judging.parts import run_parts

    results = run_parts(arguments)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")
        print(f"all figures: {arguments.json}")
    missed = [name for name, result in results.items() if result.get("is_reached") is False]
    if missed:
        sys.exit(f"targets missed in: {', '.join(missed)}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="a, b, c, d (default: a b c)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    group = parser.add_argument_group("sizes")
    sizes = (
        ("--rounds", 7, "a: rounds, each one of every arm"),
        ("--arm-seconds", 1.0, "a: how long an arm runs"),
        ("--samples", 256, "a: distinct samples, judged again and again"),
        ("--chars", 3000, "a: characters of a sample"),
        ("--pairs", 6, "b: pairs of engine and bare loop, in each of two modes"),
        ("--pair-samples", 56, "b: samples of an arm, 0.3 to 3 KB, all types"),
        ("--prefix-samples", 210, "c: samples, 0.3 to 3 KB, all types"),
        ("--vllm-in-flight", 32, "b and c: judgements in flight"),
        ("--judgements", 50_000, "d: judgements, once without and once with a cache"),
        ("--every", 2_000, "d: judgements between two readings of memory"),
        ("--warm-up", 10_000, "d: judgements before the trend is taken"),
    )
    for name, default, meaning in sizes:
        group.add_argument(
            name, type=type(default), default=default, metavar="N", help=f"{meaning} ({default})"
        )
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.parts) - set(PARTS))
    if unknown:
        parser.error(f"expected parts of {', '.join(PARTS)}, found {', '.join(unknown)}")
    arguments.parts = sorted(set(arguments.parts or DEFAULT_PARTS))
    return arguments


if __name__ == "__main__":
    main()
