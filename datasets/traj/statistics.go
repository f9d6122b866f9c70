package traj

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"unsafe"

	"trailblazer/api/env"
)

// moments sums up numbers as they come: those of each block at once, and
// blocks by the formula of Chan, Golub and LeVeque ("Updating formulae and a
// pairwise algorithm for computing sample variances", 1979), which cancels
// nothing.
type moments struct {
	count, notFinite int
	min, max, mean   float64
	// squares is the sum of squared differences from the mean.
	squares float64
}

// join adds what another summed up.
func (m *moments) join(o *moments) {
	m.notFinite += o.notFinite
	if o.count == 0 {
		return
	}
	if m.count == 0 {
		notFinite := m.notFinite
		*m = *o
		m.notFinite = notFinite
		return
	}
	a, b := float64(m.count), float64(o.count)
	delta := o.mean - m.mean
	m.count += o.count
	m.mean += float64(delta * (b / (a + b)))
	m.squares += o.squares + float64(float64(delta*delta)*(a*b/(a+b)))
	m.min, m.max = min(m.min, o.min), max(m.max, o.max)
}

// add adds one number.
func (m *moments) add(x float64) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		m.notFinite++
		return
	}
	m.join(&moments{count: 1, min: x, max: x, mean: x})
}

// summary is what a file says of the numbers. Sums that no float64 holds are
// cut to the largest.
func (m *moments) summary() Summary {
	if m.count == 0 {
		return Summary{NotFinite: m.notFinite}
	}
	return Summary{Count: m.count, NotFinite: m.notFinite, Min: m.min, Max: m.max, Mean: finite(m.mean), Std: finite(math.Sqrt(m.squares / float64(m.count)))}
}

func finite(x float64) float64 {
	if math.IsNaN(x) {
		return math.MaxFloat64
	}
	return max(-math.MaxFloat64, min(math.MaxFloat64, x))
}

// momentsOf undoes summary.
func momentsOf(s Summary) moments {
	return moments{count: s.Count, notFinite: s.NotFinite, min: s.Min, max: s.Max, mean: s.Mean, squares: float64(s.Std*s.Std) * float64(s.Count)}
}

// join adds the numbers that another summary sums up.
func (s Summary) join(o Summary) Summary {
	m, other := momentsOf(s), momentsOf(o)
	m.join(&other)
	return m.summary()
}

// number is an element that is summed up; those of bool fields count as 0 and 1.
type number interface {
	int8 | uint8 | int32 | int64 | float32 | float64
}

// statisticsBlock is about how many bytes of a field are summed up at once;
// they are read twice and fit the fastest cache.
const statisticsBlock = 16 << 10

// addColumns adds rows of a field, one moments for each of its elements.
func addColumns[T number](columns []moments, data []T) {
	var zero T
	rows := max(1, statisticsBlock/(len(columns)*int(unsafe.Sizeof(zero))))
	for len(data) > 0 {
		block := data[:min(len(data), rows*len(columns))]
		data = data[len(block):]
		for k := range columns {
			addBlock(&columns[k], block, k, len(columns))
		}
	}
}

// addBlock adds every stride-th number from first on.
func addBlock[T number](m *moments, block []T, first, stride int) {
	low, high, sum, n := block[first], block[first], 0.0, 0
	for i := first; i < len(block); i += stride {
		x := block[i]
		sum += float64(x)
		if x < low {
			low = x
		}
		if x > high {
			high = x
		}
		n++
	}
	if math.IsNaN(sum) || math.IsInf(sum, 0) {
		for i := first; i < len(block); i += stride {
			m.add(float64(block[i]))
		}
		return
	}
	part := moments{count: n, min: float64(low), max: float64(high), mean: sum / float64(n)}
	if low != high {
		for i := first; i < len(block); i += stride {
			d := float64(block[i]) - part.mean
			part.squares += float64(d * d)
		}
	}
	m.join(&part)
}

// tally sums up episodes as they are added to a shard.
type tally struct {
	schema             *Schema
	episodes, complete int
	steps              int
	returns, lengths   moments
	policies           map[string]*policyTally
	// columns holds one entry for each element of each field; nil for fields
	// whose values are no quantities.
	columns [][]moments
}

type policyTally struct {
	episodes, steps int
	returns         moments
}

func newTally(schema *Schema) *tally {
	t := &tally{schema: schema, policies: map[string]*policyTally{}, columns: make([][]moments, len(schema.Fields))}
	for i := range schema.Fields {
		if f := &schema.Fields[i]; f.Name != FieldEpisode && f.Name != FieldPolicy {
			t.columns[i] = make([]moments, f.Leaf.Elements())
		}
	}
	return t
}

// add adds an episode whose steps have all fields of the schema.
func (t *tally) add(e *Episode) {
	t.episodes++
	if e.Complete {
		t.complete++
	}
	t.steps += e.Header.Steps
	t.returns.add(e.Return)
	t.lengths.add(float64(e.Header.Steps))
	p := t.policies[e.Policy]
	if p == nil {
		p = &policyTally{}
		t.policies[e.Policy] = p
	}
	p.episodes++
	p.steps += e.Header.Steps
	p.returns.add(e.Return)
	for i, columns := range t.columns {
		if columns != nil {
			addField(columns, t.schema.Fields[i].Leaf.DType, &e.Steps.Values[i])
		}
	}
}

func addField(columns []moments, dtype env.DType, v *Values) {
	switch dtype {
	case env.Bool, env.Uint8:
		addColumns(columns, Of[uint8](v))
	case env.Int8:
		addColumns(columns, Of[int8](v))
	case env.Int32:
		addColumns(columns, Of[int32](v))
	case env.Int64:
		addColumns(columns, Of[int64](v))
	case env.Float32:
		addColumns(columns, Of[float32](v))
	case env.Float64:
		addColumns(columns, Of[float64](v))
	}
}

func (t *tally) statistics() Statistics {
	s := Statistics{Episodes: t.episodes, Complete: t.complete, Steps: t.steps, Return: t.returns.summary(), Length: t.lengths.summary(),
		Policies: make(map[string]Count, len(t.policies)), Columns: map[string]Summary{}}
	for name, p := range t.policies {
		s.Policies[name] = Count{Episodes: p.episodes, Steps: p.steps, Return: p.returns.summary()}
	}
	for i, columns := range t.columns {
		if columns == nil {
			continue
		}
		for k, c := range t.schema.Fields[i].Columns() {
			s.Columns[c.Name] = columns[k].summary()
		}
	}
	return s
}

// join adds the statistics of other episodes.
func (s *Statistics) join(o *Statistics) {
	s.Episodes += o.Episodes
	s.Complete += o.Complete
	s.Steps += o.Steps
	s.Return, s.Length = s.Return.join(o.Return), s.Length.join(o.Length)
	if s.Policies == nil {
		s.Policies, s.Columns = map[string]Count{}, map[string]Summary{}
	}
	for name, c := range o.Policies {
		own := s.Policies[name]
		s.Policies[name] = Count{own.Episodes + c.Episodes, own.Steps + c.Steps, own.Return.join(c.Return)}
	}
	for name, c := range o.Columns {
		s.Columns[name] = s.Columns[name].join(c)
	}
}

// PolicyNames lists the policies, most episodes first.
func (s *Statistics) PolicyNames() []string {
	return slices.SortedFunc(maps.Keys(s.Policies), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.Policies[b].Episodes, s.Policies[a].Episodes), cmp.Compare(a, b))
	})
}

// differs names the first thing that statistics say otherwise.
func (t *tally) differs(s *Statistics) error {
	own := t.statistics()
	switch {
	case own.Episodes != s.Episodes || own.Complete != s.Complete || own.Steps != s.Steps:
		return fmt.Errorf("they count %d episodes, %d complete, of %d steps, and there are %d, %d of %d", s.Episodes, s.Complete, s.Steps, own.Episodes, own.Complete, own.Steps)
	case !own.Return.near(s.Return):
		return fmt.Errorf("episode_return is %+v, and sums up to %+v", s.Return, own.Return)
	}
	for _, name := range slices.Sorted(maps.Keys(own.Columns)) {
		if !own.Columns[name].near(s.Columns[name]) {
			return fmt.Errorf("column %s is %+v, and sums up to %+v", name, s.Columns[name], own.Columns[name])
		}
	}
	return nil
}

// near reports whether two summaries are equal but for rounding, which another
// program may do in another order.
func (s Summary) near(o Summary) bool {
	close := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(s.Std, math.Abs(a), math.Abs(b)) }
	return s.Count == o.Count && s.NotFinite == o.NotFinite && s.Min == o.Min && s.Max == o.Max && close(s.Mean, o.Mean) && close(s.Std, o.Std)
}
