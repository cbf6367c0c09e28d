"""Runs a bake-off for each task of a folder, and writes one line of JSON for each.

Usage: calibrate.py FINETIDE_SCRIPT DATA_DIRECTORY_OF_A_RUNNING_STACK TASKS OUT.jsonl [PART_OF_A_TASK_NAME ...]

TASKS is what CalibrationTasks (tests of `suitability`) writes. Each task is pushed, and a LoRA of the demo's base is
trained with the demo's settings for about 200 steps. The run's evaluation compares it on the test rows with the base
alone, with an instruction, with 3 similar examples, with 3 passages where the task has documents, and with a linear model
of words where answers are classes. BakeOffBench (tests of `gpu-worker`) does the same without services, in a third of the
time. A line has the arms' scores with their intervals, and the pairs of arms of which the first is better.
Tasks that are in OUT already are left out.
"""
import concurrent.futures
import json
import math
import pathlib
import subprocess
import sys
import threading
import time

STEPS = 200
BATCH = 8
AT_ONCE = 3


class Trial:
    def __init__(self, finetide, data, out):
        self.finetide = pathlib.Path(finetide).resolve()
        self.data = data
        self.out = out
        self.lock = threading.Lock()

    def call(self, *arguments):
        """Returns what a command prints as JSON. A run that is not approved exits with 1 and has its evaluation all the same."""
        done = subprocess.run(
            [str(self.finetide), *arguments, "--data", self.data, "-o", "json"], capture_output=True, text=True
        )
        if not done.stdout.strip():
            raise RuntimeError(done.stderr.strip()[-300:])
        return json.loads(done.stdout)

    def measure(self, folder):
        task = json.loads((folder / "task.json").read_text())
        name = folder.name
        began = time.monotonic()
        try:
            self.call("dataset", "push", name, str(folder / "train.jsonl"), "--test", str(folder / "test.jsonl"))
            documents = []
            if (folder / "documents").is_dir():
                self.call(
                    "dataset", "push", name + "-texts", "--documents", str(folder / "documents"), "--chunk-words", "60"
                )
                documents = ["--eval-documents", name + "-texts"]
            line = self.line(task, self.run(folder, name, task, documents))
        except (RuntimeError, KeyError) as failure:
            print(f"{name}: {failure}", flush=True)
            return
        with self.lock, open(self.out, "a") as out:
            out.write(json.dumps(line) + "\n")
        scores = ", ".join(f"{arm['arm']} {arm['value']:.3f}" for arm in line["arms"])
        print(f"{name}: {line['metric']}: {scores} ({time.monotonic() - began:.0f} s)", flush=True)

    def run(self, folder, name, task, documents):
        rows = sum(1 for _ in open(folder / "train.jsonl"))
        epochs = max(1, min(40, math.ceil(STEPS * BATCH / rows)))
        arms = ["asked=base+instruction=task", "few-shot=similar:3"]
        if documents:
            arms.append("passages=passages:3")
        if task["classes"]:
            arms.append("linear")
        return self.call(
            "run", "create", "--dataset", name, "--base", str(self.finetide.parent / "demo" / "base"), "--model", name,
            "--rank", "16", "--alpha", "32", "--lr", "0.003", "--warmup-steps", "10",
            "--batch-size", str(BATCH), "--epochs", str(epochs), "--max-length", "512", "--weight-decay", "0",
            "--seed", "7", "--leave-out", "too-long", "--wait", *documents, *[part for arm in arms for part in ("--eval-arm", arm)],
        )

    @staticmethod
    def line(task, outcome):
        report = outcome["evaluation"]["report"]
        metric = report["metrics"][0]
        arms = []
        for arm in report["arms"]:
            score = arm.get("scores", {}).get(metric)
            if score is not None:
                numbers = {key: round(score.get(key, 0), 4) for key in ("value", "low", "high")}
                arms.append({"arm": arm["arm"], "path": arm["path"], **numbers})
        better = []
        for pair in report["comparisons"]:
            if pair["metric"] == metric and pair["verdict"] in ("BETTER", "WORSE"):
                both = [pair["arm"], pair["other"]]
                better.append(both if pair["verdict"] == "BETTER" else both[::-1])
        return {"task": task["task"], "metric": metric, "rows": int(report["rows"]), "arms": arms, "better": better}


def row_size(folder):
    """Returns the mean bytes of a train row: tasks of short rows come first, because they take less time."""
    rows = (folder / "train.jsonl").read_bytes()
    return len(rows) / rows.count(b"\n")


def main():
    finetide, data, tasks, out, *parts = sys.argv[1:]
    done = set()
    if pathlib.Path(out).exists():
        done = {json.loads(line)["task"] for line in open(out)}
    folders = [
        folder
        for folder in sorted(pathlib.Path(tasks).iterdir(), key=row_size)
        if (not parts or any(part in folder.name for part in parts))
        and json.loads((folder / "task.json").read_text())["task"] not in done
    ]
    trial = Trial(finetide, data, out)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(trial.measure, folders))


if __name__ == "__main__":
    main()
