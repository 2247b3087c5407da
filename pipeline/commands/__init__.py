"""The commands, thin wrappers around the stages. Results go to stdout, progress and the next step to stderr."""
