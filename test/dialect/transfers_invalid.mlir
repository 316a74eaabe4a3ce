// RUN: dovetail-opt %s --split-input-file --verify-diagnostics
// The operations by which ranks cooperate work on gathered matrices alone.

func.func @enter_launch(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.enter_launch' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.enter_launch %m : memref<?x?xf16>
  return
}

// -----

func.func @chunks(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.chunks' op works on a gathered matrix, not on memref<?x?xf16>}}
  %chunks = dovetail.chunks %m : memref<?x?xf16>
  return
}

// -----

func.func @peer(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.peer' op works on a gathered matrix, not on memref<?x?xf16>}}
  %0 = dovetail.peer %m to %i : memref<?x?xf16>
  return
}

// -----

func.func @await_release(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.await_release' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.await_release %m[%i] of %i : memref<?x?xf16>
  return
}

// -----

func.func @push(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.push' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.push %m, %m[%i] to %i : memref<?x?xf16>, memref<?x?xf16>
  return
}

// -----

func.func @arrive(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.arrive' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.arrive %m[%i] at %i : memref<?x?xf16>
  return
}

// -----

func.func @await_arrival(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.await_arrival' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.await_arrival %m[%i] from %i : memref<?x?xf16>
  return
}

// -----

func.func @keep(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.keep' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.keep %m[%i] of %i, %m : memref<?x?xf16>, memref<?x?xf16>
  return
}

// -----

func.func @release(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.release' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.release %m[%i] to %i : memref<?x?xf16>
  return
}

// -----

func.func @groups(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.groups' op works on a gathered matrix, not on memref<?x?xf16>}}
  %groups = dovetail.groups %m : memref<?x?xf16>
  return
}

// -----

func.func @group(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.group' op works on a gathered matrix, not on memref<?x?xf16>}}
  %rows, %origin, %first, %count, %0 = dovetail.group %m[%i] : memref<?x?xf16> -> memref<?x?xf16>
  return
}

// -----

func.func @part(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.part' op works on a gathered matrix, not on memref<?x?xf16>}}
  %part = dovetail.part %m[%i] of %i : memref<?x?xf16> -> memref<?x?xf16>
  return
}

// -----

func.func @chunk_rows(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.chunk_rows' op works on a gathered matrix, not on memref<?x?xf16>}}
  %chunk_rows = dovetail.chunk_rows %m : memref<?x?xf16>
  return
}

// -----

func.func @await_arrivals(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.await_arrivals' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.await_arrivals %m, %i : memref<?x?xf16>
  return
}

// -----

func.func @consume(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.consume' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.consume %m, %i : memref<?x?xf16>
  return
}

// -----

func.func @leave_launch(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.leave_launch' op works on a gathered matrix, not on memref<?x?xf16>}}
  dovetail.leave_launch %m : memref<?x?xf16>
  return
}

// -----

func.func @lanes(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.lanes' op works on a gathered matrix, not on memref<?x?xf16>}}
  %lanes = dovetail.lanes %m : memref<?x?xf16>
  return
}

// -----

func.func @ahead(%m: memref<?x?xf16>, %i: index) {
  // expected-error @below {{'dovetail.ahead' op works on a gathered matrix, not on memref<?x?xf16>}}
  %ahead = dovetail.ahead %m : memref<?x?xf16>
  return
}
