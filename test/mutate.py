"""Leaves out or alters every synchronising call of the generated kernels, and counts what the checker makes of it:
python test/mutate.py

Ends with status 1 if a mutant survives that is not proved to be no fault.
"""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "mutation"))

import campaign
import subjects


def try_subject(number: int, seeds: campaign.Seeds) -> list[campaign.Outcome]:
    subject = subjects.ALL[number]
    return [*campaign.try_mutants(subject, seeds=seeds), *campaign.try_edits(subject, seeds)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Try every mutant of the generated kernels.")
    parser.add_argument("--subject", default="", help="only kernels whose name contains this")
    parser.add_argument("--seeds", type=int, default=campaign.SEEDS.before_judgement, help="orders before a judgement")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    chosen = [number for number, subject in enumerate(subjects.ALL) if options.subject in subject.name]
    counts = campaign.Counts()
    start = time.monotonic()
    with ProcessPoolExecutor(options.processes) as pool:
        running = {pool.submit(try_subject, number, campaign.Seeds(options.seeds)): number for number in chosen}
        done = {}
        for future in as_completed(running):
            done[running[future]] = future.result()
            short = campaign.Counts(future.result()).in_short
            print(f"[{time.monotonic() - start:5.0f} s] {subjects.ALL[running[future]].name}: {short}", flush=True)
    for number in chosen:
        counts.outcomes += done[number]
    print(counts)
    return 0 if all(each.is_explained for each in counts.outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
