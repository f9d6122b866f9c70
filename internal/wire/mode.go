package wire

import (
	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// FromMode returns the message's name of an autoreset mode.
func FromMode(m env.AutoresetMode) trailblazerv1.AutoresetMode {
	switch m {
	case env.NextStep:
		return trailblazerv1.AutoresetMode_AUTORESET_MODE_NEXT_STEP
	case env.SameStep:
		return trailblazerv1.AutoresetMode_AUTORESET_MODE_SAME_STEP
	case env.Disabled:
		return trailblazerv1.AutoresetMode_AUTORESET_MODE_DISABLED
	}
	return trailblazerv1.AutoresetMode_AUTORESET_MODE_UNSPECIFIED
}

// ToMode returns the autoreset mode of a message, NextStep where it has none.
func ToMode(m trailblazerv1.AutoresetMode) env.AutoresetMode {
	switch m {
	case trailblazerv1.AutoresetMode_AUTORESET_MODE_SAME_STEP:
		return env.SameStep
	case trailblazerv1.AutoresetMode_AUTORESET_MODE_DISABLED:
		return env.Disabled
	}
	return env.NextStep
}
