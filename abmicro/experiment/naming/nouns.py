"""Plural nouns for names in code and in sheets, where the definition gives no label."""

from __future__ import annotations

import re
from functools import cache, lru_cache

_WHOLE = {
    "add payment info": "payment details",
    "add to basket": "adds to basket",
    "add to cart": "adds to cart",
    "begin checkout": "checkouts started",
    "checkout started": "checkouts started",
    "form start": "form starts",
    "form submit": "forms sent",
    "generate lead": "leads",
    "initiate checkout": "checkouts started",
    "order completed": "orders",
    "product added": "adds to cart",
    "product viewed": "product views",
    "sign up": "sign-ups",
    "signed up": "sign-ups",
    "view item": "item views",
}
_OF_VERBS = {
    "abandon": "abandonments",
    "activate": "activations",
    "add": "adds",
    "book": "bookings",
    "bought": "purchases",
    "browse": "browses",
    "buy": "purchases",
    "click": "clicks",
    "convert": "conversions",
    "donate": "donations",
    "download": "downloads",
    "enrol": "enrolments",
    "enroll": "enrolments",
    "install": "installs",
    "open": "opens",
    "order": "orders",
    "paid": "payments",
    "pay": "payments",
    "play": "plays",
    "purchase": "purchases",
    "register": "registrations",
    "request": "requests",
    "search": "searches",
    "share": "shares",
    "start": "starts",
    "submit": "submissions",
    "submitt": "submissions",
    "subscribe": "subscriptions",
    "upgrade": "upgrades",
    "view": "views",
    "visit": "visits",
}
"""Nouns of what people do, by the verb as a name has it."""
_WORDS_OF_ACTS = """
    activation application appointment basket booking buyer call cart checkout click conversion
    demo donation download enrolment enrollment install lead login message order payment play
    purchase quote registration request reservation sale search share signup start submission
    subscription transaction trial upgrade view visit
"""
_OTHER_WORDS = """
    account add amount button contact email form income item lead money newsletter page product
    revenue sales scroll spend spent step to turnover unique value video
"""
_COUNTED = frozenset(_WORDS_OF_ACTS.split())
_PLAIN = frozenset(_OTHER_WORDS.split())
_NO_NOUN = re.compile(r"[a-z]{2,}[a-df-z]ed|.*\d")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=1024)  # every sentence asks for the words of all goals
def noun_of(name: str) -> str:
    """A plural noun for the name of a goal, as far as one can be made; else the name in words.

    Capitals of a header go where all its words are known; other words stay as they are. What
    people did becomes what is counted; a deed that is not known, and a name that ends in a number,
    stand in quotes.

    >>> noun_of("order"), noun_of("cta_click"), noun_of("add_to_cart"), noun_of("revenue")
    ('orders', 'cta clicks', 'adds to cart', 'revenue')
    >>> noun_of("Orders"), noun_of("AddToCart"), noun_of("CTA clicks"), noun_of("Bestellungen")
    ('orders', 'adds to cart', 'CTA clicks', 'Bestellungen')
    >>> noun_of("clicked"), noun_of("subscribe"), noun_of("video_played"), noun_of("unlocked")
    ('clicks', 'subscriptions', 'video plays', '"unlocked"')
    >>> noun_of("retention_7")
    '"retention 7"'
    """
    words = _in_words(name)
    if words in _WHOLE:
        return _WHOLE[words]
    before, space, last = words.rpartition(" ")
    if last.lower() in _COUNTED:
        return before + space + plural(last)
    if deed := _deed(last.lower()):
        return before + space + deed
    return f'"{words}"' if _NO_NOUN.fullmatch(last) else words


def _deed(word: str) -> str:
    """The noun of a verb, as it stands or as it was done; empty where it is not known."""
    forms = (word, word.removesuffix("d"), word.removesuffix("ed"))
    return next((_OF_VERBS[one] for one in forms if one in _OF_VERBS), "")


def _in_words(name: str) -> str:
    """The name with blanks between its words, in small letters where all of them are known."""
    words = " ".join(name.replace("_", " ").split())
    told = _CAMEL.sub(" ", words).lower()
    known = all(
        word in _PLAIN or word in _COUNTED or word in _plurals() or _deed(word)
        for word in told.split()
    )
    return told if known or told in _WHOLE else words


@cache
def _plurals() -> frozenset[str]:
    return frozenset(map(plural, _COUNTED))


def plural(noun: str) -> str:
    """The plural of a regular noun.

    >>> plural("visitor"), plural("search"), plural("company")
    ('visitors', 'searches', 'companies')
    """
    if noun.endswith(("s", "x", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def sentence_case(text: str) -> str:
    """The text with a capital at its beginning; the rest stays as it is.

    >>> sentence_case("orders of iPhones")
    'Orders of iPhones'
    """
    return text[:1].upper() + text[1:]
