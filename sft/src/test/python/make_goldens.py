#!/usr/bin/env python3
"""Makes the golden folders of src/test/resources/golden with Hugging Face transformers and PEFT.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install torch==2.7.1 transformers==5.23.0 peft==0.21.2
    /tmp/goldens/bin/python make_goldens.py ../resources/golden [NAME...]

Each folder holds a tiny random base (config.json, model.safetensors), a PEFT adapter (adapter/), and what Hugging Face
computes from them:
  forward.safetensors    two rows (input_ids, attention_mask, labels), logits of base, adapter and both merged, greedy
                         continuations of base and adapter
  gradients.safetensors  gradient of the mean loss for each adapter weight
  training.safetensors   loss, grad_norm and lr of each step, and the adapter's weights after the last one
  full.safetensors       the same for full fine-tuning
  bf16.safetensors       logits of the base in bfloat16
  facts.json             settings, losses, and noise: how far each file is from fp64, as the largest relative norm
Noise is measured against the same computation in double precision, so it is the error that a right engine may make.
"""
import json
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import (AutoModelForCausalLM, Gemma3TextConfig, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config,
                          SmolLM3Config, get_cosine_schedule_with_warmup)

WIDTH, VOCAB, STEPS, WARMUP, PEAK_LR = 16, 64, 6, 2, 1e-2

SHARED = dict(vocab_size=VOCAB, hidden_size=16, intermediate_size=28, num_hidden_layers=2, max_position_embeddings=96,
              initializer_range=0.25, bos_token_id=1, eos_token_id=2, pad_token_id=0)
SMALL = {**SHARED, "vocab_size": 40, "hidden_size": 12, "intermediate_size": 20, "num_attention_heads": 2,
         "num_key_value_heads": 1, "head_dim": 8}


def rope(theta):
    return dict(rope_type="default", rope_theta=theta)


def in_the_old_form(config):
    """Gemma 3's config.json as transformers 4 wrote it."""
    kinds = config.pop("rope_parameters")
    for field in ("layer_types", "_sliding_window_pattern"):
        config.pop(field)
    full = kinds["full_attention"]
    config.update(rope_theta=full["rope_theta"], rope_scaling=dict(rope_type="linear", factor=full["factor"]),
                  rope_local_base_freq=kinds["sliding_attention"]["rope_theta"], sliding_window_pattern=3,
                  torch_dtype=config.pop("dtype"))


MODELS = {
    "llama-untied": (
        LlamaConfig(**SHARED, num_attention_heads=2, num_key_value_heads=2, rms_norm_eps=1e-6, tie_word_embeddings=False,
                    rope_parameters=rope(10000.0)),
        dict(r=2, lora_alpha=4, target_modules=["q_proj", "v_proj", "down_proj"]), None),
    "llama3-grouped": (
        LlamaConfig(**SHARED, num_attention_heads=4, num_key_value_heads=2, head_dim=6, rms_norm_eps=1e-5,
                    tie_word_embeddings=True,
                    rope_parameters=dict(rope_type="llama3", rope_theta=50000.0, factor=4.0, low_freq_factor=1.0,
                                         high_freq_factor=4.0, original_max_position_embeddings=16)),
        dict(r=4, lora_alpha=3, use_rslora=True, target_modules="all-linear"), None),
    "mistral-pattern": (
        MistralConfig(**SMALL, sliding_window=5, rope_parameters=rope(1000.0)),
        dict(r=2, lora_alpha=2, target_modules=r"model\.layers\.(1\.self_attn\.[qk]_proj|0\.mlp\.(up|down)_proj)"), None),
    "qwen2-window-dora": (
        Qwen2Config(**SMALL, use_sliding_window=True, sliding_window=4, max_window_layers=1, tie_word_embeddings=True,
                    rope_parameters=rope(20000.0)),
        dict(r=3, lora_alpha=6, use_dora=True, target_modules=["k_proj", "v_proj", "o_proj", "gate_proj"]), None),
    "qwen3-rsdora": (
        Qwen3Config(**SMALL, rope_parameters=rope(5000.0)),
        dict(r=4, lora_alpha=5, use_dora=True, use_rslora=True, target_modules="all-linear"), None),
    "smollm3-interval": (
        SmolLM3Config(**SMALL, no_rope_layer_interval=2, rope_parameters=rope(300.0)),
        dict(r=2, lora_alpha=4, target_modules=["q_proj", "k_proj", "up_proj"]), None),
    "gemma3-old-config": (
        Gemma3TextConfig(**{**SMALL, "num_hidden_layers": 3, "eos_token_id": [2, 5]}, query_pre_attn_scalar=5,
                         sliding_window=4, layer_types=["sliding_attention", "sliding_attention", "full_attention"],
                         rope_parameters=dict(sliding_attention=rope(100.0),
                                              full_attention=dict(rope_type="linear", factor=2.0, rope_theta=4000.0))),
        dict(r=2, lora_alpha=4, target_modules="all-linear"), in_the_old_form),
    "llama-biased": (
        LlamaConfig(**SMALL, attention_bias=True, mlp_bias=True, rope_parameters=rope(700.0)),
        dict(r=2, lora_alpha=3, use_dora=True, target_modules=["q_proj", "o_proj", "down_proj"]), None),
    "qwen3-yarn": (
        Qwen3Config(**SMALL, rope_parameters=dict(rope_type="yarn", rope_theta=100.0, factor=4.0, beta_fast=3.0, beta_slow=0.5,
                                                  original_max_position_embeddings=24)),
        dict(r=2, lora_alpha=4, target_modules=["q_proj", "k_proj", "up_proj"]), None),
    "mistral-lora-patterns": (
        MistralConfig(**SMALL, sliding_window=7, rope_parameters=rope(2000.0)),
        dict(r=3, lora_alpha=5, target_modules=r"model\.layers\.(0\.self_attn|1\.mlp)\..*_proj|.*\.v_proj",
             rank_pattern={r"layers\.1\.mlp\..*": 4, "v_proj": 2},
             alpha_pattern={"o_proj": 1.5, r"1\.mlp\.up_proj": 11}), None),
    "llama-dora-patterns": (
        LlamaConfig(**SMALL, rope_parameters=rope(900.0)),
        dict(r=2, lora_alpha=4, use_dora=True, use_rslora=True, target_modules=["q_proj", "down_proj"],
             rank_pattern={"model.layers.1.mlp.down_proj": 5}, alpha_pattern={"q_proj": 9}), None),
}


def rows(vocab, generator):
    """Row 0 is a prompt of 6 tokens and an answer; row 1 is shorter and has two answers."""
    ids = torch.randint(3, vocab, (2, WIDTH), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, 13:] = 0
    labels = ids.clone()
    labels[0, :6] = -100
    labels[1, :3] = -100
    labels[1, 5:8] = -100
    labels[1, 13:] = -100
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
            generated=plain.generate(**greedy), adapter_generated=adapted.generate(**greedy),
            merged_logits=tuned().merge_and_unload()(input_ids=ids, attention_mask=mask).logits)
        half = base().to(torch.bfloat16) if dtype == torch.float32 else base()
        bf16 = dict(logits=half(input_ids=ids, attention_mask=mask).logits)
    loss = mean_loss(adapted, batch)
    loss.backward()
    gradients = {name: p.grad.clone() for name, p in adapted.named_parameters() if p.requires_grad}
    files = dict(forward=forward, gradients=gradients, bf16=bf16, training=fine_tune(tuned(), batch), full=fine_tune(base(), batch))
    return files, loss.item()


def distance(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm().clamp_min(1e-30)).item()


def main(out, chosen):
    torch.set_num_threads(1)
    for index, (name, (config, lora, rewrite)) in enumerate(MODELS.items()):
        if chosen and name not in chosen:
            continue
        path = os.path.join(out, name)
        torch.manual_seed(101 + index)
        generator = torch.Generator().manual_seed(202 + index)
        model = AutoModelForCausalLM.from_config(config)
        for parameter_name, p in model.named_parameters():
            if "norm" in parameter_name or parameter_name.endswith("bias"):
                p.data.add_(torch.randn(p.shape, generator=generator) * 0.1)
        model.save_pretrained(path)
        if rewrite:
            with open(os.path.join(path, "config.json")) as file:
                written = json.load(file)
            rewrite(written)
            with open(os.path.join(path, "config.json"), "w") as file:
                json.dump(written, file, indent=2)
        adapted = get_peft_model(model, LoraConfig(**lora, task_type="CAUSAL_LM"))
        for parameter_name, p in adapted.named_parameters():
            if "lora_A" in parameter_name or "lora_B" in parameter_name:
                p.data.copy_(torch.randn(p.shape, generator=generator) * 0.1)
            elif "lora_magnitude" in parameter_name:
                p.data.mul_(1 + torch.randn(p.shape, generator=generator) * 0.1)
        adapted.save_pretrained(os.path.join(path, "adapter"))
        os.remove(os.path.join(path, "adapter", "README.md"))
        batch = rows(config.vocab_size, generator)
        files, adapter_loss = compute(path, batch, torch.float32)
        exact, _ = compute(path, batch, torch.float64)
        noise = {}
        for file, arrays in files.items():
            arrays = {k: v.contiguous() for k, v in arrays.items()}
            save_file(arrays, os.path.join(path, file + ".safetensors"), metadata={"format": "pt"})
            noise[file] = max(distance(v, exact[file][k]) for k, v in arrays.items() if v.is_floating_point())
        facts = dict(torch=torch.__version__, steps=STEPS, warmup=WARMUP, peak_lr=PEAK_LR,
                     supervised_tokens=int((batch[2][:, 1:] != -100).sum()), adapter_loss=adapter_loss, noise=noise)
        with open(os.path.join(path, "facts.json"), "w") as file:
            json.dump(facts, file, indent=1)
        print(name, facts)


main(sys.argv[1], sys.argv[2:])
