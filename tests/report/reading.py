"""How easily a text is read: Flesch's reading ease, by words, sentences and syllables."""

from __future__ import annotations

import re


def sentences(text: str) -> list[str]:
    """The sentences of a text; a point within a number ends none."""
    return [one for one in re.split(r"(?<=[.?!:;])\s+", text.strip()) if re.search(r"\w", one)]


def words(text: str) -> list[str]:
    """Its words; ranges in brackets are figures, not read aloud."""
    plain = re.sub(r"\([^)]*\)", " ", text)
    return re.findall(r"[A-Za-z']+|[0-9][0-9.,]*%?", plain)


def syllables(word: str) -> int:
    """Groups of vowels, without a silent e at the end; a figure counts as one."""
    letters = word.lower()
    if not letters[0].isalpha():
        return 1
    groups = len(re.findall(r"[aeiouy]+", letters))
    silent = letters.endswith("e") and not letters.endswith("le") and groups > 1
    return max(groups - silent - letters.endswith("ed") * (not letters.endswith(("ted", "ded"))), 1)


def ease(text: str) -> float:
    """Flesch (1948): 60 and above is plain English, 30 and below a paper for scholars."""
    said = words(text)
    per_sentence = len(said) / max(len(sentences(text)), 1)
    per_word = sum(map(syllables, said)) / max(len(said), 1)
    return 206.835 - 1.015 * per_sentence - 84.6 * per_word
