"""Processes whose devices are of one machine, which they are for as long as a process lives."""

import contextlib
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor

import pytest


class MachineProcesses(contextlib.ExitStack):
    """A process for each machine, begun when it is first needed."""

    def __init__(self):
        super().__init__()
        self._processes: dict[str, ProcessPoolExecutor] = {}

    def submit(self, machine: str, function, *arguments) -> Future:
        if machine not in self._processes:
            pool = self.enter_context(ProcessPoolExecutor(1, multiprocessing.get_context("spawn")))
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("DOVETAIL_SOC", machine)
                pool.submit(os.getpid).result()  # it has begun
            self._processes[machine] = pool
        return self._processes[machine].submit(function, *arguments)
