"""What every operator promises, whatever program it is given: the class that each row of the table is run against."""

import difflib
import subprocess
import sys
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.language import code_digest
from genesis.language.python import PYTHON
from genesis.mutation.operators.port import Breeding, BreedingError, Parameter, Proposed, Rejection
from genesis.mutation.operators.table import OPERATORS
from genesis.mutation.propose import propose
from genesis.mutation.regions import unchanged_outside
from genesis.program import Source
from tests.language.hostile import HOSTILE
from tests.mutation.programs import POINTS, program, texts

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "constants": {"step": 0.1},
    "cma_es": {"step": 0.1, "population": 6, "told": [], "index": 0, "campaign_draw": "1/campaign/1"},
    "syntax": {},
    "recombination": {},
}


def breeding(operator: str, *parents: Source, draw: str = "1/mutation/1") -> Breeding:
    return Breeding(parents, "python", PARAMETERS[operator], draw)


def test_every_operator_is_in_the_contract() -> None:
    assert OPERATORS.keys() == PARAMETERS.keys()
    assert {name: operator.name for name, operator in OPERATORS.items()} == {name: name for name in OPERATORS}


@pytest.mark.parametrize("operator", OPERATORS)
class TestOperatorContract:
    @settings(max_examples=40, deadline=None)
    @given(text=texts(), other=texts(), draw=st.text(max_size=5))
    def test_a_proposal_parses_differs_and_keeps_immutable_text(
        self, operator: str, text: str, other: str, draw: str
    ) -> None:
        first, second = program(text), program(other)
        answer = propose(operator, breeding(operator, first, second, draw=draw))
        if isinstance(answer, Proposed):
            assert PYTHON.syntax_error(answer.source.text) is None
            assert unchanged_outside(first, answer.source, "python") is None
            assert answer.code_digest == code_digest(answer.source, "python")
            assert answer.code_digest not in {code_digest(first, "python"), code_digest(second, "python")}
            assert answer.name.startswith(f"{operator}: ")
            assert answer.rationale.endswith(".")

    def test_the_same_draw_gives_the_same_proposal_and_another_draw_another(self, operator: str) -> None:
        first, second = (
            program(POINTS),
            program(POINTS.replace("0.75", "0.5").replace("0.2", "0.3").replace("2.5", "3")),
        )
        draws = [f"1/mutation/{i}" for i in range(8)]
        answers = [propose(operator, breeding(operator, first, second, draw=draw)) for draw in draws]
        again = [propose(operator, breeding(operator, first, second, draw=draw)) for draw in reversed(draws)]
        assert answers == again[::-1]
        # A campaign has a stream of its own.
        assert (
            len({answer.code_digest for answer in answers if isinstance(answer, Proposed)}) > 1 or operator == "cma_es"
        )

    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_hostile_parents_are_answered(self, operator: str, text: str) -> None:
        answer = propose(operator, breeding(operator, program(text), program(text)))
        assert isinstance(answer, Proposed | Rejection)

    def test_too_large_a_program_is_refused(self, operator: str) -> None:
        answer = propose(operator, breeding(operator, program("x = 0.5\n" * 60_000), program(POINTS)))
        assert isinstance(answer, Rejection)
        assert answer.reason == "too_long"

    def test_a_program_that_may_change_nowhere_is_not_applicable(self, operator: str) -> None:
        text = "# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n" + POINTS.replace("EVOLVE", "")
        answer = propose(operator, breeding(operator, program(text), program(POINTS)))
        assert isinstance(answer, Rejection)
        assert answer.reason == "not_applicable"

    def test_broken_markers_are_named(self, operator: str) -> None:
        answer = propose(
            operator, breeding(operator, program(POINTS.replace("# EVOLVE-BLOCK-END", "")), program(POINTS))
        )
        assert isinstance(answer, Rejection)
        assert "has no EVOLVE-BLOCK-END below" in answer.message or operator == "recombination"

    def test_too_few_parents_are_a_misuse(self, operator: str) -> None:
        with pytest.raises(BreedingError, match=r"wants \d parents and was given 0"):
            propose(operator, breeding(operator))

    def test_every_file_that_may_change_is_worked_on(self, operator: str) -> None:
        files = {"program.py": "from lib import f\n", "lib.py": POINTS.replace("EVOLVE", ""), "data.txt": "0.5 = 1.5"}
        first = Source(files, "program.py")
        second = first.with_file("lib.py", files["lib.py"].replace("0.75", "0.5"))
        answer = propose(operator, breeding(operator, first, second))
        assert isinstance(answer, Proposed)
        assert {path for path in files if answer.source.files[path] != files[path]} == {"lib.py"}
        assert "+++ b/lib.py" in answer.diff

    def test_line_ends_and_unusual_characters_survive(self, operator: str) -> None:
        text = POINTS.replace("# first", "# erste Ä \u2028").replace("\n", "\r\n")
        other = program(text.replace("0.75", "0.5"))
        answer = propose(operator, breeding(operator, program(text), other))
        assert isinstance(answer, Proposed)
        lines = [
            line for line in difflib.ndiff(text.split("\r\n"), answer.source.text.split("\r\n")) if line[0] in "+-"
        ]
        assert 0 < len(lines) <= 20
        assert answer.source.text.count("\u2028") == 1


def test_another_process_with_another_hash_seed_gives_the_same() -> None:
    script = (
        "import sys\nfrom tests.mutation.test_operator_contract import digests\nsys.stdout.write(' '.join(digests()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONHASHSEED": "12345", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split(" ") == digests()


def digests() -> list[str]:
    first, second = program(POINTS), program(POINTS.replace("0.75", "0.5").replace("p[0]", "p[2]"))
    answers = [
        propose(operator, breeding(operator, first, second, draw=str(i))) for operator in OPERATORS for i in range(9)
    ]
    return [answer.code_digest if isinstance(answer, Proposed) else answer.reason for answer in answers]
