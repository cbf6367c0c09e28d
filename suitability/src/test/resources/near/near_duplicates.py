"""Groups near texts of a CSV file by comparing all pairs that share a shingle: no MinHash, no LSH.

Usage: python3 near_duplicates.py train.csv THRESHOLD
Prints the number of groups and the sum of the 0-based numbers of their first rows, as NearTextsTest expects them.
"""
import collections
import csv
import sys


def shingles(text):
    text = " ".join(text.split()).lower()
    return frozenset(text[i:i + 5] for i in range(max(1, len(text) - 4)))


texts = [row[0] for row in csv.reader(open(sys.argv[1], encoding="utf-8", newline=""))][1:]
threshold = float(sys.argv[2])
sets = [shingles(text) for text in texts]
parents = list(range(len(sets)))


def first(i):
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


seen = collections.defaultdict(list)
for j, b in enumerate(sets):
    common = collections.Counter()
    for shingle in b:
        for i in seen[shingle]:
            common[i] += 1
    for i, count in common.items():
        if count / (len(sets[i]) + len(b) - count) >= threshold:
            x, y = first(i), first(j)
            parents[max(x, y)] = min(x, y)
    for shingle in b:
        seen[shingle].append(j)
firsts = [i for i in range(len(sets)) if first(i) == i]
print(f"{len(firsts)}:{sum(firsts)}")
