"""The pipes of a core, and the events that flags between them can tell of, for architecture 2201.

Source: the vendor's overview of synchronisation inside a core, tables 2 and 3 ([IntraCore] in docs/memory-model.md).
"""

PIPES = {"AIC": ("S", "M", "MTE1", "MTE2", "MTE3", "FIX"), "AIV": ("S", "V", "MTE2", "MTE3")}

# An event is named SOURCE_DESTINATION: the flag is set behind instructions of one pipe, and another pipe waits for it.
_DESTINATIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "AIC": {
        "M": ("MTE1", "MTE2", "FIX"),
        "MTE1": ("M", "MTE2", "MTE3", "FIX"),
        "MTE2": ("M", "MTE1", "MTE3"),
        "MTE3": ("MTE1", "MTE2"),
        "FIX": ("M", "MTE1"),
    },
    "AIV": {
        "S": ("V", "MTE2", "MTE3"),
        "V": ("S", "MTE2", "MTE3"),
        "MTE2": ("S", "V", "MTE3"),
        "MTE3": ("S", "V", "MTE2"),
    },
}
EVENTS = {
    core: tuple(f"{source}_{destination}" for source, all_of in pairs.items() for destination in all_of)
    for core, pairs in _DESTINATIONS.items()
}

VECTOR_CORES = 2  # of a block

# Which cores of a block run a kernel of a type. Signals between cores need both kinds, a mixed type.
KERNEL_TYPES = {
    "KERNEL_TYPE_AIC_ONLY": ("AIC",),
    "KERNEL_TYPE_AIV_ONLY": ("AIV 0",),
    "KERNEL_TYPE_MIX_AIC_1_0": ("AIC",),
    "KERNEL_TYPE_MIX_AIV_1_0": ("AIV 0",),
    "KERNEL_TYPE_MIX_AIC_1_1": ("AIC", "AIV 0"),
    "KERNEL_TYPE_MIX_AIC_1_2": ("AIC", "AIV 0", "AIV 1"),
}
MIXED = "KERNEL_TYPE_MIX_"

# Scalar instructions are complete in order: S neither takes a barrier nor holds a cross-core flag back.
BARRIERS = {core: (*pipes[1:], "ALL") for core, pipes in PIPES.items()}
CROSS_CORE_PIPES = {core: pipes[1:] for core, pipes in PIPES.items()}
