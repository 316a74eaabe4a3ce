// RUN: not dovetail-opt %s --canonicalise 2>&1 | filecheck %s --check-prefix=UNKNOWN
// RUN: not dovetail-opt %s --fuse-stage=chunk=1 2>&1 | filecheck %s --check-prefix=NEAR
// RUN: not dovetail-opt %s --pipeline fuse 2>&1 | filecheck %s --check-prefix=NAMED
// RUN: not dovetail-opt %s --pass-pipeline='cse,func.func(fuse-stages)' 2>&1 | filecheck %s --check-prefix=NESTED
// RUN: not dovetail-opt %s --pass-pipeline='cse,func.func(cse' 2>&1 | filecheck %s --check-prefix=OPEN
// RUN: not dovetail-opt %s --pass-pipeline='cse)' 2>&1 | filecheck %s --check-prefix=CLOSED
// RUN: not dovetail-opt %s --pass-pipeline='cse,,cse' 2>&1 | filecheck %s --check-prefix=EMPTY
// RUN: not dovetail-opt %s --canonicalize=speed=9 2>&1 | filecheck %s --check-prefix=UPSTREAM-OPTION
// RUN: not dovetail-opt %s --fuse-stages=speed=9 2>&1 | filecheck %s --check-prefix=OPTION
// RUN: not dovetail-opt %s --fused=chunk=9 2>&1 | filecheck %s --check-prefix=PIPELINE-OPTION
// RUN: not dovetail-opt %s.missing 2>&1 | filecheck %s --check-prefix=FILE
// RUN: not dovetail-opt %s --help-pass fuse 2>&1 | filecheck %s --check-prefix=HELP
// A pipeline that cannot be run is refused with a reason, before anything runs.

// UNKNOWN: error: there is no pass or pipeline 'canonicalise'; did you mean 'canonicalize'?
// NEAR: error: there is no pass or pipeline 'fuse-stage{chunk=1}'; did you mean 'fuse-stages'?
// NAMED: error: there is no pass or pipeline 'fuse'; did you mean 'fused'?
// NESTED: error: 'func.func(fuse-stages)': pass 'fuse-stages' runs on a module, not inside of one
// OPEN: error: missing ')' at the end of pipeline 'cse,func.func(cse'
// CLOSED: error: unexpected ')' at column 4 of pipeline 'cse)'
// EMPTY: error: expected the name of a pass at column 5 of pipeline 'cse,,cse'
// UPSTREAM-OPTION: error: 'canonicalize{speed=9}': no such option speed
// OPTION: error: pass 'fuse-stages' has no option 'speed'; it has
// PIPELINE-OPTION: error: the pipeline 'fused' takes no options
// FILE: error: {{.*}}pipeline_invalid.mlir.missing: No such file or directory
// HELP: error: there is no pass 'fuse'
