"""Reports: definitions that gather figures, the paper they are set on, and the files that come of it."""
