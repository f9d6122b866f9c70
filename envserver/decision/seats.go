package decision

import (
	"fmt"
	"sync"
	"time"

	"trailblazer/envserver"
)

// sweepEvery is how often calls look for seats whose lease is over. They are out
// of reach from the moment it ends.
const sweepEvery = time.Second

// usage is what is open, of the service or of one owner.
type usage struct{ seats, environments int }

// check returns an error if one more seat of n environments is too much.
func (limit usage) check(used usage, n int, of string) error {
	what, open, want, most := "seats", used.seats, 1, limit.seats
	if open+want <= most {
		what, open, want, most = "environments", used.environments, n, limit.environments
	}
	if open+want <= most {
		return nil
	}
	return envserver.Exhausted(fmt.Errorf("too many %s of %s: %d open and %d asked for, %d allowed; close some or retry later", what, of, open, want, most), time.Second)
}

// seats is the table of those that are open.
type seats struct {
	clock        envserver.Clock
	total, owner usage // What may be open.

	mu     sync.Mutex
	byID   map[string]*seat
	owners map[string]*usage
	open   usage
	swept  time.Time
}

func newSeats(o *Options) *seats {
	return &seats{
		clock:  o.Clock,
		total:  usage{o.MaxSeats, o.MaxEnvironments},
		owner:  usage{o.MaxOwnerSeats, o.MaxOwnerEnvironments},
		byID:   map[string]*seat{},
		owners: map[string]*usage{},
		swept:  o.Clock.Now(),
	}
}

// reserve makes room for a seat of n environments. It must be used with put, or
// released.
func (t *seats) reserve(owner string, n int) error {
	t.sweep()
	t.mu.Lock()
	defer t.mu.Unlock()
	used := t.owners[owner]
	if used == nil {
		used = new(usage)
	}
	if owner != "" {
		if err := t.owner.check(*used, n, fmt.Sprintf("owner %q", owner)); err != nil {
			return err
		}
	}
	if err := t.total.check(t.open, n, "all owners"); err != nil {
		return err
	}
	t.owners[owner] = used
	used.seats++
	used.environments += n
	t.open.seats++
	t.open.environments += n
	return nil
}

// release gives back what reserve made room for.
func (t *seats) release(owner string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.releaseLocked(owner, n)
}

func (t *seats) releaseLocked(owner string, n int) {
	used := t.owners[owner]
	used.seats--
	used.environments -= n
	if *used == (usage{}) {
		delete(t.owners, owner)
	}
	t.open.seats--
	t.open.environments -= n
}

func (t *seats) put(s *seat) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byID[s.id] = s
}

// get finds an owner's seat and renews its lease.
func (t *seats) get(owner, id string) (*seat, error) {
	t.sweep()
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.byID[id]
	if s == nil || s.owner != owner || s.expired(now) {
		return nil, envserver.Gone("seat", id)
	}
	s.touch(now)
	return s, nil
}

// remove takes a seat out of the table; it reports whether it was there.
func (t *seats) remove(s *seat) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byID[s.id] != s {
		return false
	}
	delete(t.byID, s.id)
	t.releaseLocked(s.owner, s.n)
	return true
}

// sweep frees the seats whose lease is over. One that is being used is left
// alone: leaving it renews its lease.
func (t *seats) sweep() {
	now := t.clock.Now()
	t.mu.Lock()
	if now.Sub(t.swept) < sweepEvery {
		t.mu.Unlock()
		return
	}
	t.swept = now
	var over []*seat
	for _, s := range t.byID {
		if s.expired(now) {
			over = append(over, s)
		}
	}
	t.mu.Unlock()
	for _, s := range over {
		if s.tryEnter() {
			s.close(t)
			s.leave(now)
		}
	}
}

func (t *seats) used() usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open
}
