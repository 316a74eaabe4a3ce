// RUN: dovetail-opt %s | dovetail-opt | filecheck %s --match-full-lines
// How ranks cooperate, in the format of each operation, there and back.

func.func @kernel(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) {
  %c1 = arith.constant 1 : index
  // CHECK: %0 = dovetail.gathered %arg0 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
  // CHECK: dovetail.enter_launch %0 : memref<?x?xf16, "gathered">
  dovetail.enter_launch %gathered : memref<?x?xf16, "gathered">
  // CHECK: %1 = dovetail.chunks %0 : memref<?x?xf16, "gathered">
  %chunks = dovetail.chunks %gathered : memref<?x?xf16, "gathered">
  // CHECK: %2 = dovetail.peer %0 to %c1 : memref<?x?xf16, "gathered">
  %destination = dovetail.peer %gathered to %c1 : memref<?x?xf16, "gathered">
  // CHECK: %3 = dovetail.peer %0 from %c1 : memref<?x?xf16, "gathered">
  %source = dovetail.peer %gathered from %c1 : memref<?x?xf16, "gathered">
  // CHECK: dovetail.await_release %0[%c1] of %2 : memref<?x?xf16, "gathered">
  dovetail.await_release %gathered[%c1] of %destination : memref<?x?xf16, "gathered">
  // CHECK: dovetail.push %arg0, %0[%c1] to %2 : memref<?x?xf16>, memref<?x?xf16, "gathered">
  dovetail.push %x1, %gathered[%c1] to %destination : memref<?x?xf16>, memref<?x?xf16, "gathered">
  // CHECK: dovetail.arrive %0[%c1] at %2 : memref<?x?xf16, "gathered">
  dovetail.arrive %gathered[%c1] at %destination : memref<?x?xf16, "gathered">
  // CHECK: dovetail.await_arrival %0[%c1] from %3 : memref<?x?xf16, "gathered">
  dovetail.await_arrival %gathered[%c1] from %source : memref<?x?xf16, "gathered">
  // CHECK: dovetail.keep_own %arg0, %arg1 : memref<?x?xf16>, memref<?x?xf16>
  dovetail.keep_own %x1, %output : memref<?x?xf16>, memref<?x?xf16>
  // CHECK: dovetail.keep %0[%c1] of %3, %arg1 : memref<?x?xf16, "gathered">, memref<?x?xf16>
  dovetail.keep %gathered[%c1] of %source, %output : memref<?x?xf16, "gathered">, memref<?x?xf16>
  // CHECK: dovetail.release %0[%c1] to %3 : memref<?x?xf16, "gathered">
  dovetail.release %gathered[%c1] to %source : memref<?x?xf16, "gathered">
  // CHECK: %4 = dovetail.groups %0 : memref<?x?xf16, "gathered">
  %groups = dovetail.groups %gathered : memref<?x?xf16, "gathered">
  // CHECK: %5:5 = dovetail.group %0[%c1] : memref<?x?xf16, "gathered"> -> memref<?x?xf16>
  %rows, %origin, %first, %count, %arrivals = dovetail.group %gathered[%c1] : memref<?x?xf16, "gathered"> -> memref<?x?xf16>
  // CHECK: %6 = dovetail.part %0[%c1] of %3 : memref<?x?xf16, "gathered"> -> memref<?x?xf16>
  %part = dovetail.part %gathered[%c1] of %source : memref<?x?xf16, "gathered"> -> memref<?x?xf16>
  // CHECK: %7 = dovetail.chunk_rows %0 : memref<?x?xf16, "gathered">
  %chunk_rows = dovetail.chunk_rows %gathered : memref<?x?xf16, "gathered">
  // CHECK: dovetail.await_arrivals %0, %5#4 : memref<?x?xf16, "gathered">
  dovetail.await_arrivals %gathered, %arrivals : memref<?x?xf16, "gathered">
  // CHECK: dovetail.consume %0, %5#4 : memref<?x?xf16, "gathered">
  dovetail.consume %gathered, %arrivals : memref<?x?xf16, "gathered">
  // CHECK: dovetail.forward
  dovetail.forward
  // CHECK: dovetail.await_consumed
  dovetail.await_consumed
  // CHECK: dovetail.leave_launch %0 : memref<?x?xf16, "gathered">
  dovetail.leave_launch %gathered : memref<?x?xf16, "gathered">
  return
}
