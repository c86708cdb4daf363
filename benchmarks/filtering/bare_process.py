"""The bare pipeline in a process of its own.

    python -m benchmarks.filtering.bare_process FILE FOLDER

Says `ready` when its imports are done, works when it is told to by a line of input (so that two can
begin together), and ends with one line of JSON: what it took.
"""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from benchmarks.filtering.bare import BarePipeline
from benchmarks.judging.meters import own_cpu_seconds

from assay_filter.runs.process import settle_in


def main() -> None:
    settle_in()  # the interpreter's settings of a worker
    imports = own_cpu_seconds()
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.monotonic()
    bare = BarePipeline(Path(sys.argv[1]), Path(sys.argv[2]))
    bare.run()
    print(
        json.dumps(
            {
                "import_seconds": imports,
                "cpu_seconds": own_cpu_seconds() - imports - bare.spent.leaf_seconds,
                "wall_seconds": time.monotonic() - begun,
                **asdict(bare.spent),
            }
        )
    )


if __name__ == "__main__":
    main()
