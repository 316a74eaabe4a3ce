"""What the vector cores run at the level of Ascend C: bytes through UB, and counters in the windows.

Global memory to global memory goes through a ring of two slots in UB. A counter is written by value, behind the data it
tells of, and read by copying it to UB until it has come far enough.
"""

from dovetail.dialect import ascendc, build
from dovetail.dialect.bindings import arith, func, ir, scf
from dovetail.dialect.build import loop, named, when
from dovetail.dialect.dovetail import GatheredOp
from dovetail.passes.lowering import Surroundings, bytes_of, constant, i32
from dovetail.passes.lowering_tiles import ARRIVED, CONSUMED
from dovetail.passes.registry import fail
from dovetail.target import window

WORDS = window.COUNTER_WORDS
MOVED_AS_BYTES = ("f8E4M3FN", "f8E5M2", "ui8", "f8E8M0FNU", "f4E2M1FN", "i4")
ALONG_ELEMENTS = 1024  # of what travels along, in one copy


class VectorFunction(Surroundings):
    def __init__(self, function: func.FuncOp, machine):
        super().__init__(function, machine)
        self.receives = self.core == "vector 1"
        self.staging_along: ir.Value | None = None
        self.rebuild.handlers |= {
            "dovetail.enter_launch": self.enter_launch,
            "dovetail.leave_launch": self.leave_launch,
            "dovetail.ahead": self.ahead,
            "dovetail.push": self.push,
            "dovetail.keep": self.keep,
            "dovetail.keep_own": self.keep_own,
            "dovetail.arrive": lambda op: self.count(op, window.ARRIVALS),
            "dovetail.release": lambda op: self.count(op, window.RELEASES),
            "dovetail.await_arrival": self.await_arrival,
            "dovetail.await_release": self.await_release,
            "dovetail.forward": self.forward,
            "dovetail.await_consumed": self.await_consumed,
        }

    def element_of(self, matrix: ir.MemRefType) -> ir.Type:
        """DataCopyPad takes no 8-bit floating-point numbers, nor 4-bit ones, which vector cores move as bytes."""
        element = matrix.element_type
        return ir.IntegerType.get_signless(8) if str(element) in MOVED_AS_BYTES else element

    def prologue(self) -> None:
        matrix = self.own()
        if matrix.transposed:
            fail(self.source, "gathers a matrix with contiguous rows; this one lies column by column")
        self.element = matrix.element
        seen_words = window.MOST_BLOCKS * WORDS
        free = self.machine.capacity("ub") - 4 * (seen_words + WORDS) - self.along_bytes()
        # The largest power of two of which UB holds two beside the counters: large transfers are fast ones.
        staged = 1 << ((free // 2).bit_length() - 1)
        self.staging = self.buffer("VECIN", "UB", 2, staged // bytes_of(self.element), self.element, "staging")
        self.seen = self.buffer("VECIN", "UB", 1, seen_words, i32(), "seen")
        self.word = self.buffer("VECOUT", "UB", 1, WORDS, i32(), "word")
        self.stage_along()
        self.own_block = self.block_number()
        self.counters = self.counters_of(self.own_rank, "counters")
        self.base: ir.Value | None = None
        if self.receives:
            for gathered in build.operations(self.source, GatheredOp):
                if gathered.leader is None:
                    self.windows[gathered.gathered] = self.window_of(self.own_rank, "window")

    # -- what travels along: one type, through a small ring of its own --

    def along(self) -> list[GatheredOp]:
        return [gathered for gathered in build.operations(self.source, GatheredOp) if gathered.leader is not None]

    def along_bytes(self) -> int:
        return 2 * ALONG_ELEMENTS * bytes_of(self.element_of(self.along()[0].matrix.type)) if self.along() else 0

    def stage_along(self) -> None:
        elements = {str(self.element_of(each.matrix.type)): self.element_of(each.matrix.type) for each in self.along()}
        if len(elements) > 1:
            fail(self.along()[1], "what travels along is of one type")
        for element in elements.values():
            self.staging_along = self.buffer("VECIN", "UB", 2, ALONG_ELEMENTS, element, "stagingAlong")

    # -- launches --

    def enter_launch(self, op) -> list:
        function = SharedFunctions(self.function).read_counter
        call = func.CallOp(function, [self.finished(self.counters, self.own_rank), self.word], loc=named("base"))
        self.base = call.operation.results[0]
        return []

    def leave_launch(self, op) -> list:
        ascendc.SyncAllOp()
        if self.receives:
            when(build.compare(self.own_block, "==", 0), self.finish)
        return []

    def finish(self) -> None:
        over = loop(0, self.ranks(), name="peer")
        build.comment(
            over.op, "All vector cores of the rank are done: the next launch counts on from here, at every rank."
        )
        with over as peer:
            counters = self.counters_of(peer, "peerCounters")
            self.write(self.finished(counters, self.own_rank), self.field("chunks"))

    @staticmethod
    def finished(counters: ir.Value, rank: ir.Value) -> ir.Value:
        """Where a window counts how far a rank had come when its last launch ended."""
        number = build.add(constant("FINISHED", window.FINISHED), rank)
        word = build.multiply(number, constant("COUNTER_WORDS", WORDS), "finishedWord")
        return Surroundings.at(counters, word)

    def ahead(self, op) -> list:
        """One less than may be outstanding, and what all slots but one hold.

        A core releases a chunk before it awaits the one that is so many transfers behind it. Were that the chunk that
        takes its slot, a full window would have one chunk of each source under way at a time.
        """
        whole = self.gathered is not None and self.gathered.is_whole
        peers = self.ranks() if whole else build.subtract(self.ranks(), 1)
        others = build.maximum(build.subtract(self.field("slots"), 1), 1, "otherSlots")
        held = build.multiply(others, peers)
        return [build.minimum(held, self.machine.limits.cross_core_outstanding - 1, "ahead")]

    # -- data --

    def rows_of_chunk(self, chunk: ir.Value) -> tuple[ir.Value, ir.Value]:
        """How many of a rank's rows lie before a chunk, and how many it has."""
        rows = self.size(self.own().sizes[0])
        skipped = build.multiply(chunk, self.field("chunkRows"), "skipped")
        return skipped, build.minimum(self.field("chunkRows"), build.subtract(rows, skipped), "rows")

    def share(self, elements: ir.Value, sharers: ir.Value, element: ir.Type | None = None) -> tuple[ir.Value, ir.Value]:
        """Which of so many elements fall to this block: the first, and how many (which may be none)."""
        grain = window.ALIGNMENT // bytes_of(element or self.element)  # shares of a chunk stay aligned
        each = build.round_up(build.divide_up(elements, sharers), grain, "share")
        begin = build.minimum(build.multiply(self.own_block, each), elements, "begin")
        return begin, build.minimum(each, build.subtract(elements, begin), "count")

    def copy(self, destination: ir.Value, source: ir.Value, count: ir.Value, comment: str) -> None:
        staging = self.staging_of(source.type.element_type)
        function = SharedFunctions(self.function).copy_through(self.buffers[staging])
        build.comment(func.CallOp(function, [destination, source, staging, count]), comment)

    def staging_of(self, element: ir.Type) -> ir.Value:
        """The ring through which elements of a type are copied."""
        if element == self.element or self.staging_along is None:
            return self.staging
        return self.staging_along

    def push(self, op) -> list:
        chunk, rank = self.rebuild[op.chunk], self.rebuild[op.rank]
        skipped, rows = self.rows_of_chunk(chunk)
        columns = self.row_elements(op.gathered)
        element = self.element_of(op.matrix.type)
        begin, count = self.share(build.multiply(rows, columns, "elements"), self.field("lanes"), element)
        target = self.part(self.window_of(rank, "peerWindow", op.gathered), chunk, self.own_rank, op.gathered)
        source = self.at(self.rebuild[op.matrix], build.add(build.multiply(skipped, columns), begin))
        self.copy(self.at(target, begin), source, count, "This block's share of the chunk, into the slot at the peer.")
        return []

    def keep(self, op) -> list:
        chunk, rank = self.rebuild[op.chunk], self.rebuild[op.rank]
        skipped, rows = self.rows_of_chunk(chunk)
        columns = self.row_elements()
        begin, count = self.share(build.multiply(rows, columns, "elements"), self.blocks())
        own_rows = self.size(self.own().sizes[0])
        row = build.add(build.multiply(rank, own_rows), skipped)
        target = self.at(self.rebuild[op.destination], build.add(build.multiply(row, columns), begin))
        source = self.at(self.own_part(op.gathered, chunk, rank), begin)
        self.copy(
            target, source, count, "This block's share of the chunk, for the output that wants the gathered matrix."
        )
        return []

    def keep_own(self, op) -> list:
        own_rows = self.size(self.own().sizes[0])
        elements = build.multiply(own_rows, self.row_elements(), "elements")
        begin, count = self.share(elements, self.blocks())
        target = self.at(self.rebuild[op.destination], build.add(build.multiply(self.own_rank, elements), begin))
        source = self.at(self.rebuild[op.matrix], begin)
        self.copy(
            target, source, count, "This block's share of the own rows, for the output that wants the gathered matrix."
        )
        return []

    # -- counters --

    def counters_of(self, rank: ir.Value, name: str) -> ir.Value:
        address = self.address_of(rank)
        return ascendc.SetGlobalBufferOp(address, tensor=ascendc.GlobalTensorType.of(i32()), loc=named(name)).tensor

    @staticmethod
    def place(table: int, row: ir.Value, column: build.Number) -> ir.Value:
        """The word at which a counter of a table stands: one row a rank, one column a block."""
        first = constant("ARRIVALS" if table == window.ARRIVALS else "RELEASES", table)
        columns = constant("MOST_BLOCKS", window.MOST_BLOCKS)
        number = build.add(build.add(first, build.multiply(row, columns)), column)
        return build.multiply(number, constant("COUNTER_WORDS", WORDS))

    def reached(self, chunks: build.Number) -> ir.Value:
        """What a counter shows when so many chunks of this launch have been counted."""
        return arith.addi(self.base, arith.index_cast(i32(), build.value_of(chunks)))

    def write(self, counter: ir.Value, chunks: build.Number, comment: str | None = None) -> None:
        call = func.CallOp(SharedFunctions(self.function).write_counter, [counter, self.word, self.reached(chunks)])
        if comment:
            build.comment(call, comment)

    def count(self, op, table: int) -> list:
        """Counts a chunk in the window of a peer, at the place that belongs to this block of this rank."""
        counters = self.counters_of(self.rebuild[op.rank], "peerCounters")
        place = self.place(table, self.own_rank, self.own_block)
        arrives = table == window.ARRIVALS
        comment = "The chunk has arrived." if arrives else "This block has read the chunk for the last time."
        self.write(self.at(counters, place), build.add(self.rebuild[op.chunk], 1, "chunksDone"), comment)
        return []

    def await_table(self, table: int, rank: ir.Value, count: ir.Value, chunks: ir.Value, comment: str) -> None:
        self.await_counters(self.at(self.counters, self.place(table, rank, 0)), count, self.reached(chunks), comment)

    def await_counters(self, counters: ir.Value, count: ir.Value, target: ir.Value, comment: str) -> None:
        function = SharedFunctions(self.function).await_counters
        build.comment(func.CallOp(function, [counters, self.seen, count, target]), comment)

    def await_arrival(self, op) -> list:
        chunk, rank = self.rebuild[op.chunk], self.rebuild[op.rank]
        comment = "Every lane of the source has delivered its share of the chunk."
        self.await_table(window.ARRIVALS, rank, self.field("lanes"), build.add(chunk, 1, "chunksDone"), comment)
        return []

    def await_release(self, op) -> list:
        """The chunk that was in the slot before must be released; for the first ones, all of the launch before.

        All of it is more than the own chunks: with other shapes, slots lay elsewhere and held the chunks of others.
        """
        chunk, rank = self.rebuild[op.chunk], self.rebuild[op.rank]

        def launch_before():
            comment = "The peer has finished the launch before: nobody there reads what lies in its slots."
            self.await_counters(self.finished(self.counters, rank), build.constant(1), self.base, comment)

        def slot_before():
            before = build.subtract(build.add(chunk, 1, "chunksDone"), self.field("slots"))
            comment = "Every block of the peer has released what was in the slot before."
            self.await_table(window.RELEASES, rank, self.blocks(), before, comment)
            return []

        when(build.compare(chunk, "<", self.field("slots")), launch_before, slot_before)
        return []

    def forward(self, op) -> list:
        """Behind the copies of MTE2, the pipe that brought the counter."""
        ascendc.CrossCoreSetFlagOp(ir.StringAttr.get(ARRIVED), build.i64(2), ir.StringAttr.get("MTE2"))
        return []

    def await_consumed(self, op) -> list:
        ascendc.CrossCoreWaitFlagOp(ir.StringAttr.get(CONSUMED))
        return []


class SharedFunctions:
    """The functions that vector cores call, each built once in a module, before the function that first calls it."""

    def __init__(self, before: func.FuncOp):
        self.before = before

    def _function(self, name: str, comment: str, types, results, names, body) -> func.FuncOp:
        for op in self.before.operation.block.operations:
            if isinstance(op, func.FuncOp) and op.name.value == name:
                return op
        with ir.InsertionPoint(self.before), ir.Location.unknown():
            made = func.FuncOp(name, (types, results), visibility="private")
            build.comment(made, comment)
            block = made.body.blocks.append(*types, arg_locs=[named(name) for name in names])
            with ir.InsertionPoint(block):
                func.ReturnOp(body(*block.arguments) or [])
        return made

    @staticmethod
    def _slot(ring: ir.Value, slot: ir.Value, elements: int, name: str) -> ir.Value:
        return ascendc.SlotOp(ring, slot, build.i64(elements), tensor=ring.type, loc=named(name)).tensor

    @property
    def await_counters(self) -> func.FuncOp:
        def body(counters, seen, count, target):
            index = ir.IndexType.get()
            waiting = scf.WhileOp([index], [count], loc=named("behind"))
            waiting.operation.attributes["dovetail.names"] = build.string_array(["behind"])
            before = waiting.before.blocks.append(index)
            with ir.InsertionPoint(before):
                behind = before.arguments[0]
                scf.ConditionOp(build.compare(behind, ">", 0), [behind])
            after = waiting.after.blocks.append(index)
            with ir.InsertionPoint(after):
                words = self._slot(seen, build.constant(0), window.MOST_BLOCKS * WORDS, "words")
                ascendc.CopyInOp(words, counters, build.multiply(count, constant("COUNTER_WORDS", WORDS)))
                scf.yield_([self._late(words, count, target)])
            return None

        counters, seen = ascendc.GlobalTensorType.of(i32()), ascendc.LocalTensorType.of(i32(), "UB")
        return self._function(
            "AwaitCounters",
            "Reads `count` counters until each has come to `target`, by signed difference: wrapping is harmless.",
            [counters, seen, ir.IndexType.get(), i32()],
            [],
            ("counters", "seen", "count", "target"),
            body,
        )

    @property
    def count_late(self) -> func.FuncOp:
        def body(counters, seen, count, target):
            words = self._slot(seen, build.constant(0), window.MOST_BLOCKS * WORDS, "words")
            ascendc.CopyInOp(words, counters, build.multiply(count, constant("COUNTER_WORDS", WORDS)))
            return [self._late(words, count, target)]

        index = ir.IndexType.get()
        counters, seen = ascendc.GlobalTensorType.of(i32()), ascendc.LocalTensorType.of(i32(), "UB")
        return self._function(
            "CountLate",
            "Looks once at `count` counters: how many have not come to `target`.",
            [counters, seen, index, i32()],
            [index],
            ("counters", "seen", "count", "target"),
            body,
        )

    @staticmethod
    def _late(words: ir.Value, count: ir.Value, target: ir.Value) -> ir.Value:
        """How many counters are behind the target, by signed difference."""
        over = loop(0, count, name="i", initial=(0,), names=("late",))
        with over as i:
            late = over.carried[0]
            place = build.multiply(i, constant("COUNTER_WORDS", WORDS))
            value = ascendc.GetValueOp(words, place, value=i32(), loc=named("shown")).value
            ahead = arith.subi(value, target)
            is_late = arith.cmpi(build.PREDICATES["<"], ahead, arith.constant(i32(), 0))
            over.carried = [build.select(is_late, build.add(late, 1), late)]
        return over.results[0]

    @property
    def read_counter(self) -> func.FuncOp:
        def body(counter, word):
            words = self._slot(word, build.constant(0), WORDS, "words")
            ascendc.CopyInOp(words, counter, constant("COUNTER_WORDS", WORDS))
            return [ascendc.GetValueOp(words, build.constant(0), value=i32(), loc=named("value")).value]

        counters, word = ascendc.GlobalTensorType.of(i32()), ascendc.LocalTensorType.of(i32(), "UB")
        return self._function("ReadCounter", "Reads a counter.", [counters, word], [i32()], ("counter", "word"), body)

    @property
    def write_counter(self) -> func.FuncOp:
        def body(counter, word, value):
            words = self._slot(word, build.constant(0), WORDS, "words")
            ascendc.SetValueOp(words, build.constant(0), value)
            out = ascendc.CopyOutOp(counter, words, build.constant(1))
            out.operation.attributes["publishes"] = ir.UnitAttr.get()

        counters, word = ascendc.GlobalTensorType.of(i32()), ascendc.LocalTensorType.of(i32(), "UB")
        return self._function(
            "WriteCounter",
            "Writes a counter once all that this core wrote before is complete.",
            [counters, word, i32()],
            [],
            ("counter", "word", "value"),
            body,
        )

    def copy_through(self, ring: ascendc.BufferOp) -> func.FuncOp:
        elements, slots = ring.elements.value, ring.slots.value
        index = ir.IndexType.get()
        tensor = ascendc.GlobalTensorType.of(ring.tensor.type.element_type)

        def body(destination, source, staging, count):
            taken = ascendc.CounterOp(ascendc.SlotCounterType.get(), loc=named("taken")).counter
            with loop(0, count, elements, "begin") as begin:
                slot = ascendc.NextSlotOp(taken, build.i64(slots), slot=index, loc=named("slot")).slot
                piece = self._slot(staging, slot, elements, "piece")
                length = build.minimum(elements, build.subtract(count, begin), "length")
                ascendc.CopyInOp(piece, Surroundings.at(source, begin), length)
                ascendc.CopyOutOp(Surroundings.at(destination, begin), piece, length)

        name, element = "CopyThrough", str(tensor.element_type)
        for op in self.before.operation.block.operations:
            if isinstance(op, func.FuncOp) and op.name.value == name and op.type.inputs[0] != tensor:
                name = f"CopyThrough_{element}"
        return self._function(
            name,
            "Copies `count` elements from global memory to global memory through UB.",
            [tensor, tensor, ring.tensor.type, index],
            [],
            ("destination", "source", "staging", "count"),
            body,
        )
