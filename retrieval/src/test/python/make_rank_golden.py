"""Prints the scores that RankScoresTest compares with: ranx's recall@1, @3, @10 and mrr of 50 planted rows.

Made with ranx 0.3.21.
"""

from ranx import Qrels, Run, evaluate

right = {str(r): {str((r * r + 5 * j) % 40): 1 for j in range(r % 3 + 1)} for r in range(50)}
found = {str(r): {str((r * 7 + 13 * i) % 40): 1.0 / (i + 1) for i in range(20)} for r in range(50)}
print(evaluate(Qrels(right), Run(found), ["recall@1", "recall@3", "recall@10", "mrr"]))
