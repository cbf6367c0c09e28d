"""Times the ingest of rows by Finetide and by Hugging Face datasets on the same files, one after the other.

Usage: ingest_bench.py FINETIDE_SCRIPT DATA_DIRECTORY_OF_A_RUNNING_STACK [ROWS]

Needs PyPI datasets (which brings pyarrow). Finetide pushes a file by its command line: upload, validation, split,
exact duplicates, leaks, shards. datasets loads the file, maps a validation of the same rules over its rows and drops
exact duplicates, in one process and in two. Prints one line a measurement: seconds and rows a second.
"""
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

WORDS = "order card money refund account transfer late parcel change address login code invoice price plan".split()


def rows(count):
    chance = random.Random(7)
    for i in range(count):
        words = " ".join(chance.choice(WORDS) for _ in range(12))
        yield {"prompt": f"Question {i}: {words}?", "completion": f" {chance.choice(WORDS)} {i % 77}"}


def write(folder, count):
    import pyarrow as pa
    import pyarrow.parquet as pq

    paths = {kind: os.path.join(folder, f"rows.{kind}") for kind in ("jsonl", "csv", "parquet")}
    with open(paths["jsonl"], "w") as jsonl, open(paths["csv"], "w", newline="") as table:
        out = csv.writer(table)
        out.writerow(["prompt", "completion"])
        for row in rows(count):
            jsonl.write(json.dumps(row) + "\n")
            out.writerow([row["prompt"], row["completion"]])
    pq.write_table(pa.Table.from_pylist(list(rows(count))), paths["parquet"])
    return paths


def by_datasets(kind, path, processes, cache):
    import datasets

    datasets.disable_progress_bars()

    def valid(row):
        if not row["prompt"].strip() or not row["completion"].strip():
            raise ValueError("an empty text")
        return {"key": hash((row["prompt"], row["completion"]))}

    loader = "json" if kind == "jsonl" else kind
    start = time.monotonic()
    loaded = datasets.load_dataset(loader, data_files=path, split="train", cache_dir=cache)
    mapped = loaded.map(valid, num_proc=processes)
    seen = set()
    kept = mapped.filter(lambda key: key not in seen and not seen.add(key), input_columns="key")
    assert len(kept) <= len(loaded)
    return time.monotonic() - start


def by_finetide(script, data, kind, path):
    start = time.monotonic()
    subprocess.run(
        [script, "dataset", "push", f"bench-{kind}-{random.randrange(10**9)}", path, "--data", data],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "FINETIDE_NO_BUILD": "1"},
    )
    return time.monotonic() - start


def main():
    script, data = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    folder = tempfile.mkdtemp(prefix="finetide-ingest-")
    try:
        for kind, path in write(folder, count).items():
            measured = {"finetide": by_finetide(script, data, kind, path)}
            measured["finetide again"] = by_finetide(script, data, kind, path)
            for processes in (None, 2):
                cache = tempfile.mkdtemp(dir=folder)
                measured[f"datasets, {processes or 1} process(es)"] = by_datasets(kind, path, processes, cache)
                shutil.rmtree(cache)
            for name, seconds in measured.items():
                print(f"{kind:8} {name:28} {seconds:7.1f} s {count / seconds:10,.0f} rows/s", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
