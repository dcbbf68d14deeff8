"""Did a micro gain reach the macro goal? Pass-through, its label, leaks along the funnel.

Where along a funnel two arms differ: the macro lift as the sum of the lifts of its steps
    decompose, Decomposition
The label of a pass-through: on which side of 0, c and 1 both ends of its Fieller set lie
    LABELS, OwnTests
At which later steps of a funnel a micro gain got lost: named only where it is clear
    leaks
How much of a micro gain reached a macro goal
    path, joint, path_strata, joint_strata, value_strata, label_path, label_joint, PassThrough
What a gate on the micro lift does to the macro lift behind it: the winner's curse
    after_gate, AfterGate
The split of `decompose` where the arms' shares of the units differ between strata
    decompose_strata
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from abmicro.stats.lazy import face

_HOMES = {
    "count_labels": "label_path label_joint",
    "funnel_decomposition": "Decomposition decompose",
    "label": "LABELS OwnTests",
    "leak": "leaks",
    "pass_through": "PassThrough path joint path_strata joint_strata value_strata",
    "selection_bias": "AfterGate after_gate",
    "stratified_funnel": "decompose_strata",
}

if TYPE_CHECKING:
    from abmicro.stats.carry_through.count_labels import (
        label_joint as label_joint,
        label_path as label_path,
    )
    from abmicro.stats.carry_through.funnel_decomposition import (
        Decomposition as Decomposition,
        decompose as decompose,
    )
    from abmicro.stats.carry_through.label import (
        LABELS as LABELS,
        OwnTests as OwnTests,
    )
    from abmicro.stats.carry_through.leak import (
        leaks as leaks,
    )
    from abmicro.stats.carry_through.pass_through import (
        PassThrough as PassThrough,
        joint as joint,
        joint_strata as joint_strata,
        path as path,
        path_strata as path_strata,
        value_strata as value_strata,
    )
    from abmicro.stats.carry_through.selection_bias import (
        AfterGate as AfterGate,
        after_gate as after_gate,
    )
    from abmicro.stats.carry_through.stratified_funnel import (
        decompose_strata as decompose_strata,
    )
else:
    __getattr__, __dir__, __all__ = face(__name__, _HOMES)
