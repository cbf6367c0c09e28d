#!/usr/bin/env python3
"""Prints what transformers and PEFT compute from directories saved here: load_in_peft.py TOKEN_IDS CASE_DIR...

TOKEN_IDS is a list with commas. A case holds base/, adapter/, merged/ and full/; one JSON object with their logits is
printed for each case, in its order.
"""
import json
import os
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM


def load(path):
    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()


ids = torch.tensor([[int(i) for i in sys.argv[1].split(",")]])
for case in sys.argv[2:]:
    models = {name: lambda name=name: load(os.path.join(case, name)) for name in ("base", "merged", "full")}
    models["adapter"] = lambda: PeftModel.from_pretrained(models["base"](), os.path.join(case, "adapter")).eval()
    with torch.no_grad():
        print(json.dumps({name: model()(input_ids=ids).logits.flatten().tolist() for name, model in models.items()}))
