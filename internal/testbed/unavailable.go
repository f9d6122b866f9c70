package testbed

import "fmt"

// Unavailable says why this machine cannot have a testbed.
type Unavailable struct {
	// What could not be done, and Cause.
	What  string
	Cause error
}

func unavailable(what string, cause error) error { return &Unavailable{what, cause} }

// Error names the remedy too.
func (e *Unavailable) Error() string {
	return fmt.Sprintf("cannot %s: %v; run as root (CAP_SYS_ADMIN and CAP_NET_ADMIN) on a Linux kernel with network namespaces, veth and tbf", e.What, e.Cause)
}

// Unwrap returns the cause.
func (e *Unavailable) Unwrap() error { return e.Cause }
