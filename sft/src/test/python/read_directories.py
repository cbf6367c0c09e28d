#!/usr/bin/env python3
"""Prints what transformers reads of model directories: read_directories.py TOKEN_IDS TEXT DIR...

TOKEN_IDS is a list with commas. One JSON object is printed for each directory: the logits of the ids if it has
weights; if it has a tokenizer, the ids of the text, of the text as a question, and of the same question with a tool.
"""
import json
import os
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

TOOLS = [{"type": "function", "function": {"name": "f"}}]

ids = torch.tensor([[int(i) for i in sys.argv[1].split(",")]])
text = sys.argv[2]
for directory in sys.argv[3:]:
    read = {}
    if os.path.exists(os.path.join(directory, "model.safetensors")):
        model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, attn_implementation="eager").eval()
        with torch.no_grad():
            read["logits"] = model(input_ids=ids).logits.flatten().tolist()
    if os.path.exists(os.path.join(directory, "tokenizer.json")):
        tokenizer = AutoTokenizer.from_pretrained(directory)
        read["text"] = tokenizer(text)["input_ids"]
        question = [{"role": "user", "content": text}]
        for name, tools in (("chat", None), ("tools", TOOLS)):
            read[name] = tokenizer.apply_chat_template(question, tools=tools, tokenize=True, return_dict=False)
        read["words"] = tokenizer.decode(read["chat"], skip_special_tokens=True)
    print(json.dumps(read))
