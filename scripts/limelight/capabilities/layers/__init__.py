"""Whole layers: every filter from noise, its top photographs and its tuning."""

FIELD = "receptive field"
"""Variant of the item that holds the receptive field of a layer."""
