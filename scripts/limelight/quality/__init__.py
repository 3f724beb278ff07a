"""Can the explanation be believed? Faithfulness, localisation, sanity, stability, and what they say of the classes."""
