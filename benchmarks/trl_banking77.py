"""TRL on the Banking77 job of benchmarks/log/2026-11-banking77.md, for comparison with `./finetide run create --method full`.

usage: python trl_banking77.py BASE_DIR TRAIN_CSV [--steps N] [--checkpointing]

Full fine-tuning, fp32, AdamW, weight decay 0.01, gradient norm 1.0, lr 3e-3, 50 warmup steps then cosine to 0, batch 32,
loss on the completion and its end token. Without activation checkpointing, which TRL's configuration has on by default and
which costs time and saves little at this size; with --checkpointing as TRL comes.
Prints one JSON line: rows per second, seconds, peak resident memory.
Needs: torch 2.7.1, transformers, trl, datasets (no network).
"""

import argparse
import csv
import json
import os
import resource
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers
import trl
from datasets import Dataset


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("base")
    parser.add_argument("train_csv")
    parser.add_argument("--steps", type=int, default=0, help="optimiser steps; 0 for all 12 epochs")
    parser.add_argument("--checkpointing", action="store_true", help="TRL's own default")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    transformers.logging.set_verbosity_error()

    with open(args.train_csv, newline="", encoding="utf-8") as file:
        rows = [
            {"prompt": f"Question: {row['text']}\nIntent:", "completion": f" {row['category'].replace('_', ' ')}"}
            for row in csv.DictReader(file)
        ]
    tokenizer = transformers.AutoTokenizer.from_pretrained(args.base)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.unk_token
    model = transformers.AutoModelForCausalLM.from_pretrained(args.base, dtype=torch.float32)
    config = trl.SFTConfig(
        output_dir=tempfile.mkdtemp(),
        per_device_train_batch_size=32,
        num_train_epochs=12,
        max_steps=args.steps or -1,
        learning_rate=3e-3,
        lr_scheduler_type="cosine",
        warmup_steps=50,
        weight_decay=0.01,
        max_grad_norm=1.0,
        max_length=512,
        completion_only_loss=True,
        bf16=False,
        gradient_checkpointing=args.checkpointing,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        logging_steps=20,
        seed=42,
    )
    trainer = trl.SFTTrainer(model=model, args=config, train_dataset=Dataset.from_list(rows), processing_class=tokenizer)
    started = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - started
    steps = trainer.state.global_step
    print(
        json.dumps(
            {
                "trl": trl.__version__,
                "transformers": transformers.__version__,
                "torch": torch.__version__,
                "threads": args.threads,
                "checkpointing": args.checkpointing,
                "steps": steps,
                "seconds": round(seconds, 1),
                "rowsPerSecond": round(steps * 32 / seconds, 1),
                "peakMemoryBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                "last_loss": trainer.state.log_history[-2].get("loss"),
            }
        )
    )


main()
