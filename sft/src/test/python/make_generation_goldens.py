#!/usr/bin/env python3
"""Adds generation.json to the golden folders: what transformers writes with a repetition penalty, which probabilities
its temperature, top-k and top-p leave, and the log-probabilities of given completions.

    /tmp/goldens/bin/python make_generation_goldens.py ../resources/golden      (the environment of make_goldens.py)
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from transformers import AutoModelForCausalLM
from transformers.generation.logits_process import (
    LogitsProcessorList, RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper)

VOCAB = 64


def penalised(model, generator):
    model.generation_config.eos_token_id = None  # so that texts go on
    for penalty in (0.7, 1.1, 1.5, 3.0):
        prompt = torch.randint(3, VOCAB, (1, 9), generator=generator)
        tokens = model.generate(inputs=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=20,
                                do_sample=False, repetition_penalty=penalty)
        yield dict(prompt=prompt[0].tolist(), repetition_penalty=penalty, tokens=tokens[0, 9:].tolist())


def distributions(generator):
    for temperature, top_k, top_p, penalty in ((0.7, 0, 1.0, 1.0), (1.3, 10, 1.0, 1.0), (1.0, 0, 0.8, 1.0),
                                               (0.9, 20, 0.6, 1.2), (2.0, 5, 0.95, 0.8)):
        logits = torch.randn(1, VOCAB, generator=generator) * 3
        seen = torch.randint(0, VOCAB, (1, 12), generator=generator)
        steps = [RepetitionPenaltyLogitsProcessor(penalty), TemperatureLogitsWarper(temperature)]
        steps += [TopKLogitsWarper(top_k)] if top_k else []
        steps += [TopPLogitsWarper(top_p)] if top_p < 1 else []
        scores = LogitsProcessorList(steps)(seen, logits.clone())
        yield dict(temperature=temperature, top_k=top_k, top_p=top_p, repetition_penalty=penalty, logits=logits[0].tolist(),
                   seen=seen[0].tolist(), probabilities=scores.softmax(-1)[0].tolist())


def completions(model, generator):
    for prompt, length in ((4, 7), (1, 12), (10, 3)):
        ids = torch.randint(3, VOCAB, (1, prompt + length), generator=generator)
        with torch.no_grad():
            logp = model(input_ids=ids).logits[:, :-1].log_softmax(-1)
        picked = logp.gather(-1, ids[:, 1:, None])[0, prompt - 1:, 0]
        yield dict(ids=ids[0].tolist(), prompt=prompt, log_probabilities=picked.tolist())


def main(out):
    torch.set_num_threads(1)
    for index, name in enumerate(("llama-untied", "llama3-grouped")):
        path = os.path.join(out, name)
        generator = torch.Generator().manual_seed(303 + index)
        model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager").eval()
        facts = dict(penalised=list(penalised(model, generator)), distributions=list(distributions(generator)),
                     completions=list(completions(model, generator)))
        with open(os.path.join(path, "generation.json"), "w") as file:
            json.dump(facts, file)
        print(name, {key: len(cases) for key, cases in facts.items()})


main(sys.argv[1])
