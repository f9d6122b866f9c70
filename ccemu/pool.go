package ccemu

// pool lends numbered items whose memory is reused, slices within them
// included.
type pool[T any] struct {
	items  []*T
	unused []int64
}

// clear takes all items back.
func (p *pool[T]) clear() {
	p.unused = p.unused[:0]
	for i := range p.items {
		p.unused = append(p.unused, int64(i))
	}
}

func (p *pool[T]) take() int64 {
	if n := len(p.unused); n > 0 {
		tag := p.unused[n-1]
		p.unused = p.unused[:n-1]
		return tag
	}
	p.items = append(p.items, new(T))
	return int64(len(p.items) - 1)
}

func (p *pool[T]) at(tag int64) *T { return p.items[tag] }
func (p *pool[T]) free(tag int64)  { p.unused = append(p.unused, tag) }
