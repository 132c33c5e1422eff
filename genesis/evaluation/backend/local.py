"""The local backend: sandboxed processes on this machine.

Theory of operation. One zygote forks a child for each candidate; each of ``workers`` slots has a validator process of
its own, started when the slot is first used. An evaluation takes a slot, writes the program into a memory file, and
passes descriptors from process to process: the engine's own process never reads a result. A warm process that dies is
started again and the call repeated once; one that is silent past its deadline is killed first.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from genesis.channel import Message, memory_file, read_file
from genesis.evaluation.backend.port import BackendError
from genesis.evaluation.backend.warm import Warm, WarmSetupError
from genesis.evaluation.cache import OutcomeCache, content_key
from genesis.evaluation.classify import Cause, classify
from genesis.evaluation.job import Compiled, Evaluated, Failed, Job, Outcome, ProblemSetup, Stage, Usage
from genesis.evaluation.pipeline import Step, StepResult, run_steps
from genesis.evaluation.sandbox.table import AUTOMATIC, KINDS, WARNINGS
from genesis.evaluation.wire import COMPLEXITY, MAX_REPORT_BYTES, RUN, VALIDATE, Exit, encode_setup, parse_crash
from genesis.process import ChildDied
