"""The joint shape, and joint tables that come back from a warehouse."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pytest

from abmicro.errors import CountsError, SourceError
from abmicro.experiment.model import Data, Experiment
from abmicro.sources.collect import collect, read_joint

ROWS = "variant,goal__cart,goal__order,units\nB,1,1,6\nA,0,0,80\nA,1,0,15\nA,1,1,5\nB,0,0,94\n"


def joint_test(**keys: Any) -> Experiment:
    goals = {"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
    data = Data(shape="joint", **keys.pop("data", {}))
    return Experiment(
        **({"name": "J", "variants": ["A", "B"], "goals": goals, "data": data} | keys)
    )


def test_the_control_comes_first_whatever_the_order_of_the_rows(written):
    counts = collect(joint_test(), written(ROWS))
    assert counts.variants == ("A", "B")
    assert counts.reached("order").ravel().tolist() == [5, 6]


def test_a_relative_source_starts_at_the_folder_given(written, tmp_path):
    written(ROWS, "counts.csv")
    counts = collect(joint_test(data={"source": "counts.csv"}), folder=tmp_path)
    assert counts.units.sum() == 200


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_saved_counts_come_back(written, tmp_path, suffix):
    counts = collect(joint_test(), written(ROWS))
    counts.save(tmp_path / f"saved{suffix}")
    assert read_joint(joint_test(), tmp_path / f"saved{suffix}") == counts


def test_a_table_with_other_names_is_renamed_by_a_view(written):
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE VIEW renamed AS SELECT arm AS variant, c AS goal__cart, o AS goal__order, "
            "n AS units FROM (VALUES ('A', 0, 0, 7), ('B', 1, 1, 9)) AS t(arm, c, o, n)"
        )
        counts = collect(joint_test(data={"table": "renamed"}), connection)
    assert counts.reached("order").ravel().tolist() == [0, 9]


def test_a_frame_may_hold_the_table(written):
    frame = pd.read_csv(written(ROWS))
    assert collect(joint_test(), frame) == collect(joint_test(), written(ROWS))


def test_the_rows_of_the_printed_query_are_read_back(unit_test, written, tmp_path):
    """What `abmicro query` prints, run elsewhere and saved, is what `collect` makes."""
    from abmicro.sources.sql.select import select

    path = written("arm,cart,order,device\ncontrol,1,0,phone\nsticky,0,0,\nsticky,1,1,desk\n")
    test = unit_test(data={"source": str(path)}, segments=["device"])
    duckdb.connect().execute(f"COPY ({select(test)}) TO '{tmp_path / 'result.csv'}' (HEADER)")
    assert read_joint(test, tmp_path / "result.csv") == collect(test)


def test_a_goal_the_table_lacks(written):
    goals = {"carts": {"kind": "milestone"}, "order": {"kind": "macro"}}
    with pytest.raises(CountsError) as caught:
        collect(joint_test(goals=goals), written(ROWS))
    assert str(caught.value) == (
        "goals.carts: is not in the joint table (E401); did you mean 'cart'? known: cart, order"
    )


def test_a_segment_the_table_lacks(written):
    with pytest.raises(CountsError, match=r"segments\.device: is not in the joint table"):
        collect(joint_test(segments=["device"]), written(ROWS))


def test_an_arm_the_experiment_does_not_know(written):
    with pytest.raises(CountsError) as caught:
        collect(joint_test(), written(ROWS.replace("B,", "b,")))
    assert str(caught.value) == "variant: 100 units carry 'b' (E409); known: A, B"


def test_an_arm_without_units(written):
    with pytest.raises(SourceError, match="no unit carries 'B'"):
        collect(joint_test(), written("variant,goal__cart,goal__order,units\nA,0,0,8\n"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        read_joint(joint_test(), tmp_path / "no.csv")


def test_an_empty_file(written):
    with pytest.raises(SourceError, match="the file is empty"):
        read_joint(joint_test(), written(""))


def test_a_truncated_parquet(written, tmp_path):
    path = tmp_path / "counts.parquet"
    collect(joint_test(), written(ROWS)).save(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="cannot be read"):
        read_joint(joint_test(), path)
