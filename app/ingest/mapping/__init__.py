"""Pure functions from one record of a source to the rows it stands for, or to a reject."""
