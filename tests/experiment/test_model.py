"""An experiment typed in Python: what it accepts, what it fills in, how it is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from abmicro.errors import DefinitionError
from abmicro.experiment.file.toml import loads
from abmicro.experiment.model import (
    AnalysisSettings,
    Data,
    DecisionSettings,
    Experiment,
    Exposure,
    Funnel,
    Goal,
    GoalRole,
    Prior,
    Segment,
    Variant,
    ordered_step,
)

CART = Goal(name="cart", kind="milestone")
ORDER = Goal(name="order", kind="macro")


def experiment(**keys: object) -> Experiment:
    return Experiment(**{"name": "Test", "variants": ["a", "b"], "goals": [CART, ORDER], **keys})


def test_python_and_toml_say_the_same() -> None:
    text = """
        experiment = { name = "Test", start = 2026-10-05 }
        variants.allocation = { a = 0.5, b = 0.5 }
        goals.cart = { kind = "milestone", window = "24h" }
        goals.order = { kind = "macro", window = "7d" }
        segments.device = "device_type"
    """
    typed = Experiment(
        name="Test",
        start="2026-10-05",
        variants=(Variant(name="a", share=0.5), Variant(name="b", share=0.5)),
        goals=[
            Goal(name="cart", kind="milestone", window=timedelta(days=1)),
            Goal(name="order", kind="macro", window="1w"),
        ],
        segments=[Segment(name="device", column="device_type")],
    )
    assert typed == loads(text)
    assert hash(typed) == hash(loads(text))


def test_names_alone_get_equal_shares() -> None:
    assert [arm.share for arm in experiment(variants=["a", "b", "c"]).variants] == [1 / 3] * 3


def test_a_mapping_gives_the_shares() -> None:
    variants = experiment(variants={"a": 0.9, "b": 0.1}).variants
    assert variants == (Variant(name="a", share=0.9), Variant(name="b", share=0.1))


def test_whole_numbers_are_ratios() -> None:
    parts = {"a": 2, "b": 1, "c": 1}
    phase = {"since": "2026-10-08", "allocation": {"a": 1, "b": 1, "c": 0}}
    told = experiment(variants=parts, ramp=[phase])
    assert [arm.share for arm in told.variants] == [0.5, 0.25, 0.25]
    assert dict(told.ramp[0].allocation) == {"a": 0.5, "b": 0.5, "c": 0}
    written = "allocation = { a = 2, b = 1, c = 1 }"
    text = f'experiment.name = "Test"\ngoals.order.kind = "macro"\n[variants]\n{written}\n'
    assert loads(text).variants == told.variants


def test_the_first_variant_is_the_control() -> None:
    told = experiment(variants=["old", "new", "newer"])
    assert told.control.name == "old"
    assert [arm.name for arm in told.treated] == ["new", "newer"]


def test_goals_may_be_a_mapping_of_keys() -> None:
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    assert experiment(goals=goals) == experiment()


def test_a_goal_of_some_variants_is_neither_primary_nor_a_step() -> None:
    goals = {
        "sticky": {"kind": "action", "only": ["sticky"]},
        "order": {"kind": "macro"},
        "cart": {"kind": "milestone"},
    }
    told = Experiment(name="x", variants=["control", "sticky"], goals=goals)
    assert (told.primary.name, told.funnel.steps) == ("cart", ("cart", "order"))
    assert [goal.name for goal in told.compared] == ["order", "cart"]
    assert loads(str(told)) == told


def test_segments_may_be_columns_alone() -> None:
    assert experiment(segments=["device"]).segments == (Segment(name="device", column="device"),)


def test_a_segment_may_be_said_to_be_known_before_units_are_assigned() -> None:
    told = experiment(segments={"os": "os", "shop": {"column": "store", "known_before": True}})
    assert told.known_before == ("shop",)
    assert '[segments.shop]\ncolumn = "store"\nknown_before = true' in str(told)


def test_a_funnel_may_be_its_steps_alone() -> None:
    assert experiment(funnel=["cart", "order"]).funnel == Funnel(steps=("cart", "order"))


def test_days_may_be_dates() -> None:
    assert experiment(start=date(2026, 1, 5)) == experiment(start="2026-01-05")


def test_a_recorded_number_or_truth_is_kept_as_text() -> None:
    assert Exposure(match={"a": 0, "b": True}).match == (("a", "0"), ("b", "true"))


def test_an_arm_may_be_recorded_in_several_ways() -> None:
    exposure = Exposure(match={"a": [2, "3", 2], "b": "1"})
    assert exposure.match == (("a", "2"), ("a", "3"), ("b", "1"))
    one = experiment(exposure=exposure)
    assert 'a = ["2", "3"]' in str(one)
    assert loads(str(one)) == one


@pytest.mark.parametrize(
    ("kinds", "primary"),
    [
        (("action", "macro", "milestone", "milestone"), 2),
        (("macro", "action", "action"), 1),
        (("macro", "macro"), 0),
    ],
)
def test_the_first_milestone_then_action_then_macro_is_primary(
    kinds: tuple[str, ...], primary: int
) -> None:
    goals = [Goal(name=f"goal {place}", kind=kind) for place, kind in enumerate(kinds)]
    roles = [goal.role for goal in experiment(goals=goals).goals]
    assert roles.index(GoalRole.PRIMARY) == primary
    assert roles.count(GoalRole.PRIMARY) == 1


def test_a_role_that_was_given_is_never_changed() -> None:
    cart = Goal(name="cart", kind="milestone", role="secondary")
    assert experiment(goals=[cart, ORDER]).primary.name == "order"


def test_the_default_funnel_leaves_out_values_and_derived_goals() -> None:
    goals = [
        CART,
        Goal(name="abandoned", kind="milestone", when="cart and not order"),
        Goal(name="revenue", kind="macro", value="amount"),
        ORDER,
        Goal(name="lead", kind="macro"),
    ]
    assert experiment(goals=goals).funnel.steps == ("cart", "order")


@pytest.mark.parametrize("goals", [[CART], [ORDER]])
def test_without_milestone_or_macro_there_is_no_funnel(goals: list[Goal]) -> None:
    assert experiment(goals=goals).funnel.steps == ()


def test_a_goal_is_looked_up_by_its_name() -> None:
    assert experiment().goal("order") == ORDER
    with pytest.raises(KeyError, match="carts"):
        experiment().goal("carts")


def test_a_copy_with_other_parts_has_words_and_goals_of_its_own() -> None:
    one = Experiment(name="x", variants=["a", "b"], goals={"cart": "milestone", "order": "macro"})
    assert one.names.of_units(2) == "2 visitors"
    assert one.model_copy(update={"unit_name": "guest"}).names.of_units(2) == "2 guests"
    assert (one.primary.name, len(one.compared)) == ("cart", 2)
    alone = one.goals[1].model_copy(update={"role": one.primary.role})
    copy = one.model_copy(update={"goals": (alone,)})
    assert (copy.primary.name, len(copy.compared)) == ("order", 1)
    other = Experiment(name="x", variants=["a", "b"], goals=one.goals)
    assert (one, hash(one), repr(one)) == (other, hash(other), repr(other))


def test_a_value_with_a_threshold_is_a_rate() -> None:
    seconds = Goal(name="x", kind="action", value="seconds", aggregate="sum", at_least=30)
    assert not seconds.is_value
    assert Goal(name="x", kind="action", value="seconds").is_value


def test_a_derived_goal_gives_its_parsed_expression() -> None:
    goal = Goal(name="abandoned", kind="milestone", when="cart and not order")
    assert goal.is_derived
    assert goal.expression is not None
    assert goal.expression.names == ("cart", "order")
    assert CART.expression is None


def test_the_counts_shape_has_its_usual_columns() -> None:
    columns = Data(shape="counts", columns={"variant": "arm"}).columns
    assert (columns.variant, columns.units, columns.period) == ("arm", "units", None)


def test_an_experiment_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        experiment().name = "other"


def test_a_part_is_refused_where_it_is_made() -> None:
    with pytest.raises(DefinitionError) as caught:
        Goal(name="returns", kind="action", role="guardrail")
    assert str(caught.value) == (
        "goals.returns.margin: a guardrail needs a margin "
        "(the largest loss you accept, e.g. 0.005) (E031); add margin = 0.005"
    )


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: Goal(name="a b", kind="x"), 'goals."a b".kind'),
        (lambda: Variant(name="a", share=0.0), "variants.allocation.a"),
        (lambda: Segment(name="os", column=""), "segments.os"),
        (lambda: Data(shape="units", columns={"varant": "v"}), "data.columns.varant"),
        (lambda: Exposure(crossed="last"), "exposure.crossed"),
        (lambda: AnalysisSettings(prior=Prior(), alpha=1.0), "analysis.alpha"),
        (lambda: Prior(a=-1.0), "analysis.prior.a"),
        (lambda: AnalysisSettings(prior="flat"), "analysis.prior"),
        (lambda: AnalysisSettings(rope=1.5), "analysis.rope"),
        (lambda: Goal(name="a b", kind="macro", prior={"past": 5}), 'goals."a b".prior.past'),
        (lambda: DecisionSettings(loss_tolerance=0.0), "decision.loss_tolerance"),
        (lambda: DecisionSettings(minimum_runtime=timedelta(days=-1)), "decision.minimum_runtime"),
        (lambda: Funnel(order="loose"), "funnel.order"),
        (lambda: experiment(title="x"), "experiment.title"),
        (lambda: experiment(goals=["cart"]), "goals[0]"),
        (lambda: experiment(variants="ab"), "variants"),
    ],
)
def test_a_fault_in_python_has_its_path_in_the_file(make: object, where: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.problems[0].where == where


def test_all_faults_come_together_and_none_twice() -> None:
    with pytest.raises(DefinitionError) as caught:
        Experiment(
            name="Test",
            timezone="Mars/Base",
            variants={"a": 0.5},
            goals={
                "cart": {"kind": "mileston", "role": "guardrail"},
                "order": {"kind": "macro", "windw": "7d"},
                "left": {"kind": "action", "when": "cart and not ordr", "mde": 5.0},
            },
            funnel=["cart", "pay", "order"],
            analysis={"alpha": 0.7},
        )
    assert [(one.where, one.code) for one in caught.value.problems] == [
        ("experiment.timezone", "E016"),
        ("goals.cart.kind", "E012"),
        ("goals.order.windw", "E010"),
        ("goals.left.mde", "E014"),
        ("analysis.alpha", "E014"),
        ("goals.cart.margin", "E031"),
        ("variants.allocation", "E021"),
        ("goals.left.when", "E036"),
        ("funnel.steps", "E036"),
    ]


def test_a_faulty_goal_is_not_blamed_for_what_follows_from_its_fault() -> None:
    with pytest.raises(DefinitionError) as caught:
        experiment(goals={"cart": {"kind": "step"}, "order": {"kind": "macro"}}, funnel=["cart"])
    assert [one.code for one in caught.value.problems] == ["E012", "E042"]


def test_a_strict_step_has_a_label_no_goal_can_take() -> None:
    with pytest.raises(DefinitionError, match="E019"):
        Goal(name=ordered_step("order"), kind="macro")


def test_an_amount_per_order_is_called_average_order_value() -> None:
    aov = {"kind": "action", "event": "order", "value": "revenue", "per": "order"}
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}, "aov": aov}
    names = Experiment(name="Test", variants=["a", "b"], goals=goals).names
    assert (names.goal("aov"), names.goal("order")) == ("average order value", "orders")
