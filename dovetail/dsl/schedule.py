"""How a kernel runs, apart from what it computes."""

from dataclasses import dataclass

from dovetail.target.machine import Limits

ORDERS = ("arrival", "rank")
FRACTAL = Limits().fractal_side  # rows and columns of the smallest block that a cube core multiplies


def _whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True)
class Schedule:
    """Choices that change how fast a kernel is, and never what it gives.

    tile: rows, columns and contraction depth of a tile; multiples of 16.
    chunk: the most rows that travel between two ranks at a time.
    slots: how many chunks of each source a window holds at a time.
    communication_cores: how many blocks of a rank send with their vector cores.
    order: `arrival` takes the own rows first and then chunks in the order in which they are expected;
        `rank` takes them by number.

    Raises ValueError, which names the field, what it was and what it may be.
    """

    tile: tuple[int, int, int] = (128, 256, 256)
    chunk: int = 128
    slots: int = 8
    communication_cores: int = 8
    order: str = "arrival"

    def __post_init__(self):
        tile = self.tile
        if not isinstance(tile, (tuple, list)) or len(tile) != 3 or not all(_whole(size) for size in tile):
            raise ValueError(f"Schedule: tile is three numbers (rows, columns, contraction depth), not {tile!r}")
        for name, size in zip(("rows", "columns", "contraction depth"), tile):
            if size <= 0 or size % FRACTAL:
                raise ValueError(f"Schedule: tile {name} must be a positive multiple of {FRACTAL}, not {size}")
        for name in ("chunk", "slots", "communication_cores"):
            value = getattr(self, name)
            if not _whole(value) or value <= 0:
                raise ValueError(f"Schedule: {name} must be a positive whole number, not {value!r}")
        if self.order not in ORDERS:
            raise ValueError(f"Schedule: order must be one of {', '.join(map(repr, ORDERS))}, not {self.order!r}")
        object.__setattr__(self, "tile", tuple(tile))
