//go:build (darwin || linux) && (amd64 || arm64) && !noblas

package gemm

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// openBLAS multiplies with a library that was loaded while running. It calls
// Fortran's SGEMM, whose arguments are all addresses, as plain calls carry no
// floats; integers are little-endian here, so that the address of an int64
// serves libraries with 32-bit integers too.
type openBLAS struct {
	description string
	sgemm       uintptr
	// little does products of up to littleWork multiplications, which aren't
	// worth a call.
	little     *native
	littleWork int
	// one lets one call in at a time where the library is built for one thread
	// and without locks of its own; else nil.
	one   *sync.Mutex
	calls sync.Pool
}

// call holds what addresses point at during one. Its pointers keep operands on
// the heap, where nothing moves.
type call struct {
	transA, transB                  byte
	rows, columns, k, lda, ldb, ldc int64
	alpha, beta                     float32
	a, b, c                         *float32
	arguments                       [15]uintptr
}

// libraries are the usual names.
func libraries() []string {
	if runtime.GOOS == "darwin" {
		return []string{
			"libopenblas.dylib",
			"/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
			"/usr/local/opt/openblas/lib/libopenblas.dylib",
			"/opt/local/lib/libopenblas.dylib",
		}
	}
	return []string{
		"libopenblas.so.0", "libopenblasp.so.0", "libopenblaso.so.0", "libopenblas.so",
		"libopenblas64.so.0", "libopenblas64_.so.0", "libopenblasp64.so.0", "libopenblasp64_.so.0",
	}
}

// loadOpenBLAS opens a library by its path or name. The error says what is wrong
// with it.
func loadOpenBLAS(library string) (Backend, error) {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("it can't be loaded (%w)", err)
	}
	// Builds differ in their symbols: those with 64-bit integers often end so,
	// and those that come with NumPy and SciPy begin so too.
	for _, affix := range [][2]string{{"", ""}, {"", "64_"}, {"scipy_", ""}, {"scipy_", "64_"}} {
		sgemm, err := purego.Dlsym(handle, affix[0]+"sgemm_"+affix[1])
		if err != nil {
			continue
		}
		symbol := func(name string) (uintptr, error) {
			return purego.Dlsym(handle, affix[0]+"openblas_"+name+affix[1])
		}
		config, err := symbol("get_config")
		if err != nil {
			continue // another BLAS
		}
		b := newOpenBLAS(sgemm, config, symbol)
		if err := tryOut(b); err != nil {
			return nil, err
		}
		return b, nil
	}
	_ = purego.Dlclose(handle)
	return nil, errors.New("it is no OpenBLAS: it lacks sgemm or openblas_get_config")
}

func newOpenBLAS(sgemm, config uintptr, symbol func(name string) (uintptr, error)) *openBLAS {
	b := &openBLAS{sgemm: sgemm, little: newNative(available()[0])}
	b.calls.New = func() any { return new(call) }
	var text func() string
	purego.RegisterFunc(&text, config)
	b.littleWork = 1 << 10
	if b.little.vectors() {
		b.littleWork = 1 << 17
	}
	words := strings.Fields(text())
	b.description = strings.Join(words[:min(2, len(words))], " ")
	if core, err := symbol("get_corename"); err == nil {
		purego.RegisterFunc(&text, core)
		b.description += " " + text()
	}
	if core := os.Getenv("OPENBLAS_CORETYPE"); core != "" {
		b.description += " (OPENBLAS_CORETYPE is " + core + ")"
	}
	joined := strings.Join(words, " ")
	if strings.Contains(joined, "SINGLE_THREADED") && !strings.Contains(joined, "USE_LOCKING") {
		b.one = new(sync.Mutex)
	}
	// Work is shared by workers of ours.
	if threads, err := symbol("set_num_threads"); err == nil {
		purego.SyscallN(threads, 1)
	}
	return b
}

// tryOut multiplies small integers, for which any order of sums is exact, and
// so finds out whether the library is what it seems to be.
func tryOut(b *openBLAS) error {
	const m, n, k = 3, 5, 4
	var x [m * k]float32
	var y [k * n]float32
	for i := range x {
		x[i] = float32(i%7 - 3)
	}
	for i := range y {
		y[i] = float32(i%5 - 2)
	}
	var got, want [m * n]float32
	for _, trans := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
		lda, ldb := k, n
		if trans[0] {
			lda = m
		}
		if trans[1] {
			ldb = k
		}
		for i := range got {
			got[i], want[i] = float32(i), float32(i)
		}
		b.call(trans[0], trans[1], m, n, k, 2, x[:], lda, y[:], ldb, -1, got[:], n)
		b.little.Multiply(trans[0], trans[1], m, n, k, 2, x[:], lda, y[:], ldb, -1, want[:], n)
		if got != want {
			return fmt.Errorf("it multiplies wrongly: %v instead of %v", got, want)
		}
	}
	return nil
}

// Description implements Backend.
func (b *openBLAS) Description() string { return b.description }

// Multiply implements Backend.
func (b *openBLAS) Multiply(transA, transB bool, m, n, k int, alpha float32, x []float32, lda int, y []float32, ldb int, beta float32, c []float32, ldc int) {
	if m*n*k <= b.littleWork {
		b.little.Multiply(transA, transB, m, n, k, alpha, x, lda, y, ldb, beta, c, ldc)
		return
	}
	check(transA, transB, m, n, k, len(x), lda, len(y), ldb, len(c), ldc)
	b.call(transA, transB, m, n, k, alpha, x, lda, y, ldb, beta, c, ldc)
}

// call computes the transposed product, as Fortran's matrices are column-major:
// there the operands change places. None of the sizes is 0.
func (b *openBLAS) call(transA, transB bool, m, n, k int, alpha float32, x []float32, lda int, y []float32, ldb int, beta float32, c []float32, ldc int) {
	s := b.calls.Get().(*call)
	s.transA, s.transB = letter(transB), letter(transA)
	s.rows, s.columns, s.k = int64(n), int64(m), int64(k)
	s.lda, s.ldb, s.ldc = int64(ldb), int64(lda), int64(ldc)
	s.alpha, s.beta = alpha, beta
	s.a, s.b, s.c = &y[0], &x[0], &c[0]
	s.arguments = [15]uintptr{
		uintptr(unsafe.Pointer(&s.transA)), uintptr(unsafe.Pointer(&s.transB)),
		uintptr(unsafe.Pointer(&s.rows)), uintptr(unsafe.Pointer(&s.columns)), uintptr(unsafe.Pointer(&s.k)),
		uintptr(unsafe.Pointer(&s.alpha)),
		uintptr(unsafe.Pointer(s.a)), uintptr(unsafe.Pointer(&s.lda)),
		uintptr(unsafe.Pointer(s.b)), uintptr(unsafe.Pointer(&s.ldb)),
		uintptr(unsafe.Pointer(&s.beta)),
		uintptr(unsafe.Pointer(s.c)), uintptr(unsafe.Pointer(&s.ldc)),
		1, 1, // lengths of the texts
	}
	if b.one != nil {
		b.one.Lock()
		defer b.one.Unlock()
	}
	purego.SyscallN(b.sgemm, s.arguments[:]...)
	s.a, s.b, s.c = nil, nil, nil // alive until here
	b.calls.Put(s)
}

func letter(trans bool) byte {
	if trans {
		return 'T'
	}
	return 'N'
}
