"""How results are made and kept: units, jobs, the store, arrays, devices. Never part of a key."""
