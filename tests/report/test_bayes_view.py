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
    assert "a 95% interval of the lift" in bayes.convention(two_arms)
    assert "above 97.5% or below 2.5%" in bayes.convention(two_arms)
    strict = bayes.convention(with_options(two_arms, alpha=0.1))
    assert "a 90% interval of the lift" in strict
    assert "above 95% or below 5%" in strict


def test_it_says_that_it_has_no_vote(two_arms: Analysis) -> None:
    assert "no vote" in bayes.convention(two_arms)


def test_looks_come_with_a_warning_of_chances_that_were_looked_for(two_arms: Analysis) -> None:
    experiment, counts = datasets.load("asos")
    watched = analyze(experiment, counts, as_of=date(2020, 2, 3))
    (_, warning, *_) = bayes.section(watched).blocks
    assert warning == Note(bayes.PEEKED)
    assert "right only as far as the prior is" in watched.render("text").replace("\n", " ")
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
    told = "the chance to win will then be above 97.5%"
    assert told in " ".join(watched.render("text").split())


def test_goals_of_one_prior_share_a_line(two_arms: Analysis) -> None:
    assert list(bayes.priors(two_arms)) == [
        "Prior of add_to_cart, begin_checkout, purchase: Jeffreys' beta (0.5, 0.5)."
    ]
    first, *rest = two_arms.bayes.posteriors
    view = replace(two_arms.bayes, posteriors=(replace(first, prior="beta (2, 98)"), *rest))
    assert list(bayes.priors(replace(two_arms, bayes=view))) == [
        "Prior of begin_checkout, purchase: Jeffreys' beta (0.5, 0.5).",
        "Prior of add_to_cart: beta (2, 98).",
    ]


def test_both_losses_stand_beside_the_chance(two_arms: Analysis) -> None:
    (row, *_) = bayes.goals(two_arms, ARM).rows
    assert row == ("add_to_cart", ">99.9%", "<0.001 pp", "1.3 pp", "+11% [+6%, +16%]")


def test_a_region_of_equivalence_adds_its_probabilities(two_arms: Analysis) -> None:
    table = bayes.goals(with_options(two_arms, rope=0.01), ARM)
    assert [column.head for column in table.columns][5:] == [
        *("Shortest interval", "Below -1.0%", "Between", "Above +1.0%"),
    ]
    assert table.rows[0][5:] == ("+6%, +16%", "10.0%", "20.0%", "70.0%")


def test_several_priors_stand_side_by_side(two_arms: Analysis) -> None:
    assert [row[0] for row in bayes.sensitivity(two_arms, ARM).rows] == [
        *("Jeffreys' beta (0.5, 0.5)", "uniform beta (1, 1)", "beta (12, 88)"),
    ]


def test_the_joint_sentence_prints_its_monte_carlo_error(two_arms: Analysis) -> None:
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
        "add_to_cart and purchase both rose: 61.0% (Monte-Carlo error 0.77 pp). A loss in purchase "
        "was to be expected and at least half of it arrived: 50.0% (Monte-Carlo error 0.80 pp); "
        "all of it: 2.0%."
    )
    assert losses.startswith("Expected loss in purchase: ")
    assert losses.endswith("by keeping control.")


def test_without_a_joint_posterior_only_the_losses_are_told(two_arms: Analysis) -> None:
    (losses,) = bayes.joint(two_arms, ARM)
    assert losses.startswith("Expected loss in purchase: ")


def test_bayes_factors_are_told_in_words_with_what_they_assume(two_arms: Analysis) -> None:
    (one,) = two_arms.bayes.evidence
    told, to_come = bayes.evidence(two_arms, one)
    assert told == (
        "The data of add_to_cart are 7.21 times likelier under no difference than under a lift of "
        "about 5.0% up or down (log odds ratio normal around 0, that wide), and more than 1,000 "
        "times likelier under no difference than under two unrelated rates (uniform priors, which "
        "expect a huge lift)."
    )
    assert to_come == (
        "If 9,000 units of control and 8,000 of sticky still come in by the planned end, and "
        "behave as the posterior says, the chance to win will then be above 97.5% with a "
        "probability of 61.0%."
    )


def test_a_factor_near_one_is_no_evidence_and_without_an_end_nothing_is_foretold(
    two_arms: Analysis,
) -> None:
    (one,) = two_arms.bayes.evidence
    (told,) = bayes.evidence(two_arms, replace(one, close=0.01, unrelated=2.0, success=nan))
    assert "are about as likely under no difference as under a lift" in told
    assert "7.39 times less likely under no difference than under two unrelated" in told


def test_the_stopping_sentence_tells_what_the_rule_does_not_promise(two_arms: Analysis) -> None:
    (one,) = two_arms.bayes.stopping
    sentence = bayes.stopping(two_arms, one)
    assert sentence.startswith(
        "sticky has the lower expected loss in add_to_cart: <0.001 pp per unit, less than the "
        "0.050 pp you tolerate."
    )
    assert "looked at 14 times, 95.0% (Monte-Carlo error 0.50 pp) would have stopped" in sentence
    assert "taken sticky" in sentence
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
        "Chance to be the best of all variants by visit: Mens E-Mail 90.0%, "
    )


def test_two_arms_have_no_standings(two_arms: Analysis) -> None:
    assert not bayes.standings(two_arms).rows
    assert not list(bayes.best(two_arms))
    assert "All variants together" not in pages.page("two_arms")


def test_the_chart_draws_the_goals_that_have_a_curve(two_arms: Analysis) -> None:
    titles = [ax.get_title(loc="left") for ax in posterior(two_arms, variant=ARM).axes]
    assert titles == ["add_to_cart: chance to win >99.9%", "purchase: chance to win 79.1%"]


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
