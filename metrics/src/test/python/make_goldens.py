#!/usr/bin/env python3
"""Makes the golden numbers of the metrics module with the reference implementations.

    python3 -m venv /tmp/goldens
    /tmp/goldens/bin/pip install sacrebleu==2.6.0 rouge-score==0.1.2 scikit-learn==1.9.1 scipy==1.17.1 statsmodels==0.15.0
    /tmp/goldens/bin/python make_goldens.py ../resources/golden

Writes overlap.json (texts), labels.json (classes, calibration) and statistics.json (intervals, tests, power).
"""

import json
import math
import random
import re
import string
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF
from scipy.stats import bootstrap
from scipy.stats._resampling import BootstrapResult
from sklearn.metrics import f1_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

# Reference and answer. Written for this file.
PAIRS = [
    ("The ferry leaves at half past nine.", "The ferry leaves at half past nine."),
    ("The ferry leaves at half past nine.", "At half past nine, the ferry departs!"),
    ("The ferry leaves at half past nine.", ""),
    ("", "Something was said."),
    ("", ""),
    ("yes", "Yes."),
    ("no", "yes"),
    ("A heavy storm closed three mountain roads on Tuesday, and two villages had no power until noon.",
     "Two villages lost power after a storm; three roads were closed."),
    ("A heavy storm closed three mountain roads on Tuesday, and two villages had no power until noon.",
     "storm storm storm storm roads roads roads closed closed the the the the"),
    ("Prices rose by 3.5% to $1,200.50 (from $1,159.90) in 2024-25.",
     "Prices rose 3.5 % to $1,200.50 from 1,159.90 in 2024 - 25."),
    ("Tom &amp; Anna said: &quot;x &lt; y&gt;&quot;", 'Tom & Anna said: "x < y>"'),
    ("a well-\nknown baker\nof bread", "a wellknown baker of bread <skipped>"),
    ("Don't stop; it's o'clock... (really?) [yes] {no} ~tilde~ ^hat^ back`tick` under_score a/b a\\b a|b @home #1",
     "Dont stop, its oclock. really yes no tilde hat backtick under_score a / b a \\ b @ home # 1"),
    ("Das Café öffnet früh, die Straße ist naß.", "Das Cafe oeffnet frueh, die Strasse ist nass."),
    ("Das Café öffnet früh, die Straße ist naß.", "Das Café öffnet spät, die Straße ist trocken."),
    ("Σίσυφος έσπρωξε τον βράχο. ΟΔΟΣ", "Ο Σίσυφος έσπρωξε έναν βράχο. οδος"),
    ("Поезд прибывает в семь часов.", "Поезд приходит в семь."),
    ("今日は天気がいいから、散歩しましょう。", "今日は天気がいいので散歩しよう。"),
    ("我们明天去北京看朋友。", "我们后天去上海看朋友。"),
    ("แมวนั่งบนเสื่อ", "แมวนอนบนเสื่อ"),
    ("القطار يصل في السابعة", "القطار يصل في الثامنة"),
    ("I like it 👍🏽 a lot 👨‍👩‍👧", "I like it 👍 a lot 👨‍👩‍👧‍👦"),
    ("é is one letter", "e\u0301 is one letter"),
    ("ﬁne ½ cup № 5 K", "fine 1/2 cup No 5 K"),
    ("İstanbul and ISTANBUL", "istanbul and i̇stanbul"),
    ("tabs\tand\u00a0no-break\u2003spaces\u3000here \u200bzero", "tabs and no-break spaces here zero"),
    ("trailing dots ... and 1. 2. 3,4,5 .5 5. -1 1-2 a-b", "trailing dots and 1 2 3,4,5 0.5 5 -1 1 - 2 a - b"),
    ("x", "x"),
    ("x y", "x y"),
    ("x y z", "x y z"),
    ("x y z w", "x y z w"),
    ("one two three four five six", "one two three nine five six"),
    ("ab", "abcdefgh"),
    ("abcdefgh", "ab"),
    ("the cat", "the the the the the the the"),
    ("A\x1cB\x85C\x1fD\u2028E", "A B C D E"),
]

ALPHABETS = [
    "ab .,-",
    "ab c01.,-'\"&;",
    "aé ßñ.,!",
    "日本語 の.",
    "😀😁 a.",
    "0123456789.,- ",
    string.punctuation + " a1\n",
]


def made_pairs():
    rng = random.Random(23)
    pairs = []
    for i in range(84):
        alphabet = ALPHABETS[i % len(ALPHABETS)]
        reference = "".join(rng.choice(alphabet) for _ in range(rng.randint(0, 30)))
        answer = list(reference)
        for _ in range(rng.randint(0, 8)):
            if answer and rng.random() < 0.5:
                answer[rng.randrange(len(answer))] = rng.choice(alphabet)
            else:
                answer.insert(rng.randint(0, len(answer)), rng.choice(alphabet))
        pairs.append((reference, "".join(answer)))
    return pairs


def squad_words(text):
    """Words of the SQuAD evaluation: lower case, no ASCII punctuation, no articles."""
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def squad(reference, answer):
    expected, given = squad_words(reference), squad_words(answer)
    if not expected or not given:
        return None
    common = sum((Counter(expected) & Counter(given)).values())
    f1 = 0.0 if common == 0 else 2 * common / (len(expected) + len(given))
    return {"match": 1.0 if expected == given else 0.0, "f1": f1}


# The number signs, scripts and compatibility forms that Finetide treats otherwise than SQuAD are not among these.
SQUAD_PAIRS = [
    ("the Eiffel Tower", "Eiffel tower"),
    ("The Eiffel Tower", "It is the Eiffel Tower, in Paris."),
    ("an apple a day", "apple day"),
    ("U.S.A.", "USA"),
    ("rock 'n' roll", "rock n roll"),
    ("Anna, Bert and Carl", "Carl; Anna & Bert"),
    ("1987", "1987."),
    ("twenty-one", "twentyone"),
    ("Zürich", "zürich!"),
    ("red red blue", "red blue blue"),
    ("theatre", "the theatre"),
    ("anthem", "a them"),
    ("no idea", "Paris"),
]


def overlap():
    rouge = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    bleu, chrf = BLEU(), CHRF()
    pairs = PAIRS + made_pairs()
    rows = []
    for reference, answer in pairs:
        scores = rouge.score(reference, answer)
        rows.append({
            "expected": reference,
            "answer": answer,
            "rouge_1": scores["rouge1"].fmeasure,
            "rouge_2": scores["rouge2"].fmeasure,
            "rouge_l": scores["rougeL"].fmeasure,
            "bleu": bleu.corpus_score([answer], [[reference]]).score,
            "chrf": chrf.corpus_score([answer], [[reference]]).score,
        })
    corpora = []
    rng = random.Random(5)
    for size in (len(pairs), len(PAIRS), 2, 5, 10, 20, 40):
        chosen = list(range(len(pairs))) if size >= len(PAIRS) else rng.choices(range(len(pairs)), k=size)
        chosen = chosen[:size]
        references, answers = [pairs[i][0] for i in chosen], [pairs[i][1] for i in chosen]
        corpora.append({
            "rows": chosen,
            "bleu": bleu.corpus_score(answers, [references]).score,
            "chrf": chrf.corpus_score(answers, [references]).score,
        })
    squads = [{"expected": r, "answer": a, **squad(r, a)} for r, a in SQUAD_PAIRS]
    return {"rows": rows, "corpora": corpora, "squad": squads}


def labels():
    rng = np.random.default_rng(7)
    cases = []
    for rows, classes, right in ((1, 2, 1.0), (1, 2, 0.0), (10, 3, 0.5), (50, 2, 0.9), (200, 7, 0.6), (300, 77, 0.8)):
        expected = rng.integers(0, classes, rows)
        answered = np.where(rng.random(rows) < right, expected, rng.integers(-1, classes, rows))
        present = sorted((set(expected.tolist()) | set(answered.tolist())) - {-1})
        f1 = f1_score(expected, answered, labels=present, average="macro", zero_division=0)
        cases.append({"expected": expected.tolist(), "answered": answered.tolist(), "macro_f1": f1})
    calibration = []
    for rows in (1, 20, 500):
        confidence = np.concatenate([rng.random(rows), [0.0, 0.1, 0.2, 0.30000000000000004, 1.0]])
        correct = (rng.random(len(confidence)) < confidence ** 2).astype(int)
        error = 0.0
        for i in range(10):
            low, high = i / 10, (i + 1) / 10
            inside = (confidence > low) & (confidence <= high) if i else (confidence <= high)
            if inside.any():
                error += inside.mean() * abs(confidence[inside].mean() - correct[inside].mean())
        calibration.append({"confidence": confidence.tolist(), "correct": correct.tolist(), "ece": error})
    return {"macro_f1": cases, "ece": calibration}


def newcombe(e, f, g, h):
    """Newcombe 1998, paired differences, method 10, from statsmodels' Wilson intervals."""
    n = e + f + g + h
    p1, p2 = (e + f) / n, (e + g) / n
    l1, u1 = proportion_confint(e + f, n, method="wilson")
    l2, u2 = proportion_confint(e + g, n, method="wilson")
    margins = (e + f) * (g + h) * (e + g) * (f + h)
    product = e * h - f * g
    if margins == 0:
        phi = 0.0
    elif product > 0:
        phi = max(product - n / 2, 0) / math.sqrt(margins)
    else:
        phi = product / math.sqrt(margins)
    d = p1 - p2
    low = math.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    high = math.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    return d - low, d + high


def statistics():
    wilson = []
    for successes, rows in ((0, 1), (1, 1), (0, 10), (10, 10), (1, 10), (5, 10), (81, 263), (15, 148), (0, 20), (1, 29), (997, 1000)):
        low, high = proportion_confint(successes, rows, method="wilson")
        wilson.append({"successes": successes, "rows": rows, "low": low, "high": high})
    pairs = []
    for table in ((1, 1, 7, 12), (20, 0, 0, 30), (10, 5, 5, 10), (0, 10, 0, 0), (5, 0, 8, 2), (0, 0, 0, 9), (36, 12, 2, 0),
                  (100, 40, 20, 40), (3, 1, 0, 0), (0, 30, 30, 0)):
        both, only_a, only_b, neither = table
        low, high = newcombe(*table)
        p = mcnemar([[both, only_a], [only_b, neither]], exact=True).pvalue
        pairs.append({"table": table, "low": low, "high": high, "p": 1.0 if math.isnan(p) else float(p)})
    # Where the corrected correlation is 0, the paired interval is that of two independent samples.
    independent = []
    for table in ((6, 4, 6, 5), (25, 25, 24, 26)):
        both, only_a, only_b, neither = table
        n = sum(table)
        low, high = confint_proportions_2indep(both + only_a, n, both + only_b, n, method="newcomb", compare="diff")
        independent.append({"table": table, "low": float(low), "high": float(high)})
    rng = np.random.default_rng(11)
    bca = []
    for name, data in (("lognormal", rng.lognormal(0, 1, 20)), ("zeros", np.where(rng.random(30) < 0.7, 0.0, 1.0)),
                       ("normal", rng.normal(0.2, 1, 25)), ("left", -rng.lognormal(0, 1, 15))):
        draws = np.array([rng.choice(data, len(data)).mean() for _ in range(400)])
        kept = BootstrapResult(confidence_interval=None, bootstrap_distribution=draws, standard_error=None)
        intervals = []
        for level in (0.95, 0.8):
            result = bootstrap((data,), np.mean, n_resamples=0, bootstrap_result=kept, confidence_level=level, method="BCa",
                               vectorized=True)
            intervals.append({"alpha": 1 - level, "low": float(result.confidence_interval.low),
                              "high": float(result.confidence_interval.high)})
        bca.append({"name": name, "data": data.tolist(), "draws": draws.tolist(), "intervals": intervals})
    holm = []
    for values in ([0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.9, 1.0], [0.01, 0.01, 0.01], [0.04, 0.02]):
        holm.append({"p": values, "adjusted": multipletests(values, method="holm")[1].tolist()})
    power = []
    for rows, deviation in ((50, 1.0), (150, 0.3), (1000, 0.45)):
        effect = NormalIndPower().solve_power(nobs1=rows, alpha=0.05, power=0.8, ratio=0)
        power.append({"rows": rows, "deviation": deviation, "difference": float(effect * deviation)})
    return {"wilson": wilson, "pairs": pairs, "independent": independent, "bca": bca, "holm": holm, "power": power}


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in (("overlap", overlap()), ("labels", labels()), ("statistics", statistics())):
        (folder / f"{name}.json").write_text(json.dumps(made, ensure_ascii=True, separators=(",", ":")) + "\n")


main()
