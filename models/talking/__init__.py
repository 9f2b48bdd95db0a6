"""Speech to mouth: synthesised speech with known phones, a small network, its training, export and scores."""
