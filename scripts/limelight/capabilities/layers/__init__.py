"""Whole layers: every filter from noise, its top photographs and its tuning."""
