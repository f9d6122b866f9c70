package decision

import "github.com/prometheus/client_golang/prometheus"

// metrics is what the server's /metrics shows of the service.
type metrics struct {
	decisions    prometheus.Counter
	rows         prometheus.Histogram
	seats        prometheus.GaugeFunc
	environments prometheus.GaugeFunc
}

func newMetrics(open *seats) *metrics {
	gauge := func(name, help string, value func(usage) int) prometheus.GaugeFunc {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value(open.used())) })
	}
	return &metrics{
		decisions: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "trailblazer_policy_decisions_total", Help: "Actions chosen for single environments.",
		}),
		rows: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "trailblazer_policy_batch_rows", Help: "Environments that a network decided for at once.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 9),
		}),
		seats:        gauge("trailblazer_policy_seats", "Seats that are open.", func(u usage) int { return u.seats }),
		environments: gauge("trailblazer_policy_environments", "Environments of seats that are open.", func(u usage) int { return u.environments }),
	}
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.decisions, m.rows, m.seats, m.environments}
}
