"""Generation by the engine and by transformers, on the same rows: greedy, alone and with the loss of the expected answers.

usage: python generation_bench.py rows MODEL banking77/ FILE [--examples K] [--labels] [--count 96]
       python generation_bench.py compare MODEL FILE [--new-tokens 16] [--precision fp32|bf16] [--batches 8,16] [--rounds 2]

`rows` writes {"input_ids": [...], "labels": [...]} a line: Banking77's test rows as questions through the model's chat template,
or as text where it has none, with K train rows as turns before each, or with all labels in the instruction. `compare` runs
the engine (`./finetide engine bench --generate`) and transformers' `generate` (batches padded on the left, the file's order;
the loss by a forward of the whole rows) one after the other, as often as --rounds says, and takes the best of each. It
prints rows a second, and how many texts differ. In bf16 two likely tokens are often equal after rounding, so texts that
differ are compared with those of the other batch sizes. Needs torch, transformers, tokenizers, jinja2; no network.
"""

import argparse
import csv
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"


def rows(args):
    from jinja2 import Template
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(f"{args.model}/tokenizer.json")
    file = pathlib.Path(args.model, "chat_template.jinja")
    template = Template(file.read_text(encoding="utf-8")) if file.exists() else None
    test, train = ([*csv.DictReader(open(f"{args.data}/{part}.csv", encoding="utf-8"))] for part in ("test", "train"))
    draw = random.Random(5)
    draw.shuffle(test)
    label = lambda row: row["category"].replace("_", " ")
    instruction = "Answer with one of: " + ", ".join(sorted({label(row) for row in train}))

    def turns(row):
        before = [{"role": "system", "content": instruction}] if args.labels else []
        for example in draw.sample(train, args.examples):
            before += [{"role": "user", "content": example["text"]}, {"role": "assistant", "content": label(example)}]
        return before + [{"role": "user", "content": row["text"]}]

    def text(messages):
        if template:
            return template.render(messages=messages, add_generation_prompt=True)
        forms = {"system": "{}\n", "user": "Question: {}\nIntent:", "assistant": " {}\n"}
        return "".join(forms[message["role"]].format(message["content"]) for message in messages)

    with open(args.file, "w", encoding="utf-8") as out:
        for row in test[: args.count]:
            prompt = tokenizer.encode(text(turns(row)), add_special_tokens=not template).ids
            answer = label(row) + "<|im_end|>" if template else " " + label(row)
            answer = tokenizer.encode(answer, add_special_tokens=False).ids
            out.write(json.dumps({"input_ids": prompt + answer, "labels": [-100] * len(prompt) + answer}) + "\n")


def run(args):
    """transformers, in a process of its own."""
    import torch
    import transformers

    torch.set_num_threads(os.cpu_count())
    transformers.logging.set_verbosity_error()
    dtype = torch.bfloat16 if args.precision == "bf16" else torch.float32
    model = transformers.AutoModelForCausalLM.from_pretrained(args.model, dtype=dtype).eval()
    data = [json.loads(line) for line in open(args.file, encoding="utf-8")]
    for row in data:
        row["prompt"] = row["input_ids"][: sum(label == -100 for label in row["labels"])]
    ends = [int(end) for end in args.ends.split(",")]
    batches = [data[i : i + args.batch] for i in range(0, len(data), args.batch)]
    best, best_loss, texts, nll = float("inf"), float("inf"), [], 0.0
    with torch.inference_mode():
        for _ in range(args.rounds):
            begun = time.perf_counter()
            texts = [text for batch in batches for text in generated(model, batch, ends, args.new_tokens)]
            between = time.perf_counter()
            nll = sum(loss(model, batch) for batch in batches)
            best = min(best, between - begun)
            best_loss = min(best_loss, time.perf_counter() - between)
    print(json.dumps({
        "kind": f"transformers, batch {args.batch}",
        "rowsPerSecond": len(data) / best,
        "withLossRowsPerSecond": len(data) / (best + best_loss),
        "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "nll": nll,
        "texts": texts,
    }))


def generated(model, batch, ends, new_tokens):
    import torch

    width = max(len(row["prompt"]) for row in batch)
    pad = lambda row, by: [by] * (width - len(row["prompt"]))
    ids = torch.tensor([pad(row, 0) + row["prompt"] for row in batch])
    mask = torch.tensor([pad(row, 0) + [1] * len(row["prompt"]) for row in batch])
    out = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=new_tokens, do_sample=False,
                         eos_token_id=ends or None, pad_token_id=0)
    for tokens in out[:, width:].tolist():
        end = next((i for i, token in enumerate(tokens) if token in ends), len(tokens))
        yield tokens[:end]


def loss(model, batch):
    import torch

    width = max(len(row["input_ids"]) for row in batch)
    fill = lambda values, by: values + [by] * (width - len(values))
    ids = torch.tensor([fill(row["input_ids"], 0) for row in batch])
    labels = torch.tensor([fill(row["labels"], -100) for row in batch])
    logits = model(input_ids=ids, attention_mask=torch.tensor([fill([1] * len(r["input_ids"]), 0) for r in batch])).logits
    return torch.nn.functional.cross_entropy(
        logits[:, :-1].float().flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100, reduction="sum").item()


def compare(args):
    finetide = pathlib.Path(__file__).resolve().parent.parent / "finetide"
    ours = [str(finetide), "engine", "bench", f"--model={args.model}", f"--rows={args.file}",
            f"--precision={args.precision}", f"--generate={args.new_tokens}", "--steps=2"]
    runs = {}
    for _ in range(args.rounds):
        keep(runs, ours)
        ends = ",".join(map(str, runs["finetide"]["endTokens"]))
        for batch in args.batches.split(","):
            keep(runs, [sys.executable, __file__, "run", args.model, args.file, f"--new-tokens={args.new_tokens}",
                        f"--precision={args.precision}", f"--batch={batch}", f"--ends={ends}", "--rounds=1"])
    engine = runs["finetide"]
    print(f"{'':24} {'rows/s':>8} {'x':>5} {'with loss':>9} {'x':>5} {'peak GB':>8} {'nll':>10}  texts that differ")
    for kind, one in runs.items():
        differ = sum(a != b for a, b in zip(one["texts"], engine["texts"]))
        print(f"{kind:24} {one['rowsPerSecond']:8.2f} {engine['rowsPerSecond'] / one['rowsPerSecond']:5.2f}"
              f" {one['withLossRowsPerSecond']:9.2f} {engine['withLossRowsPerSecond'] / one['withLossRowsPerSecond']:5.2f}"
              f" {one['peakMemoryBytes'] / 1e9:8.2f} {one['nll']:10.2f}  {differ} of {len(one['texts'])}", flush=True)
    others = [one["texts"] for kind, one in runs.items() if kind != "finetide"]
    for first, second in zip(others, others[1:]):
        print(f"transformers' batch sizes among themselves: {sum(a != b for a, b in zip(first, second))} differ")


def keep(runs, command):
    """Runs one side; of several rounds the fastest counts for each figure."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    report = json.loads([line for line in done.stdout.splitlines() if line.startswith('{"kind"')][-1])
    best = runs.setdefault(report["kind"], report)
    for figure in ("rowsPerSecond", "withLossRowsPerSecond"):
        best[figure] = max(best[figure], report[figure])


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("rows")
    command.set_defaults(do=rows)
    command.add_argument("model")
    command.add_argument("data")
    command.add_argument("file")
    command.add_argument("--examples", type=int, default=0)
    command.add_argument("--labels", action="store_true")
    command.add_argument("--count", type=int, default=96)
    for name, do in (("compare", compare), ("run", run)):
        command = commands.add_parser(name)
        command.set_defaults(do=do)
        command.add_argument("model")
        command.add_argument("file")
        command.add_argument("--new-tokens", type=int, default=16)
        command.add_argument("--precision", default="fp32")
        command.add_argument("--batches", default="8,16")
        command.add_argument("--rounds", type=int, default=2)
        command.add_argument("--batch", type=int, default=8)
        command.add_argument("--ends", default="")
    args = parser.parse_args()
    args.do(args)


main()
