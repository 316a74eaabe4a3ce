"""Which cores a flag between cores goes from and to: the table of modes in `docs/memory-model.md` (X2)."""

from collections.abc import Mapping, Sequence

from dovetail.passes.protocol_findings import Event, Unpaired
from dovetail.passes.protocol_steps import Core, CrossCoreSet, Program


def sets_together(core: Core, other: Core, mode: int) -> bool:
    return (other.rank, other.kind) == (core.rank, core.kind) and (mode == 0 or other.block == core.block)


def receives(setter: Core, other: Core, mode: int) -> bool:
    if mode == 2:
        return (other.rank, other.block) == (setter.rank, setter.block) and other.kind != setter.kind
    return sets_together(setter, other, mode)


class Groups:
    """`producers`: for a core and a flag, the cores all of which set it before a wait of the core ends.

    `mixed` has what the count of a flag would not stand for one thing after: a core that sets it in two modes or on two
    pipes (sets take effect in any order, X7), and a core that gets it from two groups.
    """

    def __init__(self, launches: Sequence[Mapping[Core, Program]]):
        self.producers: dict[tuple[Core, str], tuple[Core, ...]] = {}
        self.mixed: list[Unpaired] = []
        cores = list(launches[0])
        uses: dict[tuple[Core, str], CrossCoreSet] = {}
        for number, launch in enumerate(launches):
            for core, program in launch.items():
                for position, step in enumerate(program):
                    if not isinstance(step, CrossCoreSet):
                        continue
                    event = Event(core, number, step, position + 1)
                    first = uses.setdefault((core, step.flag), step)
                    if (first.mode, first.pipe) != (step.mode, step.pipe):
                        self.mixed.append(
                            Unpaired(event, f"mixed flag: {core} sets {step.flag} in two modes or on two pipes")
                        )
                    if first is step:
                        self._add(cores, event, step)

    def _add(self, cores: Sequence[Core], event: Event, step: CrossCoreSet) -> None:
        group = tuple(each for each in cores if sets_together(event.core, each, step.mode))
        for consumer in cores:
            if receives(event.core, consumer, step.mode):
                known = self.producers.setdefault((consumer, step.flag), group)
                if known != group:
                    self.mixed.append(
                        Unpaired(event, f"mixed flag: {consumer} gets {step.flag} from two groups of cores")
                    )
