#!/usr/bin/env python3
"""Makes the golden folders of src/test/resources/golden with Hugging Face transformers and PEFT.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.7.1 transformers==5.23.0 peft==0.21.2
    /tmp/goldens/bin/python make_goldens.py ../resources/golden

Each folder holds a tiny random base (config.json, model.safetensors), a PEFT adapter (adapter/), and what Hugging Face
computes from them:
  forward.safetensors    two rows (input_ids, attention_mask, labels), logits of base and adapter, greedy continuations
  gradients.safetensors  gradient of the mean loss for each adapter weight
  training.safetensors   loss, grad_norm and lr of each step, and the adapter's weights after the last one
  full.safetensors       the same for full fine-tuning
  facts.json             settings, losses, and noise: how far fp32 is from fp64, as the largest relative norm per file
Noise is measured against the same computation in double precision, so it is the error that a right engine may make.
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, get_cosine_schedule_with_warmup

WIDTH, VOCAB, STEPS, WARMUP, PEAK_LR = 16, 64, 6, 2, 1e-2

SHARED = dict(vocab_size=VOCAB, hidden_size=16, intermediate_size=28, num_hidden_layers=2, max_position_embeddings=96,
              initializer_range=0.25, bos_token_id=1, eos_token_id=2, pad_token_id=0)
MODELS = {
    "llama-untied": (
        dict(num_attention_heads=2, num_key_value_heads=2, rms_norm_eps=1e-6, tie_word_embeddings=False,
             rope_parameters=dict(rope_type="default", rope_theta=10000.0)),
        dict(r=2, lora_alpha=4, target_modules=["q_proj", "v_proj", "down_proj"])),
    "llama3-grouped": (
        dict(num_attention_heads=4, num_key_value_heads=2, head_dim=6, rms_norm_eps=1e-5, tie_word_embeddings=True,
             rope_parameters=dict(rope_type="llama3", rope_theta=50000.0, factor=4.0, low_freq_factor=1.0,
                                  high_freq_factor=4.0, original_max_position_embeddings=16)),
        dict(r=4, lora_alpha=3, use_rslora=True, target_modules="all-linear")),
}


def rows(generator):
    """Row 0 is a prompt of 6 tokens and an answer; row 1 is shorter and has two answers."""
    ids = torch.randint(3, VOCAB, (2, WIDTH), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, 11:] = 0
    labels = ids.clone()
    labels[0, :6] = -100
    labels[1, :3] = -100
    labels[1, 5:8] = -100
    labels[1, 11:] = -100
    return ids * mask, mask, labels


def mean_loss(model, batch):
    ids, mask, labels = batch
    logp = model(input_ids=ids, attention_mask=mask).logits[:, :-1].log_softmax(-1)
    target = labels[:, 1:]
    nll = -logp.gather(-1, target.clamp_min(0).unsqueeze(-1)).squeeze(-1)
    return nll[target != -100].sum() / (target != -100).sum()


def fine_tune(model, batch):
    learning = {name: p for name, p in model.named_parameters() if p.requires_grad}
    adamw = torch.optim.AdamW(learning.values(), lr=PEAK_LR, weight_decay=0.01)
    schedule = get_cosine_schedule_with_warmup(adamw, WARMUP, STEPS)
    curves = dict(loss=[], grad_norm=[], lr=[])
    for _ in range(STEPS):
        loss = mean_loss(model, batch)
        loss.backward()
        curves["loss"].append(loss.item())
        curves["grad_norm"].append(torch.nn.utils.clip_grad_norm_(learning.values(), 1.0).item())
        curves["lr"].append(schedule.get_last_lr()[0])
        adamw.step()
        schedule.step()
        adamw.zero_grad()
    return {**{k: torch.tensor(v, dtype=torch.float64) for k, v in curves.items()},
            **{name: p.detach().clone() for name, p in learning.items()}}


def compute(path, batch, dtype):
    def base():
        return AutoModelForCausalLM.from_pretrained(path, dtype=dtype, attn_implementation="eager").eval()

    def tuned():
        return PeftModel.from_pretrained(base(), os.path.join(path, "adapter"), is_trainable=True).eval().to(dtype)

    ids, mask, labels = batch
    greedy = dict(inputs=ids[:1, :8], attention_mask=mask[:1, :8], max_new_tokens=16, min_new_tokens=16, do_sample=False)
    plain, adapted = base(), tuned()
    with torch.no_grad():
        forward = dict(
            input_ids=ids, attention_mask=mask, labels=labels,
            logits=plain(input_ids=ids, attention_mask=mask).logits,
            adapter_logits=adapted(input_ids=ids, attention_mask=mask).logits,
            generated=plain.generate(**greedy), adapter_generated=adapted.generate(**greedy))
    loss = mean_loss(adapted, batch)
    loss.backward()
    gradients = {name: p.grad.clone() for name, p in adapted.named_parameters() if p.requires_grad}
    files = dict(forward=forward, gradients=gradients, training=fine_tune(tuned(), batch), full=fine_tune(base(), batch))
    return files, loss.item()


def distance(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm().clamp_min(1e-30)).item()


def main(out):
    torch.set_num_threads(1)
    for index, (name, (architecture, lora)) in enumerate(MODELS.items()):
        path = os.path.join(out, name)
        torch.manual_seed(101 + index)
        generator = torch.Generator().manual_seed(202 + index)
        model = AutoModelForCausalLM.from_config(LlamaConfig(**SHARED, **architecture))
        for parameter_name, p in model.named_parameters():
            if "norm" in parameter_name:
                p.data.add_(torch.randn(p.shape, generator=generator) * 0.1)
        model.save_pretrained(path)
        adapted = get_peft_model(model, LoraConfig(**lora, task_type="CAUSAL_LM"))
        for parameter_name, p in adapted.named_parameters():
            if "lora_" in parameter_name:
                p.data.copy_(torch.randn(p.shape, generator=generator) * 0.1)
        adapted.save_pretrained(os.path.join(path, "adapter"))
        os.remove(os.path.join(path, "adapter", "README.md"))
        batch = rows(generator)
        files, adapter_loss = compute(path, batch, torch.float32)
        exact, _ = compute(path, batch, torch.float64)
        noise = {}
        for file, arrays in files.items():
            save_file({k: v.contiguous() for k, v in arrays.items()}, os.path.join(path, file + ".safetensors"), metadata={"format": "pt"})
            noise[file] = max(distance(v, exact[file][k]) for k, v in arrays.items() if v.is_floating_point())
        facts = dict(torch=torch.__version__, steps=STEPS, warmup=WARMUP, peak_lr=PEAK_LR,
                     supervised_tokens=int((batch[2][:, 1:] != -100).sum()), adapter_loss=adapter_loss, noise=noise)
        with open(os.path.join(path, "facts.json"), "w") as file:
            json.dump(facts, file, indent=1)
        print(name, facts)


main(sys.argv[1])
