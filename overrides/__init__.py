"""All that is ours about generation: names, corrections, templates, and the program that runs them."""
