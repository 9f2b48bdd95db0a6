"""Every screen of the booth as a picture, to be looked at: what visitors see, and what the operator does."""
