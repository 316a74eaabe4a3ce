// RUN: dovetail-opt %s --order-tiles --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s
// RUN: dovetail-opt %s --order-tiles=order=rank --split-input-file --mlir-use-nameloc-as-prefix | filecheck %s --check-prefix=RANK
// Peers and groups become arithmetic: whom a rank serves first, and which rows it multiplies first.

module attributes {dovetail.machine = "Ascend910B3", dovetail.schedule = {order = "arrival", tile = [16, 32, 32]}} {
  // CHECK-LABEL: func.func @peers
  // RANK-LABEL:  func.func @peers
  func.func @peers(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"), %position: index loc("position")) {
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")

    // By arrival: as a destination position p of rank r is r - p, as a source r + p, modulo the ranks.
    // CHECK:      %[[A:.*]] = arith.addi %rank, %ranks
    // CHECK-NEXT: %[[B:.*]] = arith.subi %[[A]], %position
    // CHECK-NEXT: %destination = arith.remsi %[[B]], %ranks
    // CHECK-NEXT: dovetail.arrive %gathered[%position] at %destination
    // By number: position p is p - 1 for the ranks before the own one, and p for those behind.
    // RANK:      %[[BEFORE:.*]] = arith.cmpi sle, %position, %rank
    // RANK:      %[[PREVIOUS:.*]] = arith.subi %position, %c1
    // RANK-NEXT: %destination = arith.select %[[BEFORE]], %[[PREVIOUS]], %position
    // RANK-NEXT: dovetail.arrive %gathered[%position] at %destination
    %to = dovetail.peer %gathered to %position : memref<?x?xf16, "gathered">
    dovetail.arrive %gathered[%position] at %to : memref<?x?xf16, "gathered">

    // CHECK:      %[[C:.*]] = arith.addi %rank_{{[0-9]+}}, %position
    // CHECK-NEXT: %source = arith.remsi %[[C]], %ranks_{{[0-9]+}}
    // CHECK-NEXT: dovetail.release %gathered[%position] to %source
    // RANK:      %[[BEFORE:.*]] = arith.cmpi sle, %position, %rank_{{[0-9]+}}
    // RANK:      %source = arith.select %[[BEFORE]], %{{.*}}, %position
    // RANK-NEXT: dovetail.release %gathered[%position] to %source
    %from = dovetail.peer %gathered from %position : memref<?x?xf16, "gathered">
    dovetail.release %gathered[%position] to %from : memref<?x?xf16, "gathered">
    return
  }
}

// -----

module attributes {dovetail.machine = "Ascend910B3", dovetail.schedule = {order = "arrival", tile = [16, 32, 32]}} {
  // CHECK-LABEL: func.func @groups
  // RANK-LABEL:  func.func @groups
  func.func @groups(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"), %group: index loc("group")) {
    %gathered = dovetail.gathered %x1 {chunk = 64 : i64} : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")

    // By arrival: one for the own rows and one for each chunk of each peer. But if all chunks are one that does not fill
    // its last tile, and the cube core can be told of all ranks at once, there are three: own rows, ranks behind, ranks
    // before.
    // CHECK:      %peers = arith.subi %ranks, %c1
    // CHECK-NEXT: %[[OTHERS:.*]] = arith.muli %chunks, %peers
    // CHECK:      %[[EACH:.*]] = arith.addi %[[OTHERS]], %c1
    // CHECK:      %[[LAST:.*]] = arith.remsi %m, %c16
    // CHECK:      %[[RAGGED:.*]] = arith.cmpi ne, %[[LAST]], %c0
    // CHECK:      %[[TOLD:.*]] = arith.cmpi sle, %ranks{{.*}}, %c15
    // CHECK:      %[[ONE:.*]] = arith.cmpi eq, %chunks, %c1
    // CHECK-NEXT: %[[AT_ONCE:.*]] = arith.andi %[[ONE]], %[[TOLD]]
    // CHECK-NEXT: %spanning = arith.andi %[[AT_ONCE]], %[[RAGGED]]
    // CHECK:      %groups = arith.select %spanning, %c3, %[[EACH]]
    // RANK:       %groups = arith.muli %chunks, %ranks
    %groups = dovetail.groups %gathered : memref<?x?xf16, "gathered">

    // By arrival: the own rows need no arrival and are read where they lie.
    // CHECK:      %[[IS_FIRST:.*]] = arith.cmpi eq, %group, %c0
    // CHECK-NEXT: %[[ROWS:.*]]:4 = scf.if %[[IS_FIRST]] -> (memref<?x?xf16>, index, index, index) {
    // CHECK-NEXT:   %[[OWN:.*]] = arith.muli %rank, %[[M:m[_0-9]*]]
    // CHECK-NEXT:   %[[NONE:.*]] = arith.constant 0
    // CHECK-NEXT:   scf.yield %x1, %[[OWN]], %[[M]], %[[NONE]]
    // CHECK-NEXT: } else {
    // Those of the ranks behind lie one below the other, from rank + 1 on; those of the ranks before from 0 on.
    // CHECK-NEXT:   scf.if %spanning{{.*}} {
    // CHECK:          %behind = arith.cmpi eq, %group, %c1
    // CHECK:          %[[NEXT:.*]] = arith.addi %rank, %c1
    // CHECK:          %source = arith.select %behind, %[[NEXT]], %c0
    // CHECK-NEXT:     %[[COUNT:.*]] = arith.subi %[[RANKS:ranks[_0-9]*]], %source
    // CHECK-NEXT:     %sources = arith.select %behind, %[[COUNT]], %rank
    // CHECK-NEXT:     %[[ALL:.*]] = arith.muli %sources, %[[M]]
    // CHECK:          %[[PART:.*]] = dovetail.part %gathered[%c0{{.*}}] of %source
    // CHECK-NEXT:     %[[FIRST:.*]] = arith.muli %source, %[[M]]
    // CHECK-NEXT:     scf.yield %[[PART]], %[[FIRST]], %[[ALL]], %sources
    // Else one chunk: each in turn, of the peers in the order in which they are expected. The last may have fewer rows.
    // CHECK-NEXT:   } else {
    // CHECK:          %place = arith.subi %group, %c1
    // CHECK:          %chunk = arith.divsi %place, %[[PEERS:.*]] :
    // CHECK-NEXT:     %[[D:.*]] = arith.remsi %place, %[[PEERS]]
    // CHECK:          %[[E:.*]] = arith.addi %[[D]], %c1
    // CHECK-NEXT:     %[[F:.*]] = arith.addi %rank, %[[E]]
    // CHECK-NEXT:     %[[SOURCE:.*]] = arith.remsi %[[F]], %[[RANKS]]
    // CHECK-NEXT:     %skipped = arith.muli %chunk, %chunkRows
    // CHECK-NEXT:     %[[LEFT:.*]] = arith.subi %[[M]], %skipped
    // CHECK-NEXT:     %[[COUNT:.*]] = arith.minsi %chunkRows, %[[LEFT]]
    // CHECK-NEXT:     %[[G:.*]] = arith.muli %[[SOURCE]], %[[M]]
    // CHECK-NEXT:     %[[FIRST:.*]] = arith.addi %[[G]], %skipped
    // CHECK-NEXT:     %[[PART:.*]] = dovetail.part %gathered[%chunk] of %[[SOURCE]]
    // CHECK-NEXT:     %[[ONE:.*]] = arith.constant 1
    // CHECK-NEXT:     scf.yield %[[PART]], %[[FIRST]], %[[COUNT]], %[[ONE]]
    // CHECK:      dovetail.await_arrivals %gathered, %[[ROWS]]#3
    // CHECK-NEXT: call @take(%[[ROWS]]#0, %c0{{[_0-9]*}}, %[[ROWS]]#1, %[[ROWS]]#2)

    // By number: chunk by chunk, all ranks. Own chunks are read where they lie.
    // RANK:      %chunk = arith.divsi %group, %ranks
    // RANK-NEXT: %source = arith.remsi %group, %ranks
    // RANK-NEXT: %skipped = arith.muli %chunk, %chunkRows
    // RANK-NEXT: %[[LEFT:.*]] = arith.subi %m, %skipped
    // RANK-NEXT: %count = arith.minsi %chunkRows, %[[LEFT]]
    // RANK-NEXT: %[[A:.*]] = arith.muli %source, %m
    // RANK-NEXT: %first = arith.addi %[[A]], %skipped
    // RANK-NEXT: %[[IS_OWN:.*]] = arith.cmpi eq, %source, %rank
    // RANK-NEXT: %[[ROWS:.*]]:3 = scf.if %[[IS_OWN]] -> (memref<?x?xf16>, index, index) {
    // RANK-NEXT:   %[[NONE:.*]] = arith.constant 0
    // RANK-NEXT:   scf.yield %x1, %skipped, %[[NONE]]
    // RANK-NEXT: } else {
    // RANK-NEXT:   %[[PART:.*]] = dovetail.part %gathered[%chunk] of %source
    // RANK-NEXT:   %[[ORIGIN:.*]] = arith.constant 0
    // RANK-NEXT:   %[[ONE:.*]] = arith.constant 1
    // RANK-NEXT:   scf.yield %[[PART]], %[[ORIGIN]], %[[ONE]]
    // RANK:      dovetail.await_arrivals %gathered, %[[ROWS]]#2
    // RANK-NEXT: call @take(%[[ROWS]]#0, %[[ROWS]]#1, %first, %count)
    %rows, %origin, %first, %count, %arrivals = dovetail.group %gathered[%group] : memref<?x?xf16, "gathered"> -> memref<?x?xf16>
    dovetail.await_arrivals %gathered, %arrivals : memref<?x?xf16, "gathered">
    call @take(%rows, %origin, %first, %count) : (memref<?x?xf16>, index, index, index) -> ()
    return
  }
  func.func private @take(memref<?x?xf16>, index, index, index)
}

// -----

// A matrix that travels whole is one group, all of it in the window; the order changes nothing.
module attributes {dovetail.machine = "Ascend910B3", dovetail.schedule = {order = "arrival", tile = [16, 32, 32]}} {
  // CHECK-LABEL: func.func @whole
  // RANK-LABEL:  func.func @whole
  func.func @whole(%x1: memref<?x?xf16> {dovetail.sizes = ["m", "k"]} loc("x1"), %group: index loc("group")) {
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered"> loc("gathered")
    // CHECK:      %[[GROUPS:.*]] = arith.constant 1
    // CHECK:      %count = arith.muli %ranks, %m
    // CHECK:      %[[ROWS:.*]] = dovetail.part %gathered[%[[ZERO:.*]]] of %[[ZERO_TOO:.*]] :
    // CHECK-NEXT: dovetail.await_arrivals %gathered, %ranks
    // CHECK-NEXT: call @take(%[[ROWS]], %[[ZERO_TOO]], %[[ZERO_TOO]], %count, %[[GROUPS]])
    // RANK:       %count = arith.muli %ranks, %m
    // RANK:       dovetail.await_arrivals %gathered, %ranks
    %groups = dovetail.groups %gathered : memref<?x?xf16, "gathered">
    %rows, %origin, %first, %count, %arrivals = dovetail.group %gathered[%group] : memref<?x?xf16, "gathered"> -> memref<?x?xf16>
    dovetail.await_arrivals %gathered, %arrivals : memref<?x?xf16, "gathered">
    call @take(%rows, %origin, %first, %count, %groups) : (memref<?x?xf16>, index, index, index, index) -> ()
    return
  }
  func.func private @take(memref<?x?xf16>, index, index, index, index)
}
