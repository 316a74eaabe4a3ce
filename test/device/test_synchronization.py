"""Flags within and between cores: what they order, and what the device says about those that cannot work."""

import numpy as np
import pytest

from dovetail.runtime.device import Check, DeviceError

from .conftest import Program

PROGRAM = "synchronization"


def run(program: Program, entry: str, blocks: int = 1, ranks: int = 1) -> np.ndarray:
    traces = [np.zeros(64, np.int32) for _ in range(ranks)]
    program.run_ranks(entry, [[trace] for trace in traces], blocks=blocks)
    return traces[0]


def test_identities(program: Program):
    trace = run(program, "identities", blocks=3)[:45].reshape(3, 3, 5)
    for block in range(3):
        np.testing.assert_array_equal(trace[block, 0], [block, 0, 3, 1, 1])
        for sub_block in range(2):
            np.testing.assert_array_equal(trace[block, 1 + sub_block], [2 * block + sub_block, sub_block, 3, 2, 2])


def test_mode_2_joins_an_aic_with_both_its_aivs(program: Program):
    trace = run(program, "mode_2")
    np.testing.assert_array_equal(trace[:4], [190, 191, 381, 0])


@pytest.mark.parametrize("blocks", [1, 4])
def test_mode_1_joins_the_aivs_of_a_block_and_mode_0_all_of_a_kind(program: Program, blocks: int):
    trace = run(program, "modes_0_and_1", blocks=blocks)
    np.testing.assert_array_equal(trace[16 : 16 + 2 * blocks], 1)
    np.testing.assert_array_equal(trace[32 : 32 + 2 * blocks], 2 * blocks)
    np.testing.assert_array_equal(trace[56 : 56 + blocks], blocks)


@pytest.mark.parametrize("ranks", [1, 4])
def test_sync_all(program: Program, ranks: int):
    assert run(program, "sync_all", blocks=5, ranks=ranks)[40] == 0


def test_fifteen_sets_may_be_outstanding(program: Program):
    run(program, "fifteen_ahead")


@pytest.mark.parametrize(
    "entry, message",
    [
        ("sixteen_ahead", r"more than 15 outstanding sets"),
        ("unwaited_cross_core", r"rank 0, block 0, AIV 0 ends with cross-core flag 5 unpaired"),
        ("wait_without_set", r"AIC \(synchronization.cpp:\d+\): WaitFlag<HardEvent::MTE2_MTE1>\(2\).*never issued"),
        ("set_twice", r"SetFlag<HardEvent::M_MTE1>\(3\) again before a WaitFlag took the one of synchronization.cpp:"),
        ("set_beside_pipe", r"SetFlag<HardEvent::M_MTE1>\(0\) again"),
        ("set_without_wait", r"SetFlag<HardEvent::MTE1_M>\(1\) has no WaitFlag"),
        ("event_out_of_range", r"event id 8 of MTE1_M is not in 0..7"),
        ("event_of_the_other_kind", r"event MTE2_S does not exist on an AIC"),
        ("buffer_too_large", r"InitBuffer: 30016 bytes of L1 asked for, 500000 of 524288 are taken"),
        ("view_too_large", r"GetWithOffset: bytes \[32, 1032\) of a buffer of 1024 bytes"),
    ],
)
def test_mistakes_have_a_message(program: Program, entry: str, message: str):
    with pytest.raises(DeviceError, match=message):
        run(program, entry)


@pytest.mark.parametrize(
    "entry, messages",
    [
        ("circle", [r"block 0, AIC waits for cross-core flag 1 \(synch", r"AIV 1 waits for cross-core flag 2"]),
        ("half_a_set", [r"AIC waits for cross-core flag 1"]),
        ("missing_at_sync_all", [r"block 0, AIV 0 waits in SyncAll<true>, where 3 cores have arrived"]),
        ("polls_in_vain", [r"block 0, AIV 0 polls global memory at .*, which holds 0 0 \(synchronization.cpp:\d+\)"]),
        ("reads_in_vain", [r"AIV 0 polls global memory at .*, which holds 0"]),
    ],
)
@pytest.mark.parametrize("ranks", [1, 3])
def test_a_hang_is_reported(program: Program, entry: str, messages: list[str], ranks: int):
    with pytest.raises(DeviceError, match="every core waits and none can wake another") as caught:
        run(program, entry, blocks=2, ranks=ranks)
    for message in messages:
        assert caught.match(message)


@pytest.mark.parametrize("entry", ["gives_up", "gives_up_by_a_count_in_ub", "gives_up_in_time"])
def test_a_loop_that_polls_for_some_time_is_no_hang(program: Program, entry: str):
    """A checked launch tells a core that polls for good by its state, and these leave their loops by something else."""
    for seed in range(20):
        program.run(entry, np.zeros(64, np.int32), blocks=2, check=Check(seed))


def test_the_device_works_after_a_failure(program: Program):
    with pytest.raises(DeviceError):
        run(program, "circle", blocks=3)
    assert run(program, "sync_all", blocks=3)[40] == 0
