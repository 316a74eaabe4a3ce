// RUN: dovetail-opt --list-passes | filecheck %s --check-prefix=LIST
// RUN: dovetail-opt --help-pass fuse-stages | filecheck %s --check-prefix=HELP
// RUN: dovetail-opt --help | filecheck %s --check-prefix=USAGE

// LIST: fuse-stages
// LIST-NEXT: {{^    [A-Z].*\.$}}
// LIST: pipeline fused
// LIST-NEXT: fuse-stages,
// HELP: fuse-stages
// USAGE: usage: dovetail-opt
// USAGE: --pass-pipeline PIPELINE
