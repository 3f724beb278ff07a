"""Which regions speak for and against a class? LIME on superpixels.

Ribeiro, Singh, Guestrin: "Why Should I Trust You?": Explaining the Predictions of Any Classifier,
2016 (arXiv 1602.04938).
"""

from limelight.superpixels.explanation import Explanation, chosen_classes, explain
from limelight.superpixels.segmentation import contiguous, segment

__all__ = ["Explanation", "chosen_classes", "contiguous", "explain", "segment"]
