"""Writes confident_learning.json: cases with the numbers of cleanlab 2.9.0.

    pip install cleanlab==2.9.0 && python confident_learning.py > confident_learning.json
"""

import json

import numpy as np
# numpy leaves the order of equal numbers open, and cleanlab's rounding rests on it: a stable order makes it repeatable.
unstable = np.argsort
np.argsort = lambda a, axis=-1, **_: unstable(a, axis=axis, kind="stable")

from cleanlab.count import compute_confident_joint, estimate_joint, estimate_latent  # noqa: E402
from cleanlab.filter import find_label_issues  # noqa: E402


def case(name, rng, rows, classes, noise, sharpness, single=()):
    true = rng.integers(0, classes, rows)
    for label in single:  # classes with one row
        true[true == label] = (label + 1) % classes
        true[label] = label
    given = true.copy()
    flipped = rng.random(rows) < noise
    flipped[list(single)] = False
    given[flipped] = (true[flipped] + rng.integers(1, classes, flipped.sum())) % classes
    for label in single:
        given[given == label] = (label + 1) % classes
        given[label] = label
    for label in range(classes):  # every class has a row
        if label not in given:
            given[label] = label
    logits = rng.normal(0, 1, (rows, classes))
    logits[np.arange(rows), true] += sharpness
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    probabilities = np.round(probabilities, 4)
    joint = compute_confident_joint(given, probabilities)
    _, noise_matrix, _ = estimate_latent(joint, given)
    return {
        "name": name,
        "labels": given.tolist(),
        "probabilities": [[float(f"{p:.4f}") for p in row] for row in probabilities],
        "joint": joint.tolist(),
        "joint_probability": [[float(f"{p:.9f}") for p in row] for row in estimate_joint(given, probabilities)]
        if classes < 20
        else [],
        "noise_matrix": [[float(f"{p:.9f}") for p in row] for row in noise_matrix] if classes < 20 else [],
        "issues": np.flatnonzero(find_label_issues(given, probabilities, filter_by="prune_by_noise_rate", n_jobs=1)).tolist(),
        "ranked": find_label_issues(
            given, probabilities, filter_by="prune_by_noise_rate", n_jobs=1, return_indices_ranked_by="self_confidence"
        ).tolist(),
    }


rng = np.random.default_rng(27)
print(
    json.dumps(
        [
            case("two classes", rng, 200, 2, 0.1, 2),
            case("no noise", rng, 120, 3, 0.0, 6),
            case("five classes", rng, 400, 5, 0.15, 2.5),
            case("heavy noise", rng, 300, 4, 0.4, 1.5),
            case("classes with one row", rng, 150, 6, 0.1, 3, single=(0, 4)),
            case("weak model", rng, 250, 3, 0.2, 0.3),
            case("77 classes", rng, 400, 77, 0.08, 4),
        ],
        separators=(",", ":"),
    )
)
