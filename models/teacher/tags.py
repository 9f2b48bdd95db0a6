"""What people saw: on each portrait (``tags.csv``) and on each pair of portrait and layers (``rejects.csv``)."""

from __future__ import annotations

import csv
from pathlib import Path

TAGS = Path(__file__).with_name("tags.csv")
REJECTS = Path(__file__).with_name("rejects.csv")


def read_tags(path: Path = TAGS) -> dict[str, frozenset[str]]:
    """File name → what a person saw on the photo (glasses, beard, bald, …)."""
    with path.open(newline="") as file:
        return {row["file"]: frozenset(row["tags"].split("+")) for row in csv.DictReader(file)}


def read_rejects(path: Path = REJECTS) -> dict[str, str]:
    """File name → what a person who looked at the pair found wrong with the teacher's layers; never trained on."""
    with path.open(newline="") as file:
        return {row["file"]: row["why"] for row in csv.DictReader(file)}
