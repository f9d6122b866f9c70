package envserver_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

// TestVanishingClients lets 1,000 clients connect, make a session and vanish,
// some of them in the middle of a step. When the leases run out, everything is
// given back: sessions, environments, goroutines and memory.
func TestVanishingClients(t *testing.T) {
	const clients = 1000
	now := newClock()
	h := start(t, envserver.Options{Clock: now, DefaultLease: time.Minute})
	address := strings.TrimPrefix(h.address, "http://")
	idle := runtime.NumGoroutine()
	heap := heapInUse()

	gate := make(chan struct{}, 32) // A listener's queue is short.
	var crowd sync.WaitGroup
	for i := range clients {
		gate <- struct{}{}
		crowd.Go(func() {
			defer func() { <-gate }()
			transport := &http.Transport{}
			client := trailblazerv1connect.NewEnvServiceClient(&http.Client{Transport: transport}, h.address)
			made, err := client.Make(context.Background(), &trailblazerv1.MakeRequest{EnvId: testenv.Flat, NumEnvs: 4})
			transport.CloseIdleConnections()
			if err != nil {
				t.Error(err)
				return
			}
			if i%2 == 0 {
				return
			}
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			// Sent, but the reply is not waited for.
			body := fmt.Sprintf(`{"sessionId":%q}`, made.GetSession().GetSessionId())
			fmt.Fprintf(conn, "POST /trailblazer.v1.EnvService/Reset HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			conn.Close()
		})
	}
	crowd.Wait()
	if got := h.metric(t, "trailblazer_environments"); got != 4*clients {
		t.Errorf("%v environments are open, want %d", got, 4*clients)
	}
	eventually(t, "the leases give everything back", func() bool {
		now.advance(time.Minute)
		return h.metric(t, "trailblazer_sessions") == 0 && h.metric(t, "trailblazer_environments") == 0
	})
	http.DefaultClient.CloseIdleConnections()
	eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= idle+10 })
	if grown := int64(heapInUse()) - int64(heap); grown > 2<<20 {
		t.Errorf("%d KB of memory are not given back", grown>>10)
	}
}

// TestManySessions keeps 10,000 sessions open at once and measures what an
// idle one costs.
func TestManySessions(t *testing.T) {
	sessions := 10_000
	if testing.Short() {
		sessions = 1_000
	}
	perSession := memoryPerSession(t, sessions)
	t.Logf("%d bytes per idle session", perSession)
	if perSession > 4096 && !envserver.RaceEnabled {
		t.Errorf("an idle session takes %d bytes, want at most 4096", perSession)
	}
}

// BenchmarkIdleSession reports the memory of an idle session of one
// environment that was reset and stepped.
func BenchmarkIdleSession(b *testing.B) {
	for range b.N {
		b.ReportMetric(float64(memoryPerSession(b, 10_000)), "B/session")
	}
}

func memoryPerSession(t testing.TB, sessions int) int {
	h := start(t, envserver.Options{})
	first := h.make(t, &trailblazerv1.MakeRequest{EnvId: testenv.Flat})
	first.reset(t)
	before := heapInUse()
	var workers sync.WaitGroup
	const parallel = 8
	opened := make([][]*session, parallel)
	for k := range parallel {
		workers.Go(func() {
			for range sessions / parallel {
				made, err := h.Make(context.Background(), &trailblazerv1.MakeRequest{EnvId: testenv.Flat})
				if err != nil {
					t.Error(err)
					return
				}
				s := &session{harness: h, id: made.GetSession().GetSessionId(), leaves: first.leaves, n: 1}
				s.reset(t)
				s.step(t, s.action())
				opened[k] = append(opened[k], s)
			}
		})
	}
	workers.Wait()
	if got := int(h.metric(t, "trailblazer_sessions")); got != sessions+1 {
		t.Fatalf("%d sessions are open, want %d", got, sessions+1)
	}
	used := int64(heapInUse()) - int64(before)
	// What the test itself keeps of each.
	own := int64(sessions) * 128
	for _, s := range []*session{opened[0][0], opened[parallel-1][0]} {
		s.step(t, s.action()) // The first ones still answer.
	}
	return int((used - own) / int64(sessions))
}

func heapInUse() uint64 {
	var m runtime.MemStats
	for range 3 { // sync.Pools are emptied in the second collection.
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
