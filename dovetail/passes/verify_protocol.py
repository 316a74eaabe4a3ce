"""verify-protocol: what ranks tell each other, searched for what can go wrong in any interleaving."""

import sys

from dovetail.dialect.bindings import ir
from dovetail.passes.protocol_calls import Refused
from dovetail.passes.protocol_program import programs, symbols, tiling
from dovetail.passes.protocol_report import diagnostic
from dovetail.passes.protocol_run import Run
from dovetail.passes.protocol_steps import Launch
from dovetail.passes.registry import Pass, PassFailure, PipelineError, fail
from dovetail.passes.target import machine_of

WINDOW = 200 << 20  # bytes, as many as a window has unless HCCL_BUFFSIZE says otherwise
LARGE, SMALL = 4096, 40  # sizes with many chunks, and with one
MOST_EXAMINED, MOST_REPORTED = 64, 4  # findings


class VerifyProtocol(Pass):
    """Checks the protocol between cores and ranks for a launch of given sizes, in every interleaving.

    Takes a module that the pipeline is done with, and leaves it as it is. From the IR follows what each core of each
    rank does in a launch. Of all runs of these cores, with all the asynchrony that `docs/memory-model.md` allows, none
    may end in a deadlock, read data before it has arrived or that of another launch, overwrite it before it is
    released, have more than 15 sets of a cross-core flag outstanding, or leave a counter ahead of where the next
    launch counts on from. `docs/protocol.md` says why one run with clocks decides this for all of them.

    sizes are given as in `sizes="m=40 k=48"`. Those that are not are such that the kernel has as many `chunks`, the
    last one half full, if it has chunks at all. `slots` may be fewer or more than the tiling function decides.
    With `statistics` a line on the standard error says how much was searched.

        func @gather_send(...) { ... }       all_gather_matmul.py:18: error: deadlock: 12 cores wait, and none can go on
        func @gather_receive(...) { ... } -> note: rank 0 block 0 AIV 1 waits for ARRIVALS[source 1, lane 0] of rank 0,
        func @matmul(...) { ... }            which shows 0 and is wanted at 1
    """

    name = "verify-protocol"
    ranks: int = 2
    blocks: int = 2
    chunks: int = 3
    slots: int | None = None
    launches: int = 2
    sizes: str = ""
    statistics: bool = False

    def run(self, module: ir.Module) -> None:
        fields = self.fields(module)
        launch = programs(module, Launch(self.ranks, self.blocks, fields))
        run = Run([launch] * self.launches, machine_of(module).limits.cross_core_outstanding).run()
        if self.statistics:
            print(f"{_listed(fields)}: {run.statistics()}", file=sys.stderr)
        if run.findings:
            # The first finding of each kind at each place.
            reported = [diagnostic(finding, run) for finding in run.findings[:MOST_EXAMINED]]
            first = {(each.message.partition(":")[0], each.line, each.column): each for each in reversed(reported)}
            raise PassFailure(*list(reversed(first.values()))[:MOST_REPORTED])

    def fields(self, module: ir.Module) -> dict[str, int]:
        """The fields of the tiling struct of the launch that is searched."""
        for name in ("ranks", "blocks", "chunks", "launches"):
            if getattr(self, name) < 1:
                raise PipelineError(f"option '{name}' of pass '{self.name}' is at least 1, not {getattr(self, name)}")
        given = self.given(module)

        def fields(size: int) -> dict[str, int]:
            return tiling(module, dict.fromkeys(symbols(module), size) | given, self.ranks, self.blocks, WINDOW)

        try:
            many = fields(LARGE)
            has_chunks = many.get("chunks", 1) > 1
            rows = many["chunkRows"] if has_chunks else 0
            made = fields((self.chunks - 1) * rows + rows // 2 or SMALL)
        except Refused as refused:
            fail(module.operation, f"the tiling function refuses these sizes: {refused}")
        if self.slots is not None and "slots" in made:
            made["slots"] = max(1, min(self.slots, made["chunks"]))
        return made

    def given(self, module: ir.Module) -> dict[str, int]:
        known = symbols(module)
        found = {}
        for each in self.sizes.split():
            name, _, size = each.partition("=")
            if name not in known or not size.isdecimal():
                has = ", ".join(f"{name}=NUMBER" for name in known)
                raise PipelineError(f"option 'sizes' of pass '{self.name}' takes {has}, not '{each}'")
            found[name] = int(size)
        return found


def _listed(fields: dict[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items())
