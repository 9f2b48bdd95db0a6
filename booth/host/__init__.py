"""Who serves a visit: carries out what the session's machine asks for, and tells it what happens."""
