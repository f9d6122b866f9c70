package wire

import (
	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// FromDType returns the message's name of an element type.
func FromDType(d env.DType) trailblazerv1.DataType {
	switch d {
	case env.Bool:
		return trailblazerv1.DataType_DATA_TYPE_BOOL
	case env.Int8:
		return trailblazerv1.DataType_DATA_TYPE_INT8
	case env.Uint8:
		return trailblazerv1.DataType_DATA_TYPE_UINT8
	case env.Int32:
		return trailblazerv1.DataType_DATA_TYPE_INT32
	case env.Int64:
		return trailblazerv1.DataType_DATA_TYPE_INT64
	case env.Float32:
		return trailblazerv1.DataType_DATA_TYPE_FLOAT32
	case env.Float64:
		return trailblazerv1.DataType_DATA_TYPE_FLOAT64
	}
	return trailblazerv1.DataType_DATA_TYPE_UNSPECIFIED
}

// ToDType returns the element type of a message, or 0 for one that is unknown.
func ToDType(d trailblazerv1.DataType) env.DType {
	switch d {
	case trailblazerv1.DataType_DATA_TYPE_BOOL:
		return env.Bool
	case trailblazerv1.DataType_DATA_TYPE_INT8:
		return env.Int8
	case trailblazerv1.DataType_DATA_TYPE_UINT8:
		return env.Uint8
	case trailblazerv1.DataType_DATA_TYPE_INT32:
		return env.Int32
	case trailblazerv1.DataType_DATA_TYPE_INT64:
		return env.Int64
	case trailblazerv1.DataType_DATA_TYPE_FLOAT32:
		return env.Float32
	case trailblazerv1.DataType_DATA_TYPE_FLOAT64:
		return env.Float64
	}
	return 0
}
