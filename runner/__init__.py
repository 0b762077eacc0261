"""From matrix.yaml to a results folder."""
