# RUN: %PYTHON %s | filecheck %s
"""What is constant happens when compiling: conditions, loops over constants, arithmetic, text."""

import dovetail as dt
from dovetail.dialect import assembly
from dovetail.dsl import lower

COUNT = 2
NAMES = {"first": 0, "second": 1}


def make(is_copied):
    @dt.kernel
    def kernel(x1: dt.Matrix["m", "k"], output: dt.Output["m", "k"], second: dt.Output["m", "k"] | None):
        """Docstrings are fine."""
        outputs = (output, second)
        count = COUNT if second is not None else COUNT - 1
        for number in range(count):
            with dt.stage(f"copy_{number}_of_{count}"):
                for i in dt.tiles(x1.rows):
                    if is_copied and x1.dtype == dt.float16:
                        outputs[number][i] = x1[i]
                    else:
                        nothing_is_looked_at_here()
        if not (0 <= NAMES["second"] < 2) or len(NAMES) != 2:
            nothing_is_looked_at_here()
        total = 1
        total += max(count, -1)
        if total > 5:
            pass

    return kernel


print(assembly.print(lower(make(True))))
# CHECK-LABEL: func.func @kernel(
# CHECK:         {dovetail.stage = "copy_0_of_2"}
# CHECK:         {dovetail.stage = "copy_1_of_2"}

print(assembly.print(lower(make(True), absent=["second"])))
# CHECK-LABEL: func.func @kernel(
# CHECK-SAME:    %arg1: memref<?x?xf16> {dovetail.name = "output", dovetail.output, dovetail.sizes = ["m", "k"]}) attributes
# CHECK:         {dovetail.stage = "copy_0_of_1"}
# CHECK-NOT:     dovetail.stage

for kernel, dtype in ((make(False), "float16"), (make(True), "bfloat16")):
    try:
        lower(kernel, dtype)
    except dt.CompileError as error:
        print(error)
# CHECK:       error: unknown name nothing_is_looked_at_here
# CHECK:       error: unknown name nothing_is_looked_at_here
