"""Which pixels speak for a class? The attribution methods, one file each, and the maps that they must beat."""
