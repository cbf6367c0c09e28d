#!/usr/bin/env python3
"""Prints what transformers writes and how likely it finds choices: generate_padded.py MODEL JOB.json

JOB has prompts and choices, lists of token ids; batches, numbers of rows; and new_tokens. One JSON object is printed:
texts, for each number of rows the greedy continuations of all prompts, in batches padded on the left; and choices, for
each prompt the log-probability of each choice, each computed from the whole row alone.
"""
import json
import sys

import torch
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
job = json.load(open(sys.argv[2], encoding="utf-8"))
prompts = job["prompts"]


def texts(rows):
    for at in range(0, len(prompts), rows):
        batch = prompts[at : at + rows]
        width = max(map(len, batch))
        ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in batch])
        mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in batch])
        out = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=job["new_tokens"], min_new_tokens=job["new_tokens"],
            do_sample=False, eos_token_id=None, pad_token_id=0,
        )
        yield from out[:, width:].tolist()


def log_probability(prompt, choice):
    logits = model(input_ids=torch.tensor([prompt + choice])).logits[0].double().log_softmax(-1)
    return sum(logits[len(prompt) + i - 1, token].item() for i, token in enumerate(choice))


with torch.inference_mode():
    print(json.dumps({
        "texts": [list(texts(rows)) for rows in job["batches"]],
        "choices": [[log_probability(prompt, choice) for choice in job["choices"]] for prompt in prompts],
    }))
