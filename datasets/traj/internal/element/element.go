// Package element says how Parquet holds the elements of arrays.
package element

import (
	"github.com/parquet-go/parquet-go"

	"trailblazer/api/env"
)

// Node is the Parquet type of an element: narrow integers are INT32 with their
// logical type.
func Node(d env.DType) parquet.Node {
	switch d {
	case env.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case env.Int8:
		return parquet.Int(8)
	case env.Uint8:
		return parquet.Uint(8)
	case env.Int32:
		return parquet.Int(32)
	case env.Int64:
		return parquet.Int(64)
	case env.Float32:
		return parquet.Leaf(parquet.FloatType)
	}
	return parquet.Leaf(parquet.DoubleType)
}
