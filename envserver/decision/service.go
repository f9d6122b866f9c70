package decision

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"net/http"
	"runtime"
	"sync"
	"time"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/envserver"
)

// Policy is one that is served.
type Policy struct {
	// Name is unique among those of a service.
	Name        string
	Description string
	// Environments are the ids of those that it can act in.
	Environments []string
	// ContentHash is the SHA-256 of a trained network, in hex; empty for a rule.
	ContentHash string
	// New makes one for an environment of a spec, and is safe for concurrent
	// use. The error is a *env.FieldError where the spec does not fit.
	New func(spec *env.Spec) (env.Policy, error)
}

// Options limits what callers may ask for. The zero value has the defaults given
// below.
type Options struct {
	// MaxSeats and MaxEnvironments limit what is open at once; a seat of N counts
	// as N environments. 0 stands for 16,384 and 65,536.
	MaxSeats, MaxEnvironments int
	// MaxOwnerSeats and MaxOwnerEnvironments limit one owner, where calls have
	// owners. 0 stands for the service's own limits.
	MaxOwnerSeats, MaxOwnerEnvironments int
	// DefaultLease is how long a seat outlives its last use where OpenPolicy does
	// not say; 0 stands for 10 minutes. MaxLease cuts what it asks for; 0 stands
	// for 24 hours. A seat whose lease is over is freed by the next calls.
	DefaultLease, MaxLease time.Duration
	// MaxBatch is how many environments a network decides for at once; 0 stands
	// for 64. MaxWait is how long those who were in the batch before are waited
	// for; 0 stands for 500 µs. Nobody waits for callers that come alone.
	MaxBatch int
	MaxWait  time.Duration
	// MaxQueued is how many environments may wait for a decision; more are
	// refused. 0 stands for 4,096.
	MaxQueued int
	// Workers is how many cores rules keep busy; 0 stands for all.
	Workers int
	// Clock tells the time; nil stands for the system's.
	Clock envserver.Clock
}

func (o *Options) fill() error {
	for _, field := range []struct {
		name     string
		value    *int
		fallback int
	}{
		{"MaxSeats", &o.MaxSeats, 16_384}, {"MaxEnvironments", &o.MaxEnvironments, 65_536},
		{"MaxOwnerSeats", &o.MaxOwnerSeats, math.MaxInt}, {"MaxOwnerEnvironments", &o.MaxOwnerEnvironments, math.MaxInt},
		{"MaxBatch", &o.MaxBatch, 64}, {"MaxQueued", &o.MaxQueued, 4_096}, {"Workers", &o.Workers, runtime.GOMAXPROCS(0)},
	} {
		if *field.value < 0 {
			return fmt.Errorf("decision: option %s is %d: give 0 for the default or a positive number", field.name, *field.value)
		}
		if *field.value == 0 {
			*field.value = field.fallback
		}
	}
	for _, field := range []struct {
		name     string
		value    *time.Duration
		fallback time.Duration
	}{{"DefaultLease", &o.DefaultLease, 10 * time.Minute}, {"MaxLease", &o.MaxLease, 24 * time.Hour}, {"MaxWait", &o.MaxWait, 500 * time.Microsecond}} {
		if *field.value < 0 {
			return fmt.Errorf("decision: option %s is %v: give 0 for the default or a positive duration", field.name, *field.value)
		}
		if *field.value == 0 {
			*field.value = field.fallback
		}
	}
	o.MaxOwnerSeats, o.MaxOwnerEnvironments = min(o.MaxOwnerSeats, o.MaxSeats), min(o.MaxOwnerEnvironments, o.MaxEnvironments)
	o.DefaultLease = min(o.DefaultLease, o.MaxLease)
	if o.Clock == nil {
		o.Clock = envserver.SystemClock()
	}
	return nil
}

// Service implements trailblazerv1connect.PolicyServiceHandler.
type Service struct {
	catalog  env.Catalog
	policies []Policy
	options  Options
	seats    *seats
	metrics  *metrics
	room     *room
	alone    *alone
	hashSeed maphash.Seed

	mu     sync.Mutex
	queues map[any]*queue
}

// New makes the service of some policies, which act in the catalog's
// environments: those tell what they are shown.
func New(catalog env.Catalog, policies []Policy, o Options) (*Service, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	if len(policies) == 0 {
		return nil, errors.New("decision: New needs a policy")
	}
	named := make(map[string]bool, len(policies))
	for i := range policies {
		p := &policies[i]
		if p.Name == "" || named[p.Name] {
			return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("%q, which is empty or there twice", p.Name), Remedy: "give each served policy a name of its own"}
		}
		if len(p.Environments) == 0 {
			return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("%q, which can act in no environment", p.Name), Remedy: "serve one that can"}
		}
		named[p.Name] = true
	}
	room := &room{most: o.MaxQueued}
	s := &Service{
		catalog: catalog, policies: policies, options: o, room: room, seats: newSeats(&o),
		alone: &alone{room: room, slots: make(chan struct{}, o.Workers)}, hashSeed: maphash.MakeSeed(), queues: map[any]*queue{},
	}
	s.metrics = newMetrics(s.seats)
	return s, nil
}

// Mount returns the service for the options of a server.
func (s *Service) Mount() envserver.Service {
	return envserver.Service{
		Descriptor: trailblazerv1.File_trailblazer_v1_policy_service_proto.Services().ByName("PolicyService"),
		Handler: func(options ...connect.HandlerOption) (string, http.Handler) {
			return trailblazerv1connect.NewPolicyServiceHandler(s, options...)
		},
		Frequent:   []string{trailblazerv1connect.PolicyServiceActProcedure},
		Collectors: s.metrics.collectors(),
	}
}

// decider returns who lets a policy decide; leave it when the seat is closed.
func (s *Service) decider(p env.Policy) (d decider, leave func()) {
	joiner, ok := p.(env.Joiner)
	if !ok {
		return s.alone, func() {}
	}
	group := joiner.Group()
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queues[group]
	if q == nil {
		q = newQueue(&s.options, s.room, s.metrics.rows.Observe)
		s.queues[group] = q
	}
	q.seats++
	return q, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if q.seats--; q.seats == 0 {
			delete(s.queues, group)
		}
	}
}
