package traj

import (
	"math"

	"trailblazer/api/env"
)

// WithoutInfo tells an episode that was added without its infos: then they are
// NaN where that is possible, and else zero.
func (e *Episode) WithoutInfo() bool {
	floats := false
	for _, f := range []*Frame{e.Initial, e.Steps} {
		for i, field := range f.Fields {
			if field.Role != RoleInfo {
				continue
			}
			blank := true
			switch v := &f.Values[i]; field.Leaf.DType {
			case env.Float64:
				floats = true
				for _, x := range Of[float64](v) {
					blank = blank && math.IsNaN(x)
				}
			case env.Float32:
				floats = true
				for _, x := range Of[float32](v) {
					blank = blank && math.IsNaN(float64(x))
				}
			default:
				for _, b := range v.Data {
					blank = blank && b == 0
				}
			}
			if !blank {
				return false
			}
		}
	}
	return floats
}
