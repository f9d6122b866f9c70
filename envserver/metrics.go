package envserver

import (
	"net/http"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// metrics is what /metrics shows, from a registry of the server's own.
type metrics struct {
	http.Handler
	requests *prometheus.CounterVec
	// procedures holds one entry for each procedure; unknown takes the rest,
	// since callers choose their paths.
	procedures map[string]*procedureMetrics
	unknown    *procedureMetrics

	steps, expired, read, written prometheus.Counter
}

// procedureMetrics is what every call of a procedure counts, looked up
// beforehand.
type procedureMetrics struct {
	name    string
	ok      prometheus.Counter
	seconds prometheus.Observer
}

// requestBuckets are seconds: a step of one environment takes 30 µs.
func requestBuckets() []float64 {
	return []float64{25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 1, 5}
}

func newMetrics(sessions *registry, methods map[string]protoreflect.MethodDescriptor, others []prometheus.Collector) *metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(others...)
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string, value func(usage) int) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			return float64(value(sessions.open()))
		}))
	}
	m := &metrics{
		Handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "trailblazer_requests_total", Help: "Calls that ended, by procedure and code.",
		}, []string{"procedure", "code"}),
		procedures: make(map[string]*procedureMetrics),
		steps:      counter("trailblazer_environment_steps_total", "Steps of single environments."),
		expired:    counter("trailblazer_leases_expired_total", "Sessions freed because their lease ran out."),
		read:       counter("trailblazer_read_bytes_total", "Bytes of requests, as sent."),
		written:    counter("trailblazer_written_bytes_total", "Bytes of replies."),
	}
	gauge("trailblazer_sessions", "Sessions that are open.", func(u usage) int { return u.sessions })
	gauge("trailblazer_environments", "Environments that are open.", func(u usage) int { return u.environments })
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "trailblazer_request_seconds", Help: "Time from a call's headers to the end of its reply.", Buckets: requestBuckets(),
	}, []string{"procedure"})
	registry.MustRegister(m.requests, seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	procedure := func(name string) *procedureMetrics {
		return &procedureMetrics{name: name, ok: m.requests.WithLabelValues(name, codeName(0)), seconds: seconds.WithLabelValues(name)}
	}
	m.unknown = procedure("unknown")
	for path, method := range methods {
		m.procedures[path] = procedure(string(method.Name()))
	}
	return m
}

// nameOf returns a procedure's short name; that of an unknown one is its path.
func (m *metrics) nameOf(path string) string {
	if p := m.procedures[path]; p != nil {
		return p.name
	}
	return path
}

// observe counts a call that has ended; code 0 is ok.
func (m *metrics) observe(path string, code connect.Code, took time.Duration, read, written int64) {
	m.read.Add(float64(read))
	m.written.Add(float64(written))
	p := m.procedures[path]
	if p == nil {
		p = m.unknown
	}
	if code == 0 {
		p.ok.Inc()
	} else {
		m.requests.WithLabelValues(p.name, codeName(code)).Inc()
	}
	p.seconds.Observe(took.Seconds())
}

func codeName(code connect.Code) string {
	if code == 0 {
		return "ok"
	}
	return code.String()
}
