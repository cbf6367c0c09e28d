"""Prints, for each line of a JSONL file of conversations or texts, the token ids that transformers makes of it, and which of
them carry loss by the template's {% generation %} marks, as TRL's assistant_only_loss takes them."""

import json
import sys

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
for line in open(sys.argv[2], encoding="utf-8"):
    row = json.loads(line)
    if "text" in row:
        ids = tokenizer(row["text"])["input_ids"]
        print(json.dumps({"ids": ids + [tokenizer.eos_token_id], "mask": []}))
        continue
    marked = "{% generation %}" in tokenizer.chat_template
    out = tokenizer.apply_chat_template(
        row["messages"], tools=row.get("tools"), tokenize=True, return_dict=True, return_assistant_tokens_mask=marked
    )
    print(json.dumps({"ids": out["input_ids"], "mask": out.get("assistant_masks", [])}))
