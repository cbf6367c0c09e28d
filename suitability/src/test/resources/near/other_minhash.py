"""Finds near questions of a CSV file as datasketch and datatrove do, to compare them with NearTexts.

Usage: python3 other_minhash.py train.csv    (PyPI: datasketch 2.0.0, datatrove 0.10.1, regex, xxhash)
Prints how many rows each leaves out by its candidates alone, and by those that the exact Jaccard similarity of 0.8
confirms. Both get the shingles of 5 characters that NearTexts has.
"""
import csv
import sys
import tempfile

import datatrove.pipeline.dedup.minhash as datatrove_minhash
import numpy
from datasketch import MinHash, MinHashLSH
from datatrove.utils.hashing import HashConfig

THRESHOLD = 0.8


def shingles(text):
    text = " ".join(text.split()).lower()
    return frozenset(text[i:i + 5] for i in range(max(1, len(text) - 4)))


texts = [row[0] for row in csv.reader(open(sys.argv[1], encoding="utf-8", newline=""))][1:]
sets = [shingles(text) for text in texts]


def left_out(pairs):
    parents = list(range(len(texts)))

    def first(i):
        while parents[i] != i:
            parents[i] = parents[parents[i]]
            i = parents[i]
        return i

    for i, j in pairs:
        x, y = first(i), first(j)
        parents[max(x, y)] = min(x, y)
    return sum(first(i) != i for i in range(len(texts)))


def show(name, pairs):
    confirmed = [(i, j) for i, j in pairs if len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= THRESHOLD]
    print(f"{name}: candidates {left_out(pairs)}, confirmed {left_out(confirmed)}")


lsh = MinHashLSH(threshold=THRESHOLD, num_perm=128)
found = []
for j, pieces in enumerate(sets):
    signature = MinHash(num_perm=128)
    signature.update_batch([piece.encode() for piece in pieces])
    found += [(i, j) for i in lsh.query(signature)]
    lsh.insert(j, signature)
show("datasketch", found)

# datatrove's own shingles are 5 words, which few short questions have: no tokenizer of words is needed.
datatrove_minhash.load_word_tokenizer = lambda language: None
for buckets, hashes in ((14, 8), (25, 5)):
    config = datatrove_minhash.MinhashConfig(
        num_buckets=buckets, hashes_per_bucket=hashes, hash_config=HashConfig(precision=64))
    step = datatrove_minhash.MinhashDedupSignature(output_folder=tempfile.mkdtemp(), config=config)
    first_in = {}
    found = []
    for j, pieces in enumerate(sets):
        hashed = numpy.array([[step._hash_func(piece)] for piece in pieces], dtype=numpy.uint64)
        for bucket, key in enumerate(step.get_signature(hashed)):
            i = first_in.setdefault((bucket, tuple(key)), j)
            if i != j:
                found.append((i, j))
    show(f"datatrove, {buckets} buckets of {hashes}", found)
