package experience

import (
	"fmt"
	"sync"
	"time"

	"trailblazer/envserver"
)

// places are those for pulls: so many in total, and for each owner.
type places struct {
	total, each int

	mu     sync.Mutex
	taken  int
	owners map[string]int
}

// enter takes a place. Every enter that returns nil needs a leave. Calls without
// an owner share all places.
func (p *places) enter(owner string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.owners[owner]; n >= p.each && owner != "" {
		return full(fmt.Sprintf("%d pulls of %s are running", n, owner))
	}
	if p.taken >= p.total {
		return full(fmt.Sprintf("%d pulls are running", p.taken))
	}
	p.taken++
	p.owners[owner]++
	return nil
}

func (p *places) leave(owner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.owners[owner]--; p.owners[owner] == 0 {
		delete(p.owners, owner)
	}
}

// full says that there is no place.
func full(reason string) error {
	return envserver.Exhausted(fmt.Errorf("%s, which is the limit: end one or retry later", reason), time.Second)
}
