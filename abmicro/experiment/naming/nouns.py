"""Plural nouns for names in code, where the definition gives no label."""

from __future__ import annotations

_WHOLE = {
    "add_payment_info": "payment details",
    "add_to_cart": "adds to cart",
    "begin_checkout": "checkouts started",
    "form_start": "form starts",
    "form_submit": "forms sent",
    "generate_lead": "leads",
    "sign_up": "sign-ups",
    "view_item": "item views",
}
_COUNTED = frozenset(
    {
        *("basket", "booking", "buyer", "call", "cart", "checkout", "click", "conversion", "demo"),
        *(
            "download",
            "lead",
            "login",
            "message",
            "order",
            "payment",
            "purchase",
            "quote",
            "request",
        ),
        *("sale", "search", "share", "signup", "start", "submission", "subscription", "trial"),
        *("upgrade", "view", "visit"),
    }
)


def noun_of(name: str) -> str:
    """A plural noun for the name of a goal, as far as one can be made; else the name in words.

    >>> noun_of("order"), noun_of("cta_click"), noun_of("add_to_cart"), noun_of("revenue")
    ('orders', 'cta clicks', 'adds to cart', 'revenue')
    """
    if name in _WHOLE:
        return _WHOLE[name]
    words = name.replace("_", " ")
    before, space, last = words.rpartition(" ")
    return before + space + plural(last) if last.lower() in _COUNTED else words


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
