#!/usr/bin/env python3
"""Makes adapters with PEFT over one base: make_adapters.py TOKEN_IDS BASE OUT SETTINGS...

TOKEN_IDS is a list with commas. SETTINGS are JSON objects of arguments of LoraConfig. The adapter of the nth one is saved
in OUT/n; one JSON list with its logits is printed.
"""
import json
import os
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

ids = torch.tensor([[int(i) for i in sys.argv[1].split(",")]])
for number, settings in enumerate(sys.argv[4:]):
    torch.manual_seed(number)
    base = AutoModelForCausalLM.from_pretrained(sys.argv[2], dtype=torch.float32, attn_implementation="eager")
    config = LoraConfig(task_type="CAUSAL_LM", r=3, lora_alpha=9, init_lora_weights=False, **json.loads(settings))
    model = get_peft_model(base, config).eval()
    model.save_pretrained(os.path.join(sys.argv[3], str(number)))
    with torch.no_grad():
        print(json.dumps(model(input_ids=ids).logits.flatten().tolist()))
