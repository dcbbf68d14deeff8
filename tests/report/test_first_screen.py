"""The first screen: what to do in one line, people before percent, the ruler, trust in one row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from abmicro import Analysis, Experiment, JointCounts, analyze, datasets
from abmicro.phrases import losses
from abmicro.report import document
from abmicro.report.blocks import Headline, TrustRow, VariantCard
from abmicro.report.render import markdown, slack
from abmicro.report.sections import first_screen
from abmicro.report.sections.carry_through import SO_FAR
from abmicro.report.words.since import since_the_last_look

LABELS = {"control": {"share": 0.5, "label": "Today's page"}, "sticky": {"share": 0.5}}
OPEN = ((11_980, 3_726, 326), (12_020, 4_219, 336))
FEW = ((300, 31, 3), (300, 47, 6))
BOTH_UP = ((40_000, 4_800, 1_200), (40_000, 5_600, 1_500))
BOTH_DOWN = ((40_000, 5_600, 1_500), (40_000, 4_800, 1_200))


@cache
def judged(
    arms: tuple[tuple[int, ...], ...], verbs: bool = True, mde: float = 0.05, **keys: object
) -> Analysis:
    click, order = ({"verb": "clicked"}, {"verb": "ordered"}) if verbs else ({}, {})
    experiment = Experiment(
        name="Sticky order button",
        variants=LABELS,
        goals={
            "click": {"kind": "milestone", "label": "clicks", "mde": mde, **click},
            "order": {"kind": "macro", "label": "orders", "mde": mde, **order},
        },
        **keys,  # type: ignore[arg-type]
    )
    counts = JointCounts.of_path(("control", "sticky"), ("click", "order"), arms)
    return analyze(experiment, counts)


def told(analysis: Analysis) -> tuple[Headline, list[VariantCard], TrustRow]:
    blocks = first_screen.section(analysis).blocks
    (top,) = (one for one in blocks if isinstance(one, Headline))
    (trust,) = (one for one in blocks if isinstance(one, TrustRow))
    return top, [one for one in blocks if isinstance(one, VariantCard)], trust


def test_a_winner_is_named_with_what_it_beat() -> None:
    top, cards, _ = told(analyze(*datasets.load("hillstrom")))
    assert top.word == "Ship it"
    assert top.line.startswith("Ship Mens E-Mail. Visits and orders rose, and it beat Womens")
    assert "267 orders instead of 189" in top.then
    assert [card.word for card in cards] == ["Ship it", "Works, second best"]
    assert cards[0].counts[0].control == "2,262 of 21,306"
    assert cards[0].counts[0].treated == "3,894 of 21,307"
    assert cards[0].counts[0].small == ("10.6%", "18.3%")


@pytest.mark.parametrize(
    ("verbs", "line"),
    [
        (True, "More visitors clicked. Whether more of them ordered, this test cannot settle."),
        (False, "Clicks rose. Whether orders rose too, this test cannot settle."),
    ],
)
def test_an_open_end_says_what_is_open(verbs: bool, line: str) -> None:
    top, (card,), _ = told(judged(OPEN, verbs))
    assert (top.word, top.line) == ("Not settled", line)
    assert "336 instead of 326" in top.then
    assert card.word == ""
    assert card.carry is not None
    assert card.carry.question == "Did the extra clicks become orders?"
    assert card.carry.word == "Cannot say"
    assert card.carry.reason.startswith(
        "Per 1,000 visitors, 40 extra clicks usually bring 3.5 orders. Here they came with 0.7 (-3"
    )
    assert [head for head, _ in card.ways] == [
        "Ship, and take the risk",
        "Run on",
        "Test something bolder",
    ]


def test_below_ten_conversions_counts_lead() -> None:
    top, (card,), _ = told(judged(FEW, mde=0.3))
    assert top.line == ("Too few to tell: 47 visitors clicked with sticky, 31 with Today's page.")
    assert [one.change for one in card.counts] == ["16 more", "3 more"]
    assert card.notes == ("9 orders in all. Below ten, read the counts, not the percentages.",)
    assert card.carry is not None
    assert card.carry.reason == (
        "No clear change in clicks, so there is nothing to follow to orders."
    )


def test_a_variant_that_ships_says_so_in_people() -> None:
    top, (card,), _ = told(judged(BOTH_UP))
    assert top.line == "Ship sticky. Clicks and orders rose."
    assert card.why == "More visitors clicked, and more of them ordered."
    assert card.carry is not None
    assert card.carry.tone == "good"


def test_harm_keeps_the_control_by_its_name() -> None:
    top, (card,), _ = told(judged(BOTH_DOWN))
    assert top.line == "Keep Today's page: sticky brought fewer orders, 1,200 instead of 1,500."
    assert card.carry is not None
    assert card.carry.question == "Did the lost clicks cost orders?"
    assert card.carry.tone == "bad"


def test_a_fall_that_is_not_clear_is_not_asked_for_as_a_gain() -> None:
    _, (card,), _ = told(judged(((40_000, 4_800, 1_200), (40_000, 4_700, 1_190))))
    assert card.carry is not None
    assert card.carry.question == "Did the change in clicks reach orders?"
    assert card.carry.word == "Cannot say"


def test_nothing_found_says_how_much_would_have_shown() -> None:
    flat = ((400_000, 48_000, 12_000), (400_000, 48_010, 12_010))
    top, _, _ = told(judged(flat))
    assert top.line == "No change in clicks as large as 5%."


def test_months_and_money_stand_where_the_definition_gives_them() -> None:
    _, (card,), _ = told(judged(BOTH_UP))
    assert [one.head for one in card.amounts] == ["Per 1,000 visitors"]
    decision = {"traffic": "26000/month", "order_value": 62.0, "currency": "EUR"}
    _, (card,), _ = told(judged(BOTH_UP, decision=_frozen(decision)))
    assert [one.head for one in card.amounts] == [
        "Per 1,000 visitors",
        "Per month, at 26,000 visitors",
    ]
    assert card.amounts[1].value.startswith("+200 orders, +€12,")


def _frozen(keys: dict[str, object]) -> object:
    from abmicro import DecisionSettings

    return DecisionSettings(**keys)  # type: ignore[arg-type]


def test_a_running_test_shows_its_days_and_no_lead() -> None:
    running = judged(BOTH_UP, start=date(2026, 10, 5), end=date(2999, 11, 2), verbs=True)
    top, (card,), trust = told(running)
    assert top.word.startswith("Running, day ")
    assert top.line.startswith("Let it run. The first answer comes on ")
    assert top.then.startswith("Nothing is wrong so far")
    assert [one.name for one in card.counts] == ["Days", "Visitors", "Both variants"]
    assert card.counts[2].control == "10,400 clicks, 2,700 orders so far"
    assert not any("%" in one.change for one in card.counts)
    assert card.carry is not None
    assert card.carry.word == "Too early"
    assert trust.when.startswith("Results on ")


def test_no_page_of_a_running_test_says_how_much_was_carried() -> None:
    running = judged(BOTH_UP, start=date(2026, 10, 5), end=date(2999, 11, 2))
    page = markdown.render(running)
    told = page.partition("## Did the gain reach the goal that pays?")[2].partition("\n## ")[0]
    assert "**Too early.**" in told
    assert "Yes" not in page
    assert "a lead this early is mostly chance, and a range is right for one look" in told
    assert SO_FAR not in markdown.render(judged(BOTH_UP))


def test_a_failed_check_comes_first_and_is_unfolded() -> None:
    top, _, trust = told(judged(((30_000, 3_600, 900), (28_000, 3_900, 1_000))))
    assert top.word == "Do not trust yet"
    assert top.line == "Do not use these results yet: visitors are not split as planned."
    assert trust.head == "1 check failed"
    assert [one.name for one in trust.loud] == ["Split"]


def test_what_passed_is_one_row() -> None:
    _, _, trust = told(judged(BOTH_UP))
    assert trust.head.endswith("checks passed")
    assert not trust.loud
    assert len(trust.quiet) == len(judged(BOTH_UP).checks)


def test_every_first_sentence_is_short() -> None:
    for arms in (OPEN, FEW, BOTH_UP, BOTH_DOWN):
        top, cards, _ = told(judged(arms))
        texts = [top.line, top.then, *(card.why for card in cards)]
        texts += [text for card in cards for _, text in card.ways]
        texts += [card.carry.reason for card in cards if card.carry]
        for text in texts:
            assert max(len(one.split()) for one in text.split(". ")) <= 30


def test_a_record_without_volumes_still_has_its_first_screen() -> None:
    _, (card,), _ = told(replace(judged(BOTH_UP), volumes=()))
    assert card.amounts == ()


def test_what_is_passed_on_is_the_first_screen_in_plain_lines() -> None:
    shared = slack.render(judged(OPEN))
    assert shared.startswith("Sticky order button\nNot settled: More visitors clicked.")
    assert "Clicks: 3,726 of 11,980 → 4,219 of 12,020 (31.1% → 35.1%)" in shared
    assert "Did the extra clicks become orders? Cannot say." in shared
    assert "checks passed" in shared
    assert "<" not in shared


def test_nothing_is_said_of_a_look_before_the_first() -> None:
    assert since_the_last_look(judged(OPEN)) == ""


@pytest.mark.parametrize("arms", [OPEN, BOTH_UP, BOTH_DOWN])
def test_sentence_and_ruler_fall_in_the_same_zone(arms: tuple[tuple[int, ...], ...]) -> None:
    # The ruler is on logarithms, the sentence in people: they differ a little, never in zone.
    for one in judged(arms).carry_through:
        assert one.usual_macro_per_1000 is not None
        share = one.extra_macro_per_1000.estimate / one.usual_macro_per_1000.estimate
        zones = [np.digitize(x, (0, one.threshold)) for x in (share, one.pass_through.estimate)]
        assert zones[0] == zones[1]


def of_goals(micro: str, macro: str, arms: tuple[tuple[int, ...], ...]) -> Analysis:
    """A test whose goals are called by their names alone."""
    goals = {micro: {"kind": "milestone", "mde": 0.05}, macro: {"kind": "macro", "mde": 0.05}}
    experiment = Experiment(name="Gate", variants=LABELS, goals=goals)
    return analyze(experiment, JointCounts.of_path(("control", "sticky"), (micro, macro), arms))


def test_a_goal_that_cannot_be_counted_falls_in_place_of_becoming_fewer() -> None:
    top, _, _ = told(of_goals("tutorial", "retention_7", BOTH_DOWN))
    assert top.line == (
        'Keep Today\'s page: "retention 7" fell with sticky, 1,200 instead of 1,500.'
    )
    assert top.then.startswith("Retention 7: down 20%")


def test_names_of_deeds_read_as_what_is_counted() -> None:
    top, (card,), _ = told(of_goals("clicked", "subscribe", BOTH_UP))
    assert top.line == "Ship sticky. Clicks and subscriptions rose."
    assert card.carry is not None
    assert card.carry.question == "Did the extra clicks become subscriptions?"
    assert card.why == ""  # what the line on top says stands there alone


def test_a_test_without_a_difference_says_what_to_do() -> None:
    flat = ((400_000, 48_000, 12_000), (400_000, 48_000, 12_000))
    top, (card,), _ = told(judged(flat))
    assert top.then == (
        "Keep Today's page, or test something bolder. Orders: 12,000 in both, no change (-2.5% to "
        "2.5%)."
    )
    assert [one.change for one in card.counts] == ["no change", "no change"]


def test_several_open_variants_are_listed_as_in_english() -> None:
    names = ("control", "green", "sticky", "short")
    arms = [list(arm) for arm in ((6_000, 1_181, 301), *3 * [(6_000, 1_341, 352)])]
    goals = {"click": {"kind": "milestone", "mde": 0.05}, "order": {"kind": "macro", "mde": 0.05}}
    counts = JointCounts.of_path(names, tuple(goals), arms)
    top, *_ = told(analyze(Experiment(name="Three", variants=names, goals=goals), counts))
    assert top.line == "Not settled whether green, sticky or short beats control."


def test_what_a_choice_risks_is_told_in_money_or_as_many() -> None:
    analysis = analyze(*datasets.load("hillstrom"))
    names, rows = analysis.experiment.names, {row.goal: row for row in analysis.goals}
    assert losses(rows["spend"], 41.3, 48, names) == ("$41", "$48")
    assert losses(rows["conversion"], 1.02, 3.61, names) == ("1.0 orders", "3.6")
    unpriced = replace(names, currency="")
    assert losses(rows["spend"], 41.3, 48, unpriced) == ("41 of spend", "48")


def test_what_to_do_about_a_failed_check_is_said_once() -> None:
    uneven = ((200_000, 24_000, 6_000), (196_000, 24_000, 6_000))
    top, _, trust = told(judged(uneven))
    assert top.then.startswith("The variants lost people in different ways.")
    assert [one.fix for one in trust.loud] == [""]


def test_a_lost_tag_is_the_first_thought_where_fewer_clicks_bring_more_orders() -> None:
    top, _, _ = told(judged(((300_000, 36_000, 9_000), (300_000, 28_800, 11_700))))
    assert top.line == "Keep Today's page: sticky brought fewer clicks, 28,800 instead of 36,000."
    assert top.then.endswith("First look at how clicks are recorded: a lost tag looks like this.")


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        ((date(2026, 9, 1), date(2026, 9, 1)), "1 September 2026"),
        ((date(2026, 9, 1), date(2026, 9, 28)), "1 to 28 September 2026"),
        ((date(2026, 9, 7), date(2026, 10, 4)), "7 September to 4 October 2026"),
        ((date(2025, 12, 7), date(2026, 1, 3)), "7 December 2025 to 3 January 2026"),
    ],
)
def test_the_days_of_a_test_are_told_in_one_phrase(days: tuple[date, date], shown: str) -> None:
    known = judged(BOTH_UP)
    course = replace(known.course, first_day=days[0], last_entry=days[1], last_day=days[1])
    assert list(document.facts(replace(known, course=course)))[1] == shown
