"""Tries all-gather + matmul on every shape that it is held to: python test/nightly.py

Prints each failure with the command that repeats it, and ends with status 1 if there was one. With a journal, cases
that it names as done are passed over, so that a run can be continued; with shards, several computers share the work.
"""

import argparse
import sys
import time
from pathlib import Path

import shapes


def main() -> int:
    parser = argparse.ArgumentParser(description="Try all-gather + matmul on every shape that it is held to.")
    parser.add_argument("--journal", type=Path, help="a file that names the cases that passed; made if it is not there")
    parser.add_argument("--shard", default="1/1", metavar="I/N", help="only the I-th of N equal parts")
    parser.add_argument("--ranks", type=int, choices=shapes.RANKS, help="only this number of ranks")
    parser.add_argument("--largest", action="store_true", help="only the case with more than 2^31 output elements")
    parser.add_argument("--thorough", action="store_true", help="try large shapes too in every variant for every type")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    options = parser.parse_args()
    shard, shards = map(int, options.shard.split("/"))

    cases = [] if options.largest else list(shapes.matrix_of_cases())[shard - 1 :: shards]
    cases = [case for case in cases if options.ranks in (None, case.ranks)]
    if options.ranks in (None, shapes.LARGEST.ranks) and shard == shards:
        cases.append(shapes.LARGEST)
    passed = set(options.journal.read_text().splitlines()) if options.journal and options.journal.exists() else set()
    cases = [case for case in cases if str(case) not in passed]

    work = sum(case.cost for case in cases)
    done = failed = launches = 0
    start = said = time.monotonic()
    for number, case in enumerate(cases, start=1):
        variants = shapes.variants_of(case, options.thorough)
        faults = list(shapes.failures(case, variants))
        for fault in faults:
            print(fault, flush=True)
        failed += bool(faults)
        launches += len(variants)
        done += case.cost
        if options.journal and not faults:
            with options.journal.open("a") as journal:
                print(case, file=journal)
        now = time.monotonic()
        if now - said > 30 or number == len(cases):
            print(
                f"[{now - start:6.0f} s] {number} of {len(cases)} cases, {launches} launches, "
                f"{done / work:.0%} of the work, {failed} cases failed",
                flush=True,
            )
            said = now
        if now - start > options.seconds:
            print(f"stopped after {number} of {len(cases)} cases", flush=True)
            return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
