// Package parameter describes the numbers that policies, controllers and other
// things with names take.
package parameter

// Parameter is one number.
type Parameter struct {
	Key     string
	Meaning string
	Default float64
	// Low and High bound it; Integer says that it is a whole number.
	Low, High float64
	Integer   bool
}
