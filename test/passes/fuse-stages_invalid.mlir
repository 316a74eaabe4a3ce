// RUN: dovetail-opt %s --fuse-stages --split-input-file --verify-diagnostics
// What cannot be fused. How a stage must fill a gathered matrix is the same for materialize-barriers, and tested here.

module attributes {dovetail.schedule = {chunk = 0 : i64}} {
  func.func @chunk_without_rows(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
    // expected-error @below {{a chunk has at least 1 row, not 0}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @nothing_fills(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
    // expected-error @below {{a gathered matrix is filled by one stage, not by 0}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @two_fill(%x1: memref<?x?xf16>, %i: index) attributes {dovetail.kernel} {
    // expected-error @below {{a gathered matrix is filled by one stage, not by 2}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %tile = dovetail.load %x1[%i, %i] of %i : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
      dovetail.store %tile, %gathered[%i, %i] of %i : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
      scf.yield
    } {dovetail.stage = "one"}
    scf.execute_region {
      %tile = dovetail.load %x1[%i, %i] of %i : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
      dovetail.store %tile, %gathered[%i, %i] of %i : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
      scf.yield
    } {dovetail.stage = "two"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @fills_some_of_the_rows(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
    // expected-note @below {{the gathered matrix}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c16 = arith.constant 16 : index
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c16 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          // expected-error @below {{a stage that fills a gathered matrix copies each tile of each rank to its own place, and does no more}}
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @fills_from_another_rank(%x1: memref<?x?xf16>, %other: index) attributes {dovetail.kernel} {
    // expected-note @below {{the gathered matrix}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c16 = arith.constant 16 : index
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %other : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          // expected-error @below {{copies each tile of each rank to its own place, and does no more}}
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @does_more_than_filling(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
    // expected-note @below {{the gathered matrix}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c16 = arith.constant 16 : index
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
          // expected-error @below {{copies each tile of each rank to its own place, and does no more}}
          dovetail.store %tile, %output[%i, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @reads_before_it_is_filled(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      scf.for %i = %c0 to %rows step %c16 {
        // expected-error @below {{reads a gathered matrix before the stage that fills it}}
        %tile = dovetail.load %gathered[%i, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x?xf16>
        dovetail.store %tile, %output[%i, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "early"}
    // expected-note @below {{filled here}}
    scf.execute_region {
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @reads_a_row_from_elsewhere(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    // expected-note @below {{the gathered matrix}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      // expected-error @below {{a stage can be fused where it reads the gathered matrix in a loop over all of its rows; this load takes its row from elsewhere}}
      %tile = dovetail.load %gathered[%c16, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x?xf16>
      dovetail.store %tile, %output[%c16, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
      scf.yield
    } {dovetail.stage = "read"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @skips_the_first_rows(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    // expected-note @below {{the gathered matrix}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      scf.for %i = %c16 to %rows step %c16 {
        // expected-error @below {{this load takes its row from elsewhere}}
        %tile = dovetail.load %gathered[%i, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x?xf16>
        dovetail.store %tile, %output[%i, %c0] : !dovetail.tile<16x?xf16>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "read"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @rows_are_not_the_outer_loop(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    // expected-note @below {{the gathered matrix}}
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      %m = dovetail.size "m"
      scf.for %j = %c0 to %m step %c16 {
        scf.for %i = %c0 to %rows step %c16 {
          // expected-error @below {{this load takes its row from elsewhere}}
          %tile = dovetail.load %gathered[%i, %j] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x16xf16>
          dovetail.store %tile, %output[%i, %j] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
        }
      }
      scf.yield
    } {dovetail.stage = "read"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @uses_a_row_as_a_column(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      scf.for %i = %c0 to %rows step %c16 {
        %tile = dovetail.load %gathered[%i, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x16xf16>
        // expected-error @below {{in a stage that is fused, rows are only where tiles are loaded and stored}}
        dovetail.store %tile, %output[%i, %i] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "read"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @stores_elsewhere(%x1: memref<?x?xf16>, %output: memref<?x?xf16>) attributes {dovetail.kernel} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      scf.for %i = %c0 to %rows step %c16 {
        %tile = dovetail.load %gathered[%i, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x16xf16>
        // expected-error @below {{a stage that is fused stores to the rows that it reads; this store goes elsewhere}}
        dovetail.store %tile, %output[%c0, %c0] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "read"}
    return
  }
}

// -----

module attributes {dovetail.schedule = {chunk = 64 : i64}} {
  func.func @reads_what_an_earlier_stage_writes(%x1: memref<?x?xf16>, %output: memref<?x?xf16>, %last: memref<?x?xf16>) attributes {dovetail.kernel} {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c16 = arith.constant 16 : index
    %gathered = dovetail.gathered %x1 : memref<?x?xf16> -> memref<?x?xf16, "gathered">
    scf.execute_region {
      %ranks = dovetail.ranks
      %m = dovetail.size "m"
      scf.for %rank = %c0 to %ranks step %c1 {
        scf.for %i = %c0 to %m step %c16 {
          %tile = dovetail.load %x1[%i, %c0] of %rank : memref<?x?xf16> -> !dovetail.tile<16x?xf16>
          dovetail.store %tile, %gathered[%i, %c0] of %rank : !dovetail.tile<16x?xf16>, memref<?x?xf16, "gathered">
        }
      }
      scf.yield
    } {dovetail.stage = "gather"}
    scf.execute_region {
      %tile = dovetail.load %x1[%c0, %c0] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
      // expected-note @below {{written here}}
      dovetail.store %tile, %output[%c0, %c0] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
      scf.yield
    } {dovetail.stage = "before"}
    scf.execute_region {
      %rows = dovetail.rows %gathered : memref<?x?xf16, "gathered">
      scf.for %i = %c0 to %rows step %c16 {
        %tile = dovetail.load %gathered[%i, %c0] : memref<?x?xf16, "gathered"> -> !dovetail.tile<16x16xf16>
        // expected-error @below {{a stage that is fused reads no matrix that a stage before it writes}}
        %written = dovetail.load %output[%i, %c0] : memref<?x?xf16> -> !dovetail.tile<16x16xf16>
        dovetail.store %written, %last[%i, %c0] : !dovetail.tile<16x16xf16>, memref<?x?xf16>
      }
      scf.yield
    } {dovetail.stage = "read"}
    return
  }
}

// -----

// expected-error @below {{the module's attribute dovetail.schedule does not say 'chunk'}}
module attributes {dovetail.schedule = {slots = 2 : i64}} {
  func.func @schedule_without_chunk(%x1: memref<?x?xf16>) attributes {dovetail.kernel} {
    return
  }
}
