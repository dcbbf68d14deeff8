"""The experiment file: reading it, refusing it with lines, writing it back."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from abmicro.design.allocation import shares
from abmicro.errors import DefinitionError
from abmicro.experiment.file.line_numbers import key_lines
from abmicro.experiment.file.toml import definition_hash, dumps, load, loads
from abmicro.experiment.model import Experiment
from abmicro.experiment.ramp import shares_of_phases

EXAMPLE = Path(__file__).with_name("definition.toml")


def refusal(path: Path) -> str:
    with pytest.raises(DefinitionError) as caught:
        load(path)
    return str(caught.value).replace(f"{path.parent}/", "")


def test_the_example_of_the_definition_loads() -> None:
    told = load(EXAMPLE)
    assert told.primary.name == "add_to_cart"
    assert told.funnel.steps == ("add_to_cart", "begin_checkout", "purchase")
    assert dict(told.exposure.match) == {"control": "CNV-1001-A", "sticky": "CNV-1001-B"}
    assert [segment.column for segment in told.segments] == ["device_category", "traffic_source"]


def test_the_example_survives_the_round_trip() -> None:
    assert loads(dumps(load(EXAMPLE))) == load(EXAMPLE)


def test_an_experiment_prints_as_its_file() -> None:
    assert str(load(EXAMPLE)) == dumps(load(EXAMPLE))


def test_what_is_left_at_its_default_is_not_written() -> None:
    text = dumps(load(EXAMPLE))
    assert "crossed" not in text
    assert "[analysis]" not in text


def test_order_and_comments_of_a_file_do_not_change_its_hash(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    path = tmp_path / "other.toml"
    path.write_text("\n".join(line for line in lines if not line.startswith("#")), "utf-8")
    assert definition_hash(load(path)) == definition_hash(load(EXAMPLE))


def test_another_margin_is_another_hash() -> None:
    text = EXAMPLE.read_text("utf-8")
    other = loads(text.replace("margin = 0.02", "margin = 0.03"))
    assert definition_hash(other) != definition_hash(loads(text))


def test_the_hash_is_the_same_in_another_process() -> None:
    program = (
        "from abmicro.experiment.file.toml import definition_hash, load\n"
        f"print(definition_hash(load({str(EXAMPLE)!r})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert run.stdout.strip() == definition_hash(load(EXAMPLE))


def test_the_control_need_not_be_listed_first() -> None:
    told = loads(
        'experiment.name = "Test"\nvariants = { control = "b", arms = ["a", "b", "c"] }\n'
        'goals.cart.kind = "milestone"'
    )
    assert [arm.name for arm in told.variants] == ["b", "a", "c"]


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    text = EXAMPLE.read_text("utf-8").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load(path) == load(EXAMPLE)


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "experiment.toml").touch()
    assert refusal(tmp_path / "experment.toml") == (
        "experment.toml: no such file (E002); did you mean 'experiment.toml'? "
        "known: experiment.toml"
    )


def test_a_missing_file_without_neighbours_says_how_to_begin(tmp_path: Path) -> None:
    assert refusal(tmp_path / "experiment.toml") == (
        "experiment.toml: no such file (E002); `abmicro init` writes a commented definition"
    )


def test_a_folder_is_refused_with_the_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "test" / "experiment.toml").mkdir(parents=True)
    (tmp_path / "sound").mkdir()
    (tmp_path / "sound" / "experiment.toml").touch()
    assert refusal(tmp_path / "test") == "test: is a folder, not a file (E002)"
    assert "did you mean" in refusal(tmp_path / "sound")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_bytes("experiment.name = 'Größe'".encode("latin-1"))
    assert refusal(path) == (
        "experiment.toml: is not UTF-8 text (byte 21) (E003); save it as UTF-8 in the editor"
    )


def test_a_data_file_in_place_of_a_definition_is_refused_unread(tmp_path: Path) -> None:
    for name, told in (("events.csv", "E634"), ("events", "is longer than 256 KB")):
        (path := tmp_path / name).write_bytes(b"," * 1_000_001)
        assert told in refusal(path)


def test_endless_nesting_is_refused() -> None:
    with pytest.raises(DefinitionError, match="is nested too deeply"):
        loads("x = " + "[" * 50_000)


def test_problems_come_in_the_order_of_the_file() -> None:
    text = """
[decision]
require = "revenue"
[experiment]
name = "Test"
[variants]
arms = ["a", "b"]
[goals.cart]
kind = "milestone"
window = "week"
[goals."pay now"]
kind = "marco"
"""
    with pytest.raises(DefinitionError) as caught:
        loads(text)
    assert [(one.line, one.where) for one in caught.value.problems] == [
        (3, "decision.require"),
        (10, "goals.cart.window"),
        (12, 'goals."pay now".kind'),
    ]


def test_the_secret_of_a_connection_string_is_never_repeated() -> None:
    url = "postgres://user:secret@host/shop"
    sound = 'experiment.name = "T"\nvariants.arms = ["a", "b"]\ngoals.cart.kind = "milestone"\n'
    faulty = (
        f"data.source = {url}",
        f'data.sorce = "{url}"',
        f'data = "{url}"',
        f'data = {{ source = "{url}" }}',
        f'data = {{ shape = "units", source = "{url}\\u0000" }}',
        f'data = {{ shape = "units", source = ["{url}"] }}',
    )
    for line in faulty:
        with pytest.raises(DefinitionError) as caught:
            loads(sound + line)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb.c = 2", ("b", "c"), 2),
        ("[a]\nb = { c = 1,\td = [ { e = 2 } ], f = 3 }", ("a", "b", "f"), 2),
        ("a = [\n  { b = 1 },\n  { c = 2 },\n]\nd = 3", ("a", "c"), 3),
        ("a = [\n  { b = 1 },\n  { c = 2 },\n]\nd = 3", ("d",), 5),
        ("# a = 1\n\na = '#'\nb = 1", ("b",), 4),
        ('a = """\nb = 1\n""""\nb = 2', ("b",), 4),
        ("a = '''\n[c]\n'''\n[c] # d\nd = 1", ("c", "d"), 5),
        ('a = "x\\"\\\\"\nb = 2', ("b",), 2),
        ('["x.y"]\n"k\\u0041" = 1', ("x.y", "kA"), 2),
        ("[a . b]\n'c d' . e = 1.5", ("a", "b", "c d", "e"), 2),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", ("a", "b"), 2),
        ("a = 2026-10-05 10:00:00.5\nb = [1, [2, 3],\n4]\nc = 1", ("c",), 4),
    ],
)
def test_a_key_is_found_on_its_line(text: str, path: tuple[str, ...], line: int) -> None:
    assert key_lines(text)[path] == line


RAMP = """\
experiment.name = "Test"
goals.cart.kind = "milestone"
goals.order.kind = "macro"

[variants]
allocation = { control = 0.9, sticky = 0.1 }

[[variants.ramp]]
since = 2026-10-08
allocation = { sticky = 0.5, control = 0.5 }
"""


def test_a_ramp_survives_the_round_trip() -> None:
    experiment = loads(RAMP)
    assert loads(dumps(experiment)) == experiment
    assert shares_of_phases(experiment.variants, experiment.ramp) == ((0.9, 0.1), (0.5, 0.5))


def test_a_ramp_typed_in_python_is_that_of_the_file() -> None:
    phase = {"since": "2026-10-08", "allocation": {"sticky": 0.5, "control": 0.5}}
    typed = Experiment(
        name="Test",
        variants={"control": 0.9, "sticky": 0.1},
        ramp=[phase],
        goals={"cart": "milestone", "order": "macro"},
    )
    assert typed == loads(RAMP)


@pytest.mark.parametrize(
    ("phase", "told"),
    [
        ({"since": "soon", "allocation": {"control": 1.0}}, "'soon' is not a day"),
        ({"since": "2026-10-08"}, "variants.ramp[0].allocation: is missing"),
        ({"since": "2026-10-08", "allocation": 0.5}, "0.5 is not a table of shares"),
        (
            {"since": "2026-10-08", "allocation": {"control": 1.2, "sticky": -0.2}},
            "variants.ramp[0].allocation.sticky: -0.2 is not above 0",
        ),
        (
            {"since": "2026-10-08", "allocation": {"control": 0.5, "stiky": 0.5}},
            "'stiky' is not a variant (E027); did you mean 'sticky'?",
        ),
    ],
)
def test_a_phase_of_a_ramp_that_cannot_be_is_refused(phase: dict[str, object], told: str) -> None:
    with pytest.raises(DefinitionError, match=re.escape(told)):
        Experiment(name="x", variants=["control", "sticky"], ramp=[phase], goals={"cart": "macro"})


def test_a_ramp_needs_a_clock() -> None:
    unordered = (
        RAMP
        + """
[data]
shape = "units"
columns.variant = "arm"
"""
    )
    with pytest.raises(DefinitionError, match=re.escape("data.columns.period")):
        loads(unordered)


def test_a_phase_of_a_ramp_may_give_a_variant_no_share() -> None:
    phase = {"since": "2026-10-08", "allocation": {"control": 0.5, "sticky": 0.5, "bold": 0}}
    typed = Experiment(
        name="Test",
        variants=["control", "sticky", "bold"],
        ramp=[phase],
        goals={"cart": "milestone", "order": "macro"},
    )
    assert loads(dumps(typed)) == typed
    assert shares_of_phases(typed.variants, typed.ramp)[1] == (0.5, 0.5, 0)
    # Planned for is the last phase in which all take part.
    assert shares(typed) == pytest.approx(dict.fromkeys(("control", "sticky", "bold"), 1 / 3))
