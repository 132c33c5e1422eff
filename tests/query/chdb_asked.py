"""Asks chDB many things in one process, which may open it once: statements from stdin as JSON, outcomes to stdout.

`python -m tests.query.chdb_asked DIR`: for each ``[SQL, PARAMETERS]``, what the three ways of asking came to.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from genesis.errors import GenesisError
from genesis.query.clickhouse import ClickHouseEngine
from sidecar.settings import ClickHouseSettings

PYTHON_VALUE = "a value of this process"


def outcome(ask: Callable[[], object]) -> str:
    try:
        return f"answered: {ask()}"
    except GenesisError as error:
        return f"{type(error).__name__}: {error}"


def main(directory: str) -> None:
    made = Path.cwd() / "answer"
    with ClickHouseEngine(ClickHouseSettings(chdb=directory)) as engine:
        for sql, parameters in json.load(sys.stdin):
            said = [
                outcome(lambda: list(engine.answer(sql, parameters).rows)),  # noqa: B023  called at once
                outcome(lambda: engine.explain(sql, parameters)),  # noqa: B023
                outcome(lambda: engine.write(sql, parameters, form="parquet", path=made)),  # noqa: B023
            ]
            print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
