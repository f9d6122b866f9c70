package kernel

import (
	"math/bits"
	"slices"
)

// arena lends buffers of float32, cut from chunks that serve all passes one after
// another: what it holds is what the largest pass needs, however much passes
// differ, as those of several tasks do. Within a pass it lends again what came
// back, by classes of size: four to each doubling, so that at most a fifth of a
// buffer is unused.
type arena struct {
	chunks []chunk
	free   [4 * 64][][]float32
	// made is how many numbers all chunks hold.
	made int
}

// chunk is memory whose first numbers, as many as used, are lent or were.
type chunk struct {
	numbers []float32
	used    int
}

const (
	// A chunk has as many numbers at least, which is 64 KB.
	leastChunk = 1 << 14
	// Buffers begin at a multiple of as many numbers: at a cache line.
	lineNumbers = 16
)

// class is the smallest class whose buffers hold n, and their length.
func class(n int) (index, length int) {
	if n <= 16 {
		return 0, 16
	}
	doubling := bits.Len(uint(n-1)) - 1 // n is above 2^doubling
	quarter := 1 << (doubling - 2)
	above := (n - 1 - 1<<doubling) / quarter // 0 to 3
	return 4*(doubling-4) + above + 1, 1<<doubling + (above+1)*quarter
}

// take lends a buffer whose contents are arbitrary, until put or reset. Rather
// than cut one it lends one of up to twice the size.
func (a *arena) take(n int) []float32 {
	index, length := class(n)
	for i := index; i <= min(index+4, len(a.free)-1); i++ {
		if stack := a.free[i]; len(stack) > 0 {
			last := len(stack) - 1
			a.free[i] = stack[:last]
			return stack[last][:n]
		}
	}
	return a.cut(length)[:n]
}

// cut takes a buffer from the first chunk with room for it. A new chunk has at
// least a quarter of what there is, so that they stay few.
func (a *arena) cut(length int) []float32 {
	at := slices.IndexFunc(a.chunks, func(c chunk) bool { return length <= len(c.numbers)-c.used })
	if at < 0 {
		at = len(a.chunks)
		size := max(length, a.made/4, leastChunk)
		a.made += size
		a.chunks = append(a.chunks, chunk{numbers: make([]float32, size)})
	}
	c := &a.chunks[at]
	low := c.used
	c.used = min(len(c.numbers), (low+length+lineNumbers-1)/lineNumbers*lineNumbers)
	return c.numbers[low : low+length : low+length]
}

// put takes one back before reset does.
func (a *arena) put(buffer []float32) {
	index, _ := class(cap(buffer))
	a.free[index] = append(a.free[index], buffer)
}

// reset takes back all that were lent.
func (a *arena) reset() {
	for i := range a.free {
		a.free[i] = a.free[i][:0]
	}
	for i := range a.chunks {
		a.chunks[i].used = 0
	}
}

// pool lends records of one type. All come back when the tape begins anew.
type pool[T any] struct {
	records []*T
	used    int
	step    uint64
}

// take lends a record, which still holds what its last user wrote.
func (p *pool[T]) take(t *Tape) *T {
	if p.step != t.step {
		p.step, p.used = t.step, 0
	}
	if p.used == len(p.records) {
		p.records = append(p.records, new(T))
	}
	record := p.records[p.used]
	p.used++
	return record
}
