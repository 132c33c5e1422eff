"""The operators that need no model: one row each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from genesis.mutation.operators.cma_es import CmaEs
from genesis.mutation.operators.constants import Constants
from genesis.mutation.operators.port import Operator
from genesis.mutation.operators.recombination import Recombination
from genesis.mutation.operators.syntax import Syntax

__all__ = ["OPERATORS"]

OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {operator.name: operator for operator in (Constants(), CmaEs(), Syntax(), Recombination())}
)
