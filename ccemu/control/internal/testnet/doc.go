// Package testnet is a small network to test controllers on: flows with one
// [Controller] each share a FIFO [Link] whose rate may step, with a drop-tail
// queue, propagation both ways, and reports at regular times. Everything is
// deterministic: nothing is drawn.
package testnet
