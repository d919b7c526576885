import math

import numpy as np
import pytest
from sklearn import metrics as sklearn

from bot.evaluation.harness.metrics import (
    Spread,
    auroc,
    caption_scores,
    recall_at,
    recognition_scores,
    threshold_at,
    top_k,
)


def test_top_k_counts_the_truth_found_and_what_of_the_k_is_right() -> None:
    ranking = ["bo", "kit", "ann", "cup"]
    assert top_k(ranking, {"kit"}, 1) == (0.0, 0.0)
    assert top_k(ranking, {"kit"}, 2) == (1.0, 0.5)
    assert top_k(ranking, {"kit", "cup", "van"}, 4) == (2 / 3, 0.5)
    assert top_k(["bo"], {"bo"}, 5) == (1.0, 1.0)
    assert top_k([], {"bo"}, 5) == (0.0, 0.0)


@pytest.mark.parametrize("seed", range(4))
def test_top_k_recall_is_scikit_learns_top_k_accuracy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, truth = rng.random((60, 7)), np.concatenate([np.arange(7), rng.integers(0, 7, 53)])
    for k in (1, 3, 5):
        ours = [
            top_k([str(index) for index in np.argsort(-row)], {str(label)}, k)[0]
            for row, label in zip(scores, truth, strict=True)
        ]
        assert np.mean(ours) == pytest.approx(sklearn.top_k_accuracy_score(truth, scores, k=k))


@pytest.mark.parametrize("seed", range(4))
def test_auroc_is_scikit_learns_ties_included(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known, strangers = rng.normal(0.6, 0.3, 40).round(1), rng.normal(0.4, 0.3, 25).round(1)
    theirs = sklearn.roc_auc_score([1] * 40 + [0] * 25, np.concatenate([known, strangers]))
    assert auroc(known, strangers) == pytest.approx(theirs)


def test_auroc_without_strangers_is_no_number() -> None:
    assert math.isnan(auroc([0.4], []))


def test_the_threshold_lets_no_more_than_the_share_of_strangers_through() -> None:
    strangers = [0.1 * number for number in range(10)]
    assert threshold_at(strangers, 0.2) == pytest.approx(0.7)
    assert sum(score > threshold_at(strangers, 0.2) for score in strangers) == 2
    assert sum(score > threshold_at(strangers, 0.05) for score in strangers) == 0


def test_recall_at_false_names_wants_the_right_name_above_the_threshold() -> None:
    scores, right = [0.95, 0.95, 0.5, 0.99], [True, False, True, True]
    assert recall_at(scores, right, [0.1, 0.6, 0.2, 0.3], 0.05) == 0.5
    assert recall_at(scores, right, [0.1, 0.6, 0.2, 0.3], 0.25) == 0.75
    assert math.isnan(recall_at(scores, right, [], 0.05))


def test_naming_counts_over_all_targets_and_all_names_said() -> None:
    found = caption_scores([{"bo"}, {"bo"}, {"kit"}, {"kit"}], [{"bo"}, {"kit", "bo"}, set(), {"bo"}])
    assert (found.recall, found.precision) == (0.5, 0.5)
    assert found.f1 == 0.5
    assert caption_scores([{"bo"}], [set()]).f1 == 0.0


def test_naming_of_single_names_is_scikit_learns_micro_average() -> None:
    truth, said = ["a", "b", "c", "a", "b"], ["a", "a", "c", "a", "b"]
    ours = caption_scores([{one} for one in truth], [{one} for one in said])
    assert ours.recall == pytest.approx(sklearn.recall_score(truth, said, average="micro"))
    assert ours.f1 == pytest.approx(sklearn.f1_score(truth, said, average="micro"))


def test_weighted_recognition_is_scikit_learns_balanced_accuracy() -> None:
    truth, said = [True] * 5 + [False] * 15, [True] * 4 + [False] * 13 + [True] * 3
    found = recognition_scores(list(zip(truth, said, strict=True)))
    assert (found.positive, found.negative) == (0.8, 0.8)
    assert found.weighted == pytest.approx(sklearn.balanced_accuracy_score(truth, said))


def test_a_spread_leaves_out_what_could_not_be_measured() -> None:
    assert str(Spread.of([0.5, math.nan, 0.7])) == "0.600 ± 0.100"
    assert str(Spread.of([0.5])) == "0.500"
    assert str(Spread.of([math.nan])) == "–"
