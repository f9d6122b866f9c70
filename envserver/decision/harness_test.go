package decision_test

import (
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/envserver"
	"trailblazer/envserver/decision"
	"trailblazer/internal/testenv"
	"trailblazer/internal/wire"
)

// walker goes by all that it was shown since its episode began: what it chooses
// tells whether anything was lost, repeated or mixed up.
type walker struct {
	seed   uint64
	sum    uint64
	ended  uint64 // Over episodes.
	reward bool
}

func (p *walker) Inputs() env.Inputs { return env.Inputs{Info: true, Reward: p.reward} }

func (p *walker) Reset(seed uint64) { p.seed, p.sum = seed, seed }

func (p *walker) look(in *env.Batch, row int) {
	h := fnv.New64a()
	for _, list := range []env.Arrays{in.Observation, in.Info} {
		for i := range list {
			h.Write(list[i].Bytes(row))
		}
	}
	p.sum = p.sum*31 + h.Sum64()
	if p.reward {
		p.sum += uint64(int64(in.Reward[row] * 1e6))
	}
}

func (p *walker) Act(in *env.Batch, row int, action env.Arrays) error {
	p.look(in, row)
	push := env.Row[float64](&action[0], row)
	push[0], push[1] = float64(p.sum%1000)/1000, float64(p.ended%7)/10
	env.Row[int64](&action[1], row)[0] = int64(p.sum % 3)
	return nil
}

func (p *walker) EndEpisode(in *env.Batch, row int) error {
	p.look(in, row)
	p.ended += p.sum % 5
	return nil
}

// follower is a walker that also goes by what was done in the place of what it
// chose.
type follower struct{ walker }

// CheckTook refuses a push back.
func (p *follower) CheckTook(_ *env.Batch, row int, action env.Arrays) error {
	if push := env.Row[float64](&action[0], row)[0]; push < 0 {
		return &env.FieldError{Field: "action.push[0]", Value: fmt.Sprint(push), Remedy: "push forth"}
	}
	return nil
}

func (p *follower) Took(in *env.Batch, row int, action env.Arrays) error {
	if err := p.CheckTook(in, row, action); err != nil {
		return err
	}
	p.look(in, row)
	p.sum += uint64(env.Row[float64](&action[0], row)[0]*1e6) + 1
	return nil
}

// joined is a walker that decides together with the others of its crowd.
type joined struct {
	walker
	crowd *crowd
}

// crowd sees who decides together.
type crowd struct {
	// entered gets the size of every batch, which goes on once it may leave.
	entered chan int
	leave   chan struct{}
	broken  func(turns []env.Turn)
}

func (p *joined) Group() any { return p.crowd }

func (p *joined) Join(turns []env.Turn) {
	if p.crowd.entered != nil {
		p.crowd.entered <- len(turns)
		<-p.crowd.leave
	}
	if p.crowd.broken != nil {
		p.crowd.broken(turns)
	}
	for i := range turns {
		t := &turns[i]
		t.Err = t.Policy.Act(t.In, t.Row, t.Action)
	}
}

// planner can't be served.
type planner struct{ walker }

func (p *planner) Plan([]byte, *env.Batch, int, env.Arrays) error { return nil }

type harness struct {
	trailblazerv1connect.PolicyServiceClient
	catalog *testenv.Catalog
	url     string
}

func start(t testing.TB, o decision.Options, server envserver.Options, policies ...decision.Policy) *harness {
	t.Helper()
	h := &harness{catalog: new(testenv.Catalog)}
	service, err := decision.New(h.catalog, policies, o)
	if err != nil {
		t.Fatal(err)
	}
	server.Services = append(server.Services, service.Mount())
	s, err := envserver.New(h.catalog, server)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: s.Handler(), Protocols: new(http.Protocols)}
	web.Protocols.SetHTTP1(true)
	web.Protocols.SetUnencryptedHTTP2(true)
	go web.Serve(listener)
	t.Cleanup(func() {
		web.Close()
		s.Close()
	})
	h.url = "http://" + listener.Addr().String()
	transport := &http.Transport{MaxIdleConnsPerHost: 64, Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	h.PolicyServiceClient = trailblazerv1connect.NewPolicyServiceClient(&http.Client{Transport: transport}, h.url)
	return h
}

// served offers a policy in walks.
func served(name string, make func() env.Policy) decision.Policy {
	return decision.Policy{Name: name, Description: "for tests", Environments: []string{testenv.Walk},
		New: func(*env.Spec) (env.Policy, error) { return make(), nil }}
}

func rule(reward bool) decision.Policy {
	return served("walker", func() env.Policy { return &walker{reward: reward} })
}

// seat is one on a harness, with the index that comes next.
type seat struct {
	*harness
	id     string
	n      int
	next   uint64
	leaves *wire.Leaves
	spec   *env.Spec
}

func (h *harness) open(t testing.TB, n uint32) *seat {
	t.Helper()
	response, err := h.OpenPolicy(t.Context(), &trailblazerv1.OpenPolicyRequest{NumEnvs: n})
	if err != nil {
		t.Fatal(err)
	}
	spec, err := wire.ToSpec(response.GetSpec())
	if err != nil {
		t.Fatal(err)
	}
	return &seat{harness: h, id: response.GetSeatId(), n: int(n), leaves: wire.LeavesOf(spec), spec: spec}
}

// request shows zeros, but for what the caller changes.
func (s *seat) request() *trailblazerv1.ActRequest {
	return s.showing(env.NewBatch(s.spec, s.n))
}

func (s *seat) showing(b *env.Batch) *trailblazerv1.ActRequest {
	return &trailblazerv1.ActRequest{
		SeatId: s.id, Index: s.next, Seeds: []uint64{5},
		Observation: wire.Copy(s.leaves.Observation, b.Observation, s.n),
		Info:        wire.Copy(s.leaves.Info, b.Info, s.n),
		Reward:      &trailblazerv1.Tensor{Dtype: trailblazerv1.DataType_DATA_TYPE_FLOAT64, Shape: []int64{int64(s.n)}, Data: make([]byte, 8*s.n)},
	}
}

// clock is moved by hand; its timers never fire.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(time.Duration) <-chan time.Time { return nil }

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
