"""Tests of one word: does it stand for the word that was asked for?"""

from __future__ import annotations

from collections.abc import Callable

from search_index.names import name_keys
from search_index.patterns import within
from search_index.sounds import coarse_sound, same_sound, sounds
from search_index.tokens import stem


def same_word(word: str) -> Callable[[str], bool]:
    """As it is written, or with the same stem."""
    root = stem(word)

    def accepts(other: str) -> bool:
        return other == word or stem(other) == root

    return accepts


def head_of(word: str) -> str:
    """What all words with the stem of this one begin with."""
    root = stem(word)
    # Porter changes at most the last two letters of what it keeps (happy -> happi).
    head = root[:-2] if len(root) > 3 else root[:-1]
    while not word.startswith(head):
        head = head[:-1]
    return head


def same_name(word: str) -> Callable[[str], bool]:
    """A name as it is written, or that sounds the same."""

    def accepts(other: str) -> bool:
        return other == word or same_sound(other, word)

    return accepts


def sounds_as(khmer_name: str) -> Callable[[str], bool]:
    """A name in Latin letters that may be this one in Khmer script."""
    keys = name_keys(khmer_name)

    def accepts(other: str) -> bool:
        return not keys.isdisjoint(sounds(other))

    return accepts


def same_place(word: str) -> Callable[[str], bool]:
    """A word of a court's name, or one that sounds like it."""
    key, like = coarse_sound(word), same_word(word)

    def accepts(other: str) -> bool:
        return like(other) or (len(other) > 2 and coarse_sound(other) == key)

    return accepts


def equal_to(word: str) -> Callable[[str], bool]:
    """As it is written, and no other way."""

    def accepts(other: str) -> bool:
        return other == word

    return accepts


def begins_with(head: str) -> Callable[[str], bool]:
    """A word that begins so."""

    def accepts(other: str) -> bool:
        return other.startswith(head)

    return accepts


def near_to(word: str, distance: int) -> Callable[[str], bool]:
    """A word that so many changed letters make of it."""

    def accepts(other: str) -> bool:
        return within(word, other, distance)

    return accepts
