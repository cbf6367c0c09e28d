#!/usr/bin/env python3
"""Prints what transformers and PEFT generate from directories saved here: generate_in_transformers.py DIR PROMPT...

DIR holds full/, merged/ and adapter/, whose model card says with which end tokens to generate. One JSON object is
printed for each of them: the texts of the prompts, without any argument that ends them, and the number of new tokens.
"""
import json
import os
import re
import sys

import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer

NEW_TOKENS = 40


def answers(model, tokenizer, **end):
    texts, lengths = [], []
    for prompt in sys.argv[2:]:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        out = model.generate(**ids, max_new_tokens=NEW_TOKENS, do_sample=False, **end)[0][ids["input_ids"].shape[1] :]
        texts.append(tokenizer.decode(out, skip_special_tokens=True))
        lengths.append(len(out))
    return {"texts": texts, "lengths": lengths}


root = sys.argv[1]
tokenizer = AutoTokenizer.from_pretrained(os.path.join(root, "full"))
for name in ("full", "merged"):
    model = AutoModelForCausalLM.from_pretrained(os.path.join(root, name), dtype=torch.float32).eval()
    print(json.dumps(answers(model, tokenizer)))
adapter = os.path.join(root, "adapter")
card = open(os.path.join(adapter, "README.md"), encoding="utf-8").read()
end = json.loads(re.search(r"eos_token_id=(\[[^\]]*\])", card).group(1))
model = AutoPeftModelForCausalLM.from_pretrained(adapter, dtype=torch.float32).eval()
print(json.dumps(answers(model, tokenizer, eos_token_id=end)))
