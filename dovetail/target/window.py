"""What lies where in the window of a rank: counters first, then the slots of the gathered matrix.

The layout does not depend on shapes, schedules or numbers of blocks, so that launches that differ in them agree on
where a counter is. Each counter has one writer. Data starts behind the last counter: `DATA` is the proof that flags lie
outside the data.
"""

ALIGNMENT = 512  # bytes: copies are fastest at global addresses that are a multiple of it
COUNTER_BYTES = 32  # counters lie one to a 32-byte block, the unit of a copy to UB
COUNTER_WORDS = COUNTER_BYTES // 4
MOST_RANKS = 64
MOST_BLOCKS = 64

# [rank]: how far the counters of a rank had come when its last launch ended; written by that rank, in its own window
# too. A launch counts on from its own, and sends to a peer once the peer has come as far: nobody there reads older
# data.
FINISHED = 0
ARRIVALS = FINISHED + MOST_RANKS  # [source][lane]: chunks that have arrived; written by that lane of the source
RELEASES = ARRIVALS + MOST_RANKS * MOST_BLOCKS  # [rank][block]: own chunks released there; written by that block
COUNTERS = RELEASES + MOST_RANKS * MOST_BLOCKS

DATA = -(-COUNTERS * COUNTER_BYTES // ALIGNMENT) * ALIGNMENT  # byte at which the slots start
