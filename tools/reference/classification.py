"""Makes test/golden/classification.json from scikit-learn 1.9 (NumPy 2.4):

    python classification.py > ../../test/golden/classification.json
"""

import json

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

SEED = 7


def case(name, labels, predictions, classes):
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    every = list(range(classes))

    def average(how):
        return [float(v) for v in precision_recall_fscore_support(labels, predictions, average=how, zero_division=0)[:3]]

    # Averages over scikit-learn's default labels, those that occur; single classes over all.
    per_class = precision_recall_fscore_support(labels, predictions, labels=every, average=None, zero_division=0)
    return dict(
        name=name,
        class_count=classes,
        labels=labels.tolist(),
        predictions=predictions.tolist(),
        accuracy=float(accuracy_score(labels, predictions)),
        micro=average("micro"),
        macro=average("macro"),
        per_class=np.transpose(per_class).tolist(),
        confusion=confusion_matrix(labels, predictions, labels=every).tolist(),
    )


def main():
    random = np.random.default_rng(SEED)
    labels = random.integers(0, 6, 200)
    mostly_right = np.where(random.random(200) < 0.7, labels, random.integers(0, 6, 200))
    cases = [
        case("six classes", labels, mostly_right, 6),
        case("a class without samples", np.where(labels == 2, 3, labels), mostly_right, 6),
        case("a class without predictions", labels, np.where(mostly_right == 4, 0, mostly_right), 6),
        case("a class without either", np.minimum(labels, 4), np.minimum(mostly_right, 4), 6),
        case("samples of one class, predictions of others", [0, 0, 0], [1, 2, 1], 4),
        case("one image, right", [1], [1], 2),
        case("all wrong", [0, 1, 2], [1, 2, 0], 3),
    ]
    print(json.dumps(dict(source="tools/reference/classification.py", seed=SEED, tolerance=1e-12, cases=cases)))


if __name__ == "__main__":
    main()
