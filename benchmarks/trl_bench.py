"""What Python users run, measured on the same job as `./finetide engine bench --model DIR --rows FILE ...`.

usage: python trl_bench.py make DIR --size 260K|5M|30M|135M          a random Llama of that size, for both sides
       python trl_bench.py rows FILE --vocab N --count N --length N|chat   {"input_ids": [...], "labels": [...]} a line
              [--beginning N]                               tokens before them, the same in all rows: a system prompt
       python trl_bench.py compare --model DIR --rows FILE --method lora|full --precision fp32|bf16 --batch ROWS
              --steps N [--targets q_proj,v_proj|all-linear] [--rank 8] [--pack TOKENS] [--rounds 1]
       python trl_bench.py run trl|loop ... [--tuned]              one of the others alone

`compare` measures the engine, TRL and a loop by hand, one after the other, on the same rows in the same order and from the
same adapter, and prints a table. TRL (SFTTrainer with PEFT) and the loop (the same PEFT model, without a trainer) run as
they come and once more (`-tuned`) with the allocator settings of the engine's launcher. Unpacked, batches are the same, so
the losses of all steps have to agree; packed, each side packs in its own way into about as many tokens a step, and only the
speed is compared. A rate is of all steps but the first, without padding; memory is the process's peak. Exit code 1 when
losses differ. Needs torch 2.7.1, transformers, peft, trl, datasets; no network.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"
ALLOCATOR = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}
# layers, hidden, intermediate, heads, key heads, vocabulary; 135M is SmolLM2's shape
SIZES = {
    "260K": (5, 64, 172, 8, 4, 512),
    "5M": (6, 256, 688, 8, 4, 2048),
    "30M": (12, 384, 1024, 6, 3, 16384),
    "135M": (30, 576, 1536, 9, 3, 49152),
}


def make(args):
    import torch
    import transformers

    layers, hidden, intermediate, heads, key_heads, vocab = SIZES[args.size]
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=vocab,
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=key_heads,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    transformers.AutoModelForCausalLM.from_config(config).to(getattr(torch, args.dtype)).save_pretrained(args.dir)


def rows(args):
    import random

    draw = random.Random(1)
    beginning = [draw.randrange(3, args.vocab) for _ in range(args.beginning)]
    with open(args.file, "w", encoding="utf-8") as file:
        for _ in range(args.count):
            chat = args.length == "chat"
            # Chat rows: 40 to 500 tokens, the last fifth is the answer that is learnt.
            length = int(min(500, max(40, draw.lognormvariate(5.0, 0.6)))) if chat else int(args.length)
            ids = beginning + [draw.randrange(3, args.vocab) for _ in range(length)]
            unlearnt = args.beginning + (length - max(1, length // 5) if chat else 0)
            file.write(json.dumps({"input_ids": ids, "labels": [-100] * unlearnt + ids[unlearnt:]}) + "\n")


def load(args):
    """The model and the rows that both kinds of run train."""
    import torch
    import transformers
    from peft import LoraConfig, get_peft_model

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    transformers.logging.set_verbosity_error()
    with open(args.rows, encoding="utf-8") as file:
        data = [json.loads(line) for line in file]
    # The frozen base is held in the precision of the run, weights that learn in fp32.
    dtype = torch.bfloat16 if args.precision == "bf16" and args.method == "lora" else torch.float32
    model = transformers.AutoModelForCausalLM.from_pretrained(args.model, dtype=dtype)
    lora = None
    if args.method == "lora":
        targets = args.targets if args.targets == "all-linear" else args.targets.split(",")
        lora = LoraConfig(r=args.rank, lora_alpha=2 * args.rank, lora_dropout=0.0, target_modules=targets, task_type="CAUSAL_LM")
        if args.adapter:
            from peft import PeftModel

            model = PeftModel.from_pretrained(model, args.adapter, is_trainable=True)
            lora = None
        elif args.kind == "loop":
            model = get_peft_model(model, lora)
    return model, lora, data


def run_trl(args):
    import transformers
    import trl
    from datasets import Dataset
    from tokenizers import Tokenizer, models
    from torch.utils.data import SequentialSampler

    model, lora, data = load(args)
    # Rows are token ids already; TRL wants a tokenizer all the same, for the padding id.
    vocab = {f"t{i}": i for i in range(model.config.vocab_size)}
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(vocab, unk_token="t0")), pad_token="t0", eos_token="t2"
    )
    config = trl.SFTConfig(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=args.batch,
        max_steps=args.steps,
        learning_rate=args.lr,
        lr_scheduler_type="constant",
        weight_decay=0.01,
        max_grad_norm=1.0,
        max_length=args.pack or 2048,
        packing=bool(args.pack),
        bf16=args.precision == "bf16",
        gradient_checkpointing=False,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        logging_steps=1,
        disable_tqdm=True,
        seed=42,
    )

    class InOrder(trl.SFTTrainer):
        def _get_train_sampler(self, *_):
            return SequentialSampler(self.train_dataset)

    ends = []

    class Clock(transformers.TrainerCallback):
        def on_step_end(self, *_, **__):
            ends.append(time.perf_counter())

    trainer = InOrder(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(data),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[Clock()],
    )
    packed = [len(row["input_ids"]) for row in trainer.train_dataset]
    counts = [sum(packed[(i + j) % len(packed)] for j in range(args.batch)) for i in range(0, args.steps * args.batch, args.batch)]
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return ends, losses, counts, dict(trl=trl.__version__)


def run_loop(args):
    """One padded (or packed) batch a step, cross entropy over the logits, AdamW: nothing else."""
    import torch

    model, _, data = load(args)
    model.train()
    batches = pack(data, args) if args.pack else [data[i : i + args.batch] for i in range(0, len(data), args.batch)]
    learnt = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=args.lr, weight_decay=0.01)
    ends, losses, counts = [], [], []
    for step in range(args.steps):
        batch = batches[step % len(batches)]
        ids, labels, positions = tensors(batch, args.pack)
        with torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
            inputs = dict(position_ids=positions) if args.pack else {}
            logits = model(input_ids=ids, use_cache=False, **inputs).logits
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=-100)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        ends.append(time.perf_counter())
        losses.append(loss.item())
        counts.append(sum(len(row["input_ids"]) for row in batch))
    return ends, losses, counts, {}


def pack(data, args):
    """First fit: lists of rows that together have at most batch * pack tokens."""
    batches = []
    for row in data:
        size = len(row["input_ids"])
        fit = next((b for b in batches if b[0] + size <= args.batch * args.pack), None)
        if fit is None:
            fit = [0, []]
            batches.append(fit)
        fit[0] += size
        fit[1].append(row)
    return [b for _, b in batches]


def tensors(batch, packed):
    import torch

    if packed:
        ids = [i for row in batch for i in row["input_ids"]]
        labels = [i for row in batch for i in [-100] + row["labels"][1:]]
        positions = [t for row in batch for t in range(len(row["input_ids"]))]
        return torch.tensor([ids]), torch.tensor([labels]), torch.tensor([positions])
    width = max(len(row["input_ids"]) for row in batch)
    fill = lambda values, by: values + [by] * (width - len(values))
    return (
        torch.tensor([fill(row["input_ids"], 0) for row in batch]),
        torch.tensor([fill(row["labels"], -100) for row in batch]),
        None,
    )


def compare(args):
    scratch = pathlib.Path(tempfile.mkdtemp())
    adapter = []
    if args.method == "lora":
        import transformers
        from peft import LoraConfig, get_peft_model

        targets = args.targets if args.targets == "all-linear" else args.targets.split(",")
        lora = LoraConfig(r=args.rank, lora_alpha=2 * args.rank, target_modules=targets, task_type="CAUSAL_LM")
        get_peft_model(transformers.AutoModelForCausalLM.from_pretrained(args.model), lora).save_pretrained(scratch / "adapter")
        adapter = [f"--adapter={scratch / 'adapter'}", f"--targets={args.targets}", f"--rank={args.rank}"]
    shared = [f"--model={args.model}", f"--method={args.method}", f"--precision={args.precision}", *adapter]
    shared += [f"--batch={args.batch}", f"--steps={args.steps}", f"--lr={args.lr}", f"--pack={args.pack}"]
    finetide = pathlib.Path(__file__).resolve().parent.parent / "finetide"
    ours = [str(finetide), "engine", "bench", *shared, f"--rows={args.rows}"]
    runs = {}
    for _ in range(args.rounds):
        keep(runs, ours)
        in_order = scratch / "rows.jsonl"
        lines = open(args.rows, encoding="utf-8").read().splitlines()
        order = [row for batch in runs["finetide"]["order"] for row in batch]
        in_order.write_text("".join(lines[row] + "\n" for row in order), encoding="utf-8")
        for kind in args.others.split(","):
            name, _, tuned = kind.partition("-")
            others = [*shared, f"--rows={in_order}"]
            if args.pack:  # as many tokens a step as ours have on average
                tokens = runs["finetide"]["tokensPerSecond"] / runs["finetide"]["rowsPerSecond"] * args.batch
                others[others.index(f"--batch={args.batch}")] = f"--batch={max(1, round(tokens / args.pack))}"
            keep(runs, [sys.executable, __file__, "run", name, *others, *(["--tuned"] if tuned else [])])
    agree = table(runs, args)
    sys.exit(0 if agree else 1)


def keep(runs, command):
    """Runs one side; of several rounds the fastest counts, as other programs only ever make it slower."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    report = json.loads([line for line in done.stdout.splitlines() if line.startswith('{"kind"')][-1])
    best = runs.get(report["kind"])
    if best is None or best["tokensPerSecond"] < report["tokensPerSecond"]:
        runs[report["kind"]] = report


def table(runs, args):
    ours = runs["finetide"]
    tolerance = 2e-2 if args.precision == "bf16" else 1e-3
    agree = True
    print(f"{'':12} {'tokens/s':>9} {'best step':>9} {'x':>6} {'peak GB':>8} {'x':>6}  losses differ by at most")
    for kind, run in runs.items():
        difference = "-"
        if not args.pack:
            worst = max(abs(a - b) for a, b in zip(ours["losses"], run["losses"]))
            agree = agree and worst <= tolerance * max(1, abs(ours["losses"][0]))
            difference = f"{worst:.5f}"
        print(
            f"{kind:12} {run['tokensPerSecond']:9.0f} {run['bestTokensPerSecond']:9.0f}"
            f" {ours['tokensPerSecond'] / run['tokensPerSecond']:6.2f} {run['peakMemoryBytes'] / 1e9:8.2f}"
            f" {ours['peakMemoryBytes'] / run['peakMemoryBytes']:6.2f}  {difference}"
        )
    print(f"engine: {ours['gflops']:.0f} GFLOP/s, {100 * ours['shareOfPeak']:.0f} % of the matrix products' own rate", flush=True)
    print(json.dumps({kind: {k: v for k, v in run.items() if k not in ("order", "seconds_per_step")} for kind, run in runs.items()}))
    return agree


def run(args):
    if args.tuned and any(os.environ.get(name) != value for name, value in ALLOCATOR.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ALLOCATOR})
    ends, losses, counts, versions = (run_trl if args.kind == "trl" else run_loop)(args)
    seconds = [later - earlier for earlier, later in zip(ends, ends[1:])]
    import peft
    import torch
    import transformers

    report = {
        "kind": args.kind + ("-tuned" if args.tuned else ""),
        "tokensPerSecond": round(sum(counts[1:]) / sum(seconds), 1),
        "bestTokensPerSecond": round(max(count / time for count, time in zip(counts[1:], seconds)), 1),
        "seconds_per_step": [round(second, 4) for second in seconds],
        "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "losses": [round(loss, 5) for loss in losses],
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "peft": peft.__version__,
        **versions,
    }
    print(json.dumps(report))


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("make")
    command.set_defaults(do=make)
    command.add_argument("dir")
    command.add_argument("--size", choices=SIZES, required=True)
    command.add_argument("--dtype", default="bfloat16")
    command = commands.add_parser("rows")
    command.set_defaults(do=rows)
    command.add_argument("file")
    command.add_argument("--vocab", type=int, required=True)
    command.add_argument("--count", type=int, required=True)
    command.add_argument("--length", required=True)
    command.add_argument("--beginning", type=int, default=0)
    command = commands.add_parser("compare")
    command.set_defaults(do=compare)
    command.add_argument("--others", default="trl,trl-tuned,loop,loop-tuned")
    command.add_argument("--rounds", type=int, default=1)
    job(command)
    command = commands.add_parser("run")
    command.set_defaults(do=run)
    command.add_argument("kind", choices=["trl", "loop"])
    command.add_argument("--adapter", help="start from this adapter instead of a new one")
    command.add_argument("--threads", type=int, default=os.cpu_count())
    command.add_argument("--tuned", action="store_true")
    job(command)
    args = parser.parse_args()
    args.do(args)


def job(command):
    command.add_argument("--model", required=True)
    command.add_argument("--rows", required=True)
    command.add_argument("--method", choices=["lora", "full"], default="lora")
    command.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    command.add_argument("--targets", default="q_proj,v_proj")
    command.add_argument("--rank", type=int, default=8)
    command.add_argument("--batch", type=int, default=2)
    command.add_argument("--steps", type=int, default=8)
    command.add_argument("--lr", type=float, default=2e-4)
    command.add_argument("--pack", type=int, default=0, help="tokens of a packed row")


main()
