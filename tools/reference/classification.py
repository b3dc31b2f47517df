"""Makes test/golden/classification.json from scikit-learn 1.9 (NumPy 2.4):

    python classification.py > ../../test/golden/classification.json
"""

import json

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    precision_recall_fscore_support,
    top_k_accuracy_score,
)

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


def top_k_case(name, labels, probabilities):
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    classes = probabilities.shape[1]
    # Of equal scores, scikit-learn takes the last class first. With the classes in reverse, that is the first
    # one.
    labels_reversed, reversed_scores = classes - 1 - labels, probabilities[:, ::-1]

    def score(k):
        return float(top_k_accuracy_score(labels_reversed, reversed_scores, k=k, labels=range(classes)))

    return dict(
        name=name,
        class_count=classes,
        labels=labels.tolist(),
        probabilities=probabilities.tolist(),
        # By k, from 1. From the number of classes on it is 1 by definition, of which scikit-learn warns.
        top_k=[score(k) for k in range(1, classes)],
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

    # Exact in float32, and so in both: a multiple of 1/1024.
    scores = random.integers(0, 1024, (60, 6)) / 1024
    likely = np.where(random.random(60) < 0.5, scores.argmax(axis=1), random.integers(0, 6, 60))
    top_k = [
        top_k_case("six classes", likely, scores),
        top_k_case("many equal scores", likely, random.integers(0, 3, (60, 6)) / 4),
        top_k_case("all scores equal", [0, 1, 2, 3], np.full((4, 4), 0.25)),
        top_k_case("a class without samples", np.where(likely == 2, 3, likely), scores),
        top_k_case("one image, its class last", [0], [[0.125, 0.25, 0.625]]),
    ]
    golden = dict(source="tools/reference/classification.py", seed=SEED, tolerance=1e-12, cases=cases, top_k=top_k)
    print(json.dumps(golden))


if __name__ == "__main__":
    main()
