#!/usr/bin/env python3
"""Prints the logits that transformers and PEFT compute: load_in_peft.py BASE_DIR ADAPTER_DIR TOKEN_ID..."""
import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

base = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32).eval()
ids = torch.tensor([[int(i) for i in sys.argv[3:]]])
with torch.no_grad():
    plain = base(input_ids=ids).logits
    tuned = PeftModel.from_pretrained(base, sys.argv[2]).eval()(input_ids=ids).logits
print(json.dumps(dict(base=plain.flatten().tolist(), adapter=tuned.flatten().tolist())))
