"""From a results folder to verdicts, causes and documents."""
