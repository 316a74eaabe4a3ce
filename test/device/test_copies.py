"""DataCopy and DataCopyPad against numpy, in every form that the architecture has."""

import numpy as np
import pytest

from dovetail.runtime.device import DeviceError

from .conftest import Program

PROGRAM = "copies"


def numbers(*values: int) -> np.ndarray:
    return np.array(list(values) + [0] * (16 - len(values)), np.int32)


@pytest.mark.parametrize("rows, columns", [(16, 16), (8, 32), (1, 1), (3, 50), (40, 56), (129, 96), (100, 33)])
@pytest.mark.parametrize("row_step", [1, 2])
def test_nd_to_nz(program: Program, rows: int, columns: int, row_step: int):
    """Rows land in columns of 32 bytes; the last is completed with zeros; rows beyond keep what was there."""
    source = np.arange(rows * (columns + 5), dtype=np.int16).reshape(rows, columns + 5)
    pitch = (rows * row_step + 15) // 16 * 16
    blocks = (columns + 15) // 16
    target = np.full((blocks, pitch, 16), -1, np.int16)
    expected = target.copy()
    padded = np.zeros((rows, blocks * 16), np.int16)
    padded[:, :columns] = source[:, :columns]
    expected[:, 0 : rows * row_step : row_step] = padded.reshape(rows, blocks, 16).transpose(1, 0, 2)
    shape = numbers(1, rows, columns, 0, columns + 5, pitch, row_step, 0, target.size)
    program.run("nd_to_nz", source, target, shape)
    np.testing.assert_array_equal(target, expected)


def test_nd_to_nz_of_several_matrices(program: Program):
    source = np.arange(3 * 12 * 20, dtype=np.int16).reshape(3, 12, 20)
    target = np.full((3, 2, 16, 16), -1, np.int16)
    program.run("nd_to_nz", source, target, numbers(3, 12, 20, 240, 20, 16, 1, 512, target.size))
    expected = np.full((3, 2, 16, 16), -1, np.int16)
    padded = np.zeros((3, 12, 32), np.int16)
    padded[:, :, :20] = source
    expected[:, :, :12] = padded.reshape(3, 12, 2, 16).transpose(0, 2, 1, 3)
    np.testing.assert_array_equal(target, expected)


@pytest.mark.parametrize("count, length, source_gap, target_gap", [(1, 4, 0, 0), (5, 2, 3, 1), (7, 1, 0, 2)])
def test_blocks_of_32_bytes(program: Program, count: int, length: int, source_gap: int, target_gap: int):
    source = np.arange(count * (length + source_gap) * 16, dtype=np.int16)
    target = np.full(source.size, -1, np.int16)
    program.run("blocks", source, target, numbers(count, length, source_gap, target_gap))
    expected = np.where(np.arange(source.size) // 16 % (length + source_gap) < length, source, -1)
    np.testing.assert_array_equal(target, expected)


@pytest.mark.parametrize("count, length, gap", [(1, 2, 0), (3, 50, 6), (4, 64, 2), (2, 26, 34)])
@pytest.mark.parametrize("left, right", [(0, 0), (2, 3)])
def test_padding_in(program: Program, count: int, length: int, gap: int, left: int, right: int):
    """Blocks of any length in bytes; in UB each begins at a multiple of 32 and is padded to one."""
    source = np.arange(count * (length + gap) // 2, dtype=np.int16)
    padded = (2 * left + length + 2 * right + 31) // 32 * 32 // 2
    target = np.zeros((count, padded + 16), np.int16)
    program.run("padded_in", source, target, numbers(count, length, gap, 1, 1, left, right, 99, target.size))
    for block in range(count):
        start = block * (length + gap) // 2
        expected = np.full(padded, 99, np.int16)
        expected[left : left + length // 2] = source[start : start + length // 2]
        np.testing.assert_array_equal(target[block, :padded], expected)


@pytest.mark.parametrize("count, length, gap", [(1, 2, 0), (3, 50, 6), (4, 64, 2), (2, 30, 34)])
def test_padding_out(program: Program, count: int, length: int, gap: int):
    """Exactly `length` bytes of each block reach global memory."""
    padded = (length + 31) // 32 * 16
    source = np.arange(count * (padded + 16), dtype=np.int16)
    target = np.full(count * (length + gap) // 2, -1, np.int16)
    program.run("padded_out", source, target, numbers(count, length, 1, gap, 0, 0, 0, 0, source.size))
    expected = np.full_like(target, -1)
    for block in range(count):
        start = block * (length + gap) // 2
        expected[start : start + length // 2] = source[block * (padded + 16) :][: length // 2]
    np.testing.assert_array_equal(target, expected)


def test_queues(program: Program):
    source = np.arange(5 * 256, dtype=np.int16)
    target = np.zeros_like(source)
    program.run("queued", source, target, numbers(5))
    np.testing.assert_array_equal(target, source + np.repeat(np.arange(5), 256))


def test_within_ub(program: Program):
    source = np.arange(64, dtype=np.int16)
    target = np.zeros_like(source)
    program.run("within_ub", source, target, numbers())
    np.testing.assert_array_equal(target, source)


def test_atomic_add(program: Program):
    source = np.arange(64, dtype=np.float32)
    floats, integers = np.ones(64, np.float32), np.zeros(8, np.int32)
    program.run("added", source, floats, integers, blocks=6)
    np.testing.assert_array_equal(floats, 1 + 6 * source)
    np.testing.assert_array_equal(integers[:2], [6, 1])


def test_scalar_access(program: Program):
    source, target = np.array([41], np.int32), np.zeros(2, np.int32)
    program.run("scalar", source, target)
    np.testing.assert_array_equal(target, [42, 16])


def test_a_copy_out_of_a_memory_is_refused(program: Program):
    source, target = np.zeros(1 << 20, np.int16), np.zeros(1 << 20, np.int16)
    with pytest.raises(DeviceError, match=r"rank 0, block 0, AIV 0 \(copies.cpp:\d+\): bytes \[0, 200000\) of UB"):
        program.run("padded_out", source, target, numbers(1, 2, 1, 0, 0, 0, 0, 0, 100000))


def test_a_length_that_is_no_multiple_of_32_is_refused(program: Program):
    source, target = np.zeros(64, np.int16), np.zeros(64, np.int16)
    with pytest.raises(DeviceError, match="DataCopy of 10 bytes, which is not a multiple of 32"):
        program.run("padded_out", source, target, numbers(1, 2, 1, 0, 0, 0, 0, 0, 5))
