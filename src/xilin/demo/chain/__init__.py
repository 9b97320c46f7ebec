"""The league's chain of mutton and its drinks, oil and salt, made up, with its truth kept apart."""
