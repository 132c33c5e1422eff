"""The operators, one file each, and the table of them."""

from genesis.mutation.operators.port import Breeding, Operator, Parameter, ParameterError, Proposal, Rejection
from genesis.mutation.operators.table import OPERATORS

__all__ = ["OPERATORS", "Breeding", "Operator", "Parameter", "ParameterError", "Proposal", "Rejection"]
