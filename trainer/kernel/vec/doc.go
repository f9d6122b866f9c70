// Package vec computes on slices of float32 everything that networks need but
// matrix products: elementwise functions, norms and softmax of rows, forward
// and backward, and the optimizer's step.
//
// # The same bits
//
// Every function gives the same bits with AVX-512, with AVX2 and in plain Go:
// products are rounded before they are added, and sums have one order: number i
// goes to partial sum i mod 16, and partial sums are added in a fixed tree
// ([lanes]). Only NaNs may differ, in their sign and payload.
//
// # Conventions
//
// Slices of one call have the same length, that of the first; a shorter one
// panics. A result may be one of the inputs, starting at the same element, but
// may not overlap one in any other way. Functions write their result; those
// that end in Backward add it to the gradients that they are given, unless they
// say otherwise. Nothing allocates, and nothing starts goroutines. The scheduler
// can't interrupt a call: whoever has many millions of numbers cuts them.
//
// # Errors
//
// NaN in gives NaN out. e^x, and what is made of it, is 0 below -87.68.
//
// # Reading the source
//
// Each exported function stands beside its inner loop in plain Go, which ends
// in Plain. The command gen writes the same loops in assembly, for each level of
// SIMD, from a description that follows the plain one operation by operation;
// a test compares their bits. DESIGN.md says why.
package vec

//go:generate go run ./gen
