package envserver

import (
	"strconv"
	"sync/atomic"
	"time"
)

const expositionType = "text/plain; version=0.0.4; charset=utf-8"

const bucketCount = 15

// bounds are the upper ends of a histogram's buckets, in ascending order.
func bounds() [bucketCount]time.Duration {
	const us, ms = time.Microsecond, time.Millisecond
	return [bucketCount]time.Duration{
		25 * us, 50 * us, 100 * us, 250 * us, 500 * us, 1 * ms, 2500 * us, 5 * ms, 10 * ms,
		25 * ms, 50 * ms, 100 * ms, 250 * ms, time.Second, 5 * time.Second,
	}
}

// histogram counts durations in buckets. The zero value is ready.
type histogram struct {
	buckets [bucketCount + 1]atomic.Uint64
	nanos   atomic.Uint64
}

func (h *histogram) observe(took time.Duration) {
	i := 0
	for limits := bounds(); i < len(limits) && took > limits[i]; i++ {
	}
	h.buckets[i].Add(1)
	h.nanos.Add(uint64(max(took, 0)))
}

// exposition is a page in Prometheus' text format.
type exposition struct{ text []byte }

func (e *exposition) family(name, kind, help string) {
	e.text = append(e.text, "# HELP "+name+" "+help+"\n# TYPE "+name+" "+kind+"\n"...)
}

// sample writes one line; labels are names and values in turn, which need no
// escaping.
func (e *exposition) sample(name string, value uint64, labels ...string) {
	e.begin(name, labels)
	e.text = strconv.AppendUint(e.text, value, 10)
	e.text = append(e.text, '\n')
}

func (e *exposition) begin(name string, labels []string) {
	e.text = append(e.text, name...)
	for i := 0; i < len(labels); i += 2 {
		separator := byte(',')
		if i == 0 {
			separator = '{'
		}
		e.text = append(e.text, separator)
		e.text = append(e.text, labels[i]+`="`+labels[i+1]+`"`...)
	}
	if len(labels) > 0 {
		e.text = append(e.text, '}')
	}
	e.text = append(e.text, ' ')
}

func (e *exposition) histogram(name string, h *histogram, label, value string) {
	total := uint64(0)
	limits := bounds()
	for i := range h.buckets {
		total += h.buckets[i].Load()
		le := "+Inf"
		if i < len(limits) {
			le = strconv.FormatFloat(limits[i].Seconds(), 'g', -1, 64)
		}
		e.sample(name+"_bucket", total, label, value, "le", le)
	}
	e.begin(name+"_sum", []string{label, value})
	e.text = strconv.AppendFloat(e.text, time.Duration(h.nanos.Load()).Seconds(), 'g', -1, 64)
	e.text = append(e.text, '\n')
	e.sample(name+"_count", total, label, value)
}
