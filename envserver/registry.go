package envserver

import (
	"context"
	"fmt"
	"sync"
	"time"

	"trailblazer/api/env"
)

// registry is the table of sessions, and of what they use up.
type registry struct {
	clock  Clock
	limits limits

	mu       sync.RWMutex
	sessions map[string]*session
	requests map[requestKey]*request
	shared   map[*env.Spec]*shared
	owners   map[string]*usage
	total    usage
	stopped  bool
}

// requestKey is an owner's request_id of a Make or Fork.
type requestKey struct{ owner, id string }

// request is a Make or Fork that has a request_id. It lives as long as the
// session it made.
type request struct {
	key  requestKey
	hash uint64
	// done is closed when session is set, or when the request failed.
	done    chan struct{}
	session *session
}

func newRegistry(clock Clock, limits limits) *registry {
	return &registry{
		clock:    clock,
		limits:   limits,
		sessions: make(map[string]*session),
		requests: make(map[requestKey]*request),
		shared:   make(map[*env.Spec]*shared),
		owners:   make(map[string]*usage),
	}
}

// get finds an owner's session and renews its lease.
func (r *registry) get(owner, id string) (*session, error) {
	now := r.clock.Now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	s := r.sessions[id]
	if s == nil || s.owner != owner || s.expired(now) {
		return nil, &goneError{"session", id}
	}
	s.touch(now)
	return s, nil
}

// list returns an owner's sessions.
func (r *registry) list(owner string) []*session {
	now := r.clock.Now()
	r.mu.RLock()
	defer r.mu.RUnlock()
	var sessions []*session
	for _, s := range r.sessions {
		if s.owner == owner && !s.expired(now) {
			sessions = append(sessions, s)
		}
	}
	return sessions
}

// reservation is room for a session that is being made. It must be settled:
// by commit, or by cancel, which does nothing after a commit.
type reservation struct {
	registry *registry
	owner    string
	n        int
	request  *request
	settled  bool
}

// reserve makes room for a session of n environments. Where the owner's
// request_id has made one already, that session is returned instead; where it
// is just doing so, reserve waits for the outcome.
func (r *registry) reserve(ctx context.Context, owner string, n int, requestID string, hash uint64) (*reservation, *session, error) {
	key := requestKey{owner, requestID}
	for {
		r.mu.Lock()
		earlier := r.requests[key]
		if requestID == "" || earlier == nil {
			reservation, err := r.reserveLocked(owner, n, key, hash)
			r.mu.Unlock()
			return reservation, nil, err
		}
		r.mu.Unlock()
		if earlier.hash != hash {
			return nil, nil, &env.FieldError{Field: "request_id", Value: requestID, Remedy: "give one of its own to each Make and Fork: this one belongs to another"}
		}
		select {
		case <-earlier.done:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
		if earlier.session == nil {
			continue // It failed, and is gone.
		}
		if s, err := r.get(owner, earlier.session.id); err == nil {
			return nil, s, nil
		}
		r.forget(earlier)
	}
}

func (r *registry) reserveLocked(owner string, n int, key requestKey, hash uint64) (*reservation, error) {
	if r.stopped {
		return nil, errStopping
	}
	used := r.owners[owner]
	if used == nil {
		used = new(usage)
	}
	if err := r.limits.owner.check(*used, n); err != nil {
		err.of, err.retryAfter = fmt.Sprintf("owner %q", owner), r.retryAfter(owner)
		return nil, err
	}
	if err := r.limits.total.check(r.total, n); err != nil {
		err.of, err.retryAfter = "all owners", r.retryAfter("")
		return nil, err
	}
	r.owners[owner] = used
	used.sessions++
	used.environments += n
	r.total.sessions++
	r.total.environments += n
	reserved := &reservation{registry: r, owner: owner, n: n}
	if key.id != "" {
		reserved.request = &request{key: key, hash: hash, done: make(chan struct{})}
		r.requests[key] = reserved.request
	}
	return reserved, nil
}

// retryAfter guesses when room may be there: when the first lease of the owner
// (of anybody for "") runs out, but in a second at the earliest and in a minute
// at the latest, since sessions are closed, too.
func (r *registry) retryAfter(owner string) time.Duration {
	now := r.clock.Now()
	wait := time.Minute
	for _, s := range r.sessions {
		if owner == "" || s.owner == owner {
			wait = min(wait, time.Duration(s.expires.Load()-now.UnixNano()))
		}
	}
	return max(wait, time.Second).Round(time.Second)
}

// commit puts the session that the room was reserved for into the table.
func (v *reservation) commit(s *session) error {
	r := v.registry
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return errStopping
	}
	v.settled = true
	s.owner = v.owner
	s.request = v.request
	r.sessions[s.id] = s
	s.shared.sessions++
	r.shared[s.shared.spec] = s.shared
	if v.request != nil {
		v.request.session = s
		close(v.request.done)
	}
	return nil
}

// cancel gives the room back.
func (v *reservation) cancel() {
	if v.settled {
		return
	}
	v.settled = true
	r := v.registry
	r.mu.Lock()
	defer r.mu.Unlock()
	r.release(v.owner, v.n)
	if v.request != nil {
		delete(r.requests, v.request.key)
		close(v.request.done)
	}
}

// release returns what a session used. The caller holds the lock.
func (r *registry) release(owner string, n int) {
	used := r.owners[owner]
	used.sessions--
	used.environments -= n
	if *used == (usage{}) {
		delete(r.owners, owner)
	}
	r.total.sessions--
	r.total.environments -= n
}

// remove takes a session out of the table; it reports whether it was there.
func (r *registry) remove(s *session) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.removeLocked(s)
}

// removeExpired is remove for a session whose lease is still over.
func (r *registry) removeExpired(s *session, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return s.expired(now) && r.removeLocked(s)
}

func (r *registry) removeLocked(s *session) bool {
	if r.sessions[s.id] != s {
		return false
	}
	delete(r.sessions, s.id)
	if s.request != nil && r.requests[s.request.key] == s.request {
		delete(r.requests, s.request.key)
	}
	if s.shared.sessions--; s.shared.sessions == 0 && r.shared[s.shared.spec] == s.shared {
		delete(r.shared, s.shared.spec)
	}
	r.release(s.owner, s.n)
	return true
}

// forget drops a request whose session is over, so that its id can be used
// again.
func (r *registry) forget(old *request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.requests[old.key] == old {
		delete(r.requests, old.key)
	}
}

// expired returns the sessions whose lease is over.
func (r *registry) expired(now time.Time) []*session {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var sessions []*session
	for _, s := range r.sessions {
		if s.expired(now) {
			sessions = append(sessions, s)
		}
	}
	return sessions
}

// stop refuses new sessions from now on and returns those that are left.
func (r *registry) stop() []*session {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	sessions := make([]*session, 0, len(r.sessions))
	for _, s := range r.sessions {
		sessions = append(sessions, s)
	}
	return sessions
}

// sharedOf finds or makes what sessions of a factory share.
func (r *registry) sharedOf(factory env.Factory) (*shared, error) {
	r.mu.RLock()
	h := r.shared[factory.Spec()]
	r.mu.RUnlock()
	if h != nil {
		return h, nil
	}
	return newShared(factory)
}

// open returns what is open.
func (r *registry) open() usage {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.total
}
