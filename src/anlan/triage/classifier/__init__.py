"""Which matter is a message about? Character n-grams, a linear model, calibrated probabilities.

    model = Classifier().fit(texts, labels)
    model.predict_proba(["村口的路灯不亮好几天了"])   # (1, k) in the order of model.labels
    model.explain("村口的路灯不亮好几天了")           # [("路灯不亮", 3.1), …]

Needs numpy, scipy and scikit-learn only: no Django, no database, no downloaded weights. The same
data give the same model, whatever their order. What it does and how well: docs/algorithms/classifier.md.
"""

from anlan.triage.classifier.model import Classifier

__all__ = ["Classifier"]
