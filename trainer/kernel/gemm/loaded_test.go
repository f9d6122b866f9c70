//go:build (darwin || linux) && (amd64 || arm64) && !noblas

package gemm

import (
	"sync"
	"testing"
)

// loaded are the OpenBLAS libraries at hand, as they are and without our kernels
// for little products.
func loaded() []Backend {
	b, _, err := openLibrary(libraryPath(""))
	if err != nil {
		return nil
	}
	whole, _, _ := openLibrary(libraryPath(""))
	whole.(*openBLAS).littleWork = 0
	return []Backend{b, whole}
}

// TestOneCall: a library without locks gets one call at a time.
func TestOneCall(t *testing.T) {
	list := loaded()
	if len(list) == 0 {
		t.Skip("no OpenBLAS here")
	}
	b := list[1].(*openBLAS)
	b.one = new(sync.Mutex)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() { grow(b, 10) })
	}
	group.Wait()
}
