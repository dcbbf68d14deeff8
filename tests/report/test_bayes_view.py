"""The Bayesian view: its sentences, tables, chart and section."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import nan

import numpy as np
import pytest

from abmicro import Analysis, analyze, datasets
from abmicro.analysis.results import Bayes, CarryPosterior, Drawn
from abmicro.counts.entry_days import entered_by
from abmicro.errors import OutputError
from abmicro.experiment.monitoring import MonitoringSettings
from abmicro.report import document
from abmicro.report.blocks import Note
from abmicro.report.charts.posterior import posterior
from abmicro.report.render import html, markdown, text
from abmicro.report.sections import bayes

from . import pages

ARM = "sticky"


def with_options(analysis: Analysis, **options: object) -> Analysis:
    """The analysis of the same experiment with other choices."""
    chosen = analysis.experiment.analysis.model_copy(update=options)
    experiment = analysis.experiment.model_copy(update={"analysis": chosen})
    return replace(analysis, experiment=experiment)


def test_the_convention_of_tails_follows_alpha(two_arms: Analysis) -> None:
    assert "A 95% range lies wholly above zero" in bayes.convention(two_arms)
    assert "above 97.5%" in bayes.convention(two_arms)
    strict = bayes.convention(with_options(two_arms, alpha=0.1))
    assert "A 90% range lies wholly above zero" in strict
    assert "above 95%." in strict


def test_it_says_that_it_has_no_vote(two_arms: Analysis) -> None:
    assert "no vote" in bayes.convention(two_arms)


def test_looks_come_with_a_warning_of_chances_that_were_looked_for(two_arms: Analysis) -> None:
    experiment, counts = datasets.load("asos")
    watched = analyze(experiment, counts, as_of=date(2020, 2, 3))
    (_, warning, *_) = bayes.section(watched).blocks
    assert warning == Note(bayes.PEEKED)
    assert "Do not stop the test by these chances" in " ".join(watched.render("text").split())
    assert Note(bayes.PEEKED) not in bayes.section(two_arms).blocks


def test_success_at_the_end_is_foreseen_at_the_level_of_the_end() -> None:
    """Whatever the level of today's look, since posteriors do not know of looks."""
    experiment, counts = datasets.load("asos")
    first_days = entered_by(counts, date(2020, 1, 22))
    fixed = experiment.model_copy(update={"monitoring": MonitoringSettings()})
    watched, unwatched = (
        analyze(one, first_days, as_of=date(2020, 1, 23)) for one in (experiment, fixed)
    )
    assert watched.alpha < 0.01
    assert watched.bayes.evidence == unwatched.bayes.evidence
    told = "the chance to win will be above 97.5% then"
    assert told in " ".join(watched.render("text").split())


def test_goals_of_one_prior_share_a_line(two_arms: Analysis) -> None:
    assert list(bayes.priors(two_arms)) == [
        "Assumed before the data (prior) of adds to cart, checkouts started, purchases: "
        "Jeffreys' beta (0.5, 0.5)."
    ]
    first, *rest = two_arms.bayes.posteriors
    view = replace(two_arms.bayes, posteriors=(replace(first, prior="beta (2, 98)"), *rest))
    assert list(bayes.priors(replace(two_arms, bayes=view))) == [
        "Assumed before the data (prior) of checkouts started, purchases: "
        "Jeffreys' beta (0.5, 0.5).",
        "Assumed before the data (prior) of adds to cart: beta (2, 98).",
    ]


def test_both_losses_stand_beside_the_chance(two_arms: Analysis) -> None:
    (row, *_) = bayes.goals(two_arms, ARM).rows
    assert row == ("Adds to cart", ">99.9%", "<0.001 pp", "1.3 pp", "+11% (6% to 16%)")


def test_a_region_of_equivalence_adds_its_probabilities(two_arms: Analysis) -> None:
    table = bayes.goals(with_options(two_arms, rope=0.01), ARM)
    assert [column.head for column in table.columns][5:] == [
        *("Shortest interval", "Below -1.0%", "Between", "Above +1.0%"),
    ]
    assert table.rows[0][5:] == ("+6% to +16%", "10.0%", "20.0%", "70.0%")


def test_several_priors_stand_side_by_side(two_arms: Analysis) -> None:
    assert [row[0] for row in bayes.sensitivity(two_arms, ARM).rows] == [
        *("Jeffreys' beta (0.5, 0.5)", "uniform beta (1, 1)", "beta (12, 88)"),
    ]


def test_a_drawn_chance_is_told_in_whole_percent(two_arms: Analysis) -> None:
    known = CarryPosterior(
        falls=True,
        macro_up=Drawn(0.9, 0.0),
        at_least=Drawn(0.5, 0.008),
        full=Drawn(0.02, 0.0),
        both_up=Drawn(0.61, 0.0077),
    )
    carry = tuple(replace(one, posterior=known) for one in two_arms.carry_through)
    told, losses = bayes.joint(replace(two_arms, carry_through=carry), ARM)
    assert told == (
        "Chance that adds to cart and purchases both rose: 61%; that at least half of the loss "
        "reached purchases: 50%; that all of it did: 2.0%."
    )
    assert losses.startswith("What a wrong choice costs on average, per 1,000 visitors: ")
    assert losses.endswith("by keeping control.")


def test_without_a_joint_posterior_only_the_losses_are_told(two_arms: Analysis) -> None:
    (losses,) = bayes.joint(two_arms, ARM)
    assert "purchases by choosing sticky" in losses


def test_losses_that_are_not_known_are_not_told(two_arms: Analysis) -> None:
    unknown = [replace(row, expected_loss=nan, loss_of_control=nan) for row in two_arms.goals]
    told = list(bayes.joint(replace(two_arms, goals=tuple(unknown)), "sticky"))
    assert not [one for one in told if "wrong choice" in one or "nan" in one]


def test_bayes_factors_are_told_in_words_with_what_they_assume(two_arms: Analysis) -> None:
    (one,) = two_arms.bayes.evidence
    told, to_come = bayes.evidence(two_arms, one)
    assert told == (
        "Some evidence for no change in adds to cart (Bayes factor 7.21: none against a change of "
        "about 5.0%)."
    )
    assert to_come == (
        "If the 17,000 visitors still to come by the planned end behave like those so far, the "
        "chance to win will be above 97.5% then with a probability of 61.0%."
    )
    (strong, _) = bayes.evidence(two_arms, replace(one, close=7.0))
    assert strong == (
        "Very strong evidence for a change in adds to cart (Bayes factor > 1,000: a change of "
        "about 5.0% against none)."
    )


def test_a_factor_near_one_is_no_evidence_and_without_an_end_nothing_is_foretold(
    two_arms: Analysis,
) -> None:
    (one,) = two_arms.bayes.evidence
    (told,) = bayes.evidence(two_arms, replace(one, close=0.01, unrelated=2.0, success=nan))
    assert told == "Hardly any evidence of a change in adds to cart."


def test_the_stopping_sentence_tells_what_the_rule_does_not_promise(two_arms: Analysis) -> None:
    (one,) = two_arms.bayes.stopping
    sentence = bayes.stopping(two_arms, one)
    assert sentence.startswith(
        "sticky costs less if it is wrong, in adds to cart: <0.001 pp per visitor, less than the "
        "0.050 pp you tolerate."
    )
    assert "looked at 14 times, 95% would stop by this rule" in sentence
    assert "take sticky" in sentence
    assert "not less than" in bayes.stopping(two_arms, replace(one, safe=False))
    assert "looked at once" in bayes.stopping(two_arms, replace(one, looks=1))


def test_the_best_of_several_arms_is_named_first(hillstrom: Analysis) -> None:
    ranked = replace(
        hillstrom.bayes,
        standings=tuple(
            replace(one, probability_best=0.9 if one.variant == "Mens E-Mail" else 0.05)
            for one in hillstrom.bayes.standings
        ),
    )
    (sentence,) = bayes.best(replace(hillstrom, bayes=ranked))
    assert sentence.startswith(
        "Chance to be the best of all variants by visits: Mens E-Mail 90.0%, "
    )


def test_two_arms_have_no_standings(two_arms: Analysis) -> None:
    assert not bayes.standings(two_arms).rows
    assert not list(bayes.best(two_arms))
    assert "All variants together" not in pages.page("two_arms")


def test_the_chart_draws_the_goals_that_have_a_curve(two_arms: Analysis) -> None:
    titles = [ax.get_title(loc="left") for ax in posterior(two_arms, variant=ARM).axes]
    assert titles == ["Adds to cart: chance to win >99.9%", "Purchases: chance to win 79.1%"]


def test_posterior_and_prior_share_their_axes(two_arms: Analysis) -> None:
    ax = posterior(two_arms).axes[0]
    curve = two_arms.bayes.posteriors[0].curve
    assert curve is not None
    drawn = [np.asarray(line.get_ydata()) for line in ax.lines if len(line.get_xdata()) > 2]
    assert any(np.array_equal(line, curve.posterior) for line in drawn)
    assert any(np.array_equal(line, curve.prior) for line in drawn)


def test_an_arm_without_a_curve_is_refused_with_its_name(two_arms: Analysis) -> None:
    with pytest.raises(OutputError, match="'nobody' has no lift to draw"):
        posterior(two_arms, variant="nobody")


def test_an_analysis_without_the_view_shows_no_section(two_arms: Analysis) -> None:
    bare = replace(two_arms, bayes=Bayes())
    assert 'id="bayes"' not in html.render(bare)
    assert "Bayesian view" not in text.render(bare)


def test_text_and_page_tell_the_same(two_arms: Analysis) -> None:
    page, plain = pages.page("two_arms"), " ".join(text.render(two_arms).split())
    told = [*bayes.sentences(two_arms, ARM), *bayes.priors(two_arms), bayes.convention(two_arms)]
    for sentence in told:
        assert sentence in plain
        assert markdown.escape(sentence) in markdown.render(two_arms)
        assert sentence.replace("<", "&lt;").replace("'", "&#39;") in page


def test_the_short_form_stands_before_the_reasons_in_full(two_arms: Analysis) -> None:
    heads = [section.head for section in document.of(two_arms).sections]
    assert heads.index("Bayesian view") == heads.index("How it was decided") - 1
