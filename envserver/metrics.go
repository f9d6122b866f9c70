package envserver

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/api/trailblazer/v1/trailblazerv1connect"
)

// metrics is what /metrics shows. Its labels are known beforehand, so counting
// a call is a handful of atomic additions.
type metrics struct {
	sessions *registry
	// procedures holds one entry for each procedure; unknown takes the rest,
	// since callers choose their paths.
	procedures map[string]*procedureMetrics
	names      []string
	unknown    *procedureMetrics

	steps, expired, read, written atomic.Uint64
}

// procedureMetrics counts the calls of one procedure by code: connect.Code, or
// 0 for ok.
type procedureMetrics struct {
	name    string
	byCode  [connect.CodeUnauthenticated + 1]atomic.Uint64
	seconds histogram
}

func newMetrics(sessions *registry) *metrics {
	m := &metrics{
		sessions:   sessions,
		procedures: make(map[string]*procedureMetrics),
		unknown:    &procedureMetrics{name: "unknown"},
	}
	methods := trailblazerv1.File_trailblazer_v1_env_service_proto.Services().ByName("EnvService").Methods()
	for i := range methods.Len() {
		name := string(methods.Get(i).Name())
		path := "/" + trailblazerv1connect.EnvServiceName + "/" + name
		m.procedures[path] = &procedureMetrics{name: name}
		m.names = append(m.names, path)
	}
	return m
}

// observe counts a call that has ended; code 0 is ok.
func (m *metrics) observe(path string, code connect.Code, took time.Duration, read, written int64) {
	m.read.Add(uint64(read))
	m.written.Add(uint64(written))
	p := m.procedures[path]
	if p == nil {
		p = m.unknown
	}
	p.byCode[min(int(code), len(p.byCode)-1)].Add(1)
	p.seconds.observe(took)
}

// ServeHTTP writes everything in Prometheus' text format.
func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var e exposition
	e.family("trailblazer_requests_total", "counter", "Calls that ended, by procedure and code.")
	m.each(func(p *procedureMetrics) {
		for code := range p.byCode {
			if n := p.byCode[code].Load(); n > 0 {
				e.sample("trailblazer_requests_total", n, "procedure", p.name, "code", codeName(connect.Code(code)))
			}
		}
	})
	e.family("trailblazer_request_seconds", "histogram", "Time from a call's headers to the end of its reply.")
	m.each(func(p *procedureMetrics) { e.histogram("trailblazer_request_seconds", &p.seconds, "procedure", p.name) })

	open := m.sessions.open()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	for _, single := range []struct {
		name, kind, help string
		value            uint64
	}{
		{"trailblazer_environment_steps_total", "counter", "Steps of single environments.", m.steps.Load()},
		{"trailblazer_leases_expired_total", "counter", "Sessions freed because their lease ran out.", m.expired.Load()},
		{"trailblazer_read_bytes_total", "counter", "Bytes of requests, as sent.", m.read.Load()},
		{"trailblazer_written_bytes_total", "counter", "Bytes of replies.", m.written.Load()},
		{"trailblazer_sessions", "gauge", "Sessions that are open.", uint64(open.sessions)},
		{"trailblazer_environments", "gauge", "Environments that are open.", uint64(open.environments)},
		{"go_goroutines", "gauge", "Goroutines that exist.", uint64(runtime.NumGoroutine())},
		{"go_memstats_heap_alloc_bytes", "gauge", "Bytes of the heap in use.", memory.HeapAlloc},
		{"go_memstats_sys_bytes", "gauge", "Bytes taken from the system.", memory.Sys},
	} {
		e.family(single.name, single.kind, single.help)
		e.sample(single.name, single.value)
	}
	w.Header().Set("Content-Type", expositionType)
	_, _ = w.Write(e.text)
}

// each calls do for every procedure, in a fixed order.
func (m *metrics) each(do func(*procedureMetrics)) {
	for _, path := range m.names {
		do(m.procedures[path])
	}
	do(m.unknown)
}

func codeName(code connect.Code) string {
	if code == 0 {
		return "ok"
	}
	return code.String()
}
