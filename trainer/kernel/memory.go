package kernel

import "math/bits"

// arena lends buffers of float32 and takes them back, by classes of size: four
// to each doubling, so that at most a fifth of a buffer is unused and batches
// whose sizes differ a little share buffers.
type arena struct {
	free [4 * 64][][]float32
	// lent are the buffers to take back all at once.
	lent [][]float32
	// made is how many numbers all buffers hold.
	made int
}

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

// take lends a buffer whose contents are arbitrary, until put. Rather than make
// one it lends one of up to twice the size.
func (a *arena) take(n int) []float32 {
	index, length := class(n)
	for i := index; i <= min(index+4, len(a.free)-1); i++ {
		if stack := a.free[i]; len(stack) > 0 {
			last := len(stack) - 1
			a.free[i] = stack[:last]
			return stack[last][:n]
		}
	}
	a.made += length
	return make([]float32, length)[:n]
}

// put takes one back.
func (a *arena) put(buffer []float32) {
	index, _ := class(cap(buffer))
	a.free[index] = append(a.free[index], buffer)
}

// keep lends a buffer until reset.
func (a *arena) keep(n int) []float32 {
	buffer := a.take(n)
	a.lent = append(a.lent, buffer)
	return buffer
}

// reset takes back all that were lent by keep.
func (a *arena) reset() {
	for i, buffer := range a.lent {
		a.put(buffer)
		a.lent[i] = nil
	}
	a.lent = a.lent[:0]
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
