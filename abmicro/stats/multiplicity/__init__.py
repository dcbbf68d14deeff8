"""Several hypotheses or several arms at once.

Goals times arms as one family, by the law of the largest of correlated scores
    max_t, family_correlation, goal_correlation, MaxT
Several arms against one control: the law of the largest score, by a single integral
    dunnett, dunnett_step_down, dunnett_critical
Hypotheses in an order: a graph of who is tested at which share of alpha, and who inherits it
    graphical, graph_tested_at, holm_graph, fixed_sequence, fallback, gates, Graph
More than two arms: is any different, is there a trend, and which differ from the control?
    many_to_one, omnibus, omnibus_g, trend, ChiSquare, ManyToOne
Several hypotheses at once: adjusted p-values, and the level each hypothesis was tested at
    bonferroni, holm, hochberg, hommel, benjamini_hochberg, benjamini_yekutieli, unadjusted,
    adjusted, tested_at, one_step, holm_by_parts, CORRECTIONS
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "correlated_scores": "MaxT max_t family_correlation goal_correlation",
    "dunnett_tests": "dunnett dunnett_step_down dunnett_critical",
    "graphical_procedures": """
        Graph graphical graph_tested_at holm_graph fixed_sequence fallback gates
    """,
    "several_arms": "ChiSquare ManyToOne many_to_one omnibus omnibus_g trend",
    "stepwise": """
        bonferroni holm hochberg hommel benjamini_hochberg benjamini_yekutieli unadjusted
        adjusted tested_at one_step holm_by_parts CORRECTIONS
    """,
}

if TYPE_CHECKING:
    from abmicro.stats.multiplicity.correlated_scores import (
        MaxT as MaxT,
        family_correlation as family_correlation,
        goal_correlation as goal_correlation,
        max_t as max_t,
    )
    from abmicro.stats.multiplicity.dunnett_tests import (
        dunnett as dunnett,
        dunnett_critical as dunnett_critical,
        dunnett_step_down as dunnett_step_down,
    )
    from abmicro.stats.multiplicity.graphical_procedures import (
        Graph as Graph,
        fallback as fallback,
        fixed_sequence as fixed_sequence,
        gates as gates,
        graph_tested_at as graph_tested_at,
        graphical as graphical,
        holm_graph as holm_graph,
    )
    from abmicro.stats.multiplicity.several_arms import (
        ChiSquare as ChiSquare,
        ManyToOne as ManyToOne,
        many_to_one as many_to_one,
        omnibus as omnibus,
        omnibus_g as omnibus_g,
        trend as trend,
    )
    from abmicro.stats.multiplicity.stepwise import (
        CORRECTIONS as CORRECTIONS,
        adjusted as adjusted,
        benjamini_hochberg as benjamini_hochberg,
        benjamini_yekutieli as benjamini_yekutieli,
        bonferroni as bonferroni,
        hochberg as hochberg,
        holm as holm,
        holm_by_parts as holm_by_parts,
        hommel as hommel,
        one_step as one_step,
        tested_at as tested_at,
        unadjusted as unadjusted,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
