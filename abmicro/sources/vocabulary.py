"""Words by which people name columns, variants and events, from which `abmicro init` guesses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

VARIANT = (
    *("variant", "variation", "variante", "variants", "arm", "treatment", "recipe", "experience"),
    *("variatie", "variantti", "wariant", "varyant", "вариант", "варіант", "バリアント", "变体"),
    *("test group", "testgruppe", "experiment group", "bucket", "version", "group", "gruppe"),
    *("groupe", "grupo", "gruppo", "groep", "assignment", "condition", "cell", "segment"),
    *("versie", "versión", "versão", "versione", "versjon", "wersja", "versio", "sürüm", "verze"),
    *("grupp", "grupa", "grup", "ryhmä", "версия", "группа", "パターン", "グループ", "版本"),
    *("实验组", "组别", "分组"),
    *("is treatment", "is treated", "treated", "combination", "kombination", "combinaison"),
)
UNIT = (
    *("user id", "visitor id", "customer id", "client id", "unit id", "userid", "user pseudo id"),
    *("distinct id", "anonymous id", "domain userid", "idvisitor", "visitorid", "fullvisitorid"),
    *("full visitor id", "amplitude id", "device id", "cookie id", "person id", "nutzer id"),
    *("besucher id", "kunden id", "unit", "user", "visitor", "customer", "session id", "id"),
)
BEFORE_LOGIN = (
    *("anonymous id", "user pseudo id", "visitor id", "device id", "cookie id", "client id"),
    *("domain userid", "distinct id", "idvisitor", "visitorid", "fullvisitorid"),
    *("full visitor id", "besucher id"),
)
"""Ids that people have before they tell who they are."""
TIME = (
    *("timestamp", "event time", "event timestamp", "time", "ts", "occurred at", "created at"),
    *("server time", "derived tstamp", "collector tstamp", "zeitstempel", "zeitpunkt", "uhrzeit"),
)
EVENT = ("event name", "event type", "event", "action", "event action", "ereignis")
PEOPLE = (
    *("units", "users", "visitors", "customers", "people", "participants", "recipients"),
    *("entrants", "besucher", "nutzer", "benutzer", "teilnehmer", "empfänger", "visiteurs"),
    *("utilisateurs", "visitantes", "usuarios", "usuários", "visitatori", "utenti", "bezoekers"),
    *("gebruikers", "besökare", "användare", "besøkende", "brukere", "besøgende", "brugere"),
    *("kävijät", "käyttäjät", "użytkownicy", "odwiedzający", "návštěvníci", "uživatelé"),
    *("ziyaretçiler", "kullanıcılar", "посетители", "пользователи", "відвідувачі", "користувачі"),
    *("訪問者", "訪問者数", "ユーザー", "ユーザー数", "访客", "访客数", "用户", "用户数"),
    *("人数", "방문자", "사용자", "reach", "reichweite", "alcance", "portée"),
)
VISITS = (
    *("exposed", "n", "sample", "sample size", "sessions", "visits", "impressions"),
    *("sitzungen", "besuche", "visites", "sesiones", "sessões", "sessioni", "sessies", "sessioner"),
    *("besök", "økter", "istunnot", "sesje", "wizyty", "návštěvy", "oturumlar", "сессии", "сеансы"),
    *("визиты", "セッション", "セッション数", "会话", "会话数", "세션"),
)
UNITS = (*PEOPLE, *VISITS)
"""People before visits: where a sheet counts both, the people are its units."""
DEVICES = ("mobile", "phone", "smartphone", "handy", "desktop", "tablet", "ios", "android")
"""What people hold: names of parts of the units."""
MACRO = (
    *("purchase", "order", "conversion", "transaction", "sale", "payment", "buy", "bought"),
    *("paid", "lead", "subscription", "subscribe", "converted", "purchased", "ordered"),
    *("convertis", "convertidos", "convertiti", "konvertierte", "geconverteerde"),
    *("bestellung", "bestellungen", "kauf", "käufe", "kaufabschluss", "kaufabschlüsse"),
    *("abschluss", "abschlüsse", "transaktion", "transaktionen", "konversion", "konversionen"),
    *("commande", "achat", "pedido", "compra", "ordine", "ordini", "acquisto", "acquisti"),
    *("bestelling", "bestellingen", "aankoop", "aankopen", "köp", "kjøp", "bestilling"),
    *("bestillinger", "beställning", "beställningar", "ordre", "ordrer", "tilaukset", "buyers"),
    *("buying", "paying", "converting", "activated", "ordrar", "køb", "ostot", "zamówienia"),
    *("zakupy", "objednávky", "nákupy", "siparişler", "satın alma", "заказы", "покупки"),
    *("購入", "注文", "コンバージョン", "购买", "订单", "转化"),
)
MICRO = (
    *("cart", "basket", "bag", "checkout", "click", "clicks", "view", "signup", "sign up", "form"),
    *("add", "added", "start", "started", "register", "registration", "download", "scroll"),
    *("warenkorb", "warenkörbe", "korb", "körbe", "klick", "klicks", "kasse", "anmeldung"),
    *("panier", "panniers", "clic", "carrito", "carrello", "carrelli", "winkelwagen", "varukorg"),
    *("handlekurv", "anmeldungen", "search", "play", "goal", "reached", "who", "with", "kurve"),
    *("engaged",),
    *("carrinho", "clique", "klik", "klikk", "klikken", "klikkaukset", "ostoskorit", "kassa"),
    *("koszyki", "kliknięcia", "kasa", "košík", "sepet", "tıklama", "корзины", "клики"),
    *("カート追加", "クリック", "加购", "点击"),
)
VALUE = (
    *("revenue", "spend", "sales", "gmv", "amount", "value", "income", "turnover", "aov"),
    *("umsatz", "erlös", "bestellwert", "warenkorbwert", "chiffre", "ingresos", "fatturato"),
    *("omzet", "omsetning", "omsättning", "price", "cost", "profit", "margin", "gewinn"),
    *("einnahmen", "deckungsbeitrag", "ertrag", "marge", "revenu", "recette", "ca ttc", "ca ht"),
    *("ingreso", "facturación", "importe", "receita", "faturamento", "ricavi", "ricavo", "incasso"),
    *("opbrengst", "intäkt", "intäkter", "inntekt", "inntekter", "omsætning", "indtægter"),
    *("liikevaihto", "tuotto", "przychód", "przychody", "obrót", "tržby", "obrat", "bevétel"),
    *("gelir", "ciro", "выручка", "доход", "оборот", "виручка", "売上", "売上高", "収益"),
    *("销售额", "收入", "营收", "金额", "매출"),
)
SURE = VARIANT.index("test group")
"""Names of variants from here on may be those of other things."""

MOST_ARMS = 26
LETTER = re.compile(r"((variante?|variation|version|gruppe|group|groupe|test|recipe) ?)?[A-Z]")
EXPOSURE = ("exposure", "experiment", "impression", "feature flag")
CONTROL = re.compile(
    r"((die |the )?(control|ctrl|baseline|original|holdout|kontroll\w*|contr[ôo]le|controllo|"
    r"t[ée]moin|originale)|kontrolle)\b.*",
    re.IGNORECASE,
)
LIKE_CONTROL = re.compile(
    r"((variante?|variation|version|gruppe|group|groupe|arm|recipe|test) )?"
    r"(a|off|old|default|0|00|false|none|no|current|existing|today|bisher|aktuell|heute)\b.*",
    re.IGNORECASE,
)


def words(text: str) -> str:
    """The words of a name in lower case.

    >>> words("variant_name"), words("eventType"), words("$feature_flag-called")
    ('variant name', 'event type', 'feature flag called')
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[^\W_]+", split.lower()))


def says(text: str, vocabulary: Iterable[str]) -> bool:
    """Whether a name has a word of the vocabulary, alone or in the plural.

    >>> says("ecommerce_purchases", MACRO), says("border", MACRO)
    (True, False)
    """
    spelt = words(text)
    return any(_holds(spelt, word) for word in vocabulary)


def best(names: Iterable[str], vocabulary: Sequence[str], *, whole: bool = True) -> str | None:
    """The name that stands for the earliest word, the shortest of several; None where none does.

    whole: the name must be the word, not only hold it.

    >>> best(["history_segment", "segment"], VARIANT, whole=False)
    'segment'
    """
    ranked = [
        (rank, len(name), name)
        for name, spelt in ((name, words(name)) for name in names)
        for rank, word in enumerate(vocabulary)
        if (spelt == word if whole else _holds(spelt, word))
    ]
    return min(ranked)[2] if ranked else None


def control_first(variants: Iterable[str]) -> tuple[str, ...]:
    """Variants in order, the one that is called like a control before the others.

    >>> control_first(["Mens E-Mail", "No E-Mail", "Womens E-Mail"])
    ('No E-Mail', 'Mens E-Mail', 'Womens E-Mail')
    """
    return tuple(sorted(variants, key=_order))


def arms_in_order(variants: Iterable[str]) -> tuple[str, ...]:
    """Variants as they stand, the one that is called like a control before the others.

    >>> arms_in_order(["new", "other", "control"]), arms_in_order(["grey", "blue"])
    (('control', 'new', 'other'), ('grey', 'blue'))
    """
    return tuple(sorted(variants, key=lambda variant: _order(variant)[:2]))


def names_control(variants: Iterable[str]) -> bool:
    """Whether a variant bears a name that hardly anything but a control bears.

    >>> names_control(["control", "sticky"]), names_control(["no", "yes"])
    (True, False)
    """
    return any(_is_control(variant, CONTROL) for variant in variants)


def is_control(variant: str) -> bool:
    """Whether a variant is called like a control.

    >>> is_control("Original"), is_control("A"), is_control("sticky")
    (True, True, False)
    """
    return _is_control(variant, CONTROL) or _is_control(variant, LIKE_CONTROL)


def is_variant_name(name: str) -> bool:
    """Whether a column is called like one of variants.

    >>> is_variant_name("Experiment variant"), is_variant_name("group"), is_variant_name("orders")
    (True, True, False)
    """
    sure = best([name], VARIANT[:SURE], whole=False)
    return sure is not None or best([name], VARIANT) is not None


def variant_among(levels: Mapping[str, Collection[str]], *, sure: bool = False) -> str | None:
    """Which column holds the variants: by its name, else by a level that is called like a control.

    levels: column to its cells. sure: never by elimination, as the only column that is left.

    >>> variant_among({"device": ["phone", "desktop"], "recipe": ["1", "2"]})
    'recipe'
    >>> variant_among({"NAME": ["A", "B"], "city": ["Oslo", "Bergen"]})
    'NAME'
    """
    coarse = {name: {*held} for name, held in levels.items() if 2 <= len({*held}) <= MOST_ARMS}
    named = best(coarse, VARIANT[:SURE], whole=False)
    by_level = (name for name, held in coarse.items() if names_control(held))
    lettered = (name for name, held in coarse.items() if all(map(LETTER.fullmatch, held)))
    weakly = best(coarse, VARIANT, whole=False)
    found = named or next(by_level, None) or next(lettered, None) or weakly
    return found or (next(iter(coarse)) if len(coarse) == 1 and not sure else None)


def _order(variant: str) -> tuple[bool, bool, str]:
    return (not _is_control(variant, CONTROL), not _is_control(variant, LIKE_CONTROL), variant)


def _is_control(variant: str, pattern: re.Pattern[str]) -> bool:
    return pattern.fullmatch(words(variant)) is not None


def _holds(text: str, word: str) -> bool:
    return re.search(rf"\b{word}s?\b", text) is not None
